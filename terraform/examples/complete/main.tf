# Topics do not cross regions, so each region has a forwarder of its own: the same routes, the same names, the same channels.

locals {
  # Tried in their order; the first that matches takes the message.
  routes = [
    { match = { kind = "codepipeline_approval" }, receivers = ["deploys"], mention = ["<!here>"] },
    { match = { source = "aws.codepipeline" }, receivers = ["deploys"] },

    # An alarm that is new and has nothing to say.
    { match = { kind = "cloudwatch_alarm", state = "OK", "alarm.old_state" = "INSUFFICIENT_DATA" }, ignore = true },
    { match = { kind = "cloudwatch_alarm", state = "ALARM", name = "*-critical" }, mention = ["<!here>"] },
    { match = { kind = "config_rule", state = "NON_COMPLIANT" }, mention = ["<!here>"] },
  ]

  # What both regions are told alike.
  forwarder = {
    name                     = var.name
    package_path             = var.package_path
    layer_path               = var.layer_path
    architecture             = var.architecture
    route                    = { receivers = ["alerts"], routes = local.routes }
    accounts                 = var.accounts
    operators_email          = var.operators_email
    permissions_boundary_arn = var.permissions_boundary_arn
  }
}

module "home" {
  source = "./region"

  forwarder            = local.forwarder
  webhook_urls         = var.webhook_urls
  webhook_urls_version = var.webhook_urls_version
}

module "second" {
  source    = "./region"
  providers = { aws = aws.second }

  forwarder            = local.forwarder
  webhook_urls         = var.webhook_urls
  webhook_urls_version = var.webhook_urls_version
}
