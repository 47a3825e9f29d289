output "forwarder" {
  description = "What the module gives, for the outputs of the example."
  value       = module.sns_to_slack
}

output "kms_key_arn" {
  description = "The key of this region."
  value       = aws_kms_key.this.arn
}

