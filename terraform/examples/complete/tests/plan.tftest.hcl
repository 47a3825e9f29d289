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
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:sns-to-slack-operators" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_lambda_layer_version" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:layer:templates:1" }
  }
}

mock_provider "aws" {
  alias = "second"
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:mock" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:123456789012:mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:sns-to-slack-operators" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001" }
  }
  mock_resource "aws_lambda_layer_version" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:layer:templates:1" }
  }
}

variables {
  package_path    = "versions.tf"
  layer_path      = "versions.tf"
  operators_email = "operators@example.org"
  webhook_urls    = { alerts = "http://127.0.0.1:1/none", deploys = "http://127.0.0.1:1/none" }
}

run "two_regions_alike" {
  command = apply

  assert {
    condition     = module.home.forwarder.settings == module.second.forwarder.settings
    error_message = "The regions would route differently."
  }

  assert {
    condition     = module.home.forwarder.function_name == module.second.forwarder.function_name && strcontains(module.second.forwarder.topic_policies.alarms, ":us-east-1:")
    error_message = "The second region should have a forwarder of the same name and a topic of its own."
  }

  assert {
    condition     = length(jsondecode(module.home.forwarder.settings).route.routes) == length(local.routes) && jsondecode(module.home.forwarder.settings).route.receivers == ["alerts"]
    error_message = "A route has been lost on the way to the function."
  }

  assert {
    condition     = jsondecode(module.home.forwarder.settings).receivers == { alerts = { webhook = "ssm:/sns-to-slack/alerts" }, deploys = { webhook = "ssm:/sns-to-slack/deploys" } }
    error_message = "The function should fetch its webhooks from Parameter Store."
  }

  assert {
    condition = sort([for statement in jsondecode(module.home.forwarder.kms_key_policy).Statement : statement.Principal.Service if can(statement.Principal.Service)]) == tolist([
      "cloudwatch.amazonaws.com", "events.amazonaws.com", "logs.eu-central-1.amazonaws.com", "sns.amazonaws.com",
    ])
    error_message = "The key should be usable by those who publish, by SNS and by the log, and by no other service."
  }

  assert {
    condition     = toset(keys(module.home.forwarder.event_patterns)) == toset(["codepipeline-states", "config-compliance", "ecs-stopped"])
    error_message = "A rule of EventBridge is missing."
  }
}

run "regions_must_differ" {
  command = plan

  variables {
    second_region = "eu-central-1"
  }

  expect_failures = [var.second_region]
}
