# Alarms on the forwarder itself, and its dashboard.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  existing_topics = {
    audit = { arn = "arn:aws:sns:eu-west-1:111122223333:company-audit" }
  }
  receivers = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "alarms" {
  command = plan

  assert {
    condition = jsonencode({
      for key, alarm in aws_cloudwatch_metric_alarm.this :
      key => [alarm.alarm_name, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.threshold]
      }) == jsonencode({
      dead-letter    = ["sns-to-slack-dead-letter", "AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName = "sns-to-slack-dead-letter" }, "Maximum", 0]
      destination    = ["sns-to-slack-destination", "AWS/Lambda", "DestinationDeliveryFailures", { FunctionName = "sns-to-slack" }, "Sum", 0]
      errors         = ["sns-to-slack-errors", "AWS/Lambda", "Errors", { FunctionName = "sns-to-slack" }, "Sum", 0]
      queue-age      = ["sns-to-slack-queue-age", "AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName = "sns-to-slack-retry" }, "Maximum", 3600]
      redrive-alerts = ["sns-to-slack-redrive-alerts", "AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", { TopicName = "sns-to-slack-alerts" }, "Sum", 0]
      redrive-audit  = ["sns-to-slack-redrive-audit", "AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", { TopicName = "company-audit" }, "Sum", 0]
      throttles      = ["sns-to-slack-throttles", "AWS/Lambda", "Throttles", { FunctionName = "sns-to-slack" }, "Sum", 0]
    })
    error_message = "An alarm for each way in which the forwarder can fail."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this :
      alarm.comparison_operator == "GreaterThanThreshold" && alarm.evaluation_periods == 1 && alarm.period == 300 && alarm.treat_missing_data == "notBreaching"
    ])
    error_message = "One bad period of five minutes is enough, and silence is fine."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(coalesce(alarm.alarm_actions, [])) == 0 && length(coalesce(alarm.ok_actions, [])) == 0])
    error_message = "Without a topic they are only to be seen."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_metric_alarm.this["dead-letter"].alarm_description, output.redrive_command) && output.redrive_command == "AWS_REGION=eu-west-1 sns-to-slack redrive ${aws_sqs_queue.dead_letter.url}"
    error_message = "The alarm says how to bring messages back."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_description) <= 1024])
    error_message = "CloudWatch takes 1024 characters."
  }
}

run "alarms_with_topics" {
  command = plan
  variables {
    delivery_mode           = "buffered"
    queue_age_alarm_seconds = 7200
    alarm_topic_arns        = ["arn:aws:sns:eu-west-1:123456789012:on-call"]
    config_compliance       = { topic = "alerts" }
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(var.alarm_topic_arns) && alarm.ok_actions == toset(var.alarm_topic_arns)]) && length(aws_cloudwatch_metric_alarm.this) == 8
    error_message = "Every alarm is heard, and its end too."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["rule-config-compliance"].metric_name == "InvocationsFailedToBeSentToDlq" && aws_cloudwatch_metric_alarm.this["rule-config-compliance"].dimensions == tomap({ RuleName = "sns-to-slack-config-compliance" })
    error_message = "An event that neither the topic nor the queue takes is heard of."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["queue-age"].threshold == 7200 && strcontains(aws_cloudwatch_metric_alarm.this["queue-age"].alarm_description, "7200 seconds")
    error_message = "The age is the one that was given."
  }
}

run "alarms_do_not_depend_on_a_created_topic_of_the_forwarder" {
  command = plan
  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts"]
  }
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "alarms_do_not_depend_on_an_existing_topic_of_the_forwarder" {
  command = plan
  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-west-1:123456789012:on-call", "arn:aws:sns:eu-west-1:111122223333:company-audit"]
  }
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "no_dashboard_by_default" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_name == null
    error_message = "A dashboard costs money."
  }
}

run "dashboard" {
  command = plan
  variables {
    dashboard = true
  }

  assert {
    condition     = output.dashboard_name == "sns-to-slack" && one(aws_cloudwatch_dashboard.this[*].dashboard_name) == "sns-to-slack"
    error_message = "The dashboard has the function's name."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(one(aws_cloudwatch_dashboard.this[*].dashboard_body)).widgets : widget.properties.region == "eu-west-1"])
    error_message = "Each widget names the region."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(one(aws_cloudwatch_dashboard.this[*].dashboard_body)).widgets : strcontains(jsonencode(widget.properties.metrics), "sns-to-slack")])
    error_message = "Each widget is about this function or its queues."
  }

  assert {
    condition = toset([for metric in jsondecode(one(aws_cloudwatch_dashboard.this[*].dashboard_body)).widgets[0].properties.metrics : join(" ", slice(metric, 0, 4))]) == toset([
      for outcome in ["Posted", "HandedOver", "NotPosted", "Ambiguous", "Ignored", "Duplicate", "FallbackRendered"] : "SnsToSlack ${outcome} FunctionName sns-to-slack"
    ])
    error_message = "Each outcome is shown."
  }

  assert {
    condition     = length(distinct([for widget in jsondecode(one(aws_cloudwatch_dashboard.this[*].dashboard_body)).widgets : [widget.x, widget.y]])) == 6
    error_message = "No widget covers another."
  }
}
