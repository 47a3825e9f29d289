output "topic_arn" {
  description = "The topic of the approvals."
  value       = module.sns_to_slack.topic_arns.deploys
}

output "pipeline_name" {
  description = "The pipeline."
  value       = aws_codepipeline.this.name
}

output "source_location" {
  description = "Where a release is put: a zip of the site."
  value       = "s3://${aws_s3_bucket.this["source"].bucket}/${local.source_key}"
}

output "log_group_name" {
  description = "The function's log: a line for each message and what became of it."
  value       = module.sns_to_slack.log_group_name
}
