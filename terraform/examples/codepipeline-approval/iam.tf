# What the pipeline may do: read the release, keep artifacts, write the site, and publish to one topic.

resource "aws_iam_role" "pipeline" {
  name_prefix = "${local.pipeline_name}-"
  description = "What the pipeline ${local.pipeline_name} may do"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "codepipeline.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "pipeline" {
  name = "pipeline"
  role = aws_iam_role.pipeline.id

  # Pages "Amazon S3 source action reference", "Amazon S3 deploy action reference" and "Manage the CodePipeline service role".
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"]
        Resource = values(local.bucket_arns)
      },
      {
        Sid      = "ReadRelease"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"]
        Resource = ["${local.bucket_arns.source}/${local.source_key}"]
      },
      {
        Sid      = "KeepArtifacts"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]
        Resource = ["${local.bucket_arns.artifacts}/*"]
      },
      {
        Sid      = "WriteSite"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:PutObjectVersionAcl"]
        Resource = ["${local.bucket_arns.site}/*"]
      },
      # CodePipeline asks for approvals with this role, so it needs no statement in the topic's policy.
      {
        Sid      = "AskForApproval"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [module.sns_to_slack.topic_arns.deploys]
      },
    ]
  })
}
