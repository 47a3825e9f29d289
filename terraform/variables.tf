# Everything a caller can say. What belongs together stands together; README.md has the same order.

# The package

variable "package_path" {
  description = "The function's zip on this machine: from a release, or of `sns-to-slack bundle --function`. Instead of `package_s3`."
  type        = string
  default     = null

  validation {
    condition     = (var.package_path == null) != (var.package_s3 == null)
    error_message = "Give the function's zip: either package_path (a file) or package_s3 (where it is in S3), and not both."
  }

  validation {
    condition     = var.package_path == null ? true : fileexists(var.package_path)
    error_message = "There is no file ${coalesce(var.package_path, "?")}. Download forwarder-<architecture>.zip of a release, or build it: cargo lambda build --release --no-default-features --bin forwarder, then sns-to-slack bundle --function target/lambda/forwarder/bootstrap -o forwarder.zip."
  }
}

variable "package_s3" {
  description = "The function's zip in S3, in the same region. `sha256_base64` tells when it has changed: `openssl dgst -sha256 -binary forwarder.zip | base64`."
  type = object({
    bucket         = string
    key            = string
    object_version = optional(string)
    sha256_base64  = string
  })
  default = null

  validation {
    condition     = var.package_s3 == null ? true : can(regex("^[A-Za-z0-9+/]{43}=$", var.package_s3.sha256_base64))
    error_message = "package_s3.sha256_base64 is the SHA-256 of the zip in base64 (44 characters, not the 64 of hex): openssl dgst -sha256 -binary forwarder.zip | base64."
  }
}

variable "architecture" {
  description = "What the zip was built for, as `sns-to-slack bundle` says: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is \"x86_64\" or \"arm64\", as sns-to-slack bundle has said of the zip."
  }
}

# Names

variable "name" {
  description = "The function's name, and the beginning of every other name: another one for each copy in an account and region."
  type        = string
  default     = "sns-to-slack"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_-]{0,39}$", var.name))
    error_message = "name has 1 to 40 letters, digits, hyphens and underscores, a letter first: other names are made of it, and AWS limits those to 64 characters."
  }

  validation {
    condition     = !can(regex("(?i)^(aws|ssm)", var.name))
    error_message = "name may not begin with aws or ssm: Parameter Store keeps such names for itself."
  }
}

variable "tags" {
  description = "Tags of everything that can have some."
  type        = map(string)
  default     = {}
  nullable    = false
}

# Topics

variable "topics" {
  description = "Topics to create, each with a key of your own. `name` is `<name>-<key>` without one. `filter_policy` is JSON; `filter_policy_scope` is `MessageAttributes` or `MessageBody`."
  type = map(object({
    name                = optional(string)
    display_name        = optional(string)
    filter_policy       = optional(string)
    filter_policy_scope = optional(string, "MessageAttributes")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for topic in var.topics : topic != null])
    error_message = "A topic without wishes is {}, not null: topics = { alerts = {} }."
  }

  validation {
    condition     = try(length(distinct([for key, topic in var.topics : coalesce(topic.name, "${var.name}-${key}")])) == length(var.topics), false)
    error_message = "Two topics have the same name. SNS has names only once: give each another name or leave them out."
  }

  validation {
    condition     = alltrue([for key in keys(var.topics) : can(regex("^[a-zA-Z0-9_-]{1,40}$", key))])
    error_message = "The keys of topics have 1 to 40 letters, digits, hyphens and underscores: names are made of them."
  }

  validation {
    condition     = alltrue([for topic in var.topics : try(topic.name, null) == null ? true : can(regex("^[a-zA-Z0-9_-]{1,256}$", topic.name))])
    error_message = "The name of a topic has 1 to 256 letters, digits, hyphens and underscores. FIFO topics (.fifo) cannot invoke functions and are not created."
  }

  validation {
    condition     = alltrue([for topic in var.topics : try(topic.filter_policy, null) == null ? true : can(keys(jsondecode(topic.filter_policy)))])
    error_message = "The filter_policy of a topic is a JSON object; write it with jsonencode({ ... })."
  }

  validation {
    condition     = alltrue([for topic in var.topics : try(contains(["MessageAttributes", "MessageBody"], topic.filter_policy_scope), false)])
    error_message = "The filter_policy_scope of a topic is \"MessageAttributes\" or \"MessageBody\"."
  }
}

