variable "webhook_url" {
  description = "The URL of the Slack incoming webhook of #security. It goes to Parameter Store and is in no plan and no state."
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

variable "name" {
  description = "The beginning of all names; another one for each copy. In lower case, because a bucket is named after it."
  type        = string
  default     = "open-ports"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,29}$", var.name))
    error_message = "name has 1 to 30 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "open_tcp_ports" {
  description = "The ports that may be open to everybody, as Config wants them: `80,443` or `1020-1025`."
  type        = string
  default     = "80,443"
}

variable "create_recorder" {
  description = "`true` where AWS Config records nothing yet: makes a recorder for security groups. An account has one in each region, and a second one is refused."
  type        = bool
  default     = false
}
