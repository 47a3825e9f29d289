# What the function may do. Written as JSON of our own, not with aws_iam_policy_document, so that tests without AWS see it.

locals {
  statements = concat(
    [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.log_group_arn}:*"]
      },
      {
        Sid      = "RetryQueue"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = [local.retry_queue_arn]
      },
    ],
    length(local.parameter_arns) == 0 ? [] : [{
      Sid      = "Parameters"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter"]
      Resource = local.parameter_arns
    }],
    length(local.secret_arns) == 0 ? [] : [{
      Sid      = "Secrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = local.secret_arns
    }],
    length(var.secrets_kms_key_arns) == 0 ? [] : [{
      Sid      = "SecretsKeys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = var.secrets_kms_key_arns
      Condition = {
        StringEquals = {
          "kms:ViaService" = flatten([for region in local.secret_regions : ["secretsmanager.${region}.amazonaws.com", "ssm.${region}.amazonaws.com"]])
        }
      }
    }],
    # Of the queue, the environment, the webhooks that the module keeps, and secrets with the same key.
    var.kms_key_arn == null ? [] : [{
      Sid      = "Key"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [var.kms_key_arn]
      Condition = {
        StringEquals = {
          "kms:ViaService" = [for service in concat(["lambda"], length(local.secret_arns) == 0 ? [] : ["secretsmanager"], ["sqs", "ssm"]) : "${service}.${local.region}.amazonaws.com"]
        }
      }
    }],
    # What was encrypted before the key was another one.
    length(var.former_kms_key_arns) == 0 ? [] : [{
      Sid      = "FormerKeys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = var.former_kms_key_arns
      Condition = {
        StringEquals = { "kms:ViaService" = ["sqs.${local.region}.amazonaws.com"] }
      }
    }],
    # Neither X-Ray nor the network interfaces of EC2 can be named before they exist (page "Actions, resources, and condition keys").
    !var.tracing ? [] : [{
      Sid      = "Tracing"
      Effect   = "Allow"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = ["*"]
    }],
    [for statement in [
      {
        Sid      = "Network"
        Effect   = "Allow"
        Action   = local.network_actions
        Resource = ["*"]
      },
      # Lambda needs these to place the function, and the function itself none of them (page "Giving Lambda functions access to
      # resources in an Amazon VPC").
      {
        Sid       = "NetworkNotForTheFunction"
        Effect    = "Deny"
        Action    = local.network_actions
        Resource  = ["*"]
        Condition = { ArnEquals = { "lambda:SourceFunctionArn" = ["arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}"] } }
      },
    ] : statement if var.vpc != null],
  )

  network_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]
}

resource "aws_iam_role" "this" {
  # IAM is global: copies of the same name in two regions must not meet.
  name                 = "${var.name}-${local.region}"
  path                 = var.role_path
  description          = "What the function ${var.name} may do"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "forward"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}
