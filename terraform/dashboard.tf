# The forwarder at a glance: what became of the records, how long Slack takes, what waits.

locals {
  outcomes = ["Posted", "HandedOver", "NotPosted", "Ambiguous", "Ignored", "Duplicate", "FallbackRendered"]

  widgets = [
    {
      title   = "Records by outcome"
      metrics = [for outcome in local.outcomes : ["SnsToSlack", outcome, "FunctionName", var.name, { stat = "Sum" }]]
    },
    {
      title   = "Posted, by kind"
      metrics = [[{ expression = "SEARCH('{SnsToSlack,FunctionName,Kind} MetricName=\"Posted\" FunctionName=\"${var.name}\"', 'Sum', 300)", label = "" }]]
    },
    {
      title   = "Not posted or handed over, by receiver"
      metrics = [[{ expression = "SEARCH('{SnsToSlack,FunctionName,Receiver} MetricName=(\"NotPosted\" OR \"HandedOver\" OR \"Ambiguous\") FunctionName=\"${var.name}\"', 'Sum', 300)", label = "" }]]
    },
    {
      title   = "Slack's time to answer (ms)"
      metrics = [for stat in ["p50", "p99", "Maximum"] : ["SnsToSlack", "PostDuration", "FunctionName", var.name, { stat = stat, label = stat }]]
    },
    {
      title = "Waiting"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.retry_queue_name, { stat = "Maximum", label = "retry queue" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesDelayed", "QueueName", local.retry_queue_name, { stat = "Maximum", label = "retry queue, not yet due" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.dead_letter_queue_name, { stat = "Maximum", label = "dead-letter queue" }],
      ]
    },
    {
      title   = "Invocations"
      metrics = [for metric in ["Invocations", "Errors", "Throttles"] : ["AWS/Lambda", metric, "FunctionName", var.name, { stat = "Sum" }]]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for i, widget in local.widgets : {
        type   = "metric"
        x      = 12 * (i % 2)
        y      = 6 * floor(i / 2)
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = local.region
          period  = 300
          view    = "timeSeries"
          metrics = widget.metrics
        }
      }
    ]
  })
}
