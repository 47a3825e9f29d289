module "sns_to_slack" {
  source = "../.."

  package_path = var.package_path
  architecture = var.architecture

  topics       = { alerts = {} }
  receivers    = { alerts = {} }
  webhook_urls = { alerts = var.webhook_url }
}
