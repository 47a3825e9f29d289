variable "webhook_url" {
  description = "The URL of the Slack incoming webhook. It goes to Parameter Store and is in no plan and no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "package_path" {
  description = "The function's zip, from a release or of `sns-to-slack bundle`."
  type        = string
  default     = "../../../forwarder.zip"
}

variable "architecture" {
  description = "What the zip was built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"
}
