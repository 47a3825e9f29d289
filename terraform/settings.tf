# The function's settings, as it reads them from SETTINGS: the same names as in a settings file.

locals {
  # One receiver and no route: it gets everything, but of a Config stream only compliance changes, as with SLACK_WEBHOOK_URL.
  only_route = {
    receivers = keys(var.receivers)
    routes    = [{ match = { kind = "config_notice" }, ignore = true }]
  }

  # Not `?:`, which wants both to have the same type.
  route = [for route in [var.route, local.only_route] : route if route != null][0]

  settings = {
    for section, value in {
      receivers = { for name, webhook in local.webhooks : name => { webhook = webhook } }
      accounts  = var.accounts
      route     = local.route
      delivery  = var.delivery
    } : section => value if value != null
  }

  # jsonencode writes < > & as escapes, and mentions have them: <!here> is shorter, and readable in the console.
  settings_json = replace(replace(replace(jsonencode(local.settings), "\\u003c", "<"), "\\u003e", ">"), "\\u0026", "&")

  # Every route by where it stands, for the sentences of validations. Deeper ones are refused.
  routes = merge(
    { for route in [var.route] : "route" => route if route != null },
    { for one in local.routes_1 : one.place => one.route },
    { for one in local.routes_2 : one.place => one.route },
    { for one in local.routes_3 : one.place => one.route },
  )
  routes_1 = [for i, route in try(var.route.routes, []) : { place = "route.routes[${i}]", route = route }]
  routes_2 = flatten([for one in local.routes_1 : [for i, route in try(one.route.routes, []) : { place = "${one.place}.routes[${i}]", route = route }]])
  routes_3 = flatten([for one in local.routes_2 : [for i, route in try(one.route.routes, []) : { place = "${one.place}.routes[${i}]", route = route }]])

  route_keys     = ["receivers", "match", "unless", "template", "mention", "continue", "ignore", "routes"]
  delivery_keys  = ["timeout_seconds", "digest", "retry_horizon_hours", "proxy"]
  kinds          = ["codepipeline_approval", "cloudwatch_alarm", "config_rule", "config_notice", "eventbridge", "custom", "json", "text"]
  mention_format = "^(<!(here|channel|everyone)>|<!subteam\\^[A-Z0-9]+>|<@[A-Z0-9]+>)$"

  # "route.routes[0]: recievers" for each key that no route has.
  unknown_route_keys = flatten([for place, route in local.routes : [for key in try(setsubtract(keys(route), local.route_keys), ["(not an object)"]) : "${place}: ${key}"]])
  unknown_receivers  = flatten([for place, route in local.routes : [for name in try(setsubtract(route.receivers, keys(var.receivers)), []) : "${place}: ${name}"]])
  bad_mentions       = flatten([for place, route in local.routes : [for mention in try(tolist(route.mention), []) : "${place}: ${mention}" if !can(regex(local.mention_format, mention))]])
  kinds_named        = flatten([for place, route in local.routes : [for key in ["match", "unless"] : [for kind in try(flatten([route[key].kind]), []) : { place = place, kind = kind }]]])
  unknown_kinds      = [for named in local.kinds_named : "${named.place}: ${named.kind}" if !contains(local.kinds, named.kind) && !can(regex("[*?]", named.kind))]
}
