# The retry queue and its dead-letter queue. Everything that fails goes to the retry queue: what the function hands over,
# Lambda's records of failed invocations, what SNS and EventBridge could not deliver. Only the retry queue's redrive policy
# feeds the dead-letter queue, so that SQS can move all of it back to where it came from.

locals {
  retry_queue_name       = "${var.name}-retry"
  dead_letter_queue_name = "${var.name}-dead-letter"
  retry_queue_arn        = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.retry_queue_name}"

  redrive_command = "AWS_REGION=${local.region} sns-to-slack redrive ${aws_sqs_queue.dead_letter.url}"

  fourteen_days = 14 * 24 * 60 * 60

  batch_window = local.buffered ? var.batch_window : 0

  retry_queue_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "Topics"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.retry_queue_arn
        Condition = { ArnEquals = { "aws:SourceArn" = sort(values(local.named_topic_arns)) } }
      }],
      length(local.event_rules) == 0 ? [] : [{
        Sid       = "EventRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.retry_queue_arn
        Condition = { ArnEquals = { "aws:SourceArn" = [for name in values(local.event_rule_names) : "arn:${local.partition}:events:${local.region}:${local.account}:rule/${name}"] } }
      }],
    )
  })
}

resource "aws_sqs_queue" "retry" {
  name                              = local.retry_queue_name
  message_retention_seconds         = local.fourteen_days
  visibility_timeout_seconds        = 6 * var.timeout + local.batch_window # Page "Using Lambda with Amazon SQS".
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : 300
  policy                            = local.retry_queue_policy
  tags                              = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letter" {
  name                              = local.dead_letter_queue_name
  message_retention_seconds         = local.fourteen_days
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : 300
  tags                              = var.tags

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.retry_queue_arn]
  })
}
