//! `explain`: why a record becomes what it becomes.

use expect_test::{Expect, expect};

use super::{SETTINGS, event, folder, run, run_with, within};

#[track_caller]
fn explains(case: &str, expected: &Expect) {
    let folder = folder(&[("settings.toml", SETTINGS)]);
    let settings = within(&folder, "settings.toml");
    let ran = run(&["explain", "--settings", &settings, &event(case)]).hide(&folder);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    expected.assert_eq(&ran.stdout);
}

#[test]
fn an_alarm_that_several_routes_take() {
    explains(
        "cloudwatch_alarm-billing",
        &expect![[r#"
        fixtures/cloudwatch_alarm-billing/event.json, record 1
        kind: cloudwatch_alarm, because it is JSON with `AlarmName` and `NewStateValue`, or an event of aws.cloudwatch with `detail.alarmName` and a state
        what routes see:
          name: "estimated-charges"
          state: "ALARM"
          source: "aws.cloudwatch"
          account: "123456789012"
          region: "us-east-1"
          topic: "arn:aws:sns:us-east-1:123456789012:greenhouse-alarms"
        routes:
          route (settings.toml:6): matches, and a route below it decides
            route.routes[0] (settings.toml:8): no: match kind = "codepipeline_approval", and it is "cloudwatch_alarm"
            route.routes[1] (settings.toml:12): matches, posts to alarms, and the routes after it are tried too
            route.routes[2] (settings.toml:17): matches, posts to deploys
            route.routes[3] (settings.toml:20): not tried: route.routes[2] (settings.toml:17) has taken it, and does not say `continue`
        #alarms gets it with built-in:cloudwatch_alarm.json.tera and <!subteam^S0123>, decided by route.routes[1] (settings.toml:12)
        #deploys gets it with built-in:cloudwatch_alarm.json.tera, decided by route.routes[2] (settings.toml:17)

    "#]],
    );
}

#[test]
fn good_news_that_one_route_refuses() {
    explains(
        "cloudwatch_alarm-apigw-4xx-ok",
        &expect![[r#"
        fixtures/cloudwatch_alarm-apigw-4xx-ok/event.json, record 1
        kind: cloudwatch_alarm, because it is JSON with `AlarmName` and `NewStateValue`, or an event of aws.cloudwatch with `detail.alarmName` and a state
        what routes see:
          name: "basket-api-4xx-rate"
          state: "OK"
          source: "aws.cloudwatch"
          account: "123456789012"
          region: "eu-north-1"
          topic: "arn:aws:sns:eu-north-1:123456789012:greenhouse-alarms"
        routes:
          route (settings.toml:6): matches, posts to alarms
            route.routes[0] (settings.toml:8): no: match kind = "codepipeline_approval", and it is "cloudwatch_alarm"
            route.routes[1] (settings.toml:12): no: unless state = "OK", and it is "OK"
            route.routes[2] (settings.toml:17): no: match "alarm.metric.namespace" = "AWS/Billing", and it is "AWS/ApiGateway"
            route.routes[3] (settings.toml:20): no: match kind = "config_notice", and it is "cloudwatch_alarm"
        #alarms gets it with built-in:cloudwatch_alarm.json.tera, decided by route (settings.toml:6)

    "#]],
    );
}

#[test]
fn an_approval_that_the_first_route_takes() {
    explains(
        "codepipeline_approval-full",
        &expect![[r#"
        fixtures/codepipeline_approval-full/event.json, record 1
        kind: codepipeline_approval, because it is JSON with `approval.pipelineName`, or a CodePipeline event of an approval action that has started
        what routes see:
          name: "potting-shed"
          state: null
          source: "aws.codepipeline"
          account: "123456789012"
          region: "eu-central-1"
          topic: "arn:aws:sns:eu-central-1:123456789012:greenhouse-approvals"
        routes:
          route (settings.toml:6): matches, and a route below it decides
            route.routes[0] (settings.toml:8): matches, posts to deploys
            route.routes[1] (settings.toml:12): not tried: route.routes[0] (settings.toml:8) has taken it, and does not say `continue`
            route.routes[2] (settings.toml:17): not tried: route.routes[0] (settings.toml:8) has taken it, and does not say `continue`
            route.routes[3] (settings.toml:20): not tried: route.routes[0] (settings.toml:8) has taken it, and does not say `continue`
        #deploys gets it with built-in:codepipeline_approval.json.tera and <!here>, decided by route.routes[0] (settings.toml:8)

    "#]],
    );
}

#[test]
fn a_notice_that_nobody_gets() {
    explains(
        "config_notice-item-changed",
        &expect![[r#"
        fixtures/config_notice-item-changed/event.json, record 1
        kind: config_notice, because it is a message of AWS Config with another `messageType`
        what routes see:
          name: "ConfigurationItemChangeNotification"
          state: "UPDATE"
          source: "aws.config"
          account: "123456789012"
          region: "eu-central-1"
          topic: "arn:aws:sns:eu-central-1:123456789012:config-stream"
        routes:
          route (settings.toml:6): matches, and a route below it decides
            route.routes[0] (settings.toml:8): no: match kind = "codepipeline_approval", and it is "config_notice"
            route.routes[1] (settings.toml:12): no: match kind = "cloudwatch_alarm", and it is "config_notice"
            route.routes[2] (settings.toml:17): no: match kind = "cloudwatch_alarm", and it is "config_notice"
            route.routes[3] (settings.toml:20): matches, ignores it
        nobody gets it: ignored by route.routes[3] (settings.toml:20)

    "#]],
    );
}

#[test]
fn without_settings_everything_goes_to_one_receiver() {
    let ran = run_with(&["explain", "-"], "The ferns are thirsty");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    expect![[r#"
        -, record 1
        kind: text, because it is no JSON object or list
        what routes see:
          name: null
          state: null
          source: null
          account: null
          region: null
          topic: null
        routes:
          SLACK_WEBHOOK_URL: matches, posts to default
        #default gets it with built-in:text.json.tera, decided by SLACK_WEBHOOK_URL

    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn the_template_of_a_route_and_what_is_wrong_with_it() {
    let folder = folder(&[
        (
            "settings.toml",
            r#"[receivers.ops]
webhook = "env:OPS"
[route]
receivers = ["ops"]
template = "short"
"#,
        ),
        (
            "templates/short.json.tera",
            "{\n\"text\": \"{{ alarm.name }}\"\n}",
        ),
    ]);
    let (settings, templates) = (
        within(&folder, "settings.toml"),
        within(&folder, "templates"),
    );
    let explain = |case| {
        let arguments = [
            "explain",
            "--settings",
            &settings,
            "--templates",
            &templates,
            &event(case),
        ];
        let ran = run(&arguments).hide(&folder);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let at = ran.stdout.find("routes:").unwrap();
        ran.stdout[at..].to_owned()
    };
    expect![[r#"
        routes:
          route (settings.toml:3): matches, posts to ops
        #ops gets it with short.json.tera, decided by route (settings.toml:3)

    "#]]
    .assert_eq(&explain("cloudwatch_alarm-billing"));
    expect![[r#"
        routes:
          route (settings.toml:3): matches, posts to ops
        #ops gets it with built-in:text.json.tera, decided by route (settings.toml:3)
          template "short.json.tera", line 2: Variable `alarm` is not defined. Available variables: account, account_name, kind, links, name, record, region, source, state, text, time, title, topic; the next template is used

    "#]].assert_eq(&explain("text-plain"));
}
