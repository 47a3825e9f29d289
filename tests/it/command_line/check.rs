//! `check`: everything that is wrong, in one run.

use expect_test::expect;

use crate::recipes;

use super::{Ran, SETTINGS, folder, run, within};

/// Checks these files: `settings.toml`, `templates/…`, `fixtures/…`, as far as there are any.
fn check(files: &[(&str, &str)]) -> Ran {
    let folder = folder(files);
    let mut arguments = vec!["check".to_owned()];
    for (option, name) in [
        ("--settings", "settings.toml"),
        ("--templates", "templates"),
        ("--fixtures", "fixtures"),
    ] {
        if files.iter().any(|(file, _)| file.starts_with(name)) {
            arguments.extend([option.to_owned(), within(&folder, name)]);
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = run(&arguments).hide(&folder);
    assert_eq!(ran.stderr, "");
    ran
}

#[test]
fn there_is_nothing_wrong_with_what_is_built_in() {
    for files in [&[][..], &[("settings.toml", SETTINGS)]] {
        let ran = check(files);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (0, "nothing to complain about\n")
        );
    }
}

#[test]
fn ten_faults_are_ten_findings_with_their_lines() {
    // What they read like is in RECIPES.md, and tested with it.
    let ran = check(&[("settings.toml", &recipes::faults())]);
    assert_eq!(ran.code, 1);
    let findings = ran
        .lines()
        .iter()
        .filter(|line| line.starts_with("settings.toml:"))
        .count();
    assert_eq!((findings, ran.lines().last()), (10, Some(&"10 findings")));
}

#[test]
fn every_fault_of_a_template_is_one_finding() {
    let ran = check(&[
        (
            "settings.toml",
            r#"[receivers.ops]
webhook = "ssm:/slack/ops"
[route]
receivers = ["ops"]
[[route.routes]]
match = { kind = "json" }
template = "shiny"
[[route.routes]]
match = { kind = "custom" }
template = "chat"
"#,
        ),
        // Misspelt: in a condition, in what is handed to a component.
        (
            "templates/cloudwatch_alarm.json.tera",
            r#"{
  "text": "{{ title }}",
  "blocks": [
    {% if alarm.discription %}{{ <paragraph value={alarm.description}/> }}{% else %}null{% endif %},
    {"type": "section", "fields": [
      {{ <field label="Condition" value={alarm.conditon}/> }}
    ]}
  ]
}
"#,
        ),
        // Misspelt where it is shown.
        (
            "templates/codepipeline_approval.json.tera",
            "{\n  \"text\": \"{{ title }}\n    {{- aproval.stage }}\"\n}\n",
        ),
        // No text.
        (
            "templates/config_rule.json.tera",
            "{\n  \"blocks\": [{\"type\": \"divider\"}]\n}\n",
        ),
        // A member that Slack does not know.
        (
            "templates/config_notice.json.tera",
            "{\n  \"text\": \"{{ title }}\",\n  \"username\": \"Config\"\n}\n",
        ),
        // Too long for a header.
        (
            "templates/text.json.tera",
            r#"{
  "text": "{{ title }}",
  "blocks": [
    {% if false %}{"type": "divider"}{% else %}null{% endif %},
    {"type": "header",
     "text": {"type": "plain_text", "text": "{{ text.body }}"}}
  ]
}
"#,
        ),
        // Only some messages have it.
        (
            "templates/eventbridge.json.tera",
            "{\n  \"text\": \"{{ title }}: {{ event.detail.environment }}\"\n}\n",
        ),
        // Never closed.
        (
            "templates/chat.json.tera",
            "{\n  \"text\": \"{% if custom.thread %}{{ title }}\"\n}\n",
        ),
        // A name that is no kind.
        ("templates/json_.json.tera", "{\"text\": \"{{ title }}\"}\n"),
        ("templates/pager.json.tera", "{\"text\": \"{{ title }}\"}\n"),
    ]);
    assert_eq!(ran.code, 1);
    expect![[r#"
        settings.toml:5: there is no template "shiny"
          add shiny.json.tera to the templates; until then the template of the kind is used
        templates/chat.json.tera:2: no message of the kind custom has a value `custom.thread`
          did you mean `custom.thread_id`?
        templates/chat.json.tera:4: Unexpected end of input
          something is not closed: a tag, or an {% if %}, {% for %}, {% set %} or {% component %} without its {% end… %}
        templates/cloudwatch_alarm.json.tera:4: no message of the kind cloudwatch_alarm has a value `alarm.discription`
          did you mean `alarm.description`?
        templates/cloudwatch_alarm.json.tera:6: no message of the kind cloudwatch_alarm has a value `alarm.conditon`
          did you mean `alarm.condition`?
        templates/codepipeline_approval.json.tera:3: no message of the kind codepipeline_approval has a value `aproval.stage`
          did you mean `approval.stage`?
        templates/config_notice.json.tera:3: `username`: is not known here; known: text, blocks, attachments (with config_notice-delivery-failed)
          leave it out: Slack refuses a message with it
        templates/config_rule.json.tera:1: `text`: is missing or empty; notifications and screen readers show only it (with config_rule-account-level)
          add "text": "{{ title }}" with all that a reader must know, in one line
        templates/eventbridge.json.tera:2: Field `environment` is not defined (with eventbridge-alarm-configuration-change)
          not every message has it: ask for it with {% if … %}, or write {{ … | default(value="") }}
        templates/json_.json.tera: nobody uses the template `json_`: it is no kind, and no route names it
          did you mean `json.json.tera`?
        templates/pager.json.tera: nobody uses the template `pager`: it is no kind, and no route names it
          name it in a route: template = "pager"
        templates/text.json.tera:6: `blocks[1].text` was longer than 150 and has been shortened (with text-backup)
          show less of a value, as in {{ … | truncate(length=100) }}, or move it to a section, which takes 3,000
        12 findings
    "#]].assert_eq(&ran.stdout);
}

#[test]
fn a_part_is_checked_with_the_templates_that_use_it() {
    let part = |value: &str| {
        let text = format!("{{{{ label }}}}: {{{{ {value} }}}}");
        format!(
            "{{% component field(label, value) %}}\n{{\"type\": \"mrkdwn\", \"text\": \"{text}\"}}{{% endcomponent field %}}"
        )
    };
    let path = "templates/parts/field.json.tera";
    let ran = check(&[(path, &part("value"))]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "nothing to complain about\n")
    );
    let ran = check(&[(path, &part("valeu"))]);
    assert_eq!(ran.code, 1);
    expect![[r#"
        templates/parts/field.json.tera:2: no message has a value `valeu`
          templates/README.md lists the values of every kind
        1 finding
    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn examples_of_your_own_are_tried_too() {
    let template = "{\"text\":\n\"{{ title }}: {{ event.detail.order }}\"}";
    let templates = ("templates/eventbridge/org.example.shop.json.tera", template);
    assert_eq!(
        check(&[templates]).code,
        0,
        "no built-in example has this source"
    );
    let event = r#"{"source": "org.example.shop", "detail-type": "Lost", "detail": {"ordr": 7}}"#;
    let ran = check(&[templates, ("fixtures/shop/lost.json", event)]);
    assert_eq!(ran.code, 1);
    expect![[r#"
        templates/eventbridge/org.example.shop.json.tera:2: Field `order` is not defined (with fixtures/shop/lost.json)
          did you mean `ordr`?
        1 finding
    "#]].assert_eq(&ran.stdout);
}