variable "existing_topics" {
  description = "Topics that exist, by ARN, each with a key of your own (the ARN may be unknown until apply). Their policies stay yours: see the output `topic_policies`."
  type = map(object({
    arn                 = string
    filter_policy       = optional(string)
    filter_policy_scope = optional(string, "MessageAttributes")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.topics) + length(var.existing_topics) > 0
    error_message = "Without a topic nothing arrives: name one to create, topics = { alerts = {} }, or give existing_topics."
  }

  validation {
    condition     = length(setintersection(keys(var.topics), keys(var.existing_topics))) == 0
    error_message = "The same key is in topics and in existing_topics: give one of them another key."
  }

  validation {
    condition     = alltrue([for key in keys(var.existing_topics) : can(regex("^[a-zA-Z0-9_-]{1,40}$", key))])
    error_message = "The keys of existing_topics have 1 to 40 letters, digits, hyphens and underscores: names are made of them."
  }

  validation {
    condition     = alltrue([for topic in var.existing_topics : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]+$", topic.arn))])
    error_message = "The arn of an existing topic is that of a standard SNS topic, as in arn:aws:sns:eu-west-1:123456789012:alerts (not of a subscription, and not of a FIFO topic, which cannot invoke functions)."
  }

  validation {
    condition     = alltrue([for topic in var.existing_topics : try(topic.filter_policy, null) == null ? true : can(keys(jsondecode(topic.filter_policy)))])
    error_message = "The filter_policy of a topic is a JSON object; write it with jsonencode({ ... })."
  }

  validation {
    condition     = alltrue([for topic in var.existing_topics : contains(["MessageAttributes", "MessageBody"], topic.filter_policy_scope)])
    error_message = "The filter_policy_scope of a topic is \"MessageAttributes\" or \"MessageBody\"."
  }
}

# Who publishes

variable "sources" {
  description = "Who may publish to the created topics: `cloudwatch` (alarms), `own_account` (whoever the account allows to, such as the role of a pipeline with an approval action), `eventbridge`, `codestar_notifications` (notification rules of the developer tools), `config` (a Config delivery channel). Topics of the rules below allow EventBridge by themselves."
  type        = set(string)
  default     = ["cloudwatch", "own_account"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.sources, ["cloudwatch", "own_account", "eventbridge", "codestar_notifications", "config"])) == 0
    error_message = "sources are cloudwatch, own_account, eventbridge, codestar_notifications and config. Other services go into other_source_services, as in \"budgets.amazonaws.com\"."
  }
}

variable "other_source_services" {
  description = "Other AWS services that may publish to the created topics, by service principal, as in `budgets.amazonaws.com`; only for your accounts."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.other_source_services : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com$", service))])
    error_message = "other_source_services are service principals, as in \"budgets.amazonaws.com\"."
  }

  validation {
    condition = length(setintersection(var.other_source_services, [
      "cloudwatch.amazonaws.com", "events.amazonaws.com", "codestar-notifications.amazonaws.com", "config.amazonaws.com",
    ])) == 0
    error_message = "CloudWatch, EventBridge, the developer tools and Config need statements of their own: name them in sources."
  }
}

variable "source_accounts" {
  description = "Other accounts that may publish to the created topics in the same way as the own one."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for account in var.source_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "source_accounts are account ids of twelve digits, in quotes."
  }
}

