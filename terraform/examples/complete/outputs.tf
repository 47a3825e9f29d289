output "topic_arns" {
  description = "The topics of each region, by key."
  value       = { home = module.home.forwarder.topic_arns, second = module.second.forwarder.topic_arns }
}

output "kms_key_arns" {
  description = "The key of each region: the role of a pipeline that asks for approvals needs `kms:Decrypt` and `kms:GenerateDataKey` on it."
  value       = { home = module.home.kms_key_arn, second = module.second.kms_key_arn }
}

output "log_group_name" {
  description = "The function's log, of the same name in both regions."
  value       = module.home.forwarder.log_group_name
}

output "dashboard_name" {
  description = "The dashboard of the first region; each shows its own."
  value       = module.home.forwarder.dashboard_name
}

output "redrive_commands" {
  description = "Bring back what could not be posted; with `--list` they show what that is."
  value       = { home = module.home.forwarder.redrive_command, second = module.second.forwarder.redrive_command }
}
