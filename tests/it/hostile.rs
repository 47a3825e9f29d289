//! Hostile text in every place of every fixture's message, one place after the other.

use serde_json::Value;
use sns_to_slack::envelope;
use sns_to_slack::template::Templates;

use crate::fixtures::{Case, render};
use crate::mutations::{body, document};
use crate::safe::assert_safe;

/// The last two are for the places in which a link is expected.
const HOSTILE: [&str; 3] = [
    "\"q\" \\ \n<!channel> <@U1> @here & | `c` ```f``` *b* :skull: \u{202e}gnp\u{202c} \u{200b}\u{200d}\u{fdd0}x\u{fdd1} \
     <https://evil.example/|AWS console> https://evil.example/?a=1|label &lt;!here&gt; {{ 7 * 7 }} {% raw %}",
    "!channel",
    "x|label",
];

#[test]
fn hostile_text_in_any_place_stays_text() {
    let templates = Templates::built_in().unwrap();
    let long = HOSTILE[0].repeat(20);
    let mut tried = 0;
    for case in Case::all() {
        let mut event = case.event.clone();
        let Some((document, paths)) = document(&mut event) else {
            continue;
        };
        for path in paths {
            if !document.pointer(&path).is_some_and(Value::is_string) {
                continue;
            }
            for hostile in HOSTILE.into_iter().chain([long.as_str()]) {
                let mut document = document.clone();
                *document.pointer_mut(&path).unwrap() = hostile.into();
                *body(&mut event).unwrap() = document.to_string().into();
                let record = envelope::open(&event).unwrap().records.remove(0).unwrap();
                let (_, _, rendered) = render(&templates, &record);
                let name = format!("{} {path}", case.name);
                assert!(rendered.failed.is_empty(), "{name}: {:?}", rendered.failed);
                assert_safe(&name, &rendered.message.payload());
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "only {tried} places");
}
