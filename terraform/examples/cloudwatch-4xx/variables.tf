variable "webhook_url" {
  description = "The URL of the Slack incoming webhook of #alerts. It goes to Parameter Store and is in no plan and no state."
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
  description = "The beginning of all names; another one for each copy."
  type        = string
  default     = "shop"
}

variable "load_balancer" {
  description = "The ARN suffix of an Application Load Balancer, as in `app/shop/50dc6c495c0c9188` (`aws_lb.this.arn_suffix`). Without it there are no alarms on one."
  type        = string
  default     = null

  validation {
    condition     = var.load_balancer == null ? true : can(regex("^app/[^/]+/[0-9a-f]+$", var.load_balancer))
    error_message = "load_balancer is the end of the ARN, app/<name>/<id>, and not the whole of it."
  }
}

variable "api" {
  description = "A REST API of API Gateway, by its name and stage. Without it there are no alarms on one."
  type = object({
    name  = string
    stage = string
  })
  default = null
}

variable "environment_name" {
  description = "An environment of Elastic Beanstalk that sends `ApplicationRequests4xx` to CloudWatch. Without it there are no alarms on one."
  type        = string
  default     = null

  validation {
    condition     = var.environment_name != null || var.api != null || var.load_balancer != null
    error_message = "Name something to watch: load_balancer, api or environment_name."
  }
}

variable "percent" {
  description = "The share of 4xx from which a load balancer or an API is in alarm, by severity: the end of the alarm's name."
  type        = map(number)
  default     = { warning = 5, critical = 25 }
}

variable "requests" {
  description = "The number of 4xx in five minutes from which an environment is in alarm, by severity."
  type        = map(number)
  default     = { warning = 50, critical = 500 }
}

variable "runbook_url" {
  description = "Where it is written what to do; a link in every message."
  type        = string
  default     = "https://wiki.example.org/runbooks/4xx"
}
