# What the module refuses about topics and rules.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "no_topic" {
  command = plan
  variables {
    topics = {}
  }
  expect_failures = [var.existing_topics]
}

run "a_key_in_both" {
  command = plan
  variables {
    existing_topics = { alerts = { arn = "arn:aws:sns:eu-west-1:123456789012:audit" } }
  }
  expect_failures = [var.existing_topics]
}

run "keys_of_topics_that_no_name_can_be_made_of" {
  command = plan
  variables {
    topics = { "an alert" = {} }
  }
  expect_failures = [var.topics]
}

run "keys_that_no_name_can_be_made_of" {
  command = plan
  variables {
    existing_topics = { "the audit" = { arn = "arn:aws:sns:eu-west-1:123456789012:audit" } }
  }
  expect_failures = [var.existing_topics]
}

run "a_fifo_topic" {
  command = plan
  variables {
    topics = { alerts = { name = "alerts.fifo" } }
  }
  expect_failures = [var.topics]
}

run "an_existing_fifo_topic" {
  command = plan
  variables {
    existing_topics = { audit = { arn = "arn:aws:sns:eu-west-1:123456789012:audit.fifo" } }
  }
  expect_failures = [var.existing_topics]
}

run "the_arn_of_a_subscription" {
  command = plan
  variables {
    existing_topics = { audit = { arn = "arn:aws:sns:eu-west-1:123456789012:audit:11111111-2222-3333-4444-555555555555" } }
  }
  expect_failures = [var.existing_topics]
}

run "a_filter_that_is_no_object" {
  command = plan
  variables {
    topics = { alerts = { filter_policy = "[\"high\"]" } }
  }
  expect_failures = [var.topics]
}

run "a_filter_that_is_no_json" {
  command = plan
  variables {
    existing_topics = { audit = { arn = "arn:aws:sns:eu-west-1:123456789012:audit", filter_policy = "severity=high" } }
  }
  expect_failures = [var.existing_topics]
}

run "an_unknown_scope" {
  command = plan
  variables {
    topics = { alerts = { filter_policy_scope = "Body" } }
  }
  expect_failures = [var.topics]
}

run "an_unknown_scope_of_an_existing_topic" {
  command = plan
  variables {
    existing_topics = { audit = { arn = "arn:aws:sns:eu-west-1:123456789012:audit", filter_policy_scope = "Attributes" } }
  }
  expect_failures = [var.existing_topics]
}

run "a_pattern_that_is_no_object" {
  command = plan
  variables {
    event_rules = { spot = { topic = "alerts", pattern = "[]" } }
  }
  expect_failures = [var.event_rules]
}

run "a_topic_of_another_region" {
  command = plan
  variables {
    existing_topics = { audit = { arn = "arn:aws:sns:us-east-1:123456789012:audit" } }
  }
  expect_failures = [aws_sns_topic_subscription.this]
}

run "unknown_topics" {
  command = plan
  variables {
    config_compliance   = { topic = "alarms" }
    codepipeline_states = { topic = "alarms" }
    event_rules         = { spot = { topic = "alarms", pattern = "{}" } }
  }
  expect_failures = [var.config_compliance, var.codepipeline_states, var.event_rules]
}

run "an_unknown_state" {
  command = plan
  variables {
    codepipeline_states = { topic = "alerts", states = ["FAILED", "BROKEN"] }
  }
  expect_failures = [var.codepipeline_states]
}

run "no_state" {
  command = plan
  variables {
    codepipeline_states = { topic = "alerts", states = [] }
  }
  expect_failures = [var.codepipeline_states]
}

run "the_key_of_a_rule_of_the_module" {
  command = plan
  variables {
    event_rules = { config-compliance = { topic = "alerts", pattern = "{}" } }
  }
  expect_failures = [var.event_rules]
}

run "the_key_of_a_rule" {
  command = plan
  variables {
    event_rules = { "a rule" = { topic = "alerts", pattern = "{}" } }
  }
  expect_failures = [var.event_rules]
}

run "a_key_that_makes_a_name_too_long" {
  command = plan
  variables {
    event_rules = { a12345678901234567890123 = { topic = "alerts", pattern = "{}" } }
  }
  expect_failures = [var.event_rules]
}