variable "config_compliance" {
  description = "An EventBridge rule for Config: a resource broke a rule, or keeps it again. `topic` is a key of `topics`; `rules` are names of Config rules, all without it."
  type = object({
    topic = string
    rules = optional(list(string))
  })
  default = null

  validation {
    condition     = var.config_compliance == null ? true : contains(local.topic_keys, var.config_compliance.topic)
    error_message = "config_compliance.topic is a key of topics or existing_topics: ${join(", ", local.topic_keys)}."
  }
}

variable "codepipeline_states" {
  description = "An EventBridge rule for executions of CodePipeline. `topic` is a key of `topics`; `pipelines` are names, all without it; `states` such as `FAILED`, `SUCCEEDED`, `STARTED`."
  type = object({
    topic     = string
    pipelines = optional(list(string))
    states    = optional(list(string), ["FAILED"])
  })
  default = null

  validation {
    condition     = var.codepipeline_states == null ? true : contains(local.topic_keys, var.codepipeline_states.topic)
    error_message = "codepipeline_states.topic is a key of topics or existing_topics: ${join(", ", local.topic_keys)}."
  }

  validation {
    condition = var.codepipeline_states == null ? true : length(var.codepipeline_states.states) > 0 && length(setsubtract(
      var.codepipeline_states.states,
      ["CANCELED", "FAILED", "RESUMED", "STARTED", "STOPPED", "STOPPING", "SUCCEEDED", "SUPERSEDED"],
    )) == 0
    error_message = "codepipeline_states.states are some of CANCELED, FAILED, RESUMED, STARTED, STOPPED, STOPPING, SUCCEEDED and SUPERSEDED."
  }
}

variable "event_rules" {
  description = "EventBridge rules of your own: `topic` is a key of `topics` (of `existing_topics`, if their policies allow it), `pattern` is JSON."
  type = map(object({
    topic       = string
    pattern     = string
    description = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for rule in var.event_rules : contains(local.topic_keys, rule.topic)])
    error_message = "The topic of an event rule is a key of topics or existing_topics: ${join(", ", local.topic_keys)}."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : can(keys(jsondecode(rule.pattern)))])
    error_message = "The pattern of an event rule is a JSON object; write it with jsonencode({ source = [\"aws.ec2\"] })."
  }

  validation {
    condition     = length(setintersection(keys(var.event_rules), ["config-compliance", "codepipeline-states"])) == 0
    error_message = "The keys config-compliance and codepipeline-states are those of config_compliance and codepipeline_states: use another one in event_rules."
  }

  validation {
    condition     = alltrue([for key in keys(var.event_rules) : can(regex("^[a-zA-Z0-9_-]{1,23}$", key))])
    error_message = "The keys of event_rules have 1 to 23 letters, digits, hyphens and underscores: names of at most 64 characters are made of them."
  }
}

# Webhooks

