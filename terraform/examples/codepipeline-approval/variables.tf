variable "webhook_url" {
  description = "The URL of the Slack incoming webhook of #deploys. It goes to Parameter Store and is in no plan and no state."
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
  description = "The beginning of all names; another one for each copy. In lower case, because buckets are named after it."
  type        = string
  default     = "approval-example"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,27}$", var.name))
    error_message = "name has 1 to 28 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "question" {
  description = "What the reviewer should know or do (CustomData of the action)."
  type        = string
  default     = "Look at the pages on staging before you approve."
}

variable "review_url" {
  description = "Where the reviewer looks (ExternalEntityLink of the action); Slack shows it in full."
  type        = string
  default     = "https://staging.example.org/"
}
