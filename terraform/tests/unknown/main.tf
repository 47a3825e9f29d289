# A caller that makes a topic, a secret and a key in the same run: their ARNs are unknown while it is planned.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "delivery_mode" {
  type    = string
  default = "direct"
}

resource "aws_sns_topic" "audit" {
  name = "company-audit"
}

resource "aws_sns_topic" "on_call" {
  name = "on-call"
}

resource "aws_secretsmanager_secret" "slack" {
  name = "slack"
}

resource "aws_kms_key" "slack" {
  description = "Of the secret"
}

module "forwarder" {
  source = "../.."

  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }

  delivery_mode = var.delivery_mode
  existing_topics = {
    audit = { arn = aws_sns_topic.audit.arn }
  }
  receivers = {
    alerts = { webhook = "secretsmanager:${aws_secretsmanager_secret.slack.arn}#alerts" }
  }
  secrets_kms_key_arns = [aws_kms_key.slack.arn]
  alarm_topic_arns     = [aws_sns_topic.on_call.arn]
  event_rules          = { spot = { topic = "audit", pattern = jsonencode({ source = ["aws.ec2"] }) } }
}

output "settings" {
  value = module.forwarder.settings
}

output "topic_arns" {
  value = module.forwarder.topic_arns
}

output "function_name" {
  value = module.forwarder.function_name
}