variable "receivers" {
  description = "Slack webhooks by names of your own. `webhook` says where the URL is kept, `ssm:<name or ARN>` or `secretsmanager:<name or ARN>[#<key>]`; without it, it is taken from `webhook_urls` and kept in Parameter Store."
  type = map(object({
    webhook = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(var.receivers) > 0
    error_message = "Without a receiver nothing is posted: receivers = { alerts = { webhook = \"ssm:/slack/alerts\" } }."
  }

  validation {
    condition     = alltrue([for receiver in var.receivers : receiver != null])
    error_message = "A receiver whose URL is in webhook_urls is {}, not null: receivers = { alerts = {} }."
  }

  validation {
    condition     = alltrue([for name in keys(var.receivers) : can(regex("^[a-zA-Z0-9_.-]{1,100}$", name))])
    error_message = "The name of a receiver has 1 to 100 letters, digits, hyphens, underscores and dots."
  }

  validation {
    condition     = alltrue([for receiver in var.receivers : !can(regex("(?i)https?://", receiver.webhook))])
    error_message = "A webhook's URL is a password, and here it would be kept in the plan, in the state and in the function's environment. Say where it is kept (webhook = \"ssm:/slack/alerts\"), or leave webhook out and give the URL in webhook_urls, which is kept nowhere but in Parameter Store."
  }

  validation {
    condition = alltrue([
      for receiver in var.receivers : try(receiver.webhook, null) == null ? true : (
        can(regex("(?i)https?://", receiver.webhook)) || can(regex("^(ssm:(arn:[^ ]+|/[^/ ][^ ]*|[^/ ]+)|secretsmanager:[^# ]+(#.+)?)$", receiver.webhook))
      )
    ])
    error_message = "A webhook is a reference, \"ssm:<name or ARN>\" (names with a slash begin with one) or \"secretsmanager:<name or ARN>\", with \"#<key>\" after a secret that is JSON. \"env:\" is not for this module: variables of the environment are in the state."
  }
}

variable "webhook_urls" {
  description = "The URLs of the receivers without `webhook`, by name. Never in plan or state; therefore needed at every plan and apply."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(setsubtract(local.stored_receivers, keys(var.webhook_urls))) == 0
    error_message = "A receiver has neither a webhook in receivers nor an URL in webhook_urls. The URLs are kept nowhere, so they are needed at every plan and apply: -var, a .tfvars file, or TF_VAR_ in the environment."
  }

  validation {
    condition     = length(setsubtract(keys(var.webhook_urls), local.stored_receivers)) == 0
    error_message = "webhook_urls has an URL that no receiver takes: each name must be a receiver that has no webhook of its own."
  }

  validation {
    condition     = alltrue([for url in var.webhook_urls : can(regex("^(https://hooks\\.slack(-gov)?\\.com/|https?://(127\\.0\\.0\\.1|localhost|\\[::1\\])[:/])", url))])
    error_message = "Webhooks are https://hooks.slack.com/... (or hooks.slack-gov.com; loopback for trials). Copy the URL from your app's page Incoming Webhooks."
  }
}

variable "webhook_urls_version" {
  description = "Increase it to write changed `webhook_urls`: Terraform cannot compare what it does not keep."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.webhook_urls_version >= 1 && floor(var.webhook_urls_version) == var.webhook_urls_version
    error_message = "webhook_urls_version is a whole number, 1 at first."
  }
}

variable "secrets_kms_key_arns" {
  description = "Customer keys that encrypt the parameters and secrets that `receivers` name. Not for AWS-managed keys; `kms_key_arn` need not be named again."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secrets_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", arn))])
    error_message = "secrets_kms_key_arns are ARNs of keys, as in arn:aws:kms:eu-west-1:123456789012:key/..., not of aliases: IAM does not follow those."
  }
}

# Settings

variable "route" {
  description = "Which receiver gets what, as in a settings file: `receivers`, `match`, `unless`, `template`, `mention`, `continue`, `ignore`, and `routes` below, three levels deep. Without it the only receiver gets everything, but of a Config stream only compliance changes."
  # An object type would drop a misspelt key in silence, and `match` takes texts and lists. What a route may say is checked by
  # the preconditions of the function, which can name the place.
  type    = any
  default = null

  validation {
    condition     = var.route == null ? true : can(keys(var.route))
    error_message = "route is an object: { receivers = [\"alerts\"], routes = [...] }."
  }
}

variable "accounts" {
  description = "Names for account ids, as messages show them."
  type        = map(string)
  default     = null

  validation {
    condition     = alltrue([for id in keys(coalesce(var.accounts, {})) : can(regex("^[0-9]{12}$", id))])
    error_message = "accounts maps account ids of twelve digits to names: { \"123456789012\" = \"prod\" }."
  }
}

