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
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:sns-to-slack-alerts" }
  }
}

variables {
  package_path = "versions.tf"
  webhook_url  = "http://127.0.0.1:1/none"
}

run "one_topic_one_webhook" {
  command = apply

  assert {
    condition = jsondecode(module.sns_to_slack.settings) == {
      receivers = { alerts = { webhook = "ssm:/sns-to-slack/alerts" } }
      route     = { receivers = ["alerts"], routes = [{ match = { kind = "config_notice" }, ignore = true }] }
    }
    error_message = "The only receiver should get everything, and its webhook should come from Parameter Store."
  }

  assert {
    condition     = keys(module.sns_to_slack.topic_arns) == ["alerts"] && output.topic_arn == module.sns_to_slack.topic_arns.alerts
    error_message = "The output should be the topic that the function reads."
  }

  assert {
    condition     = [for statement in jsondecode(module.sns_to_slack.topic_policies.alerts).Statement : statement.Sid] == ["Cloudwatch", "OwnAccount"]
    error_message = "Alarms and whoever the account allows to publish to the topic, and nobody else."
  }

  assert {
    condition     = strcontains(output.redrive_command, "sns-to-slack redrive ")
    error_message = "The command to bring messages back is missing."
  }
}
