output "topic_arns" {
  description = "The topics that the forwarder reads, by key: what alarms, approval actions and rules publish to."
  # Only once publishers are allowed to.
  value      = { for key, subscription in local.subscriptions : key => subscription.topic_arn }
  depends_on = [aws_sns_topic_policy.this, aws_sns_topic_subscription.this]
}

output "topic_policies" {
  description = "The policy that each topic needs, as JSON: of created topics it is set, for existing ones it is to compare with."
  value       = local.topic_policies
}

output "event_patterns" {
  description = "The patterns of the EventBridge rules, as JSON, by key: what `aws events test-event-pattern` takes."
  value       = { for key, rule in aws_cloudwatch_event_rule.this : key => rule.event_pattern }
}

output "function_name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "function_arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "role_arn" {
  description = "The ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "The name of the function's role."
  value       = aws_iam_role.this.name
}

output "log_group_name" {
  description = "The log group of the function."
  value       = aws_cloudwatch_log_group.this.name
}

output "retry_queue_url" {
  description = "The queue with what waits to be posted."
  value       = aws_sqs_queue.retry.url
}

output "retry_queue_arn" {
  description = "The ARN of the queue with what waits to be posted."
  value       = aws_sqs_queue.retry.arn
}

output "dead_letter_queue_url" {
  description = "The queue with what could not be posted in time."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "The ARN of the queue with what could not be posted in time."
  value       = aws_sqs_queue.dead_letter.arn
}

output "redrive_command" {
  description = "Brings back all that is in the dead-letter queue, once the cause is gone; with `--list` it shows what that is."
  value       = local.redrive_command
}

output "parameter_names" {
  description = "The parameters that hold the URLs of `webhook_urls`, by receiver."
  value       = { for name, parameter in aws_ssm_parameter.webhook : name => parameter.name }
}

output "settings" {
  description = "The function's settings as JSON; `null` when they come with the package."
  value       = var.settings_from_package ? null : local.settings_json
}

output "alarm_arns" {
  description = "The alarms on the forwarder itself, by what they watch."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.arn }
}

output "dashboard_name" {
  description = "The dashboard; `null` without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "kms_key_policy" {
  description = "The policy that the key of `kms_key_arn` needs, as JSON."
  value       = local.kms_key_policy
}
