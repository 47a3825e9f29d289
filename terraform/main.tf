# The function, its log, and what may invoke it. Topics: topics.tf; queues: queues.tf; rights of the function: iam.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  # `name` is deprecated in provider 6, and 5 has no `region`.
  region = data.aws_region.current.id

  buffered = var.delivery_mode == "buffered"

  log_group_name = "/aws/lambda/${var.name}"
  log_group_arn  = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group_name}"

  environment = merge(
    {
      # A record's many small pieces of memory then find their places again (the GNU C Library's manual, "Memory Allocation Tunables").
      GLIBC_TUNABLES    = "glibc.malloc.tcache_count=64"
      LOG_LEVEL         = var.log_level
      RETRY_QUEUE_URL   = aws_sqs_queue.retry.url
      SQS_PARTIAL_BATCH = "1"
    },
    var.settings_from_package ? {} : { SETTINGS = local.settings_json },
    var.environment_variables,
  )

  # Lambda measures the variables as one JSON text. The URL of the queue is not known before it exists.
  environment_bytes = ceil(3 / 4 * length(base64encode(jsonencode(merge(
    local.environment,
    { RETRY_QUEUE_URL = "https://sqs.${local.region}.amazonaws.com/${local.account}/${local.retry_queue_name}" },
  )))))
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = "sns-to-slack: posts what arrives on SNS topics to Slack"
  role          = aws_iam_role.this.arn

  filename          = var.package_path
  source_code_hash  = var.package_path == null ? var.package_s3.sha256_base64 : filebase64sha256(var.package_path)
  s3_bucket         = try(var.package_s3.bucket, null)
  s3_key            = try(var.package_s3.key, null)
  s3_object_version = try(var.package_s3.object_version, null)

  runtime       = "provided.al2023"
  handler       = "bootstrap"
  architectures = [var.architecture]
  memory_size   = var.memory_size
  timeout       = var.timeout
  layers        = var.layers
  kms_key_arn   = var.kms_key_arn
  tags          = var.tags

  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1)

  environment {
    variables = local.environment
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = var.route != null || var.settings_from_package || length(var.receivers) == 1
      error_message = "With several receivers say which of them gets what: route = { receivers = [\"alerts\"], routes = [...] }."
    }

    precondition {
      condition     = length(local.misshapen) == 0
      error_message = "This has another form in a route: ${join("; ", local.misshapen)}."
    }

    precondition {
      condition     = length(local.unknown_route_keys) == 0
      error_message = "A route has no such key: ${join("; ", local.unknown_route_keys)}. Its keys are ${join(", ", local.route_keys)}."
    }

    precondition {
      condition     = length(local.unknown_receivers) == 0
      error_message = "A route names a receiver that is not in receivers: ${join("; ", local.unknown_receivers)}."
    }

    precondition {
      condition     = var.route == null ? true : try(length(tolist(var.route.receivers)) > 0, false)
      error_message = "The outermost route gets what no other takes, so it needs receivers: route = { receivers = [\"alerts\"], routes = [...] }."
    }

    precondition {
      condition     = length(local.unknown_kinds) == 0
      error_message = "There is no such kind: ${join("; ", local.unknown_kinds)}. Kinds are ${join(", ", local.kinds)}."
    }

    precondition {
      condition     = length(local.bad_mentions) == 0
      error_message = "This is no mention: ${join("; ", local.bad_mentions)}. Mentions are <!here>, <!channel>, <!everyone>, <!subteam^S...> and <@U...>."
    }

    precondition {
      condition     = alltrue([for one in local.routes_3 : !can(one.route.routes)])
      error_message = "Routes are nested at most three levels deep here. Deeper ones go into a settings file in the package (sns-to-slack bundle --settings), with settings_from_package = true."
    }

    precondition {
      condition     = local.environment_bytes <= 4096
      error_message = "The function's environment would have ${local.environment_bytes} bytes, and Lambda takes 4096. Put the settings into the package or a layer instead (sns-to-slack bundle --settings FILE), and set settings_from_package = true."
    }
  }

  # Without its rights it could not write what its first start says, and without its log group Lambda would make one
  # that keeps everything for ever.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

# What cannot be posted now goes to the queue that invokes the function, on purpose and for up to a day. Lambda would stop
# that after about 16 rounds (page "Use Lambda recursive loop detection to prevent infinite loops").
resource "aws_lambda_function_recursion_config" "this" {
  function_name  = aws_lambda_function.this.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_permission" "topic" {
  for_each = local.buffered ? {} : local.subscriptions

  # Of the topic, not only of its key: when the key gets another topic, the new permission is made before the old one ends.
  statement_id   = "topic-${each.key}-${substr(sha256(local.named_topic_arns[each.key]), 0, 8)}"
  function_name  = aws_lambda_function.this.function_name
  action         = "lambda:InvokeFunction"
  principal      = "sns.amazonaws.com"
  source_arn     = local.named_topic_arns[each.key]
  source_account = split(":", local.named_topic_arns[each.key])[4]
}

# SNS invokes asynchronously: what still fails after Lambda's own tries goes to the retry queue. Buffered it stays, for what is
# still with Lambda when the mode changes.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name          = aws_lambda_function.this.function_name
  maximum_retry_attempts = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.retry.arn
    }
  }

  # Lambda looks whether the role may send to it.
  depends_on = [aws_iam_role_policy.this]
}

# In both modes the retry queue invokes the function; buffered, it is where everything comes from.
resource "aws_lambda_event_source_mapping" "retry_queue" {
  event_source_arn        = aws_sqs_queue.retry.arn
  function_name           = aws_lambda_function.this.arn
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  batch_size                         = local.buffered ? var.batch_size : 10
  maximum_batching_window_in_seconds = local.batch_window

  # More at once would only meet Slack's limit of about one message a second for a channel.
  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }

  depends_on = [aws_iam_role_policy.this]
}
