use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::context::as_json;
use crate::envelope::{self, Record};
use crate::notification;

/// A tree with receivers `a` to `d`, from its JSON.
fn settings(route: &Value) -> Settings {
    let receivers: Map<String, Value> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| ((*name).to_owned(), json!({"webhook": "ssm:x"})))
        .collect();
    let text = json!({"receivers": receivers, "route": route}).to_string();
    Settings::from_json(&text, "SETTINGS").unwrap_or_else(|error| panic!("{error}"))
}

fn record(topic: &str, body: &str) -> Record {
    let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": topic, "Message": body, "MessageId": "m"}}]});
    let mut records = envelope::open(&event).unwrap().records;
    records.remove(0).unwrap()
}

fn context_of(record: &Record) -> Context {
    Context::new(
        record,
        &notification::classify(record),
        &[("123456789012".to_owned(), "prod".to_owned())].into(),
    )
}

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:deploys";

fn alarm() -> Context {
    let body = json!({
        "AlarmName": "shop/4xx", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop/4xx", "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM", "OldStateValue": "OK", "NewStateReason": "", "StateChangeTime": "2026-01-01T00:00:00.000+0000",
        "Trigger": {"Namespace": "AWS/Billing", "MetricName": "x", "Dimensions": [], "EvaluationPeriods": 3}
    });
    context_of(&record(TOPIC, &body.to_string()))
}

fn event() -> Context {
    let body = json!({
        "version": "0", "id": "1", "detail-type": "Thing Happened", "source": "example.shop", "account": "111122223333",
        "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": ["arn:one", "arn:two"],
        "detail": {"count": 3, "share": 0.5, "urgent": true, "nothing": null, "tags": ["red", 7, null], "empty": [], "deep": {"a": 1}, "blank": ""}
    });
    context_of(&record(TOPIC, &body.to_string()))
}

/// `a(template)[mentions] b`, or the note.
fn shown(decision: &Decision<'_>) -> String {
    match decision {
        Decision::Ignore { note } => (*note).to_owned(),
        Decision::Post(targets) => {
            let targets: Vec<String> = targets
                .iter()
                .map(|target| {
                    let template = target.template.map(|name| format!("({name})"));
                    let mentions: String =
                        target.mentions.iter().map(ToString::to_string).collect();
                    format!(
                        "{}{}{mentions}",
                        target.receiver.name,
                        template.unwrap_or_default()
                    )
                })
                .collect();
            targets.join(" ")
        }
    }
}

fn decide(route: &Value, context: &Context) -> String {
    shown(&super::route(&settings(route), context))
}

#[test]
fn matchers_hold_for_what_the_context_says() {
    for (context, path, globs, expected) in [
        (alarm(), "kind", json!("cloudwatch_alarm"), true),
        (alarm(), "kind", json!("cloudwatch*"), true),
        (alarm(), "kind", json!(["text", "cloudwatch_alarm"]), true),
        (alarm(), "kind", json!(["text", "json"]), false),
        (alarm(), "topic", json!("*:deploys"), true),
        (alarm(), "topic", json!("*:deploy"), false),
        (alarm(), "account", json!("123456789012"), true),
        (alarm(), "account_name", json!("prod"), true),
        (alarm(), "region", json!("eu-*"), true),
        (alarm(), "name", json!("shop*"), true),
        (alarm(), "name", json!("Shop*"), false),
        (alarm(), "name", json!("shop?4xx"), true),
        (alarm(), "state", json!("ALARM"), true),
        (alarm(), "alarm.metric.namespace", json!("AWS/*"), true),
        (alarm(), "alarm.metric.nothing", json!("*"), false),
        (event(), "alarm.metric.namespace", json!("*"), false),
        (event(), "source", json!("example.*"), true),
        (event(), "name", json!("Thing Happened"), true),
        (event(), "event.detail.count", json!("3"), true),
        (event(), "event.detail.count", json!("*"), true),
        (event(), "event.detail.share", json!("0.5"), true),
        (event(), "event.detail.urgent", json!("true"), true),
        (event(), "event.detail.urgent", json!("false"), false),
        (event(), "event.detail.nothing", json!("*"), false),
        (event(), "event.detail.blank", json!("*"), true),
        (event(), "event.detail.tags", json!("red"), true),
        (event(), "event.detail.tags", json!("7"), true),
        (event(), "event.detail.tags", json!("blue"), false),
        (event(), "event.detail.tags.0", json!("red"), true),
        (event(), "event.detail.empty", json!("*"), false),
        (event(), "event.detail.deep", json!("*"), false),
        (event(), "event.detail.deep.a", json!("1"), true),
        (event(), "record.message_id", json!("m"), true),
    ] {
        let with = |key: &str| {
            let mut child = json!({"receivers": ["b"]});
            child[key] = json!({path: globs});
            decide(&json!({"receivers": ["a"], "routes": [child]}), &context)
        };
        let (holds, holds_not) = if expected { ("b", "a") } else { ("a", "b") };
        assert_eq!(with("match"), holds, "match {path} = {globs}");
        assert_eq!(with("unless"), holds_not, "unless {path} = {globs}");
    }
}

