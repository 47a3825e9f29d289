# Routes and other values of a form that the function would refuse at its start, or that Terraform would stumble over.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "one_receiver_as_text" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ receivers = "alerts" }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "no_receivers_by_null" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ receivers = null }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_receiver_that_is_null" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ receivers = [null] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "one_mention_as_text" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ match = { state = "ALARM" }, mention = "<!here>" }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_number_as_mention" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ mention = 5 }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_match_that_is_text" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ match = "text", ignore = true }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_kind_that_is_null" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ match = { kind = null }, ignore = true }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_kind_that_is_an_object" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ match = { kind = { a = "b" } }, ignore = true }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "routes_that_are_one_route" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ routes = { match = { kind = "text" }, ignore = true } }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "routes_that_are_null" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ routes = null }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "the_outermost_receivers_as_text" {
  command = plan
  variables {
    route = { receivers = "alerts" }
  }
  expect_failures = [aws_lambda_function.this]
}

run "receivers_that_are_null" {
  command = plan
  variables {
    receivers = { alerts = null }
  }
  expect_failures = [var.receivers]
}

run "a_topic_that_is_null" {
  command = plan
  variables {
    topics = { alerts = null }
  }
  expect_failures = [var.topics]
}

run "two_topics_of_one_name" {
  command = plan
  variables {
    topics = { a = { name = "alerts" }, b = { name = "alerts" } }
  }
  expect_failures = [var.topics]
}

run "a_parameter_with_a_slash_and_none_before_it" {
  command = plan
  variables {
    receivers = { alerts = { webhook = "ssm:slack/alerts" } }
  }
  expect_failures = [var.receivers]
}

run "an_url_of_a_parameter" {
  command = plan
  variables {
    receivers = { alerts = { webhook = "ssm://slack/alerts" } }
  }
  expect_failures = [var.receivers]
}

run "six_topics_for_alarms" {
  command = plan
  variables {
    alarm_topic_arns = [for i in range(6) : "arn:aws:sns:eu-west-1:123456789012:on-call-${i}"]
  }
  expect_failures = [var.alarm_topic_arns]
}

run "alarms_of_another_region" {
  command = plan
  variables {
    alarm_topic_arns = ["arn:aws:sns:us-east-1:123456789012:on-call"]
  }
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "a_former_key_by_its_alias" {
  command = plan
  variables {
    former_kms_key_arns = ["alias/old"]
  }
  expect_failures = [var.former_kms_key_arns]
}

# As a module around this one says "what you do by default".
run "null_is_the_default" {
  command = plan
  variables {
    existing_topics       = null
    sources               = null
    event_rules           = null
    webhook_urls          = null
    delivery_mode         = null
    timeout               = null
    layers                = null
    environment_variables = null
    alarm_topic_arns      = null
    secrets_kms_key_arns  = null
    log_retention_days    = null
    dashboard             = null
    tags                  = null
    name                  = null
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "sns-to-slack" && aws_lambda_function.this.timeout == 30 && length(aws_lambda_permission.topic) == 1
    error_message = "Null is what the module does by itself."
  }
}

# SNS takes no policy without a statement.
run "a_topic_that_nobody_else_publishes_to" {
  command = plan
  variables {
    sources = []
  }

  assert {
    condition     = length(aws_sns_topic_policy.this) == 0 && length(aws_sns_topic.this) == 1
    error_message = "No policy is better than an empty one."
  }
}
