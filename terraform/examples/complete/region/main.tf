# All that one region has: the forwarder, its key, its templates, and the way to the people who look after it.

module "sns_to_slack" {
  source = "../../.."

  name         = var.forwarder.name
  package_path = var.forwarder.package_path
  architecture = var.forwarder.architecture
  layers       = [aws_lambda_layer_version.templates.arn]

  # A storm of alarms becomes a few messages.
  delivery_mode = "buffered"

  topics = {
    alarms = {
      # INSUFFICIENT_DATA never gets as far as the function. Only alarms come to this topic: others have no such member.
      filter_policy       = jsonencode({ NewStateValue = ["ALARM", "OK"] })
      filter_policy_scope = "MessageBody"
    }
    deploys = {}
    events  = {}
  }

  config_compliance   = { topic = "events" }
  codepipeline_states = { topic = "deploys", states = ["FAILED", "SUCCEEDED"] }

  event_rules = {
    ecs-stopped = {
      topic       = "events"
      description = "ECS: a task ended by itself or did not start"
      pattern = jsonencode({
        source        = ["aws.ecs"]
        "detail-type" = ["ECS Task State Change"]
        detail        = { lastStatus = ["STOPPED"], stopCode = ["EssentialContainerExited", "TaskFailedToStart"] }
      })
    }
  }

  receivers            = { alerts = {}, deploys = {} }
  webhook_urls         = var.webhook_urls
  webhook_urls_version = var.webhook_urls_version
  route                = var.forwarder.route
  accounts             = var.forwarder.accounts

  kms_key_arn              = aws_kms_key.this.arn
  permissions_boundary_arn = var.forwarder.permissions_boundary_arn
  log_retention_days       = 365
  tracing                  = true
  dashboard                = true
  alarm_topic_arns         = [aws_sns_topic.operators.arn]
}

# The module says what the key has to allow. It knows that without the key, so this is no circle.
resource "aws_kms_key" "this" {
  description         = "sns-to-slack: topics, queues, webhooks and log of ${var.forwarder.name}"
  enable_key_rotation = true
  policy              = module.sns_to_slack.kms_key_policy
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.forwarder.name}"
  target_key_id = aws_kms_key.this.id
}

resource "aws_lambda_layer_version" "templates" {
  layer_name               = "${var.forwarder.name}-templates"
  description              = "Templates of our own, from sns-to-slack bundle"
  filename                 = var.forwarder.layer_path
  source_code_hash         = filebase64sha256(var.forwarder.layer_path)
  compatible_runtimes      = ["provided.al2023"]
  compatible_architectures = [var.forwarder.architecture]
}

# When the forwarder has a problem, Slack is not the way to say so.
resource "aws_sns_topic" "operators" {
  name              = "${var.forwarder.name}-operators"
  kms_master_key_id = aws_kms_key.this.arn
}

resource "aws_sns_topic_policy" "operators" {
  arn = aws_sns_topic.operators.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Alarms"
      Effect    = "Allow"
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.operators.arn
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = split(":", aws_sns_topic.operators.arn)[4] } }
    }]
  })
}

# AWS sends a mail with a link, and nothing more before somebody has followed it.
resource "aws_sns_topic_subscription" "operators" {
  topic_arn = aws_sns_topic.operators.arn
  protocol  = "email"
  endpoint  = var.forwarder.operators_email
}
