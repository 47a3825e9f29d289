//! Templates of a directory, laid over the built-in ones, and the ladder when they fail.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use sns_to_slack::context::Context;
use sns_to_slack::envelope::Record;
use sns_to_slack::notification;
use sns_to_slack::slack::limits;
use sns_to_slack::template::{Rendered, Templates};
use tempfile::TempDir;

use crate::fixtures::{self, Case};

const TEXT: &str = "text.json.tera";

fn directory(files: &[(&str, &str)]) -> (TempDir, Templates) {
    let folder = tempfile::tempdir().unwrap();
    for (name, source) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, source).unwrap();
    }
    let templates = Templates::built_in().unwrap();
    let templates = templates.with_directory(folder.path()).unwrap();
    (folder, templates)
}

fn render(templates: &Templates, body: &str, wanted: Option<&str>) -> Rendered {
    let record = Record::bare(body);
    let notification = notification::classify(&record);
    let context = Context::new(&record, &notification, &BTreeMap::new());
    let rendered = templates.render(&context, wanted);
    assert_eq!(limits::check(&rendered.message.payload()), []);
    rendered
}

fn failures(rendered: &Rendered) -> Vec<String> {
    rendered.failed.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_of_the_directory_replaces_the_built_in_one() {
    let (_folder, templates) = directory(&[(TEXT, r#"{"text": "mine: {{ title }}"}"#)]);
    let rendered = render(&templates, "hello", None);
    assert_eq!(rendered.template, TEXT);
    assert_eq!(rendered.message.text(), "mine: hello");
    assert_eq!(failures(&rendered), [""; 0]);
}

#[test]
fn a_part_of_the_directory_changes_the_built_in_templates_that_use_it() {
    let (_folder, templates) = directory(&[(
        "parts/footer.json.tera",
        r#"{% component footer() %}{"type": "context", "elements": [{"type": "mrkdwn", "text": "my footer"}]}{% endcomponent footer %}"#,
    )]);
    assert_eq!(templates.broken(), []);
    let rendered = render(&templates, "hello", None);
    assert_eq!(rendered.template, "built-in:text.json.tera");
    assert!(rendered.message.payload().to_string().contains("my footer"));
}

/// The built-in templates have their components put into them when the program is built; a part of a directory makes them be called.
#[test]
fn a_part_of_the_directory_that_changes_nothing_changes_no_message() {
    let (_folder, with_calls) = directory(&[("parts/none.json.tera", "")]);
    let built_in = Templates::built_in().unwrap();
    for case in Case::all() {
        let [with_calls, built_in] = [&with_calls, &built_in].map(|templates| {
            let (_, _, rendered) = fixtures::render(templates, &case.record());
            assert_eq!(failures(&rendered), [""; 0], "{}", case.name);
            rendered
        });
        assert_eq!(with_calls.template, built_in.template);
        let payloads = [&with_calls, &built_in].map(|rendered| rendered.message.payload());
        assert_eq!(payloads[0], payloads[1], "{}", case.name);
        let warnings = [&with_calls, &built_in].map(|rendered| rendered.warnings.len());
        assert_eq!(warnings[0], warnings[1], "{}", case.name);
    }
    for case in Case::digests() {
        let [with_calls, built_in] =
            [&with_calls, &built_in].map(|templates| fixtures::render_digest(templates, &case));
        for ((_, with_calls), (_, built_in)) in with_calls.iter().zip(&built_in) {
            assert_eq!(failures(with_calls), [""; 0], "{}", case.name);
            let payloads = [with_calls, built_in].map(|rendered| rendered.message.payload());
            assert_eq!(payloads[0], payloads[1], "{}", case.name);
        }
    }
}

#[test]
fn what_only_a_template_of_the_directory_mentions_is_there_for_it() {
    let (_folder, templates) = directory(&[(
        TEXT,
        "{\"text\": \"{{ kind }} {{ record.message_id }} {{ text.family }} {{ topic }} {{ links | length }} {{ record | length }}\"}",
    )]);
    let rendered = render(&templates, "hello", None);
    assert_eq!(failures(&rendered), [""; 0]);
    assert_eq!(rendered.message.text(), "text  plain  1 5");
    let (_folder, templates) = directory(&[(TEXT, r#"{"text": "{{ __tera_context }}"}"#)]);
    let rendered = render(&templates, "hello", None);
    assert!(rendered.message.text().contains("message_id"));
}

#[test]
fn a_new_source_or_detail_type_is_a_new_file() {
    let (_folder, templates) = directory(&[
        (
            "eventbridge/my.shop.json.tera",
            r#"{"text": "shop {{ pick(from=event.detail, path='order.id') }}"}"#,
        ),
        (
            "eventbridge/my.shop/Order Lost.json.tera",
            r#"{"text": "lost!"}"#,
        ),
    ]);
    let event = |detail_type: &str| {
        json!({"source": "my.shop", "detail-type": detail_type, "detail": {"order": {"id": 7}}})
            .to_string()
    };
    assert_eq!(
        render(&templates, &event("Order Placed"), None)
            .message
            .text(),
        "shop 7"
    );
    assert_eq!(
        render(&templates, &event("Order Lost"), None)
            .message
            .text(),
        "lost!"
    );
    // A name from the message is looked up, never opened.
    let odd = render(&templates, &event("../../text"), None);
    assert_eq!(odd.template, "eventbridge/my.shop.json.tera");
}

#[test]
fn a_new_part_serves_every_template_whatever_their_names() {
    let (_folder, templates) = directory(&[
        ("cloudwatch_alarm.json.tera", r#"{"text": "{{ <ping/> }}"}"#),
        (
            "parts/ping.json.tera",
            "{% component ping() %}ping{% endcomponent ping %}",
        ),
        (TEXT, r#"{"text": "{{ <ping/> }}"}"#),
    ]);
    assert_eq!(templates.broken(), []);
    assert_eq!(render(&templates, "hello", None).message.text(), "ping");
}

#[test]
fn a_more_special_built_in_template_wins_over_a_general_one_of_the_directory() {
    let (_folder, templates) = directory(&[("eventbridge.json.tera", r#"{"text": "general"}"#)]);
    let event =
        |source: &str| json!({"source": source, "detail-type": "x", "detail": {}}).to_string();
    assert_eq!(
        render(&templates, &event("my.shop"), None).message.text(),
        "general"
    );
    let health = render(&templates, &event("aws.health"), None);
    assert_eq!(health.template, "built-in:eventbridge/aws.health.json.tera");
}

#[test]
fn a_route_may_name_a_template() {
    let (_folder, templates) = directory(&[("pager.json.tera", r#"{"text": "PAGE {{ title }}"}"#)]);
    let rendered = render(&templates, "hello", Some("pager"));
    assert_eq!(rendered.message.text(), "PAGE hello");
    let rendered = render(&templates, "hello", Some("nonexistent"));
    assert_eq!(rendered.template, "built-in:text.json.tera");
}

#[test]
fn a_file_that_does_not_parse_is_named_with_its_line_and_the_built_in_one_is_used() {
    for (source, expected) in [
        (
            "{\n  \"text\": \"{{ title }\"\n}",
            "template \"text.json.tera\", line 2: ",
        ),
        (
            "{\"text\": \"{% if title %}\"}",
            "template \"text.json.tera\", line 1: ",
        ),
        (
            "\n\n{\"text\": \"{{ title | no_such_filter }}\"}",
            "template \"text.json.tera\", line 3: Unknown filter `no_such_filter`",
        ),
        (
            "{\"text\": \"{{ <no_such_part/> }}\"}",
            "template \"text.json.tera\", line 1: Unknown component `no_such_part`",
        ),
        (
            "{\"text\": \"{{ title | safe }}\"}",
            "template \"text.json.tera\", line 1: the filter `safe` is refused",
        ),
        (
            "{\"text\": \"{% filter upper %}{{ title }}{% endfilter %}\"}",
            "template \"text.json.tera\", line 1: `{% filter %}` is refused",
        ),
        (
            "{% component field(a) %}x{% endcomponent field %}{\"text\": \"x\"}",
            "template \"text.json.tera\": Component `field` is defined in both",
        ),
    ] {
        let (_folder, templates) =
            directory(&[(TEXT, source), ("json.json.tera", r#"{"text": "fine"}"#)]);
        let broken: Vec<String> = templates.broken().iter().map(ToString::to_string).collect();
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].starts_with(expected), "{source}: {}", broken[0]);
        assert_eq!(
            render(&templates, "hello", None).template,
            "built-in:text.json.tera"
        );
        assert_eq!(render(&templates, "{}", None).message.text(), "fine");
    }
}

#[test]
fn a_file_that_fails_while_rendering_is_named_and_the_built_in_one_is_used() {
    let bomb = "{% for a in range(end=1000) %}{% for b in range(end=1000) %}{{ title }}{% endfor %}{% endfor %}";
    for (source, expected) in [
        (
            "{\n\"text\": \"{{ text.bdy }}\"}",
            "template \"text.json.tera\", line 2: Field `bdy` is not defined. Available fields: ",
        ),
        (
            "{\"text\": \"{{ nope }}\"}",
            "template \"text.json.tera\", line 1: Variable `nope` is not defined.",
        ),
        (
            "{\"text\": \"x\",}",
            "template \"text.json.tera\": what it renders is not JSON: ",
        ),
        (
            "{\"text\": {{ title }}}",
            "template \"text.json.tera\": what it renders is not JSON: ",
        ),
        (
            "{\"txt\": \"x\"}",
            "template \"text.json.tera\": `txt`: is not known here",
        ),
        (
            "{\"text\": \"<!here> {{ title }}\"}",
            "template \"text.json.tera\": `text`: `<!here>` would mention people",
        ),
        (
            bomb,
            "template \"text.json.tera\": renders more than 262144 bytes",
        ),
    ] {
        let (_folder, templates) = directory(&[(TEXT, source)]);
        let rendered = render(&templates, "a body that no error repeats\nmore", None);
        assert_eq!(rendered.template, "built-in:text.json.tera", "{source}");
        let failed = failures(&rendered);
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].starts_with(expected), "{source}: {}", failed[0]);
        assert!(!failed[0].contains("no error repeats"), "{}", failed[0]);
    }
}

#[test]
fn no_filter_lets_a_value_out() {
    // Each acts on text that was escaped before; what must never come out of it is live markup.
    for expression in [
        "{% set x %}{{ text.body }}{% endset %}{{ x | reverse }}",
        "{% set x %}{{ text.body }}{% endset %}{{ x | truncate(length=12) }}",
        "{% set x %}{{ text.body }}{% endset %}{{ x | replace(from='a', to='<') }}",
        "{% set x %}{{ text.body }}{% endset %}{{ x | upper }}",
        "{{ text.body | escape }}",
        "{{ text.body | escape_html }}",
        "{{ text.body | replace(from='a', to=link(url='https://a.example/', label='x')) }}",
        "{{ text.body ~ link(url='https://a.example/', label='x') }}",
        "{{ [text.body] }}",
        "{{ text }}",
    ] {
        let source = format!("{{\"text\": \"{expression}\"}}");
        let (_folder, templates) = directory(&[(TEXT, source.as_str())]);
        assert_eq!(templates.broken(), [], "{expression}");
        let rendered = render(
            &templates,
            "<!channel> a <https://evil.example/|label> \"quoted\"",
            None,
        );
        let text = rendered.message.text();
        assert!(
            !text.contains("<!") && !text.contains("|label>"),
            "{expression}: {text}"
        );
    }
}

#[test]
fn when_every_template_fails_the_minimal_text_says_what_happened() {
    let approval = json!({
        "region": "eu-central-1",
        "approval": {
            "pipelineName": "potting-shed", "stageName": "Production", "actionName": "SignOff", "token": "t",
            "approvalReviewLink": "https://console.aws.amazon.com/codesuite/codepipeline/x#/approve/t",
        },
    });
    let record = Record::bare(approval.to_string());
    let notification = notification::classify(&record);
    let context = Context::new(&record, &notification, &BTreeMap::new());
    let message = sns_to_slack::template::minimal(&context);
    let payload = &message.payload();
    assert_eq!(limits::check(payload), []);
    assert_eq!(payload.get("blocks"), None);
    let text = message.text();
    assert!(
        text.starts_with("Approval needed: potting-shed / Production / SignOff\neu-central-1\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "review: <https://console.aws.amazon.com/codesuite/codepipeline/x#/approve/t>"
        ),
        "{text}"
    );
}

#[test]
fn errors_repeat_no_value() {
    // In the second a value has backticks of its own.
    for canary in ["canary", "x` canary `y", "31337.5"] {
        let number: Value = canary.parse::<f64>().map_or(Value::Null, Value::from);
        let body = json!({"source": "my.shop", "detail-type": "Lost", "detail": {
            "a": canary, "n": number, "list": [{"k": canary}], "mixed": [1, canary], "big": 31_337_000_000_u64,
        }})
        .to_string();
        for expression in [
            "event.detail.a | int",
            "event.detail.a | int(base=99)",
            "event.detail.a | int(base=event.detail.big)",
            "event.detail.n | int",
            "event.detail.a ~ 'x' | float",
            "(event.detail.a ~ 'x') | float",
            "event.detail.list | float",
            "event.detail.a + 1",
            "event.detail.n + event.detail.a",
            "event.detail.big ** event.detail.big",
            "event.detail.a < 1",
            "event.detail.a[event.detail.a]",
            "event.detail[event.detail.a].x",
            "event.detail.nothing",
            "event.detail.list[event.detail.a]",
            "event.detail.list | sort(attribute=event.detail.a)",
            "event.detail.list | group_by(attribute=event.detail.a)",
            "(event.detail.list | group_by(attribute='k')).nothing",
            "event.detail.mixed | sort",
            "event.detail | get(key=event.detail.a)",
            "event.detail.a | pluralize",
            "1.5 | round(method=event.detail.a)",
            "1.5 | round(precision=event.detail.big)",
            "event.detail.a | round",
            "event.detail.a | abs",
            "event.detail.a | nth(n=1)",
            "event.detail.list | nth(n=event.detail.n)",
            "event.detail.a | indent(width=event.detail.a)",
            "event.detail.a | truncate(length=event.detail.a)",
            "event.detail.a | replace(from=1, to=2)",
            "event.detail.a | split(pat=1)",
            "event.detail.a | join",
            "range(end=event.detail.a)",
            "range(end=event.detail.big)",
            "range(end=event.detail.n)",
            "event.detail.a is odd",
            "event.detail.n is odd",
            "event.detail.n is divisible_by(divisor=2)",
            "event.detail.n is containing(pat=1)",
            "event.detail.big is containing(pat=1)",
            "1 in event.detail.n",
            "link(url=event.detail.a)",
            "slack_date(time=event.detail.a, format=1)",
            "pick(from=event.detail, path=1)",
        ] {
            let source = format!(r#"{{"text": "{{{{ {expression} }}}}"}}"#);
            let name = "eventbridge/my.shop.json.tera";
            let (_folder, templates) = directory(&[(name, &source)]);
            // What does not parse, and what does not fail, is no harm.
            let rendered = render(&templates, &body, None);
            for error in templates.broken().iter().chain(&rendered.failed) {
                let error = error.to_string();
                assert!(
                    !error.contains("canary") && !error.contains("31337"),
                    "{expression}: {error}"
                );
            }
        }
        let source = r#"{"text": "x", "blocks": [{"type": "{{ event.detail.a }}", "{{ event.detail.a }}": 1}]}"#;
        let (_folder, templates) = directory(&[("eventbridge/my.shop.json.tera", source)]);
        let failed = failures(&render(&templates, &body, None));
        assert_eq!(failed.len(), 1);
        assert!(!failed[0].contains(canary), "{failed:?}");
    }
}

#[test]
fn errors_still_say_what_is_wrong() {
    for (expression, expected) in [
        (
            "event.nothing",
            "Field `nothing` is not defined. Available fields: ",
        ),
        ("nothing", "Variable `nothing` is not defined."),
        ("title | int", "the value cannot be converted to an integer"),
        ("title + 1", "found `string`"),
        ("link(url=title)", "Missing keyword argument `label`"),
    ] {
        let source = format!(r#"{{"text": "{{{{ {expression} }}}}"}}"#);
        let (_folder, templates) = directory(&[("eventbridge.json.tera", &source)]);
        let body = json!({"source": "my.shop", "detail-type": "Lost", "detail": {}}).to_string();
        let failed = failures(&render(&templates, &body, None));
        assert!(
            failed.len() == 1 && failed[0].contains(expected),
            "{failed:?}"
        );
    }
    for (expression, text) in [
        ("'0x1f' | int(base=16)", "31"),
        ("' 3.0 ' | int", "3"),
        ("7.0 | int", "7"),
        ("'2.5' | float", "2.5"),
        ("3 | float", "3.0"),
    ] {
        let source = format!(r#"{{"text": "{{{{ {expression} }}}}"}}"#);
        let (_folder, templates) = directory(&[(TEXT, &source)]);
        let rendered = render(&templates, "x", None);
        assert_eq!(rendered.message.text(), text, "{:?}", rendered.failed);
    }
}
