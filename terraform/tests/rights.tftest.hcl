# What the function may do, and what the key and the queue allow: nothing more than what is named.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
  key        = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "by_default" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy).Statement == [
      { Sid = "Log", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/sns-to-slack:*"] },
      { Sid = "RetryQueue", Effect = "Allow", Action = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"], Resource = [aws_sqs_queue.retry.arn] },
      { Sid = "Parameters", Effect = "Allow", Action = ["ssm:GetParameter"], Resource = ["arn:aws:ssm:eu-west-1:123456789012:parameter/slack/alerts"] },
    ]
    error_message = "The role may write its log, use the retry queue and read the webhook, and that is all: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : !contains(statement.Resource, "*") && !strcontains(join(" ", statement.Action), "*")])
    error_message = "No resource may be a star, and no action have one."
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } },
    ]
    error_message = "Only Lambda takes the role."
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == null && aws_iam_role.this.path == "/"
    error_message = "No boundary and no path by itself."
  }

  assert {
    condition     = length(aws_lambda_function.this.vpc_config) == 0 && aws_lambda_function.this.tracing_config[0].mode == "PassThrough"
    error_message = "No VPC and no traces by itself."
  }
}

run "all_that_can_be_asked_for" {
  command = plan
  variables {
    delivery_mode        = "buffered"
    tracing              = true
    vpc                  = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    kms_key_arn          = var.key
    secrets_kms_key_arns = ["arn:aws:kms:eu-west-1:111122223333:key/99999999-2222-3333-4444-555555555555"]
    former_kms_key_arns  = ["arn:aws:kms:eu-west-1:123456789012:key/77777777-2222-3333-4444-555555555555"]
    topics               = { alerts = {}, deploys = {} }
    event_rules          = { spot = { topic = "alerts", pattern = jsonencode({ source = ["aws.ec2"] }) } }
    receivers = {
      alerts  = {}
      deploys = { webhook = "secretsmanager:slack#deploys" }
    }
    route        = { receivers = ["alerts"] }
    webhook_urls = { alerts = "http://localhost:9/x" }
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : !contains(statement.Resource, "*")
      if !contains(["Tracing", "Network", "NetworkNotForTheFunction"], statement.Sid)
    ])
    error_message = "Only X-Ray and network interfaces cannot be named."
  }

  assert {
    condition     = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [for action in statement.Action : !strcontains(action, "*")]]))
    error_message = "Each action is spelt out."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action if statement.Sid == "Tracing"][0] == [
      "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    ]
    error_message = "Traces may be written, no more."
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Traces are on."
  }

  assert {
    condition     = alltrue([for action in [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action if statement.Sid == "Network"][0] : startswith(action, "ec2:")])
    error_message = "The VPC needs rights of EC2 only."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Effect, statement.Condition] if statement.Sid == "NetworkNotForTheFunction"][0] == [
      "Deny", { ArnEquals = { "lambda:SourceFunctionArn" = [aws_lambda_function.this.arn] } },
    ]
    error_message = "Lambda places the function, and the function itself has none of those rights."
  }

  assert {
    condition     = aws_lambda_function.this.vpc_config[0].subnet_ids == toset(["subnet-1"]) && aws_lambda_function.this.vpc_config[0].security_group_ids == toset(["sg-1"])
    error_message = "The function is in the VPC."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "SecretsKeys"][0] == {
      Sid       = "SecretsKeys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = ["arn:aws:kms:eu-west-1:111122223333:key/99999999-2222-3333-4444-555555555555"]
      Condition = { StringEquals = { "kms:ViaService" = ["secretsmanager.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"] } }
    }
    error_message = "The key of secrets may be used through their services only."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "Key"][0] == {
      Sid       = "Key"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.kms_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = ["lambda.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"] } }
    }
    error_message = "The key may be used through services only."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "FormerKeys"][0] == {
      Sid       = "FormerKeys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = ["arn:aws:kms:eu-west-1:123456789012:key/77777777-2222-3333-4444-555555555555"]
      Condition = { StringEquals = { "kms:ViaService" = ["sqs.eu-west-1.amazonaws.com"] } }
    }
    error_message = "What waits since the key was another one can be read, and nothing else."
  }

  assert {
    condition     = [for statement in jsondecode(output.kms_key_policy).Statement : statement.Condition if statement.Sid == "Sns"][0] == { ArnLike = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:123456789012:*"] } }
    error_message = "SNS may use the key for topics of the account only."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : can(statement.Condition.StringEquals["kms:ViaService"]) if anytrue([for action in statement.Action : startswith(action, "kms:")])])
    error_message = "No right to a key without kms:ViaService."
  }

  assert {
    condition     = aws_sqs_queue.retry.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.dead_letter.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.retry.kms_data_key_reuse_period_seconds == 300
    error_message = "The key encrypts both queues."
  }

  assert {
    condition     = alltrue([for topic in aws_sns_topic.this : topic.kms_master_key_id == var.kms_key_arn]) && length(aws_sns_topic.this) == 2
    error_message = "The key encrypts the topics."
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn && aws_ssm_parameter.webhook["alerts"].key_id == var.kms_key_arn
    error_message = "The key encrypts the environment, the log and the webhooks that are kept."
  }
}

