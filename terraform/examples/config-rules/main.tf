module "sns_to_slack" {
  source = "../.."

  name         = var.name
  package_path = var.package_path
  architecture = var.architecture

  topics       = { security = {} }
  sources      = [] # EventBridge publishes for the rule below, and nobody else.
  receivers    = { security = {} }
  webhook_urls = { security = var.webhook_url }

  # What breaks a rule calls people; what keeps it again is only told.
  route = {
    receivers = ["security"]
    routes    = [{ match = { kind = "config_rule", state = "NON_COMPLIANT" }, mention = ["<!here>"] }]
  }

  config_compliance = {
    topic = "security"
    rules = values(local.rule_names)
  }
}

locals {
  rule_names = {
    ssh   = "${var.name}-no-ssh-from-anywhere"
    ports = "${var.name}-only-known-ports-open"
  }
}

resource "aws_config_config_rule" "ssh" {
  name        = local.rule_names.ssh
  description = "No security group opens port 22 to everybody"

  source {
    owner             = "AWS"
    source_identifier = "INCOMING_SSH_DISABLED"
  }

  scope {
    compliance_resource_types = ["AWS::EC2::SecurityGroup"]
  }

  # Config takes rules only where there is a recorder.
  depends_on = [aws_config_configuration_recorder.this]
}

resource "aws_config_config_rule" "ports" {
  name        = local.rule_names.ports
  description = "Security groups open to everybody do so only for ${var.open_tcp_ports}"

  source {
    owner             = "AWS"
    source_identifier = "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS"
  }

  input_parameters = jsonencode({ authorizedTcpPorts = var.open_tcp_ports })

  scope {
    compliance_resource_types = ["AWS::EC2::SecurityGroup"]
  }

  depends_on = [aws_config_configuration_recorder.this]
}