#[test]
fn all_of_match_must_hold_and_none_of_unless() {
    let child = |matches: Value, unless: Value| {
        let child = json!({"match": matches, "unless": unless, "receivers": ["b"]});
        decide(&json!({"receivers": ["a"], "routes": [child]}), &alarm())
    };
    let (yes, no) = (json!({"state": "ALARM"}), json!({"name": "other"}));
    let both = json!({"state": "ALARM", "name": "other"});
    for (matches, unless, expected) in [
        (&json!({}), &json!({}), "b"),
        (&yes, &json!({}), "b"),
        (&both, &json!({}), "a"),
        (&yes, &no, "b"),
        (&yes, &both, "a"),
        (&json!({}), &yes, "a"),
        (&json!({}), &no, "b"),
    ] {
        assert_eq!(
            child(matches.clone(), unless.clone()),
            expected,
            "{matches} {unless}"
        );
    }
}

#[test]
fn the_tree_decides() {
    let alarms = json!({"kind": "cloudwatch_alarm"});
    let here = json!(["<!here>"]);
    for (what, route, expected) in [
        (
            "the root gets what no other route takes",
            json!({"receivers": ["a", "b"], "routes": [{"match": {"kind": "text"}, "receivers": ["c"]}]}),
            "a b",
        ),
        (
            "the first child that matches takes it",
            json!({"receivers": ["a"], "routes": [{"match": {"state": "ALARM"}, "receivers": ["b"]}, {"match": alarms, "receivers": ["c"]}]}),
            "b",
        ),
        (
            "after `continue` the next ones are tried",
            json!({"receivers": ["a"], "routes": [
                {"match": {"state": "ALARM"}, "receivers": ["b"], "continue": true},
                {"match": {"state": "OK"}, "receivers": ["d"]},
                {"match": alarms, "receivers": ["c"]},
                {"receivers": ["d"]}]}),
            "b c",
        ),
        (
            "`continue` at the end leaves nothing to the parent",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "receivers": ["b"], "continue": true}]}),
            "b",
        ),
        (
            "children are tried before their parent",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "receivers": ["b"], "routes": [
                {"match": {"state": "OK"}, "receivers": ["c"]},
                {"match": {"state": "ALARM"}, "receivers": ["d"]}]}]}),
            "d",
        ),
        (
            "a parent decides itself when its children refuse",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "receivers": ["b"], "routes": [{"match": {"state": "OK"}, "receivers": ["c"]}]}]}),
            "b",
        ),
        (
            "receivers, template and mention are inherited",
            json!({"receivers": ["a"], "template": "one", "mention": here, "routes": [{"match": alarms, "routes": [{"match": alarms}]}]}),
            "a(one)<!here>",
        ),
        (
            "what is inherited can be replaced, one by one",
            json!({"receivers": ["a"], "template": "one", "mention": here, "routes": [{"match": alarms, "template": "two", "routes": [{"receivers": ["b"], "mention": []}]}]}),
            "b(two)",
        ),
        (
            "a receiver gets it once, as the first route says",
            json!({"receivers": ["a"], "routes": [
                {"receivers": ["a", "b"], "template": "one", "continue": true},
                {"match": alarms, "receivers": ["b", "c"], "template": "two", "mention": here}]}),
            "a(one) b(one) c(two)<!here>",
        ),
        (
            "`ignore` ends it",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "ignore": true}, {"receivers": ["b"]}]}),
            "ignored by route.routes[0] (SETTINGS)",
        ),
        (
            "others post what one ignores",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "ignore": true, "continue": true}, {"receivers": ["b"]}]}),
            "b",
        ),
        (
            "the parent does not post what a child ignores",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "ignore": true, "continue": true}]}),
            "ignored by route.routes[0] (SETTINGS)",
        ),
        (
            "the first of several that ignore is named",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "ignore": true, "continue": true}, {"ignore": true}]}),
            "ignored by route.routes[0] (SETTINGS)",
        ),
        (
            "routes below an ignored one are its exceptions, and inherit from above it",
            json!({"receivers": ["a"], "routes": [{"match": alarms, "ignore": true, "routes": [{"match": {"state": "ALARM"}}]}]}),
            "a",
        ),
        (
            "the root may ignore",
            json!({"ignore": true, "routes": [{"match": {"kind": "text"}, "receivers": ["a"]}]}),
            "ignored by route (SETTINGS)",
        ),
    ] {
        assert_eq!(decide(&route, &alarm()), expected, "{what}");
    }
}