run "without_a_key" {
  command = plan

  assert {
    condition     = aws_sqs_queue.retry.sqs_managed_sse_enabled && aws_sqs_queue.dead_letter.sqs_managed_sse_enabled
    error_message = "Queues are always encrypted."
  }

  assert {
    condition     = aws_sns_topic.this["alerts"].kms_master_key_id == null && aws_cloudwatch_log_group.this.kms_key_id == null
    error_message = "AWS's own key for topics would keep alarms out, so they have none."
  }

  assert {
    condition = jsondecode(aws_sqs_queue.retry.policy).Statement == [{
      Sid       = "Topics"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.retry.arn
      Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts"] } }
    }]
    error_message = "Only the topic may send to the queue."
  }
}

run "the_queue_with_rules_and_existing_topics" {
  command = plan
  variables {
    existing_topics     = { audit = { arn = "arn:aws:sns:eu-west-1:111122223333:audit" } }
    event_rules         = { spot = { topic = "alerts", pattern = jsonencode({ source = ["aws.ec2"] }) } }
    codepipeline_states = { topic = "alerts" }
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.retry.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == ["arn:aws:sns:eu-west-1:111122223333:audit", "arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts"]
    error_message = "Exactly the topics that are read may send to the queue."
  }

  assert {
    condition = jsondecode(aws_sqs_queue.retry.policy).Statement[1] == {
      Sid       = "EventRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.retry.arn
      Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:123456789012:rule/sns-to-slack-codepipeline-states", "arn:aws:events:eu-west-1:123456789012:rule/sns-to-slack-spot"] } }
    }
    error_message = "And exactly the rules."
  }

  assert {
    condition     = length(jsondecode(aws_sqs_queue.retry.policy).Statement) == 2
    error_message = "And nobody else."
  }
}

run "the_policy_of_the_key" {
  command = plan
  variables {
    kms_key_arn           = var.key
    sources               = ["cloudwatch", "codestar_notifications", "eventbridge"]
    other_source_services = ["budgets.amazonaws.com"]
    source_accounts       = ["111122223333"]
  }

  assert {
    condition     = jsonencode([for statement in jsondecode(output.kms_key_policy).Statement : statement.Sid]) == jsonencode(["Account", "Cloudwatch", "CodestarNotifications", "Eventbridge", "OtherServices", "Sns", "Log"])
    error_message = "One statement for each who uses the key."
  }

  assert {
    condition     = [for statement in jsondecode(output.kms_key_policy).Statement : [statement.Principal, statement.Condition] if statement.Sid == "Cloudwatch"][0] == [{ Service = "cloudwatch.amazonaws.com" }, { StringEquals = { "aws:SourceAccount" = ["123456789012", "111122223333"] } }]
    error_message = "Alarms of the accounts use the key."
  }

  assert {
    condition     = [for statement in jsondecode(output.kms_key_policy).Statement : !can(statement.Condition) && statement.Principal == { Service = "events.amazonaws.com" } if statement.Sid == "Eventbridge"][0]
    error_message = "EventBridge sends no conditions with it, so any would keep it out."
  }

  assert {
    condition     = [for statement in jsondecode(output.kms_key_policy).Statement : statement.Condition if statement.Sid == "Log"][0] == { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/sns-to-slack" } }
    error_message = "CloudWatch Logs uses the key for this log alone."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(output.kms_key_policy).Statement : statement.Action == ["kms:Decrypt", "kms:GenerateDataKey*"] if !contains(["Account", "Log"], statement.Sid)])
    error_message = "Publishers encrypt, and manage nothing."
  }
}

run "a_role_with_a_boundary" {
  command = plan
  variables {
    role_path                = "/forwarders/"
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = aws_iam_role.this.path == "/forwarders/" && aws_iam_role.this.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "Path and boundary are those of the role."
  }
}
