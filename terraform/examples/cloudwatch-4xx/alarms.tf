# Two alarms for each source: a warning and a critical one, told apart by the end of their names. The description is what
# people read in Slack, where the runbook is a link.

locals {
  actions = [module.sns_to_slack.topic_arns.alarms]
}

# The share of requests that the targets answered with 4xx. Below 100 requests in five minutes a share says little.
resource "aws_cloudwatch_metric_alarm" "load_balancer" {
  for_each = var.load_balancer == null ? {} : var.percent

  alarm_name          = "${var.name}-alb-4xx-${each.key}"
  alarm_description   = "More than ${each.value} % of the requests to ${var.load_balancer} get a 4xx from the application. Look at the last release first, then at who asks. Runbook: ${var.runbook_url}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching" # No requests, no metric.
  alarm_actions       = local.actions
  ok_actions          = local.actions

  metric_query {
    id          = "share"
    expression  = "IF(requests >= 100, 100 * FILL(errors, 0) / requests, 0)"
    label       = "4xx of all requests (%)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "HTTPCode_Target_4XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = { LoadBalancer = var.load_balancer }
        period      = 300
        stat        = "Sum"
      }
    }
  }
}

# The average of a REST API's 4XXError is the share, from 0 to 1.
resource "aws_cloudwatch_metric_alarm" "api" {
  for_each = var.api == null ? {} : var.percent

  alarm_name          = "${var.name}-api-4xx-${each.key}"
  alarm_description   = "More than ${each.value} % of the calls of ${var.api.name} (${var.api.stage}) end with a 4xx. A new client, or keys that have run out? Runbook: ${var.runbook_url}"
  namespace           = "AWS/ApiGateway"
  metric_name         = "4XXError"
  dimensions          = { ApiName = var.api.name, Stage = var.api.stage }
  statistic           = "Average"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value / 100
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions
}

# Elastic Beanstalk counts, so these are numbers of requests.
resource "aws_cloudwatch_metric_alarm" "environment" {
  for_each = var.environment_name == null ? {} : var.requests

  alarm_name          = "${var.name}-environment-4xx-${each.key}"
  alarm_description   = "More than ${each.value} requests to ${var.environment_name} get a 4xx within five minutes. Look at the last release first. Runbook: ${var.runbook_url}"
  namespace           = "AWS/ElasticBeanstalk"
  metric_name         = "ApplicationRequests4xx"
  dimensions          = { EnvironmentName = var.environment_name }
  statistic           = "Sum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions
}