#[test]
fn one_webhook_alone_ignores_notices_of_config() {
    let settings = Settings::from_environment(|name| {
        (name == "SLACK_WEBHOOK_URL").then(|| "ssm:x".to_owned())
    })
    .unwrap();
    assert_eq!(shown(&super::route(&settings, &alarm())), "default");
    let notice = json!({"messageType": "ConfigurationSnapshotDeliveryCompleted", "s3Bucket": "b", "s3ObjectKey": "k"});
    let context = context_of(&record(TOPIC, &notice.to_string()));
    assert_eq!(context.text("kind"), Some("config_notice"));
    let note = shown(&super::route(&settings, &context));
    assert!(
        note.ends_with(
            "set SETTINGS or SETTINGS_FILE with a route for config_notice to change that"
        ),
        "{note}"
    );
    assert_eq!(
        shown(&super::route(&Settings::for_preview(), &context)),
        "default"
    );
}

#[test]
fn explains_every_step() {
    let settings = settings(&json!({"receivers": ["a"], "routes": [
        {"match": {"kind": "text"}},
        {"match": {"kind": "cloudwatch_alarm"}, "unless": {"name": "other", "alarm.metric.namespace": ["AWS/Billing"]}},
        {"match": {"kind": ["cloudwatch_alarm", "json"], "state": "*"}, "routes": [{"match": {"name": "shop/*", "event.detail.x": "y"}}, {"receivers": ["b"]}]},
        {"match": {"state": "ALARM"}},
    ]}));
    let context = alarm();
    let lines: Vec<String> = explain(&settings, &context)
        .iter()
        .map(|step| {
            let result = match &step.result {
                StepResult::Decides => "decides".to_owned(),
                StepResult::LeftToChildren => "matches".to_owned(),
                StepResult::Refuses {
                    matcher,
                    unless,
                    value,
                } => {
                    let word = if *unless { "unless" } else { "match" };
                    let value =
                        value.map_or("nothing".to_owned(), |value| as_json(value).to_string());
                    format!("{word} {matcher}, but it is {value}")
                }
                StepResult::NotReached { taken_by } => {
                    format!("not reached, because of {}", taken_by.place.path)
                }
            };
            format!(
                "{}{}: {result}",
                "  ".repeat(step.depth),
                step.route.place.path
            )
        })
        .collect();
    expect_test::expect![[r#"
        route: matches
          route.routes[0]: match kind = "text", but it is "cloudwatch_alarm"
          route.routes[1]: unless "alarm.metric.namespace" = "AWS/Billing", but it is "AWS/Billing"
          route.routes[2]: matches
            route.routes[2].routes[0]: match "event.detail.x" = "y", but it is nothing
            route.routes[2].routes[1]: decides
          route.routes[3]: not reached, because of route.routes[2]"#]]
    .assert_eq(&lines.join("\n"));
}

// A second, plainer evaluation of the same JSON, to compare with.

fn plain_match(globs: &Value, value: &Value) -> bool {
    let globs = globs
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![globs.clone()]);
    let texts: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(plain_text).collect(),
        other => plain_text(other).into_iter().collect(),
    };
    globs.iter().any(|glob| {
        let glob = glob.as_str().unwrap();
        texts.iter().any(|text| {
            glob == text
                || glob == "*"
                || glob
                    .strip_suffix('*')
                    .is_some_and(|begin| text.starts_with(begin))
        })
    })
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn plain_holds(matcher: (&String, &Value), context: &Value) -> bool {
    let (path, globs) = matcher;
    let pointer = format!("/{}", path.replace('.', "/"));
    context
        .pointer(&pointer)
        .is_some_and(|value| plain_match(globs, value))
}

fn plain_walk(route: &Value, above: &Value, context: &Value) -> Vec<Value> {
    let matchers = |key: &str| route[key].as_object().cloned().unwrap_or_default();
    let fits = matchers("match")
        .iter()
        .all(|matcher| plain_holds(matcher, context))
        && !matchers("unless")
            .iter()
            .any(|matcher| plain_holds(matcher, context));
    if !fits {
        return Vec::new();
    }
    let mut own = above.clone();
    own["ignore"] = route["ignore"].clone();
    for key in ["receivers", "template", "mention"] {
        if let Some(value) = route.get(key) {
            own[key] = value.clone();
        }
    }
    let mut found = Vec::new();
    for child in route["routes"].as_array().into_iter().flatten() {
        let taken = plain_walk(child, &own, context);
        let goes_on = taken.is_empty() || child["continue"] == true;
        found.extend(taken);
        if !goes_on {
            break;
        }
    }
    if found.is_empty() {
        found.push(own);
    }
    found
}

fn plain_decision(root: &Value, context: &Context) -> String {
    let context = Value::Object(context.to_json());
    let mut targets: Vec<(String, String)> = Vec::new();
    for decision in plain_walk(root, &json!({}), &context) {
        if decision["ignore"] == true {
            continue;
        }
        for receiver in decision["receivers"].as_array().unwrap() {
            let name = receiver.as_str().unwrap().to_owned();
            if targets.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let template = decision["template"]
                .as_str()
                .map(|name| format!("({name})"));
            let mentions: String = decision["mention"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let shown = format!("{name}{}{mentions}", template.unwrap_or_default());
            targets.push((name, shown));
        }
    }
    let shown: Vec<String> = targets.into_iter().map(|(_, shown)| shown).collect();
    shown.join(" ")
}

fn globs() -> impl Strategy<Value = Value> {
    let glob = prop::sample::select(vec!["x", "y", "xy", "*", "x*", "7", "true"]);
    prop_oneof![
        glob.clone().prop_map(Value::from),
        prop::collection::vec(glob, 1..3).prop_map(Value::from),
    ]
}

fn matchers() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "name",
        "state",
        "region",
        "event.detail.a",
        "event.detail.b.c",
    ]);
    prop::collection::btree_map(path, globs(), 0..3).prop_map(|matchers| {
        Value::Object(
            matchers
                .into_iter()
                .map(|(path, globs)| (path.to_owned(), globs))
                .collect(),
        )
    })
}

