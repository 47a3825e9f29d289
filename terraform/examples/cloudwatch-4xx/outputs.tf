output "topic_arn" {
  description = "The topic: other alarms may name it as their action, too."
  value       = module.sns_to_slack.topic_arns.alarms
}

output "alarm_names" {
  description = "The alarms; `aws cloudwatch set-alarm-state` tries one."
  value = sort(concat(
    [for alarm in aws_cloudwatch_metric_alarm.load_balancer : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.api : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.environment : alarm.alarm_name],
  ))
}

output "log_group_name" {
  description = "The function's log: a line for each message and what became of it."
  value       = module.sns_to_slack.log_group_name
}
