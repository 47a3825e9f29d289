//! Whatever the body, the built-in template of its kind gives a message that Slack takes and that misleads nobody.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sns_to_slack::slack::{Mention, limits};
use sns_to_slack::template;
use sns_to_slack_fuzz::{TEMPLATES, assert_safe, classify, sns};

fuzz_target!(|body: &str| {
    let (_, context) = classify(&sns(body));
    let rendered = TEMPLATES.render(&context, None);
    assert_eq!(rendered.failed, []);
    assert!(
        rendered.template.starts_with("built-in:"),
        "{}",
        rendered.template
    );
    assert_safe(&rendered.message.payload());
    assert_safe(&template::minimal(&context).payload());

    let mentions: Vec<Mention> = Mention::parse("<!here>").into_iter().collect();
    let mentioning = rendered.message.with_mentions(&mentions);
    assert_eq!(limits::check(&mentioning.payload()), []);
    assert!(mentioning.text().starts_with("<!here> "));
});
