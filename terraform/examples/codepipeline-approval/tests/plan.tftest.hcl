mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:mock" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:mock" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:approval-example-deploys" }
  }
}

variables {
  package_path = "versions.tf"
  webhook_url  = "http://127.0.0.1:1/none"
}

run "approval_comes_to_slack" {
  command = apply

  assert {
    condition = alltrue([
      aws_codepipeline.this.stage[1].action[0].category == "Approval",
      aws_codepipeline.this.stage[1].action[0].configuration.NotificationArn == output.topic_arn,
      aws_codepipeline.this.stage[1].action[0].configuration.CustomData == var.question,
      aws_codepipeline.this.stage[1].action[0].configuration.ExternalEntityLink == var.review_url,
    ])
    error_message = "The approval action does not notify the module's topic, or does not say what to look at."
  }

  assert {
    condition     = aws_codepipeline.this.stage[1].action[0].run_order < aws_codepipeline.this.stage[1].action[1].run_order
    error_message = "The site would be deployed before anybody has approved."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : statement.Resource
      if contains(statement.Action, "sns:Publish")
    ] == [[output.topic_arn]]
    error_message = "The pipeline's role may publish to exactly the topic of the approvals."
  }

  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : concat(
        [for action in statement.Action : !strcontains(action, "*")],
        [for resource in statement.Resource : startswith(resource, "arn:aws:s3:::approval-example-") || resource == output.topic_arn],
      )
    ]))
    error_message = "The pipeline's role has a right on something that is not the example's own."
  }

  assert {
    condition = jsondecode(module.sns_to_slack.settings).route == {
      receivers = ["deploys"]
      routes    = [{ match = { kind = "codepipeline_approval" }, mention = ["<!here>"] }]
    }
    error_message = "Approvals should mention people, and nothing else should."
  }

  assert {
    condition     = [for statement in jsondecode(module.sns_to_slack.topic_policies.deploys).Statement : statement.Sid] == ["Eventbridge", "OwnAccount"]
    error_message = "The pipeline's account and EventBridge publish to the topic, and nobody else."
  }
}

run "buckets_are_private_and_versioned" {
  command = apply

  assert {
    condition     = toset(keys(aws_s3_bucket_public_access_block.this)) == toset(keys(aws_s3_bucket.this)) && alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_policy && block.restrict_public_buckets])
    error_message = "A bucket may become public."
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_versioning.this)) == toset(keys(aws_s3_bucket.this)) && alltrue([for one in aws_s3_bucket_versioning.this : one.versioning_configuration[0].status == "Enabled"])
    error_message = "A bucket is not versioned."
  }
}