fn posting() -> impl Strategy<Value = Value> {
    let receivers = prop::sample::subsequence(vec!["a", "b", "c", "d"], 1..3);
    let mention = prop::sample::subsequence(vec!["<!here>", "<@U1>"], 0..2);
    (
        prop::option::of(receivers),
        prop::option::of(prop::sample::select(vec!["one", "two"])),
        prop::option::of(mention),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(receivers, template, mention, ignore)| {
            if ignore {
                return json!({"ignore": true});
            }
            let mut route = json!({});
            if let Some(receivers) = receivers {
                route["receivers"] = json!(receivers);
            }
            if let Some(template) = template {
                route["template"] = json!(template);
            }
            if let Some(mention) = mention {
                route["mention"] = json!(mention);
            }
            route
        })
}

fn leaf() -> impl Strategy<Value = Value> {
    (
        posting(),
        matchers(),
        prop::option::of(matchers()),
        any::<bool>(),
    )
        .prop_map(|(mut route, matches, unless, continues)| {
            route["match"] = matches;
            if let Some(unless) = unless {
                route["unless"] = unless;
            }
            route["continue"] = json!(continues);
            route
        })
}

fn child() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        (leaf(), prop::collection::vec(inner, 1..4)).prop_map(|(mut route, routes)| {
            route["routes"] = json!(routes);
            route
        })
    })
}

