output "topic_arn" {
  description = "The topic to which EventBridge publishes."
  value       = module.sns_to_slack.topic_arns.security
}

output "rule_names" {
  description = "The rules of Config."
  value       = [aws_config_config_rule.ssh.name, aws_config_config_rule.ports.name]
}

output "log_group_name" {
  description = "The function's log: a line for each message and what became of it."
  value       = module.sns_to_slack.log_group_name
}
