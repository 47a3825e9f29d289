# What the policy of a customer key has to say. The key itself is the caller's.

locals {
  # Of the publishers that act with a service principal of their own; others use the key by their roles.
  key_users = merge(
    {
      # SNS writes to the encrypted queue. Not the topics by name: they may have the same key.
      Sns = {
        Principal = { Service = "sns.amazonaws.com" }
        Condition = { ArnLike = { "aws:SourceArn" = [for account in local.accounts : "arn:${local.partition}:sns:${local.region}:${account}:*"] } }
      }
    },
    contains(var.sources, "cloudwatch") ? { Cloudwatch = { for part, value in local.publishers.cloudwatch : part => part == "Condition" ? { StringEquals = value.StringEquals } : value } } : {},
    # EventBridge sends no conditions with it (page "Managing Amazon SNS encryption keys and costs").
    contains(var.sources, "eventbridge") || length(local.event_rules) > 0 ? { Eventbridge = local.publishers.eventbridge } : {},
    contains(var.sources, "codestar_notifications") ? { CodestarNotifications = local.publishers.codestar_notifications } : {},
    length(var.other_source_services) > 0 ? { OtherServices = local.publishers.other_services } : {},
  )

  kms_key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      # The account decides with IAM who manages and uses the key.
      [{
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      }],
      [
        for sid, user in local.key_users : merge(
          { Sid = sid, Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey*"], Resource = "*" },
          user,
        )
      ],
      [{
        Sid       = "Log"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = local.log_group_arn } }
      }],
    )
  })
}
