# How a message comes to the function, in both modes, and where it goes when something fails. Nothing may be lost.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  existing_topics = {
    # Of another account.
    audit = { arn = "arn:aws:sns:eu-west-1:111122223333:audit" }
  }
  receivers = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "direct" {
  command = plan

  assert {
    condition     = alltrue([for key in ["alerts", "audit"] : aws_sns_topic_subscription.this[key].protocol == "lambda" && aws_sns_topic_subscription.this[key].endpoint == aws_lambda_function.this.arn])
    error_message = "SNS invokes the function."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["alerts"].topic_arn == "arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts" && aws_sns_topic_subscription.this["audit"].topic_arn == "arn:aws:sns:eu-west-1:111122223333:audit"
    error_message = "Created and existing topics are subscribed."
  }

  assert {
    condition     = jsonencode(keys(aws_lambda_permission.topic)) == jsonencode(["alerts", "audit"])
    error_message = "Each topic has its permission."
  }

  assert {
    condition = alltrue([
      for permission in aws_lambda_permission.topic :
      permission.principal == "sns.amazonaws.com" && permission.action == "lambda:InvokeFunction" && permission.function_name == "sns-to-slack"
    ])
    error_message = "Only SNS may invoke, and only this function."
  }

  assert {
    condition     = aws_lambda_permission.topic["alerts"].source_arn == "arn:aws:sns:eu-west-1:123456789012:sns-to-slack-alerts" && aws_lambda_permission.topic["alerts"].source_account == "123456789012"
    error_message = "The permission names the topic and its account."
  }

  assert {
    condition     = aws_lambda_permission.topic["audit"].source_arn == "arn:aws:sns:eu-west-1:111122223333:audit" && aws_lambda_permission.topic["audit"].source_account == "111122223333"
    error_message = "For a topic of another account it is that account."
  }

  assert {
    condition     = one(aws_lambda_function_event_invoke_config.this[*].destination_config[0].on_failure[0].destination) == aws_sqs_queue.retry.arn
    error_message = "What Lambda gives up goes to the retry queue."
  }

  assert {
    condition     = one(aws_lambda_function_event_invoke_config.this[*].maximum_retry_attempts) == 2 && one(aws_lambda_function_event_invoke_config.this[*].function_name) == "sns-to-slack"
    error_message = "Lambda tries twice more."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.batch_size == 10 && aws_lambda_event_source_mapping.retry_queue.maximum_batching_window_in_seconds == 0
    error_message = "The retry queue is read in small batches and at once."
  }
}

run "buffered" {
  command = plan
  variables {
    delivery_mode = "buffered"
  }

  assert {
    condition     = alltrue([for key in ["alerts", "audit"] : aws_sns_topic_subscription.this[key].protocol == "sqs" && aws_sns_topic_subscription.this[key].endpoint == aws_sqs_queue.retry.arn])
    error_message = "SNS sends to the queue."
  }

  assert {
    condition     = length(aws_lambda_permission.topic) == 0
    error_message = "SNS need not and may not invoke the function."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this.destination_config[0].on_failure[0].destination == aws_sqs_queue.retry.arn
    error_message = "What Lambda still has from before a change of mode ends in the queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.batch_size == 100 && aws_lambda_event_source_mapping.retry_queue.maximum_batching_window_in_seconds == 5
    error_message = "Batches are large enough for digests."
  }
}

run "buffered_as_asked_for" {
  command = plan
  variables {
    delivery_mode       = "buffered"
    batch_size          = 500
    batch_window        = 30
    maximum_concurrency = 7
    timeout             = 60
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.batch_size == 500 && aws_lambda_event_source_mapping.retry_queue.maximum_batching_window_in_seconds == 30
    error_message = "batch_size and batch_window are those of the mapping."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.scaling_config[0].maximum_concurrency == 7
    error_message = "maximum_concurrency is that of the mapping."
  }

  assert {
    condition     = aws_sqs_queue.retry.visibility_timeout_seconds == 390
    error_message = "The time in which a batch is gathered comes on top of six timeouts."
  }
}

