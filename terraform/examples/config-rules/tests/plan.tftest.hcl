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
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:open-ports-security" }
  }
}

variables {
  package_path = "versions.tf"
  webhook_url  = "http://127.0.0.1:1/none"
}

run "rules_about_open_ports" {
  command = apply

  assert {
    condition     = [aws_config_config_rule.ssh.source[0].source_identifier, aws_config_config_rule.ports.source[0].source_identifier] == ["INCOMING_SSH_DISABLED", "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS"]
    error_message = "These are not the rules about open ports."
  }

  assert {
    condition     = jsondecode(aws_config_config_rule.ports.input_parameters) == { authorizedTcpPorts = "80,443" }
    error_message = "The rule does not know which ports may be open."
  }

  assert {
    condition     = length(aws_config_configuration_recorder.this) == 0 && length(aws_s3_bucket.config) == 0
    error_message = "A recorder is made only when it is asked for: a second one is refused."
  }

  assert {
    condition     = toset(jsondecode(module.sns_to_slack.event_patterns["config-compliance"]).detail.configRuleName) == toset(output.rule_names)
    error_message = "EventBridge listens to other rules."
  }

  assert {
    condition     = [for statement in jsondecode(module.sns_to_slack.topic_policies.security).Statement : statement.Principal.Service] == ["events.amazonaws.com"]
    error_message = "Only EventBridge publishes to the topic: no delivery channel does."
  }
}

run "recorder" {
  command = apply

  variables {
    create_recorder = true
  }

  assert {
    condition     = aws_config_configuration_recorder.this["this"].recording_group[0].resource_types == toset(["AWS::EC2::SecurityGroup"])
    error_message = "More than security groups is recorded, and each change costs."
  }

  assert {
    condition     = aws_config_delivery_channel.this["this"].sns_topic_arn == null
    error_message = "The delivery channel would bring every change of every resource to the topic."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.config["this"].policy).Statement[0].Resource == ["arn:aws:s3:::open-ports-config-123456789012/AWSLogs/123456789012/*"]
    error_message = "Config may write somewhere else than below its prefix."
  }
}
