mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:mock" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:shop-alarms" }
  }
}

variables {
  package_path     = "versions.tf"
  webhook_url      = "http://127.0.0.1:1/none"
  load_balancer    = "app/shop/50dc6c495c0c9188"
  api              = { name = "basket", stage = "prod" }
  environment_name = "shop-web-prod"
}

run "alarms_come_to_slack" {
  command = apply

  assert {
    condition = output.alarm_names == tolist([
      "shop-alb-4xx-critical", "shop-alb-4xx-warning",
      "shop-api-4xx-critical", "shop-api-4xx-warning",
      "shop-environment-4xx-critical", "shop-environment-4xx-warning",
    ])
    error_message = "Each source should have a warning and a critical alarm."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.load_balancer), values(aws_cloudwatch_metric_alarm.api), values(aws_cloudwatch_metric_alarm.environment)) :
      alarm.alarm_actions == toset([output.topic_arn]) && alarm.ok_actions == toset([output.topic_arn])
    ])
    error_message = "An alarm does not tell the topic that it began or ended."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.load_balancer), values(aws_cloudwatch_metric_alarm.api), values(aws_cloudwatch_metric_alarm.environment)) :
      strcontains(alarm.alarm_description, var.runbook_url) && length(alarm.alarm_description) <= 1024
    ])
    error_message = "A description has no runbook, or is longer than CloudWatch takes."
  }

  assert {
    condition     = jsondecode(module.sns_to_slack.settings).route.routes == [{ match = { kind = "cloudwatch_alarm", state = "ALARM", name = "*-critical" }, mention = ["<!here>"] }]
    error_message = "Only critical alarms should call people."
  }

  assert {
    condition     = [for statement in jsondecode(module.sns_to_slack.topic_policies.alarms).Statement : statement.Principal.Service] == ["cloudwatch.amazonaws.com"]
    error_message = "Only CloudWatch publishes to the topic."
  }
}

run "only_what_is_named_is_watched" {
  command = plan

  variables {
    load_balancer = null
    api           = null
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.load_balancer) == 0 && length(aws_cloudwatch_metric_alarm.api) == 0 && length(aws_cloudwatch_metric_alarm.environment) == 2
    error_message = "There are alarms on something that was not named."
  }
}

run "something_must_be_named" {
  command = plan

  variables {
    load_balancer    = null
    api              = null
    environment_name = null
  }

  expect_failures = [var.environment_name]
}
