# Webhooks: where they are kept. Their URLs are in no plan, no state and no environment variable.

locals {
  # A receiver without a reference gets its URL from webhook_urls. A reference is a name, also where it comes from a secret value.
  stored_receivers = toset([for name, receiver in var.receivers : name if nonsensitive(receiver.webhook == null)])

  webhooks = {
    for name, receiver in var.receivers :
    name => contains(local.stored_receivers, name) ? "ssm:${local.parameter_names[name]}" : receiver.webhook
  }

  # Said also for AWS's own: without a key the provider would leave the parameter with the one it had.
  parameter_key = coalesce(var.kms_key_arn, "alias/aws/ssm")

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
  key_id      = local.parameter_key
  tags        = var.tags

  # Write-only: sent to AWS and kept nowhere else.
  value_wo = var.webhook_urls[each.key]
  # Any other change must send it again, too: the provider would send an empty one, which AWS refuses.
  value_wo_version = var.webhook_urls_version * 16777216 + parseint(substr(sha256(local.parameter_key), 0, 6), 16)
}
