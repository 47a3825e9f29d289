# AWS for the tests: an account, a region, and the ARNs that AWS would give to what the module makes under the name that it
# has by itself. Nothing is asked of anybody.

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_region" {
  defaults = { id = "eu-west-1" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/sns-to-slack-eu-west-1" }
}

mock_resource "aws_lambda_function" {
  defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:sns-to-slack" }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts" }
}

override_resource {
  target = aws_sqs_queue.retry
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:sns-to-slack-retry"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/sns-to-slack-retry"
  }
}

override_resource {
  target = aws_sqs_queue.dead_letter
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:sns-to-slack-dead-letter"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/sns-to-slack-dead-letter"
  }
}
