# Who may publish to the topics, each with conditions of its own, and the rules that do.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
  arn        = "arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts"
}

run "by_default" {
  command = plan

  assert {
    condition = jsondecode(aws_sns_topic_policy.this["alerts"].policy).Statement == [
      {
        Sid       = "Cloudwatch"
        Effect    = "Allow"
        Action    = "sns:Publish"
        Resource  = var.arn
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Condition = {
          StringEquals = { "aws:SourceAccount" = ["123456789012"] }
          ArnLike      = { "aws:SourceArn" = ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"] }
        }
      },
      { Sid = "OwnAccount", Effect = "Allow", Action = "sns:Publish", Resource = var.arn, Principal = { AWS = ["arn:aws:iam::123456789012:root"] } },
    ]
    error_message = "Alarms and the account may publish: ${aws_sns_topic_policy.this["alerts"].policy}"
  }

  assert {
    condition     = aws_sns_topic_policy.this["alerts"].arn == aws_sns_topic.this["alerts"].arn && output.topic_arns["alerts"] == var.arn
    error_message = "The policy is that of the topic."
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 0
    error_message = "No rule by itself."
  }
}

run "each_source_has_a_statement" {
  command = plan
  variables {
    sources               = ["cloudwatch", "codestar_notifications", "config", "eventbridge", "own_account"]
    other_source_services = ["ses.amazonaws.com", "budgets.amazonaws.com"]
    source_accounts       = ["111122223333"]
  }

  assert {
    condition     = jsonencode([for statement in jsondecode(output.topic_policies["alerts"]).Statement : statement.Sid]) == jsonencode(["Cloudwatch", "CodestarNotifications", "Config", "Eventbridge", "OtherServices", "OwnAccount"])
    error_message = "One statement for each source, in one order."
  }

  assert {
    condition = [for statement in jsondecode(output.topic_policies["alerts"]).Statement : statement.Condition if statement.Sid == "Cloudwatch"][0] == {
      StringEquals = { "aws:SourceAccount" = ["123456789012", "111122223333"] }
      ArnLike      = { "aws:SourceArn" = ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"] }
    }
    error_message = "Alarms of both accounts."
  }

  assert {
    condition     = [for statement in jsondecode(output.topic_policies["alerts"]).Statement : !can(statement.Condition) && statement.Principal == { Service = "events.amazonaws.com" } if statement.Sid == "Eventbridge"][0]
    error_message = "EventBridge without conditions, which it does not know."
  }

  assert {
    condition     = [for statement in jsondecode(output.topic_policies["alerts"]).Statement : !can(statement.Condition) && statement.Principal == { Service = "codestar-notifications.amazonaws.com" } if statement.Sid == "CodestarNotifications"][0]
    error_message = "The notification rules of the developer tools."
  }

  assert {
    condition     = [for statement in jsondecode(output.topic_policies["alerts"]).Statement : [statement.Principal, statement.Condition] if statement.Sid == "Config"][0] == [{ Service = "config.amazonaws.com" }, { StringEquals = { "aws:SourceAccount" = ["123456789012", "111122223333"] } }]
    error_message = "Config, for the accounts alone."
  }

  assert {
    condition     = [for statement in jsondecode(output.topic_policies["alerts"]).Statement : [statement.Principal, statement.Condition] if statement.Sid == "OtherServices"][0] == [{ Service = ["budgets.amazonaws.com", "ses.amazonaws.com"] }, { StringEquals = { "aws:SourceAccount" = ["123456789012", "111122223333"] } }]
    error_message = "Other services, for the accounts alone."
  }

  assert {
    condition     = [for statement in jsondecode(output.topic_policies["alerts"]).Statement : statement.Principal if statement.Sid == "OwnAccount"][0] == { AWS = ["arn:aws:iam::123456789012:root", "arn:aws:iam::111122223333:root"] }
    error_message = "The accounts themselves."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(output.topic_policies["alerts"]).Statement : statement.Effect == "Allow" && statement.Action == "sns:Publish" && statement.Resource == var.arn])
    error_message = "Publish to this topic, and no more."
  }
}

run "rules_allow_eventbridge_where_they_publish" {
  command = plan
  variables {
    topics          = { alerts = {}, events = {} }
    existing_topics = { audit = { arn = "arn:aws:sns:eu-west-1:111122223333:audit" } }
    event_rules     = { spot = { topic = "events", pattern = jsonencode({ source = ["aws.ec2"] }), description = "Spot" } }
  }

  assert {
    condition     = contains([for statement in jsondecode(output.topic_policies["events"]).Statement : statement.Sid], "Eventbridge") && !contains([for statement in jsondecode(output.topic_policies["alerts"]).Statement : statement.Sid], "Eventbridge")
    error_message = "EventBridge may publish to the topic of the rule, and to no other."
  }

  assert {
    condition     = jsonencode(keys(aws_sns_topic_policy.this)) == jsonencode(["alerts", "events"])
    error_message = "The policy of an existing topic stays its owner's."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(output.topic_policies["audit"]).Statement : statement.Resource == "arn:aws:sns:eu-west-1:111122223333:audit"])
    error_message = "But the output says what it should be."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["spot"].name == "sns-to-slack-spot" && aws_cloudwatch_event_rule.this["spot"].description == "Spot" && jsondecode(aws_cloudwatch_event_rule.this["spot"].event_pattern) == { source = ["aws.ec2"] }
    error_message = "The rule is as it was given."
  }

  assert {
    condition     = aws_cloudwatch_event_target.topic["spot"].rule == "sns-to-slack-spot" && aws_cloudwatch_event_target.topic["spot"].arn == aws_sns_topic.this["events"].arn
    error_message = "It publishes to its topic."
  }

  assert {
    condition     = aws_cloudwatch_event_target.topic["spot"].dead_letter_config[0].arn == aws_sqs_queue.retry.arn
    error_message = "What the topic does not take goes to the retry queue."
  }
}

run "compliance_of_config" {
  command = plan
  variables {
    config_compliance = { topic = "alerts" }
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["config-compliance"].event_pattern) == {
      source        = ["aws.config"]
      "detail-type" = ["Config Rules Compliance Change"]
      detail = {
        messageType = ["ComplianceChangeNotification"]
        "$or" = [
          { newEvaluationResult = { complianceType = ["NON_COMPLIANT"] } },
          { newEvaluationResult = { complianceType = ["COMPLIANT"] }, oldEvaluationResult = { complianceType = ["NON_COMPLIANT"] } },
        ]
      }
    }
    error_message = "A resource breaks a rule, or keeps it again; not all that was always compliant."
  }
}

run "states_of_pipelines" {
  command = plan
  variables {
    config_compliance   = { topic = "alerts", rules = ["s3-encrypted"] }
    codepipeline_states = { topic = "alerts", pipelines = ["web"], states = ["FAILED", "SUCCEEDED"] }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.this["config-compliance"].event_pattern).detail.configRuleName == ["s3-encrypted"]
    error_message = "Only of the rules that are named."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["codepipeline-states"].event_pattern) == {
      source        = ["aws.codepipeline"]
      "detail-type" = ["CodePipeline Pipeline Execution State Change"]
      detail        = { state = ["FAILED", "SUCCEEDED"], pipeline = ["web"] }
    }
    error_message = "Only of the pipelines and states that are named."
  }
}

run "failures_of_all_pipelines" {
  command = plan
  variables {
    codepipeline_states = { topic = "alerts" }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.this["codepipeline-states"].event_pattern).detail == { state = ["FAILED"] }
    error_message = "Failures, of all pipelines."
  }
}