variable "delivery" {
  description = "How messages are posted, as in a settings file: `timeout_seconds` (10), `digest` (5), `retry_horizon_hours` (24), `proxy`."
  # As for `route`: an object type would drop a misspelt key.
  type    = any
  default = null

  validation {
    condition     = var.delivery == null ? true : try(length(setsubtract(keys(var.delivery), local.delivery_keys)) == 0, false)
    error_message = "delivery is an object with some of the keys ${join(", ", local.delivery_keys)}."
  }

  validation {
    condition = alltrue([
      for key, range in { timeout_seconds = [1, 60], digest = [0, 1000], retry_horizon_hours = [1, 336] } :
      try(var.delivery[key], null) == null ? true : try(
        var.delivery[key] >= range[0] && var.delivery[key] <= range[1] && floor(var.delivery[key]) == var.delivery[key], false
      )
    ])
    error_message = "In delivery, timeout_seconds is a whole number from 1 to 60, digest from 0 (never) to 1000, and retry_horizon_hours from 1 to 336."
  }
}

variable "settings_from_package" {
  description = "`true` when the zip or a layer holds settings.json. `receivers` then still says what the function may read; `route`, `accounts` and `delivery` stay empty."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.settings_from_package || (var.route == null && var.accounts == null && var.delivery == null)
    error_message = "With settings_from_package the function reads settings.json from its package: leave route, accounts and delivery out."
  }
}

# Delivery

variable "delivery_mode" {
  description = "`direct`: SNS invokes the function, and what fails goes to the retry queue. `buffered`: SNS sends to the queue, which invokes the function: storms become a few messages."
  type        = string
  default     = "direct"
  nullable    = false

  validation {
    condition     = contains(["direct", "buffered"], var.delivery_mode)
    error_message = "delivery_mode is \"direct\" or \"buffered\"."
  }
}

variable "batch_size" {
  description = "Buffered: so many messages at most come in one invocation."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size is a whole number from 1 to 10000; 50 or more lets digests form."
  }

  validation {
    condition     = var.batch_size <= 10 || var.batch_window >= 1
    error_message = "Lambda takes a batch_size above 10 only with a batch_window of at least 1 second."
  }
}

variable "batch_window" {
  description = "Buffered: for so many seconds a batch is gathered; that much later a message can be."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.batch_window >= 0 && var.batch_window <= 300 && floor(var.batch_window) == var.batch_window
    error_message = "batch_window is a whole number of seconds from 0 to 300."
  }
}

variable "maximum_concurrency" {
  description = "So many invocations at most come from the queue at the same time. Slack takes about one message a second for a channel, so more do not help."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "maximum_concurrency is a whole number from 2, the least that Lambda takes, to 1000."
  }
}

# The function

variable "memory_size" {
  description = "MB of the function. 128 is enough; more is also more CPU."
  type        = number
  default     = 128
  nullable    = false

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size is a whole number of MB from 128 to 10240."
  }
}

variable "timeout" {
  description = "Seconds of one invocation, the tries within it included."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.timeout >= 10 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout is a whole number of seconds from 10, below which there is no time for a second try, to 900."
  }
}

variable "reserved_concurrency" {
  description = "So many invocations at most, kept for this function alone. Without it, it shares the account's."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : var.reserved_concurrency >= var.maximum_concurrency + (var.delivery_mode == "direct" ? 1 : 0) && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "reserved_concurrency is a whole number, at least maximum_concurrency (direct: one more, for SNS), or the queue meets throttles, and five of them take a message to the dead-letter queue."
  }
}

variable "log_level" {
  description = "`error`, `warn`, `info`, `debug`, `trace` or `off`; the line of each outcome is always written."
  type        = string
  default     = "info"
  nullable    = false

  validation {
    condition     = contains(["error", "warn", "info", "debug", "trace", "off"], var.log_level)
    error_message = "log_level is error, warn, info, debug, trace or off."
  }
}