fn root() -> impl Strategy<Value = Value> {
    prop::collection::vec(child(), 0..5)
        .prop_map(|routes| json!({"receivers": ["a"], "routes": routes}))
}

fn value() -> impl Strategy<Value = Value> {
    let one = prop::sample::select(vec![
        json!("x"),
        json!("y"),
        json!("xy"),
        json!("xyz"),
        json!(""),
        json!(7),
        json!(true),
        json!(null),
    ]);
    prop_oneof![
        4 => one.clone(),
        1 => prop::collection::vec(one, 0..3).prop_map(Value::from),
    ]
}

/// An event whose name, state, region and details are any of the values.
fn any_context() -> impl Strategy<Value = Context> {
    (value(), value(), value(), value(), value()).prop_map(|(name, state, region, a, c)| {
        let body = json!({"version": "0", "id": "1", "detail-type": name, "source": "x", "account": "123456789012", "time": "t", "region": region,
            "resources": [], "detail": {"state": state, "a": a, "b": {"c": c}}});
        context_of(&record(TOPIC, &body.to_string()))
    })
}

/// Settings of a tree, and the paths of the routes that are said to be never reached.
fn with_unreachable(root: &Value) -> (Settings, Vec<String>) {
    let receivers = json!({"a": {"webhook": "ssm:x"}, "b": {"webhook": "ssm:x"}, "c": {"webhook": "ssm:x"}, "d": {"webhook": "ssm:x"}});
    let text = json!({"receivers": receivers, "route": root}).to_string();
    let (settings, faults) = crate::settings::with_faults(&text);
    let paths = faults
        .iter()
        .map(|fault| {
            assert!(fault.message.contains("never reached"), "{fault}");
            fault.place.as_ref().unwrap().path.clone()
        })
        .collect();
    (settings, paths)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_tree_agrees_with_a_plain_evaluation(root in root(), context in any_context()) {
        let (settings, _) = with_unreachable(&root);
        let decision = super::route(&settings, &context);
        match &decision {
            Decision::Post(targets) => {
                prop_assert!(!targets.is_empty());
                prop_assert_eq!(shown(&decision), plain_decision(&root, &context));
            }
            Decision::Ignore { note } => {
                prop_assert!(!note.is_empty());
                prop_assert_eq!("", plain_decision(&root, &context));
            }
        }
    }

    #[test]
    fn what_is_said_to_be_never_reached_never_is(root in root(), contexts in prop::collection::vec(any_context(), 8)) {
        let (settings, unreachable) = with_unreachable(&root);
        for context in &contexts {
            for step in explain(&settings, context) {
                if unreachable.contains(&step.route.place.path) {
                    prop_assert!(
                        matches!(step.result, StepResult::NotReached { .. } | StepResult::Refuses { .. }),
                        "{:?}", step
                    );
                }
            }
        }
    }

    #[test]
    fn a_body_has_no_say_where_routes_match_on_topics(body in ".{0,60}", event in any::<bool>(), topic in "[a-c]") {
        let settings = settings(&json!({"receivers": ["a"], "routes": [
            {"match": {"topic": "*:a"}, "receivers": ["b"], "continue": true},
            {"match": {"topic": ["*:a", "*:b"]}, "unless": {"topic": "*:c"}, "receivers": ["c"], "mention": ["<!here>"]},
        ]}));
        let topic = format!("arn:aws:sns:eu-west-1:123456789012:{topic}");
        let body = if event {
            json!({"topic": body, "TopicArn": body, "receivers": [body], "mention": "<!channel>", "source": body, "detail-type": body,
                "detail": {"topic": body}, "AlarmName": body, "NewStateValue": "ALARM"}).to_string()
        } else {
            body
        };
        let empty = context_of(&record(&topic, ""));
        let context = context_of(&record(&topic, &body));
        prop_assert_eq!(super::route(&settings, &context), super::route(&settings, &empty));
    }
}
