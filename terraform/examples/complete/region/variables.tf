variable "forwarder" {
  description = "What all regions are told alike; see variables.tf of the example."
  type = object({
    name                     = string
    package_path             = string
    layer_path               = string
    architecture             = string
    route                    = any
    accounts                 = map(string)
    operators_email          = string
    permissions_boundary_arn = optional(string)
  })
}

variable "webhook_urls" {
  description = "The URLs of the webhooks `alerts` and `deploys`."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
}

variable "webhook_urls_version" {
  description = "Increase it to write changed `webhook_urls`."
  type        = number
}
