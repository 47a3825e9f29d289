# When the forwarder itself has a problem. These alarms must reach people by another way than itself.

locals {
  function_dimension = { FunctionName = aws_lambda_function.this.function_name }

  alarms = merge(
    {
      dead-letter = {
        description = "Messages could not be posted and wait in the dead-letter queue. See what they are: ${local.redrive_command} --list. Bring them back: ${local.redrive_command}"
        namespace   = "AWS/SQS"
        metric      = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = aws_sqs_queue.dead_letter.name }
        statistic   = "Maximum"
        threshold   = 0
      }
      queue-age = {
        description = "The oldest message in the queue waits for longer than ${var.queue_age_alarm_seconds} seconds: does the function still read the queue?"
        namespace   = "AWS/SQS"
        metric      = "ApproximateAgeOfOldestMessage"
        dimensions  = { QueueName = aws_sqs_queue.retry.name }
        statistic   = "Maximum"
        threshold   = var.queue_age_alarm_seconds
      }
      errors = {
        description = "The function failed. Its log ${local.log_group_name} says why; what it could not post waits in the queue ${local.retry_queue_name}."
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        dimensions  = local.function_dimension
        statistic   = "Sum"
        threshold   = 0
      }
      throttles = {
        description = "Lambda did not start the function for want of concurrency, of its own (reserved_concurrency) or of the account."
        namespace   = "AWS/Lambda"
        metric      = "Throttles"
        dimensions  = local.function_dimension
        statistic   = "Sum"
        threshold   = 0
      }
    },
    {
      destination = {
        description = "Lambda could not put a failed invocation into the queue ${local.retry_queue_name}: its messages are lost. Look at the rights of the function's role and at the queue's key; or the record has more than 256 KB."
        namespace   = "AWS/Lambda"
        metric      = "DestinationDeliveryFailures"
        dimensions  = local.function_dimension
        statistic   = "Sum"
        threshold   = 0
      }
    },
    {
      for key, subscription in local.subscriptions : "redrive-${key}" => {
        description = "SNS could deliver a message neither to the forwarder nor to the queue ${local.retry_queue_name}: it is lost. Look at the queue's policy and key."
        namespace   = "AWS/SNS"
        metric      = "NumberOfNotificationsFailedToRedriveToDlq"
        dimensions  = { TopicName = split(":", subscription.topic_arn)[5] }
        statistic   = "Sum"
        threshold   = 0
      }
    },
    {
      for key, name in local.event_rule_names : "rule-${key}" => {
        description = "EventBridge could put an event neither into the topic nor into the queue ${local.retry_queue_name}: it is lost. Look at the policies of both and at the key."
        namespace   = "AWS/Events"
        metric      = "InvocationsFailedToBeSentToDlq"
        dimensions  = { RuleName = name }
        statistic   = "Sum"
        threshold   = 0
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags

  lifecycle {
    precondition {
      condition     = alltrue([for arn in var.alarm_topic_arns : split(":", arn)[3] == local.region])
      error_message = "alarm_topic_arns names a topic in another region than ${local.region}, and alarms publish only in their own."
    }

    precondition {
      condition     = length(setintersection(var.alarm_topic_arns, values(local.named_topic_arns))) == 0
      error_message = "alarm_topic_arns names a topic that this forwarder reads: when it fails, its alarms would fail with it. Give a topic with another way to people, e-mail for example."
    }
  }
}
