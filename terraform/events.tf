# EventBridge rules that publish to a topic of the module.

locals {
  event_rules = merge(
    var.config_compliance == null ? {} : {
      config-compliance = {
        topic       = var.config_compliance.topic
        description = "AWS Config: a resource broke a rule, or keeps it again"
        pattern = jsonencode({
          source        = ["aws.config"]
          "detail-type" = ["Config Rules Compliance Change"]
          detail = merge(
            {
              messageType = ["ComplianceChangeNotification"]
              # Not every resource that was compliant from its beginning.
              "$or" = [
                { newEvaluationResult = { complianceType = ["NON_COMPLIANT"] } },
                {
                  newEvaluationResult = { complianceType = ["COMPLIANT"] }
                  oldEvaluationResult = { complianceType = ["NON_COMPLIANT"] }
                },
              ]
            },
            var.config_compliance.rules == null ? {} : { configRuleName = var.config_compliance.rules },
          )
        })
      }
    },
    var.codepipeline_states == null ? {} : {
      codepipeline-states = {
        topic       = var.codepipeline_states.topic
        description = "CodePipeline: executions that are ${join(", ", var.codepipeline_states.states)}"
        pattern = jsonencode({
          source        = ["aws.codepipeline"]
          "detail-type" = ["CodePipeline Pipeline Execution State Change"]
          detail = merge(
            { state = var.codepipeline_states.states },
            var.codepipeline_states.pipelines == null ? {} : { pipeline = var.codepipeline_states.pipelines },
          )
        })
      }
    },
    var.event_rules,
  )

  event_rule_names  = { for key in keys(local.event_rules) : key => "${var.name}-${key}" }
  event_rule_topics = distinct([for rule in values(local.event_rules) : rule.topic])
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.event_rules

  name          = local.event_rule_names[each.key]
  description   = each.value.description
  event_pattern = each.value.pattern
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "topic" {
  for_each = local.event_rules

  rule = aws_cloudwatch_event_rule.this[each.key].name
  arn  = local.subscriptions[each.value.topic].topic_arn

  # An event that the topic does not take is posted all the same: the function reads the queue.
  dead_letter_config {
    arn = aws_sqs_queue.retry.arn
  }
}
