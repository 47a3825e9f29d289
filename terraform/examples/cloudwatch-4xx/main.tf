module "sns_to_slack" {
  source = "../.."

  name         = var.name
  package_path = var.package_path
  architecture = var.architecture

  topics       = { alarms = {} }
  sources      = ["cloudwatch"]
  receivers    = { alerts = {} }
  webhook_urls = { alerts = var.webhook_url }

  # Everything comes to the channel; only a critical alarm that begins calls people.
  route = {
    receivers = ["alerts"]
    routes = [{
      match   = { kind = "cloudwatch_alarm", state = "ALARM", name = "*-critical" }
      mention = ["<!here>"]
    }]
  }
}
