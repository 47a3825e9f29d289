# What the module refuses about receivers, their webhooks and routes.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  package_s3 = { bucket = "releases", key = "forwarder-x86_64.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  topics     = { alerts = {} }
  receivers  = { alerts = { webhook = "ssm:/slack/alerts" } }
}

run "no_receiver" {
  command = plan
  variables {
    receivers             = {}
    settings_from_package = true
  }
  expect_failures = [var.receivers]
}

run "the_name_of_a_receiver" {
  command = plan
  variables {
    receivers = { "the alerts" = { webhook = "ssm:/slack/alerts" } }
  }
  expect_failures = [var.receivers]
}

run "a_literal_webhook" {
  command = plan
  variables {
    receivers = { alerts = { webhook = "https://hooks.slack.com/x" } }
  }
  expect_failures = [var.receivers]
}

run "a_reference_of_no_known_kind" {
  command = plan
  variables {
    receivers = { alerts = { webhook = "vault:slack" } }
  }
  expect_failures = [var.receivers]
}

run "a_secret_with_an_empty_key" {
  command = plan
  variables {
    receivers = { alerts = { webhook = "secretsmanager:slack#" } }
  }
  expect_failures = [var.receivers]
}

run "a_receiver_without_an_url" {
  command = plan
  variables {
    receivers = { alerts = {} }
  }
  expect_failures = [var.webhook_urls]
}

run "an_url_without_a_receiver" {
  command = plan
  variables {
    webhook_urls = { deploys = "http://localhost:9/x" }
  }
  expect_failures = [var.webhook_urls]
}

run "an_url_of_somebody_else" {
  command = plan
  variables {
    receivers    = { alerts = {} }
    webhook_urls = { alerts = "https://hooks.slack.com.example/x" }
  }
  expect_failures = [var.webhook_urls]
}

run "several_receivers_without_a_route" {
  command = plan
  variables {
    receivers = { alerts = { webhook = "ssm:/slack/alerts" }, deploys = { webhook = "ssm:/slack/deploys" } }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_route_that_is_a_list" {
  command = plan
  variables {
    route = [{ receivers = ["alerts"] }]
  }
  expect_failures = [var.route]
}

run "a_misspelt_key" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ recievers = ["alerts"] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_misspelt_key_three_levels_deep" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ routes = [{ routes = [{ matches = {} }] }] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "an_unknown_receiver" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ receivers = ["alerts", "deploys"] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "no_receiver_for_the_rest" {
  command = plan
  variables {
    route = { routes = [{ receivers = ["alerts"] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "an_empty_list_for_the_rest" {
  command = plan
  variables {
    route = { receivers = [] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "an_unknown_kind" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ match = { kind = "alarm" }, ignore = true }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "an_unknown_kind_in_a_list_of_unless" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ unless = { kind = ["cloudwatch_alarm", "alarm"] }, ignore = true }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "no_mention" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ mention = ["@here"] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "routes_too_deep" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ routes = [{ routes = [{ routes = [{ ignore = true }] }] }] }] }
  }
  expect_failures = [aws_lambda_function.this]
}

run "three_levels_are_fine" {
  command = plan
  variables {
    route = { receivers = ["alerts"], routes = [{ routes = [{ routes = [{ match = { kind = "custom" }, mention = ["<!here>"] }] }] }] }
  }

  assert {
    condition     = jsondecode(output.settings).route.routes[0].routes[0].routes[0].mention == ["<!here>"]
    error_message = "Three levels are passed on."
  }
}

# Settings that are too large for the environment go into the package or a layer, and nothing is made before that is known.
run "too_large_settings" {
  command = plan
  variables {
    accounts = { for i in range(0, 120) : format("%012d", i) => "an account with a rather long name" }
  }
  expect_failures = [aws_lambda_function.this]
}

run "settings_that_just_fit" {
  command = plan
  variables {
    accounts = { for i in range(0, 66) : format("%012d", i) => "an account with a rather long name" }
  }

  assert {
    condition     = length(output.settings) > 3500
    error_message = "They are nearly as large."
  }
}
