# The settings that the function gets, as it reads them, and the rest of its configuration.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", object_version = "v1", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "one_receiver_without_a_route" {
  command = plan

  assert {
    condition     = output.settings == "{\"receivers\":{\"alerts\":{\"webhook\":\"ssm:/slack/alerts\"}},\"route\":{\"receivers\":[\"alerts\"],\"routes\":[{\"ignore\":true,\"match\":{\"kind\":\"config_notice\"}}]}}"
    error_message = "It gets everything but the noise of Config: ${output.settings}"
  }

  assert {
    condition     = jsonencode(aws_lambda_function.this.environment[0].variables) == jsonencode({ GLIBC_TUNABLES = "glibc.malloc.tcache_count=64", LOG_LEVEL = "info", RETRY_QUEUE_URL = aws_sqs_queue.retry.url, SETTINGS = output.settings, SQS_PARTIAL_BATCH = "1" })
    error_message = "The environment has these variables and no more."
  }
}

run "routes" {
  command = plan
  variables {
    receivers = {
      alerts  = { webhook = "ssm:/slack/alerts" }
      deploys = { webhook = "secretsmanager:slack#deploys" }
    }
    accounts = { "123456789012" = "prod & more" }
    delivery = { digest = 0, timeout_seconds = 5 }
    route = {
      receivers = ["alerts"]
      routes = [
        { match = { kind = "codepipeline_approval" }, receivers = ["deploys"], mention = ["<!here>", "<!subteam^S0123456789>"] },
        { match = { kind = ["cloudwatch_alarm", "config_*"], source = "prod-*" }, unless = { account = "123456789012" }, continue = true, template = "short" },
        { match = { topic = "x" }, routes = [{ match = { title = "y" }, ignore = true }] },
      ]
    }
  }

  assert {
    condition = jsondecode(output.settings) == {
      receivers = { alerts = { webhook = "ssm:/slack/alerts" }, deploys = { webhook = "secretsmanager:slack#deploys" } }
      accounts  = { "123456789012" = "prod & more" }
      delivery  = { digest = 0, timeout_seconds = 5 }
      route = {
        receivers = ["alerts"]
        routes = [
          { match = { kind = "codepipeline_approval" }, receivers = ["deploys"], mention = ["<!here>", "<!subteam^S0123456789>"] },
          { match = { kind = ["cloudwatch_alarm", "config_*"], source = "prod-*" }, unless = { account = "123456789012" }, continue = true, template = "short" },
          { match = { topic = "x" }, routes = [{ match = { title = "y" }, ignore = true }] },
        ]
      }
    }
    error_message = "Routes are passed on as they are, texts as texts and lists as lists: ${output.settings}"
  }

  assert {
    condition     = strcontains(output.settings, "\"mention\":[\"<!here>\",\"<!subteam^S0123456789>\"]") && strcontains(output.settings, "prod & more") && !strcontains(output.settings, "\\u00")
    error_message = "Mentions are readable: ${output.settings}"
  }

  assert {
    condition     = strcontains(output.settings, "\"delivery\":{\"digest\":0,\"timeout_seconds\":5}")
    error_message = "Numbers are numbers: ${output.settings}"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["SETTINGS"] == output.settings
    error_message = "The function gets what the output says."
  }
}

run "settings_from_the_package" {
  command = plan
  variables {
    settings_from_package = true
    receivers = {
      alerts  = { webhook = "ssm:/slack/alerts" }
      deploys = { webhook = "ssm:/slack/deploys" }
    }
  }

  assert {
    condition     = jsonencode(sort(keys(aws_lambda_function.this.environment[0].variables))) == jsonencode(["GLIBC_TUNABLES", "LOG_LEVEL", "RETRY_QUEUE_URL", "SQS_PARTIAL_BATCH"]) && output.settings == null
    error_message = "The package's settings are not covered up."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : length(statement.Resource) if statement.Sid == "Parameters"][0] == 2
    error_message = "The function may read what receivers name."
  }
}

run "the_function_by_default" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.handler == "bootstrap" && aws_lambda_function.this.architectures == tolist(["x86_64"])
    error_message = "The zip is a bootstrap for Amazon Linux 2023."
  }

  assert {
    condition     = aws_lambda_function.this.s3_bucket == "releases" && aws_lambda_function.this.s3_key == "forwarder-x86_64.zip" && aws_lambda_function.this.s3_object_version == "v1" && aws_lambda_function.this.source_code_hash == var.package_s3.sha256_base64 && aws_lambda_function.this.filename == null
    error_message = "The zip comes from S3, and its hash says when it changes."
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 128 && aws_lambda_function.this.timeout == 30 && aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "128 MB, 30 seconds, and the account's concurrency."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/sns-to-slack" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The log is kept for thirty days."
  }
}

run "the_function_as_asked_for" {
  command = plan
  variables {
    package_s3 = null
    # Any file will do here.
    package_path          = "versions.tf"
    architecture          = "arm64"
    memory_size           = 256
    reserved_concurrency  = 10
    log_level             = "debug"
    log_retention_days    = 365
    layers                = ["arn:aws:lambda:eu-west-1:123456789012:layer:templates:3"]
    environment_variables = { SSL_CERT_FILE = "/opt/ca.pem" }
    tags                  = { team = "platform" }
  }

  assert {
    condition     = aws_lambda_function.this.filename == "versions.tf" && aws_lambda_function.this.source_code_hash == filebase64sha256("versions.tf") && aws_lambda_function.this.s3_bucket == null
    error_message = "The zip is the file."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"]) && aws_lambda_function.this.memory_size == 256 && aws_lambda_function.this.reserved_concurrent_executions == 10 && aws_lambda_function.this.layers == tolist(var.layers)
    error_message = "Architecture, memory, concurrency and layers are those that were given."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["LOG_LEVEL"] == "debug" && aws_lambda_function.this.environment[0].variables["SSL_CERT_FILE"] == "/opt/ca.pem"
    error_message = "So are the log's level and more variables."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "The log is kept for as long as was said."
  }

  assert {
    condition = alltrue([for tags in [
      aws_lambda_function.this.tags, aws_iam_role.this.tags, aws_sqs_queue.retry.tags, aws_sqs_queue.dead_letter.tags, aws_cloudwatch_log_group.this.tags,
      aws_sns_topic.this["alerts"].tags, aws_cloudwatch_metric_alarm.this["errors"].tags, aws_lambda_event_source_mapping.retry_queue.tags,
    ] : tags == tomap({ team = "platform" })])
    error_message = "Everything has the tags."
  }
}