variable "environment_variables" {
  description = "More environment variables of the function, such as `SSL_CERT_FILE`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(setintersection(keys(var.environment_variables), [
      "LOG_LEVEL", "RETRY_QUEUE_URL", "SETTINGS", "SETTINGS_FILE", "SLACK_WEBHOOK_URL", "SQS_PARTIAL_BATCH",
    ])) == 0
    error_message = "LOG_LEVEL, RETRY_QUEUE_URL, SETTINGS, SETTINGS_FILE, SLACK_WEBHOOK_URL and SQS_PARTIAL_BATCH are set by the module: use its variables."
  }

  validation {
    condition     = alltrue([for value in values(var.environment_variables) : !can(regex("(?i)hooks\\.slack(-gov)?\\.com", value))])
    error_message = "A webhook's URL is a password, and environment variables are in the state: use receivers and webhook_urls."
  }
}

variable "layers" {
  description = "ARNs of layer versions, such as one with templates or settings from `sns-to-slack bundle`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.layers) <= 5 && alltrue([for arn in var.layers : can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+:[0-9]+$", arn))])
    error_message = "layers are at most five ARNs of layer versions, with the version at the end: arn:aws:lambda:eu-west-1:123456789012:layer:templates:3."
  }
}

variable "vpc" {
  description = "Puts the function into a VPC. It then needs a way to Slack (a NAT gateway or `delivery.proxy`) and to SSM, Secrets Manager and SQS."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.subnet_ids) > 0 && length(var.vpc.security_group_ids) > 0
    error_message = "vpc needs at least one subnet and one security group."
  }
}

variable "tracing" {
  description = "X-Ray traces of the function."
  type        = bool
  default     = false
  nullable    = false
}

# Rights, encryption, log

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the function's role may ever do."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is the ARN of an IAM policy."
  }
}

variable "role_path" {
  description = "The path of the function's role in IAM."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]+/)?$", var.role_path))
    error_message = "role_path begins and ends with a slash, as in \"/forwarders/\"."
  }
}

variable "kms_key_arn" {
  description = "A customer key for topics, queues, the environment, the log, and the webhooks of `webhook_urls`. Its policy must allow what the output `kms_key_policy` says. Without it AWS's own keys are used, and topics are not encrypted."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || !contains(var.sources, "config")
    error_message = "A Config delivery channel cannot publish to an encrypted topic. Use config_compliance instead, which comes by EventBridge, or a copy of this module without kms_key_arn."
  }

  validation {
    condition     = var.kms_key_arn == null ? true : !can(regex("alias/aws/", var.kms_key_arn))
    error_message = "An AWS-managed key such as alias/aws/sns cannot be used: CloudWatch alarms and EventBridge may not publish with it, and their messages would be lost. Give the ARN of a key of your own."
  }

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("alias/aws/|^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, arn:aws:kms:eu-west-1:123456789012:key/..., not an alias: the role's policy cannot name one."
  }
}

variable "former_kms_key_arns" {
  description = "Keys that `kms_key_arn` was before, for as long as messages encrypted with them wait in the queues: up to 14 days."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.former_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", arn))])
    error_message = "former_kms_key_arns are ARNs of keys, as in arn:aws:kms:eu-west-1:123456789012:key/..., not of aliases."
  }
}

variable "log_retention_days" {
  description = "For so many days the function's log is kept; one of the numbers that CloudWatch knows."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days is a number that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

# Watching the forwarder

variable "alarm_topic_arns" {
  description = "Topics that hear when the forwarder itself has a problem; none that it reads. Without any, the alarms are only to be seen in CloudWatch."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]+$", arn))])
    error_message = "alarm_topic_arns are ARNs of SNS topics."
  }

  validation {
    condition     = length(var.alarm_topic_arns) <= 5
    error_message = "An alarm has at most five actions: name five topics or fewer in alarm_topic_arns."
  }
}

variable "queue_age_alarm_seconds" {
  description = "An alarm when the oldest message of the queue is older. What waits for Slack is sent anew at least every 15 minutes, so an hour means that nobody reads the queue."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.queue_age_alarm_seconds >= 900
    error_message = "queue_age_alarm_seconds is at least 900: what waits for Slack rests for as long as that."
  }
}

variable "dashboard" {
  description = "A CloudWatch dashboard of the forwarder."
  type        = bool
  default     = false
  nullable    = false
}
