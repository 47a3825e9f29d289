output "topic_arn" {
  description = "The topic: what is published to it comes to Slack."
  value       = module.sns_to_slack.topic_arns.alerts
}

output "function_name" {
  description = "The function."
  value       = module.sns_to_slack.function_name
}

output "log_group_name" {
  description = "The function's log: a line for each message and what became of it."
  value       = module.sns_to_slack.log_group_name
}

output "redrive_command" {
  description = "Brings back what could not be posted; with `--list` it shows what that is."
  value       = module.sns_to_slack.redrive_command
}
