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
  # concat takes lists and nothing else.
  routes_1 = [for i, route in try(concat(var.route.routes, []), []) : { place = "route.routes[${i}]", route = route }]
  routes_2 = flatten([for one in local.routes_1 : [for i, route in try(concat(one.route.routes, []), []) : { place = "${one.place}.routes[${i}]", route = route }]])
  routes_3 = flatten([for one in local.routes_2 : [for i, route in try(concat(one.route.routes, []), []) : { place = "${one.place}.routes[${i}]", route = route }]])

  route_keys     = ["receivers", "match", "unless", "template", "mention", "continue", "ignore", "routes"]
  delivery_keys  = ["timeout_seconds", "digest", "retry_horizon_hours", "proxy"]
  kinds          = ["codepipeline_approval", "cloudwatch_alarm", "config_rule", "config_notice", "eventbridge", "custom", "json", "text"]
  mention_format = "^(<!(here|channel|everyone)>|<!subteam\\^[A-Z0-9]+>|<@[A-Z0-9]+>)$"

  # "route.routes[0]: recievers" for each key that no route has.
  unknown_route_keys = flatten([for place, route in local.routes : [for key in try(setsubtract(keys(route), local.route_keys), ["(not an object)"]) : "${place}: ${key}"]])
  unknown_receivers = flatten([
    for place, route in local.routes : [
      for name in try(concat(route.receivers, []), []) : "${place}: ${name}" if try(name == tostring(name) && !contains(keys(var.receivers), name), false)
    ]
  ])
  bad_mentions = flatten([
    for place, route in local.routes : [
      for mention in try(concat(route.mention, []), []) : "${place}: ${mention}" if try(mention == tostring(mention) && !can(regex(local.mention_format, mention)), false)
    ]
  ])
  unknown_kinds = flatten([
    for place, route in local.routes : [
      for key in ["match", "unless"] : [
        for kind in try(flatten([route[key].kind]), []) : "${place}: ${kind}"
        if try(kind == tostring(kind) && !contains(local.kinds, kind) && !can(regex("[*?]", kind)), false)
      ]
    ]
  ])

  # What has a form that the function would refuse at its start.
  misshapen = flatten([
    for place, route in local.routes : concat(
      [
        for key in ["receivers", "mention"] : "${place}.${key} is a list of texts, ${key} = [\"...\"]"
        if can(route[key]) && !try(alltrue([for text in concat(route[key], []) : text == tostring(text) && text != null]), false)
      ],
      [for key in ["match", "unless"] : "${place}.${key} is an object, ${key} = { kind = \"...\" }" if can(route[key]) && !can(keys(route[key]))],
      flatten([
        for key in ["match", "unless"] : [
          for name, value in try({ for name, value in route[key] : name => flatten([value]) }, {}) : "${place}.${key}.${name} is a text or a list of texts"
          if !try(alltrue([for text in value : text == tostring(text) && text != null]), false)
        ]
      ]),
      [for key in ["routes"] : "${place}.${key} is a list of routes, ${key} = [{ ... }]" if can(route[key]) && !can(concat(route[key], []))],
    )
  ])
}
