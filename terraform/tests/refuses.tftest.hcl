# What the module refuses before anything is made: each condition of a variable at least once. A run breaks one condition of
# each variable that it names, and all of them have to refuse. Variables whose conditions use another one have runs of their
# own, because Terraform does not look at them while that one is refused.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "two_packages" {
  command = plan
  variables {
    package_path = "versions.tf"
  }
  expect_failures = [var.package_path]
}

run "no_package" {
  command = plan
  variables {
    package_s3 = null
  }
  expect_failures = [var.package_path]
}

run "a_package_that_is_not_there" {
  command = plan
  variables {
    package_s3   = null
    package_path = "no-such-file.zip"
  }
  expect_failures = [var.package_path]
}

run "the_hash_as_hex" {
  command = plan
  variables {
    package_s3 = { bucket = "releases", key = "forwarder.zip", sha256_base64 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }
  }
  expect_failures = [var.package_s3]
}

run "a_name_that_aws_would_refuse" {
  command = plan
  variables {
    name = "a name"
  }
  expect_failures = [var.name]
}

run "a_name_that_is_too_long" {
  command = plan
  variables {
    name = "a1234567890123456789012345678901234567890"
  }
  expect_failures = [var.name]
}

run "a_name_that_parameter_store_keeps" {
  command = plan
  variables {
    name = "AwsAlerts"
  }
  expect_failures = [var.name]
}

# Numbers, each just below what is possible.
run "too_little" {
  command = plan
  variables {
    webhook_urls_version    = 0
    batch_window            = -1
    maximum_concurrency     = 1
    memory_size             = 127
    timeout                 = 9
    log_retention_days      = 2
    queue_age_alarm_seconds = 899
    delivery                = { timeout_seconds = 0 }
  }
  expect_failures = [
    var.webhook_urls_version, var.batch_window, var.maximum_concurrency, var.memory_size, var.timeout, var.log_retention_days,
    var.queue_age_alarm_seconds, var.delivery,
  ]
}

# And just above.
run "too_much" {
  command = plan
  variables {
    batch_window        = 301
    maximum_concurrency = 1001
    memory_size         = 10241
    timeout             = 901
    log_retention_days  = 3654
    delivery            = { retry_horizon_hours = 337 }
  }
  expect_failures = [
    var.batch_window, var.maximum_concurrency, var.memory_size, var.timeout, var.log_retention_days, var.delivery,
  ]
}

run "fractions" {
  command = plan
  variables {
    webhook_urls_version = 1.5
    batch_window         = 1.5
    maximum_concurrency  = 2.5
    memory_size          = 128.5
    timeout              = 30.5
    delivery             = { digest = 1.5 }
  }
  expect_failures = [
    var.webhook_urls_version, var.batch_window, var.maximum_concurrency, var.memory_size, var.timeout, var.delivery,
  ]
}

run "no_batch" {
  command = plan
  variables {
    batch_size = 0
  }
  expect_failures = [var.batch_size]
}

run "too_large_a_batch" {
  command = plan
  variables {
    batch_size = 10001
  }
  expect_failures = [var.batch_size]
}

run "half_a_record" {
  command = plan
  variables {
    batch_size           = 10.5
    reserved_concurrency = 10.5
  }
  expect_failures = [var.batch_size, var.reserved_concurrency]
}

# A guard that refuses everything would pass the runs above.
run "the_least_and_the_most_are_taken" {
  command = plan
  variables {
    name                 = "a123456789012345678901234567890123456789"
    delivery_mode        = "buffered"
    batch_size           = 10000
    batch_window         = 300
    maximum_concurrency  = 1000
    reserved_concurrency = 1000
    memory_size          = 10240
    timeout              = 10
    log_retention_days   = 1
    delivery             = { timeout_seconds = 60, digest = 1000, retry_horizon_hours = 336 }
  }

  assert {
    condition     = aws_lambda_function.this.memory_size == 10240 && aws_lambda_event_source_mapping.retry_queue.batch_size == 10000
    error_message = "The limits themselves are fine."
  }
}

run "a_large_batch_without_a_window" {
  command = plan
  variables {
    batch_size   = 11
    batch_window = 0
  }
  expect_failures = [var.batch_size]
}

run "fewer_reserved_than_the_queue_starts" {
  command = plan
  variables {
    maximum_concurrency  = 5
    reserved_concurrency = 4
  }
  expect_failures = [var.reserved_concurrency]
}

run "no_room_for_sns_beside_the_queue" {
  command = plan
  variables {
    maximum_concurrency  = 5
    reserved_concurrency = 5
  }
  expect_failures = [var.reserved_concurrency]
}

run "unknown_words" {
  command = plan
  variables {
    architecture             = "arm"
    delivery_mode            = "queued"
    log_level                = "verbose"
    sources                  = ["cloudwatch", "budgets"]
    other_source_services    = ["budgets"]
    source_accounts          = ["12345678901"]
    role_path                = "forwarders"
    permissions_boundary_arn = "boundary"
    secrets_kms_key_arns     = ["arn:aws:kms:eu-west-1:123456789012:alias/slack"]
    layers                   = ["arn:aws:lambda:eu-west-1:123456789012:layer:templates"]
    alarm_topic_arns         = ["on-call"]
    accounts                 = { prod = "123456789012" }
    delivery                 = { timeout = 5 }
    vpc                      = { subnet_ids = ["subnet-1"], security_group_ids = [] }
  }
  expect_failures = [
    var.architecture, var.delivery_mode, var.log_level, var.sources, var.other_source_services, var.source_accounts, var.role_path,
    var.permissions_boundary_arn, var.secrets_kms_key_arns, var.layers, var.alarm_topic_arns, var.accounts, var.delivery,
    var.vpc,
  ]
}

run "six_layers" {
  command = plan
  variables {
    layers = [for version in range(1, 7) : "arn:aws:lambda:eu-west-1:123456789012:layer:templates:${version}"]
  }
  expect_failures = [var.layers]
}

run "a_source_that_has_conditions_of_its_own" {
  command = plan
  variables {
    other_source_services = ["events.amazonaws.com"]
  }
  expect_failures = [var.other_source_services]
}

run "an_alias" {
  command = plan
  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:alias/forwarder"
  }
  expect_failures = [var.kms_key_arn]
}

run "the_aws_managed_key" {
  command = plan
  variables {
    kms_key_arn = "alias/aws/sns"
  }
  expect_failures = [var.kms_key_arn]
}

run "config_with_a_key" {
  command = plan
  variables {
    sources     = ["config"]
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }
  expect_failures = [var.kms_key_arn]
}

run "variables_of_the_module_itself" {
  command = plan
  variables {
    environment_variables = { SETTINGS = "{}" }
  }
  expect_failures = [var.environment_variables]
}

run "a_webhook_in_the_environment" {
  command = plan
  variables {
    environment_variables = { HOOK = "https://hooks.slack.com/x" }
  }
  expect_failures = [var.environment_variables]
}

run "settings_from_the_package_and_from_here" {
  command = plan
  variables {
    settings_from_package = true
    accounts              = { "123456789012" = "prod" }
  }
  expect_failures = [var.settings_from_package]
}
