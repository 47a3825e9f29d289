# What Config needs before it can have rules: a recorder, which has to have a delivery channel, which has to have a bucket.
# An account has one recorder in each region, so this is made only when it is asked for.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  recorder = toset(var.create_recorder ? ["this"] : [])

  account     = data.aws_caller_identity.current.account_id
  bucket_name = "${var.name}-config-${local.account}"
  bucket_arn  = "arn:${data.aws_partition.current.partition}:s3:::${local.bucket_name}"
}

resource "aws_config_configuration_recorder" "this" {
  #checkov:skip=CKV2_AWS_48:Only security groups are recorded, because each recorded change costs
  for_each = local.recorder

  name     = "default"
  role_arn = aws_iam_role.config[each.key].arn

  recording_group {
    all_supported  = false
    resource_types = ["AWS::EC2::SecurityGroup"]

    recording_strategy {
      use_only = "INCLUSION_BY_RESOURCE_TYPES"
    }
  }
}

resource "aws_config_delivery_channel" "this" {
  for_each = local.recorder

  name           = "default"
  s3_bucket_name = aws_s3_bucket.config[each.key].bucket

  depends_on = [aws_config_configuration_recorder.this, aws_iam_role_policy.config]
}

resource "aws_config_configuration_recorder_status" "this" {
  #checkov:skip=CKV2_AWS_45:Only security groups are recorded, because each recorded change costs
  for_each = local.recorder

  name       = aws_config_configuration_recorder.this[each.key].name
  is_enabled = true

  depends_on = [aws_config_delivery_channel.this]
}

resource "aws_iam_role" "config" {
  for_each = local.recorder

  name_prefix = "${var.name}-config-"
  description = "What AWS Config may read, and where it may write"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "config.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "config" {
  for_each = local.recorder

  role       = aws_iam_role.config[each.key].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

# Page "Permissions for the IAM Role Assigned to AWS Config".
resource "aws_iam_role_policy" "config" {
  for_each = local.recorder

  name = "deliver"
  role = aws_iam_role.config[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["s3:PutObject", "s3:PutObjectAcl"]
        Resource  = ["${local.bucket_arn}/AWSLogs/${local.account}/*"]
        Condition = { StringLike = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketAcl"]
        Resource = [local.bucket_arn]
      },
    ]
  })
}

resource "aws_s3_bucket" "config" {
  #checkov:skip=CKV_AWS_18:Access logs of an example would need a bucket of their own
  #checkov:skip=CKV_AWS_144:Copies in another region are not what this shows
  #checkov:skip=CKV_AWS_145:S3 encrypts with keys of its own (SSE-S3), which is enough here and needs no key policy
  #checkov:skip=CKV2_AWS_62:Nobody needs to be told of single objects
  for_each = local.recorder

  bucket        = local.bucket_name
  force_destroy = true # An example should be easy to clean up.
}

resource "aws_s3_bucket_public_access_block" "config" {
  for_each = aws_s3_bucket.config

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "config" {
  for_each = aws_s3_bucket.config

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "config" {
  for_each = aws_s3_bucket.config

  bucket = each.value.id

  rule {
    id     = "a-year"
    status = "Enabled"
    filter {}

    expiration {
      days = 365
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.config]
}
