# Several copies beside each other, and callers whose ARNs are not yet known.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

# As AWS: nothing of what is to be made has an ARN yet.
mock_provider "aws" {
  alias  = "unknown"
  source = "./tests/mocks"

  override_resource {
    target = aws_sns_topic.audit
    values = { arn = "arn:aws:sns:eu-west-1:123456789012:company-audit" }
  }

  override_resource {
    target = aws_sns_topic.on_call
    values = { arn = "arn:aws:sns:eu-west-1:123456789012:on-call" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:sns-to-slack-retry" }
  }

  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = {} }
}

run "another_name_everywhere" {
  command = plan
  variables {
    name         = "second"
    dashboard    = true
    event_rules  = { spot = { topic = "alerts", pattern = jsonencode({ source = ["aws.ec2"] }) } }
    webhook_urls = { alerts = "http://localhost:9/x" }
  }

  assert {
    condition = jsonencode([
      aws_lambda_function.this.function_name,
      aws_iam_role.this.name,
      aws_cloudwatch_log_group.this.name,
      aws_sqs_queue.retry.name,
      aws_sqs_queue.dead_letter.name,
      aws_sns_topic.this["alerts"].name,
      aws_cloudwatch_event_rule.this["spot"].name,
      aws_ssm_parameter.webhook["alerts"].name,
      one(aws_cloudwatch_dashboard.this[*].dashboard_name),
      ]) == jsonencode([
      "second",
      "second-eu-west-1",
      "/aws/lambda/second",
      "second-retry",
      "second-dead-letter",
      "second-alerts",
      "second-spot",
      "/second/alerts",
      "second",
    ])
    error_message = "Two copies in an account share no name, and two in two regions no role."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : startswith(alarm.alarm_name, "second-")])
    error_message = "Nor an alarm."
  }

  assert {
    condition     = !strcontains(join(" ", [aws_iam_role_policy.this.policy, aws_sqs_queue.retry.policy, aws_sqs_queue.dead_letter.redrive_allow_policy, aws_sns_topic_policy.this["alerts"].policy]), "sns-to-slack")
    error_message = "Nor a right."
  }
}

run "a_topic_with_a_name_of_its_own" {
  command = plan
  variables {
    topics       = { alerts = { name = "company-alerts" } }
    webhook_urls = { alerts = "http://localhost:9/x" }
  }

  assert {
    condition     = aws_sns_topic.this["alerts"].name == "company-alerts" && jsondecode(aws_sns_topic_policy.this["alerts"].policy).Statement[0].Resource == "arn:aws:sns:eu-west-1:123456789012:company-alerts"
    error_message = "The name is the one that was given."
  }
}

run "a_plan_with_unknown_arns" {
  command = plan
  module {
    source = "./tests/unknown"
  }
  providers = { aws = aws.unknown }

  assert {
    condition     = output.function_name == "sns-to-slack" && jsonencode(keys(output.topic_arns)) == jsonencode(["audit"])
    error_message = "What is known, is known."
  }
}

run "a_buffered_plan_with_unknown_arns" {
  command = plan
  module {
    source = "./tests/unknown"
  }
  providers = { aws = aws.unknown }
  variables {
    delivery_mode = "buffered"
  }

  assert {
    condition     = output.function_name == "sns-to-slack"
    error_message = "What is known, is known."
  }
}

run "and_its_apply" {
  command = apply
  module {
    source = "./tests/unknown"
  }
  providers = { aws = aws.unknown }

  assert {
    condition     = output.topic_arns["audit"] == "arn:aws:sns:eu-west-1:123456789012:company-audit"
    error_message = "The topic is read."
  }

  assert {
    condition     = jsondecode(output.settings).receivers.alerts.webhook == "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf#alerts"
    error_message = "The secret is known after apply."
  }
}
