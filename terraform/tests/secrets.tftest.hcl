# Where webhooks are kept, and that the function may read exactly those.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  route      = { receivers = ["a"] }
}

run "parameters" {
  command = plan
  variables {
    receivers = {
      a = { webhook = "ssm:/slack/alerts" }
      b = { webhook = "ssm:plain" }
      c = { webhook = "ssm:arn:aws:ssm:us-east-1:111122223333:parameter/slack/other" }
      # Two receivers with one parameter.
      d = { webhook = "ssm:/slack/alerts" }
    }
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "Parameters"] == [{
      Sid    = "Parameters"
      Effect = "Allow"
      Action = ["ssm:GetParameter"]
      Resource = [
        "arn:aws:ssm:eu-west-1:123456789012:parameter/slack/alerts",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/plain",
        "arn:aws:ssm:us-east-1:111122223333:parameter/slack/other",
      ]
    }]
    error_message = "Each parameter, by name and by ARN, once: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if contains(["Secrets", "SecretsKeys", "Key"], statement.Sid)]) == 0
    error_message = "No right to secrets and keys that nobody named."
  }

  assert {
    condition     = length(aws_ssm_parameter.webhook) == 0 && output.parameter_names == {}
    error_message = "What exists is not made."
  }
}

run "secrets" {
  command = plan
  variables {
    receivers = {
      a = { webhook = "secretsmanager:slack/hooks#alerts" }
      b = { webhook = "secretsmanager:slack/hooks#deploys" }
      c = { webhook = "secretsmanager:arn:aws:secretsmanager:us-east-1:111122223333:secret:other-AbCdEf#x" }
    }
    secrets_kms_key_arns = ["arn:aws:kms:us-east-1:111122223333:key/99999999-2222-3333-4444-555555555555"]
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "Secrets"] == [{
      Sid    = "Secrets"
      Effect = "Allow"
      Action = ["secretsmanager:GetSecretValue"]
      Resource = [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack/hooks-??????",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:other-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:other-AbCdEf-??????",
      ]
    }]
    error_message = "Each secret once, without its key, with or without the characters that AWS adds: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "Parameters"]) == 0
    error_message = "No right to parameters that nobody named."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition.StringEquals["kms:ViaService"] if statement.Sid == "SecretsKeys"][0] == [
      "secretsmanager.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com",
      "secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com",
    ]
    error_message = "Keys are used through the services of the secrets' regions."
  }

  assert {
    condition     = jsondecode(output.settings).receivers.a.webhook == "secretsmanager:slack/hooks#alerts"
    error_message = "The function knows the key."
  }
}

run "urls" {
  command = plan
  variables {
    receivers            = { a = {}, b = { webhook = "ssm:/slack/b" } }
    webhook_urls         = { a = "http://localhost:9/canary" }
    webhook_urls_version = 3
  }

  assert {
    condition     = aws_ssm_parameter.webhook["a"].name == "/sns-to-slack/a" && aws_ssm_parameter.webhook["a"].type == "SecureString" && length(aws_ssm_parameter.webhook) == 1
    error_message = "The URL is kept as a SecureString."
  }

  assert {
    condition     = floor(aws_ssm_parameter.webhook["a"].value_wo_version / 16777216) == 3 && aws_ssm_parameter.webhook["a"].key_id == "alias/aws/ssm" && aws_ssm_parameter.webhook["a"].value_wo == null
    error_message = "It is sent, and not kept in the plan."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource if statement.Sid == "Parameters"][0] == ["arn:aws:ssm:eu-west-1:123456789012:parameter/sns-to-slack/a", "arn:aws:ssm:eu-west-1:123456789012:parameter/slack/b"]
    error_message = "The function may read it."
  }

  assert {
    condition     = jsondecode(output.settings).receivers == { a = { webhook = "ssm:/sns-to-slack/a" }, b = { webhook = "ssm:/slack/b" } } && output.parameter_names == { a = "/sns-to-slack/a" }
    error_message = "And knows where."
  }

  assert {
    condition     = !strcontains(jsonencode(aws_lambda_function.this.environment[0].variables), "canary")
    error_message = "The URL is not in the environment."
  }
}

run "another_key_sends_the_url_again" {
  command = plan
  variables {
    receivers            = { a = {}, b = { webhook = "ssm:/slack/b" } }
    route                = { receivers = ["a", "b"] }
    webhook_urls         = { a = "https://hooks.slack.com/x" }
    webhook_urls_version = 3
    kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = floor(aws_ssm_parameter.webhook["a"].value_wo_version / 16777216) == 3 && aws_ssm_parameter.webhook["a"].key_id == var.kms_key_arn
    error_message = "The parameter has the key."
  }

  assert {
    condition     = aws_ssm_parameter.webhook["a"].value_wo_version != 3 * 16777216 + parseint(substr(sha256("alias/aws/ssm"), 0, 6), 16)
    error_message = "The version is another one with another key: otherwise the provider sends an empty value."
  }
}
