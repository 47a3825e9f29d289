variable "webhook_urls" {
  description = "The URLs of two Slack incoming webhooks, `alerts` and `deploys`. They go to Parameter Store and are in no plan and no state."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
}

variable "webhook_urls_version" {
  description = "Increase it to write changed `webhook_urls`: Terraform cannot compare what it does not keep."
  type        = number
  default     = 1
}

variable "operators_email" {
  description = "Who hears, by mail, when the forwarder itself has a problem."
  type        = string
}

variable "package_path" {
  description = "The function's zip, from a release or of `sns-to-slack bundle`."
  type        = string
  default     = "../../../forwarder.zip"
}

variable "layer_path" {
  description = "The layer's zip: `sns-to-slack bundle --templates terraform/examples/complete/templates -o terraform/examples/complete/layer.zip`."
  type        = string
  default     = "layer.zip"
}

variable "architecture" {
  description = "What the zip was built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"
}

variable "name" {
  description = "The beginning of all names, the same in both regions."
  type        = string
  default     = "sns-to-slack"
}

variable "home_region" {
  description = "The first region."
  type        = string
  default     = "eu-central-1"
}

variable "second_region" {
  description = "Another one; alarms on CloudFront and on billing, for example, are in us-east-1."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = var.second_region != var.home_region
    error_message = "second_region is another one than home_region: two copies of the same name do not fit into one."
  }
}

variable "accounts" {
  description = "Names for account ids, as messages show them."
  type        = map(string)
  default     = { "123456789012" = "prod" }
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the functions' roles may ever do."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that can have some."
  type        = map(string)
  default     = { project = "sns-to-slack" }
}
