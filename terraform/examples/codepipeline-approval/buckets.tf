# The release comes in by one bucket, waits for the approval in the second, and goes to the third.

data "aws_partition" "current" {}

locals {
  bucket_names = { for use in ["source", "artifacts", "site"] : use => "${var.name}-${use}-${data.aws_caller_identity.current.account_id}" }

  # Built, not read: so the policy of the role can be seen in a plan.
  bucket_arns = { for use, name in local.bucket_names : use => "arn:${data.aws_partition.current.partition}:s3:::${name}" }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Access logs of an example would need a bucket of their own
  #checkov:skip=CKV_AWS_144:Copies in another region are not what this shows
  #checkov:skip=CKV_AWS_145:S3 encrypts with keys of its own (SSE-S3), which is enough here and needs no key policy
  #checkov:skip=CKV2_AWS_62:Nobody needs to be told of single objects
  for_each = local.bucket_names

  bucket        = each.value
  force_destroy = true # An example should be easy to clean up.
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# CodePipeline takes only a versioned bucket as a source.
resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
