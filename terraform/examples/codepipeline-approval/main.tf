data "aws_caller_identity" "current" {}

locals {
  # Known before the pipeline is: so the rule can name it, and Terraform has no cycle.
  pipeline_name = "${var.name}-pipeline"
  source_key    = "release.zip"
}

module "sns_to_slack" {
  source = "../.."

  name         = var.name
  package_path = var.package_path
  architecture = var.architecture

  topics       = { deploys = {} }
  receivers    = { deploys = {} }
  webhook_urls = { deploys = var.webhook_url }

  # The role of the pipeline asks for approvals, and codepipeline_states lets EventBridge in: nobody else publishes.
  sources = ["own_account"]

  # Approvals call people; what fails is only told.
  route = {
    receivers = ["deploys"]
    routes    = [{ match = { kind = "codepipeline_approval" }, mention = ["<!here>"] }]
  }

  codepipeline_states = {
    topic     = "deploys"
    pipelines = [local.pipeline_name]
    states    = ["FAILED"]
  }
}

resource "aws_codepipeline" "this" {
  #checkov:skip=CKV_AWS_219:S3 encrypts the artifacts with keys of its own (SSE-S3), which is enough here and needs no key policy
  name          = local.pipeline_name
  role_arn      = aws_iam_role.pipeline.arn
  pipeline_type = "V2"

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.this["artifacts"].bucket
  }

  stage {
    name = "Source"

    action {
      name             = "Release"
      category         = "Source"
      owner            = "AWS"
      provider         = "S3"
      version          = "1"
      output_artifacts = ["release"]

      configuration = {
        S3Bucket             = aws_s3_bucket.this["source"].bucket
        S3ObjectKey          = local.source_key
        PollForSourceChanges = "false"
      }
    }
  }

  stage {
    name = "Production"

    action {
      name      = "Approve"
      category  = "Approval"
      owner     = "AWS"
      provider  = "Manual"
      version   = "1"
      run_order = 1

      configuration = {
        NotificationArn    = module.sns_to_slack.topic_arns.deploys
        CustomData         = var.question
        ExternalEntityLink = var.review_url
      }
    }

    action {
      name            = "Deploy"
      category        = "Deploy"
      owner           = "AWS"
      provider        = "S3"
      version         = "1"
      run_order       = 2
      input_artifacts = ["release"]

      configuration = {
        BucketName = aws_s3_bucket.this["site"].bucket
        Extract    = "true"
      }
    }
  }

  # Without its rights the first execution, which begins at once, would fail for another reason than a missing release.
  depends_on = [aws_iam_role_policy.pipeline]
}
