# Topics, who may publish to them, and their subscriptions.

locals {
  topic_names = { for key, topic in var.topics : key => coalesce(topic.name, "${var.name}-${key}") }

  topic_keys = concat(keys(var.topics), keys(var.existing_topics))

  # Built, not read: so policies can be seen in a plan, and asserted in tests.
  topic_arns = { for key, name in local.topic_names : key => "arn:${local.partition}:sns:${local.region}:${local.account}:${name}" }

  # The same for all topics, as far as it is known.
  named_topic_arns = merge(local.topic_arns, { for key, topic in var.existing_topics : key => topic.arn })

  subscriptions = merge(
    {
      for key, topic in var.topics : key => {
        topic_arn           = aws_sns_topic.this[key].arn
        filter_policy       = topic.filter_policy
        filter_policy_scope = topic.filter_policy_scope
      }
    },
    {
      for key, topic in var.existing_topics : key => {
        topic_arn           = topic.arn
        filter_policy       = topic.filter_policy
        filter_policy_scope = topic.filter_policy_scope
      }
    },
  )

  accounts = concat([local.account], tolist(var.source_accounts))

  # One statement for each, because each needs conditions of its own.
  publishers = {
    cloudwatch = {
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.accounts }
        ArnLike      = { "aws:SourceArn" = [for account in local.accounts : "arn:${local.partition}:cloudwatch:${local.region}:${account}:alarm:*"] }
      }
    }
    # EventBridge knows no conditions here (page "Using resource-based policies for Amazon EventBridge").
    eventbridge = {
      Principal = { Service = "events.amazonaws.com" }
    }
    codestar_notifications = {
      Principal = { Service = "codestar-notifications.amazonaws.com" }
    }
    config = {
      Principal = { Service = "config.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.accounts } }
    }
    # Whoever the account allows to: the role of a pipeline with an approval action, people with the AWS CLI.
    own_account = {
      Principal = { AWS = [for account in local.accounts : "arn:${local.partition}:iam::${account}:root"] }
    }
    other_services = {
      Principal = { Service = sort(var.other_source_services) }
      Condition = { StringEquals = { "aws:SourceAccount" = local.accounts } }
    }
  }

  # Of each topic, in the order of the alphabet, so that a plan does not change by itself.
  topic_sources = {
    for key in keys(local.subscriptions) : key => sort(setunion(
      var.sources,
      contains(local.event_rule_topics, key) ? ["eventbridge"] : [],
      length(var.other_source_services) > 0 ? ["other_services"] : [],
    ))
  }

  topic_policies = {
    for key, sources in local.topic_sources : key => jsonencode({
      Version = "2012-10-17"
      Statement = [
        for source in sources : merge(
          {
            Sid      = replace(title(replace(source, "_", " ")), " ", "")
            Effect   = "Allow"
            Action   = "sns:Publish"
            Resource = local.named_topic_arns[key]
          },
          local.publishers[source],
        )
      ]
    })
  }
}

resource "aws_sns_topic" "this" {
  for_each = var.topics

  name              = local.topic_names[each.key]
  display_name      = each.value.display_name
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  # SNS takes no policy without a statement; without any, the account publishes.
  for_each = { for key, topic in var.topics : key => topic if length(local.topic_sources[key]) > 0 }

  arn    = aws_sns_topic.this[each.key].arn
  policy = local.topic_policies[each.key]
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions

  topic_arn           = each.value.topic_arn
  protocol            = local.buffered ? "sqs" : "lambda"
  endpoint            = local.buffered ? aws_sqs_queue.retry.arn : aws_lambda_function.this.arn
  filter_policy       = each.value.filter_policy
  filter_policy_scope = each.value.filter_policy == null ? null : each.value.filter_policy_scope

  # What SNS cannot hand over is not lost either. The function reads it from there.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.retry.arn })

  lifecycle {
    # A change of mode makes a new subscription before it ends the old one: a message may come twice, and none is missed.
    create_before_destroy = true

    precondition {
      condition     = split(":", each.value.topic_arn)[3] == local.region
      error_message = "The topic ${each.value.topic_arn} is in another region than ${local.region}. Use this module once in each region, with a provider for it."
    }
  }

  # Nothing comes before all that it may need is there, nor after it is gone.
  depends_on = [
    aws_lambda_event_source_mapping.retry_queue,
    aws_lambda_function_event_invoke_config.this,
    aws_lambda_permission.topic,
  ]
}
