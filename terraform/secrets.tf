# Webhooks: where they are kept. Their URLs are in no plan, no state and no environment variable.

locals {
  # A receiver without a reference gets its URL from webhook_urls.
  stored_receivers = toset([for name, receiver in var.receivers : name if receiver.webhook == null])

  webhooks = {
    for name, receiver in var.receivers :
    name => contains(local.stored_receivers, name) ? "ssm:${local.parameter_names[name]}" : receiver.webhook
  }

  parameter_names = { for name in local.stored_receivers : name => "/${var.name}/${name}" }

  # What follows the scheme, without the key of a secret's JSON.
  parameter_ids = distinct([for webhook in values(local.webhooks) : trimprefix(webhook, "ssm:") if startswith(webhook, "ssm:")])
  secret_ids    = distinct([for webhook in values(local.webhooks) : split("#", trimprefix(webhook, "secretsmanager:"))[0] if startswith(webhook, "secretsmanager:")])

  parameter_arns = [
    for id in local.parameter_ids :
    startswith(id, "arn:") ? id : "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/${trimprefix(id, "/")}"
  ]

  # AWS adds a hyphen and six characters to the name (page "What's in a Secrets Manager secret?"); an ARN may leave them out.
  secret_arns = flatten([
    for id in local.secret_ids :
    startswith(id, "arn:") ? [id, "${id}-??????"] : ["arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${id}-??????"]
  ])

  secret_regions = distinct(concat(
    [local.region],
    [for arn in concat(local.parameter_arns, local.secret_arns) : split(":", arn)[3]],
  ))
}

resource "aws_ssm_parameter" "webhook" {
  for_each = local.stored_receivers

  name        = local.parameter_names[each.key]
  description = "Slack incoming webhook of the receiver ${each.key}"
  type        = "SecureString"
  key_id      = var.kms_key_arn
  tags        = var.tags

  # Write-only: sent to AWS and kept nowhere else.
  value_wo         = var.webhook_urls[each.key]
  value_wo_version = var.webhook_urls_version
}
