//! The worst that a template of the user's own can do: the record is posted by the next template, its neighbours are posted
//! too, the log says why, and it takes little memory and time.

use std::fs;

use serde_json::{Value, json};

use super::bounds::{MOST_CPU, MOST_MEMORY_OF_TINY_THINGS, within};
use crate::support::events::{message_id, sns};
use crate::support::fake_slack::FakeSlack;
use crate::support::forwarder::{Output, Setup};

/// Posts a record by this template, between two others. What is in the channel comes from the built-in template.
#[track_caller]
fn posted(template: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("worst.json.tera"), template).unwrap();
    let slack = FakeSlack::start();
    let mut forwarder = Setup::with_settings(&json!({
        "receivers": {"default": {"webhook": slack.webhook()}},
        "route": {
            "receivers": ["default"],
            "routes": [{"match": {"topic": "*:worst"}, "receivers": ["default"], "template": "worst"}],
        },
    }))
    .with("TEMPLATES_DIR", folder.path().to_str().unwrap())
    .start();
    forwarder.invoke(&sns(&["A record before"])).response();
    let mut event = sns(&["The first record", "The second record", "The third record"]);
    event["Records"][1]["Sns"]["TopicArn"] = "arn:aws:sns:eu-central-1:123456789012:worst".into();
    let answer = within(
        template,
        MOST_MEMORY_OF_TINY_THINGS,
        MOST_CPU,
        &mut forwarder,
        |forwarder| forwarder.invoke(&event),
    );
    let expected = json!({"posted": 3, "handed_over": 0, "ignored": 0});
    assert_eq!(answer.response(), expected, "{template}");
    let texts = slack.texts();
    for (text, part) in texts.iter().zip(["before", "first", "second", "third"]) {
        assert!(text.contains(part), "{template}: {texts:?}");
    }
    let output = forwarder.finish();
    assert_eq!(output.outcomes.len(), 4, "{template}");
    for line in &output.outcomes {
        assert_eq!(
            line["template"], "built-in:text.json.tera",
            "{template}: {line}"
        );
    }
    output
}

/// A line of the log, which is an error, has the name of the template and this part of a sentence. The result is that line.
#[track_caller]
fn says<'o>(output: &'o Output, template: &str, why: &str) -> &'o Value {
    let mut errors = output.others.iter().filter(|line| line["level"] == "ERROR");
    errors
        .find(|line| {
            let message = line["message"].as_str().unwrap();
            message.contains("worst.json.tera") && message.contains(why)
        })
        .unwrap_or_else(|| panic!("{template}: nothing says `{why}`: {output:?}"))
}

/// The template fails when it meets the record: that is logged and counted for this record.
#[track_caller]
fn fails(template: &str, why: &str) {
    let output = posted(template);
    let line = says(&output, template, why);
    assert_eq!(line["message_id"], message_id(2), "{template}");
    for (index, line) in output.outcomes.iter().enumerate() {
        let counted = line.get("FallbackRendered").is_some();
        assert_eq!(counted, index == 2, "{template}: {line}");
    }
}

#[test]
fn a_value_that_is_not_there_or_of_another_type() {
    let undefined = "Variable `nothing` is not defined";
    fails("{\"text\": \"{{ nothing }}\"}", undefined);
    fails(
        "{\"text\": \"{{ text.nothing }}\"}",
        "Field `nothing` is not defined",
    );
    fails(
        "{\"text\": \"{{ title + 1 }}\"}",
        "requires both operands to be numbers",
    );
    fails(
        "{\"text\": \"{{ title | join }}\"}",
        "Invalid type for the value",
    );
    fails(
        "{\"text\": \"{% for a in 5 %}{% endfor %}\"}",
        "Iteration not possible",
    );
    fails("{\"text\": \"{{ title[\"a\"] }}\"}", "line 1");
    for division in ["1 / 0", "1.5 / 0", "1 % 0", "1 // 0"] {
        let template = format!("{{\"text\": \"{{{{ {division} }}}}\"}}");
        fails(&template, "Cannot divide by 0");
    }
    fails("{\"text\": \"{{ 2 ** 100000 }}\"}", "out of range");
}

#[test]
fn a_template_without_an_end() {
    let rounds = "more than 20000 rounds of loops";
    fails(
        "{% set many = range(end=100000) %}{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}",
        rounds,
    );
    fails(
        "{% for a in range(end=300) %}{% for b in range(end=300) %}{% for c in range(end=100) %}\
         {% if __tera_context is string %}{% endif %}{% endfor %}{% endfor %}{% endfor %}",
        rounds,
    );
    fails(
        "{{ [[1 for a in range(end=100000)] for b in range(end=100000)] | length }}",
        rounds,
    );
    fails(
        "{% set many = range(end=100000) %}{{ [1 for a in many if [1 for b in many if false]] | length }}",
        rounds,
    );
    fails(
        "{{ range(end=1000000000) | length }}",
        "`range` would produce too many",
    );
    // Twenty deep and no deeper, but ever so often.
    fails(
        "{% component c(n) %}{% if n < 19 %}{{ <c n={n + 1}/> }}{{ <c n={n + 1}/> }}{% endif %}{% endcomponent c %}{{ <c n={0}/> }}",
        rounds,
    );
    fails(
        "{% component c() %}{{ <c/> }}{% endcomponent c %}{{ <c/> }}",
        "Maximum render recursion depth",
    );
}

#[test]
fn more_output_than_anybody_can_use() {
    let bytes = "renders more than 262144 bytes";
    let long = "x".repeat(100);
    fails(
        &format!("{{\"text\": \"{{% for a in range(end=10000) %}}{long}{{% endfor %}}\"}}"),
        bytes,
    );
    fails(
        "{\"text\": \"{% for a in range(end=100) %}{% for b in range(end=100) %}{{ __tera_context }}{% endfor %}{% endfor %}\"}",
        bytes,
    );
    fails(
        "{% set t = title %}{% for a in range(end=15) %}{% set_global t = t ~ t %}{% endfor %}{\"text\": \"{{ t }}\"}",
        bytes,
    );
    // Just small enough, and of a shape that takes much memory.
    for item in ["{\"a\":1}", "[[[[[[]]]]]]"] {
        fails(
            &format!(
                "{{\"text\": \"a\", \"blocks\": [{{% for a in range(end=19000) %}}{item},{{% endfor %}}null]}}"
            ),
            "`blocks[0]`",
        );
    }
    fails(
        "{\"text\": \"a\", \"blocks\": {% for a in range(end=10000) %}[{% endfor %}{% for a in range(end=10000) %}]{% endfor %}}",
        "recursion limit exceeded",
    );
}

#[test]
fn what_cannot_even_be_read_is_found_at_the_start() {
    for (template, why) in [
        ("{% include \"worst.json.tera\" %}", "Circular include"),
        ("{% extends \"worst.json.tera\" %}", "Circular extend"),
        (
            &format!(
                "{}{{{{ 1 }}}}{}",
                "{% if 1 %}".repeat(1_000),
                "{% endif %}".repeat(1_000)
            ),
            "worst.json.tera",
        ),
        (
            &format!("{{{{ {}1{} }}}}", "(".repeat(10_000), ")".repeat(10_000)),
            "too complex",
        ),
        (
            &format!("{{{{ 1{} }}}}", " + 1".repeat(10_000)),
            "too complex",
        ),
    ] {
        let output = posted(template);
        let line = says(&output, template, why);
        assert_eq!(line.get("message_id"), None, "{template}");
    }
}