run "nothing_is_lost_direct" {
  command = plan

  assert {
    condition     = jsondecode(aws_sqs_queue.retry.redrive_policy).deadLetterTargetArn == "arn:aws:sqs:eu-west-1:123456789012:sns-to-slack-dead-letter"
    error_message = "The retry queue feeds the dead-letter queue."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.retry.redrive_policy).maxReceiveCount == 5
    error_message = "A message of the queue has five tries."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letter.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.retry.arn] }
    error_message = "Nothing but the retry queue may use the dead-letter queue: else SQS could not move all of it back."
  }

  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.this : jsondecode(subscription.redrive_policy).deadLetterTargetArn == aws_sqs_queue.retry.arn])
    error_message = "What SNS cannot deliver goes to the retry queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.event_source_arn == aws_sqs_queue.retry.arn && aws_lambda_event_source_mapping.retry_queue.function_name == aws_lambda_function.this.arn
    error_message = "The retry queue invokes the function."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "One bad message of a batch leaves the others alone."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["SQS_PARTIAL_BATCH"] == "1" && aws_lambda_function.this.environment[0].variables["RETRY_QUEUE_URL"] == aws_sqs_queue.retry.url
    error_message = "The function knows of both."
  }

  assert {
    condition     = aws_lambda_function_recursion_config.this.recursive_loop == "Allow" && aws_lambda_function_recursion_config.this.function_name == "sns-to-slack"
    error_message = "Lambda must not stop the rounds through the retry queue."
  }

  assert {
    condition     = aws_sqs_queue.retry.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letter.message_retention_seconds == 1209600
    error_message = "Queues keep what they have for fourteen days, the most there is."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.scaling_config[0].maximum_concurrency == 2
    error_message = "Slack is not stormed."
  }
}

# The same promises, and what they stand on.
run "nothing_is_lost_buffered" {
  command = plan
  variables {
    delivery_mode = "buffered"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.retry.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letter.arn, maxReceiveCount = 5 }
    error_message = "The retry queue feeds the dead-letter queue after five tries."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letter.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.retry.arn] }
    error_message = "Nothing but the retry queue may use the dead-letter queue."
  }

  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.this : jsondecode(subscription.redrive_policy).deadLetterTargetArn == aws_sqs_queue.retry.arn])
    error_message = "What SNS cannot deliver goes to the retry queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.retry_queue.function_response_types == toset(["ReportBatchItemFailures"]) && aws_lambda_function.this.environment[0].variables["SQS_PARTIAL_BATCH"] == "1"
    error_message = "One bad message of a batch leaves the others alone."
  }

  assert {
    condition     = aws_lambda_function_recursion_config.this.recursive_loop == "Allow"
    error_message = "Lambda must not stop the rounds through the retry queue."
  }

  assert {
    condition     = aws_sqs_queue.retry.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letter.message_retention_seconds == 1209600
    error_message = "Queues keep what they have for fourteen days."
  }

  assert {
    condition     = aws_sqs_queue.retry.visibility_timeout_seconds == 6 * 30 + 5
    error_message = "A batch stays hidden for six timeouts and its window."
  }
}

run "visibility_of_the_shortest_timeout" {
  command = plan
  variables {
    timeout = 10
  }

  assert {
    condition     = aws_sqs_queue.retry.visibility_timeout_seconds >= 6 * aws_lambda_function.this.timeout && aws_lambda_function.this.timeout == 10
    error_message = "A message must stay hidden for six timeouts of the function."
  }
}

run "visibility_of_the_longest_timeout" {
  command = plan
  variables {
    timeout       = 900
    delivery_mode = "buffered"
    batch_window  = 300
  }

  assert {
    condition     = aws_sqs_queue.retry.visibility_timeout_seconds >= 6 * aws_lambda_function.this.timeout + 300 && aws_lambda_function.this.timeout == 900
    error_message = "A message must stay hidden for six timeouts of the function and the window."
  }

  assert {
    condition     = aws_sqs_queue.retry.visibility_timeout_seconds <= 43200
    error_message = "SQS hides a message for twelve hours at most."
  }
}

run "filters" {
  command = plan
  variables {
    topics = {
      alerts = { filter_policy = jsonencode({ severity = ["high"] }) }
      plain  = { display_name = "Plain" }
    }
    existing_topics = {
      audit = { arn = "arn:aws:sns:eu-west-1:111122223333:audit", filter_policy = jsonencode({ source = ["aws.ec2"] }), filter_policy_scope = "MessageBody" }
    }
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["alerts"].filter_policy) == { severity = ["high"] } && aws_sns_topic_subscription.this["alerts"].filter_policy_scope == "MessageAttributes"
    error_message = "A filter is over attributes unless said otherwise."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["audit"].filter_policy) == { source = ["aws.ec2"] } && aws_sns_topic_subscription.this["audit"].filter_policy_scope == "MessageBody"
    error_message = "A filter over bodies says so."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["plain"].filter_policy == null && aws_sns_topic.this["plain"].display_name == "Plain"
    error_message = "Without a filter there is none."
  }
}
