//! What is drawn, read back as a browser reads it.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Every fixture's message, by its name.
fn fixtures() -> Vec<(String, Value)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found: Vec<(String, Value)> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let message = fs::read_to_string(path.join("message.json")).unwrap();
            (name, serde_json::from_str(&message).unwrap())
        })
        .collect();
    found.sort_by(|one, next| one.0.cmp(&next.0));
    found
}

/// One of everything that is drawn.
fn everything() -> Value {
    let mrkdwn = |text: &str| json!({"type": "mrkdwn", "text": text});
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let button = |label: &str, url: Value, style: Value| json!({"type": "button", "text": plain(label), "url": url, "style": style});
    json!({
        "text": "<!here> *Order* queue\n:red_circle: <https://a.example/|Open>",
        "blocks": [
            {"type": "header", "text": plain("A header :warning: *as is* &amp;")},
            {"type": "section", "text": mrkdwn("<!here> <@U012AB3CD|ana> <!subteam^S1|@ops> <#C1|general> *bold* _it_ ~no~ `code` *_both_*\n&gt; quoted *bold*\n&gt; more\nafter\n\n\ntwo empty lines\n```\n{\n  \"a\": 1\n}\n```\nand <https://a.example/?a=1&amp;b=2|a &amp; b> or <mailto:a@b.example|mail>, <javascript:alert(1)|script>"),
                "accessory": button("Accessory", json!("https://a.example/"), Value::Null)},
            {"type": "section", "text": mrkdwn("An image beside"), "accessory": {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "A graph of orders"},
                "fields": [mrkdwn("*One*\n1"), mrkdwn("*Two*\n<!date^1780308299^{date_short} at {time}^https://a.example/|2026-06-01 10:04 UTC>"), plain("*Three*\n3")]},
            {"type": "divider"},
            {"type": "actions", "elements": [button("Approve", Value::Null, json!("primary")), button("Reject :x:", json!("https://a.example/"), json!("danger")), button("Look", json!("https://a.example/"), Value::Null), button("Bad", json!("javascript:alert(1)"), Value::Null)]},
            {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "A graph", "title": plain("Orders :chart_with_upwards_trend:")},
            {"type": "context", "elements": [{"type": "image", "image_url": "https://a.example/i.png", "alt_text": "An icon"}, mrkdwn("eu-central-1"), mrkdwn("<!date^1780308299^{date_short_pretty} {time_secs}|2026-06-01 10:04 UTC>")]},
            {"type": "table"},
        ],
        "attachments": [
            {"color": "good", "blocks": [{"type": "section", "text": mrkdwn("good")}]},
            {"color": "#D0021B", "blocks": [{"type": "header", "text": plain("In an attachment")}, {"type": "section", "text": mrkdwn("red")}]},
            {"blocks": [{"type": "section", "text": mrkdwn("no colour")}, {"type": "context", "elements": [mrkdwn("context")]}]},
        ],
    })
}

/// Each element with the names of its attributes, in order, as a browser reads them; and all text.
fn read(page: &str) -> (Vec<String>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    for Ok(token) in Tokenizer::new(page) {
        let name = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
        match token {
            Token::StartTag(tag) => {
                if let Some(href) = tag.attributes.get(&b"href"[..]) {
                    let href = name(&href.value).to_lowercase();
                    let web = href.starts_with("https://") || href.starts_with("http://");
                    assert!(web, "{href} in {page}");
                }
                let attributes: Vec<String> = tag.attributes.keys().map(|it| name(it)).collect();
                tags.push(format!("{} {}", name(&tag.name), attributes.join(" ")));
            }
            Token::EndTag(tag) => tags.push(format!("/{}", name(&tag.name))),
            Token::String(it) => text.push_str(&name(&it.value)),
            other => panic!("{other:?} in {page}"),
        }
    }
    (tags, text)
}

/// The same drawing with every foreign character an `x`.
fn tamed(drawing: &Drawing) -> Drawing {
    let mut tamed = drawing.clone();
    for part in &mut tamed.parts {
        for block in &mut part.blocks {
            tame_block(block);
        }
    }
    tame_runs(&mut tamed.notification);
    tamed
}

fn tame_block(block: &mut Block) {
    match block {
        Block::Text(text) | Block::Header(text) => tame_runs(text),
        Block::Section {
            text,
            fields,
            accessory,
        } => {
            tame_runs(text);
            for field in fields {
                tame_runs(field);
            }
            match accessory {
                Some(Accessory::Button(button)) => tame_button(button),
                Some(Accessory::Image(alt)) => tame(alt),
                None => {}
            }
        }
        Block::Context(elements) => elements.iter_mut().for_each(|element| match element {
            Element::Text(text) => tame_runs(text),
            Element::Image(alt) => tame(alt),
        }),
        Block::Actions(buttons) => buttons.iter_mut().for_each(tame_button),
        Block::Image { title, alt } => {
            tame_runs(title);
            tame(alt);
        }
        Block::Divider => {}
        Block::Other(kind) => tame(kind),
    }
}

fn tame_button(button: &mut Button) {
    tame_runs(&mut button.label);
    button.url.iter_mut().for_each(tame_url);
}

fn tame_runs(runs: &mut [Run]) {
    for run in runs {
        match &mut run.what {
            What::Text(text) | What::Code(text) | What::CodeBlock(text) => tame(text),
            What::Mention { shown, .. } => tame(shown),
            What::Emoji(_) => {}
            What::Link { url, label } => {
                tame_url(url);
                tame_runs(label);
            }
            What::Date {
                format,
                link,
                fallback,
                ..
            } => {
                tame(format);
                tame(fallback);
                link.iter_mut().for_each(tame_url);
            }
        }
    }
}

fn tame(text: &mut String) {
    *text = text.replace(|c| c != '\n', "x");
}

fn tame_url(url: &mut String) {
    let tame = if is_web(url) {
        "https://x.example/"
    } else {
        "x"
    };
    tame.clone_into(url);
}

/// Foreign text changes nothing but text: the page has the elements and attributes that it has with tame text, and only
/// those that are ours.
#[track_caller]
fn assert_only_text(name: &str, payload: &Value) {
    const OURS: [&str; 17] = [
        "class",
        "href",
        "rel",
        "target",
        "role",
        "aria-label",
        "title",
        "datetime",
        "data-slack-format",
        "type",
        "disabled",
        "aria-hidden",
        "focusable",
        "fill",
        "width",
        "height",
        "viewbox",
    ];
    const ICON: [&str; 6] = [
        "d",
        "preserveaspectratio",
        "rx",
        "stroke",
        "stroke-linecap",
        "stroke-linejoin",
    ];
    let drawing = Drawing::of_payload(payload);
    let page = |drawing| message(drawing).into_string() + &notification(drawing).into_string();
    let (tags, text) = read(&page(&drawing));
    let (expected, _) = read(&page(&tamed(&drawing)));
    assert_eq!(tags, expected, "{name}");
    for tag in &tags {
        let mut words = tag.split_whitespace();
        let element = words.next().unwrap_or_default().trim_start_matches('/');
        assert!(
            "a article blockquote br button code div em hr p path pre rect s span strong svg time"
                .split(' ')
                .any(|it| it == element),
            "{name}: {tag}"
        );
        for attribute in words {
            let known = OURS.contains(&attribute)
                || ICON.contains(&attribute)
                || attribute == "stroke-width";
            assert!(known, "{name}: {tag}");
        }
    }
    let spoken = mrkdwn::spoken(&drawing.notification);
    let spoken: Vec<&str> = spoken.split_whitespace().collect();
    assert!(text.ends_with(&spoken.join(" ")), "{name}: {text}");
}

#[test]
fn foreign_text_is_text_in_every_fixture() {
    let fixtures = fixtures();
    assert!(
        fixtures
            .iter()
            .filter(|(name, _)| name.contains("hostile"))
            .count()
            > 20
    );
    for (name, payload) in &fixtures {
        assert_only_text(name, payload);
    }
}

#[test]
fn foreign_text_is_text_in_every_field() {
    fn spoil(value: &mut Value, with: &str) {
        match value {
            Value::String(text) => text.push_str(with),
            Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, with)),
            Value::Object(members) => members
                .iter_mut()
                // What these say decides what is drawn; `table` shows that a type is text too.
                .filter(|(name, value)| *name != "type" || *value == "table")
                .for_each(|(_, value)| spoil(value, with)),
            _ => {}
        }
    }
    for with in [
        "\"><script>alert(1)</script>",
        "' onmouseover='alert(1)",
        "\" onfocus=alert(1) autofocus x=\"",
        "</span></div><img src=x onerror=alert(1)>",
        "<!--",
        "]]>",
        "<![CDATA[",
        "&lt;script&gt;",
        "&#60;script&#62;",
        "&quot;&gt;",
        "</textarea></title></style>",
        "javascript:alert(1)",
        "<javascript:alert(1)|go>",
        "<https://a.example/\"onclick=\"alert(1)|go>",
        "<!date^1^{date}\"x=\"^javascript:alert(1)|f>",
        "<@U1|\"><b>>",
        " <@U1|&lt;b&gt;> <#C1|&lt;b&gt;> <!x|&lt;b&gt;>",
        " <https://a.example/?&lt;b&gt;|&lt;b&gt;> <javascript:alert(1)|&lt;b&gt;>",
        " <!date^1^{date}&lt;b&gt;^https://a.example/|&lt;b&gt;> <!date^x^y|&lt;b&gt;>",
        " `&lt;b&gt;` ```&lt;b&gt;```\n&gt; &lt;b&gt;",
        "`<b>`",
        "```<b>```",
        "&gt; <b>",
    ] {
        // Without spaces a URL stays one.
        for with in [with, &with.replace(' ', "/")] {
            let mut payload = everything();
            spoil(&mut payload, with);
            assert_only_text(with, &payload);
        }
    }
}

proptest! {
    #[test]
    fn any_mrkdwn_is_drawn(parts in prop::collection::vec(prop::sample::select(vec![
        "*", "_", "~", "`", "```", "<", ">", "|", "!", "@", "#", "^", "\n", "&gt;", "&lt;", "&amp;", "&", " ", "a", "é", "🪴", ":x:", ":",
        "https://a.example/", "javascript:", "!date^1^{date}", "!here", "\"", "'", "<b>", "</span>",
    ]), 0..40)) {
        let text = parts.concat();
        let payload = json!({"text": text, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]});
        assert_only_text(&text, &payload);
    }
}

#[test]
fn links_lead_to_the_web_only() {
    for (url, leads) in [
        ("https://a.example/", true),
        ("HTTP://a.example/", true),
        ("javascript:alert(1)//https://a.example/", false),
        ("\u{1}javascript:alert(1)", false),
        (" java\nscript:alert(1)", false),
        ("\nhttps://a.example/", false),
        ("https://a.example/a b", false),
        ("data:text/html,x", false),
        ("mailto:a@b.example", false),
        ("//a.example/", false),
        ("/a", false),
        ("", false),
    ] {
        assert_eq!(is_web(url), leads, "{url:?}");
    }
}

/// One element to a line.
#[expect(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
#[track_caller]
fn check(payload: Value, expected: Expect) {
    let page = message(&Drawing::of_payload(&payload)).into_string();
    let (_, shown) = page.split_once("12:00</span></p>").unwrap();
    let shown = shown.strip_suffix("</div></article>").unwrap();
    expected.assert_eq(&shown.replace("><", ">\n<"));
}

#[test]
fn a_message_of_text_alone() {
    check(
        json!({"text": "*a* &lt;b&gt;\nc\n\n\nd"}),
        expect![[r#"
        <div class="msg-blocks">
        <div class="msg-section">
        <strong>a</strong> &lt;b&gt;<br>c<span class="msg-gap">
        </span>
        <span class="msg-gap">
        </span>d</div>
        </div>"#]],
    );
}

#[test]
fn everything_has_its_place() {
    check(
        everything(),
        expect![[r##"
            <div class="msg-blocks">
            <p class="msg-header">A header <span class="msg-emoji" role="img" aria-label="warning">⚠️</span> *as is* &amp;amp;</p>
            <div class="msg-section">
            <div class="msg-section-main">
            <div class="msg-text">
            <span class="msg-mention msg-mention-all">@here</span> <span class="msg-mention">@ana</span> <span class="msg-mention">@ops</span> <span class="msg-mention">#general</span> <strong>bold</strong> <em>it</em> <s>no</s> <code class="msg-code">code</code> <strong>
            <em>both</em>
            </strong>
            <blockquote class="msg-quote">quoted <strong>bold</strong>
            <br>more</blockquote>after<span class="msg-gap">
            </span>
            <span class="msg-gap">
            </span>two empty lines<pre class="msg-code-block">{
              &quot;a&quot;: 1
            }</pre>and <a class="msg-link" href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">a &amp; b</a> or mail, script</div>
            </div>
            <div class="msg-accessory">
            <a class="msg-button msg-plain" href="https://a.example/" rel="noopener noreferrer" target="_blank">Accessory</a>
            </div>
            </div>
            <div class="msg-section">
            <div class="msg-section-main">
            <div class="msg-text">An image beside</div>
            <div class="msg-fields">
            <div class="msg-field">
            <strong>One</strong>
            <br>1</div>
            <div class="msg-field">
            <strong>Two</strong>
            <br>
            <a class="msg-link" href="https://a.example/" rel="noopener noreferrer" target="_blank">
            <time datetime="2026-06-01T10:04:59Z" data-slack-format="{date_short} at {time}">2026-06-01 10:04 UTC</time>
            </a>
            </div>
            <div class="msg-field">*Three*<br>3</div>
            </div>
            </div>
            <div class="msg-accessory">
            <p class="msg-thumb">A graph of orders</p>
            </div>
            </div>
            <hr class="msg-divider">
            <div class="msg-actions">
            <button class="msg-button msg-primary" type="button" disabled>Approve</button>
            <a class="msg-button msg-danger" href="https://a.example/" rel="noopener noreferrer" target="_blank">Reject <span class="msg-emoji" role="img" aria-label="x">❌</span>
            </a>
            <a class="msg-button msg-plain" href="https://a.example/" rel="noopener noreferrer" target="_blank">Look</a>
            <button class="msg-button msg-plain" type="button" disabled>Bad</button>
            </div>
            <div class="msg-image">
            <p class="msg-image-title">Orders <span class="msg-emoji" role="img" aria-label="chart with upwards trend">📈</span>
            </p>
            <p class="msg-image-box">Image: A graph</p>
            </div>
            <div class="msg-context">
            <span class="msg-element-image" role="img" aria-label="An icon" title="An icon">
            </span>
            <div class="msg-element">eu-central-1</div>
            <div class="msg-element">
            <time datetime="2026-06-01T10:04:59Z" data-slack-format="{date_short_pretty} {time_secs}">2026-06-01 10:04 UTC</time>
            </div>
            </div>
            <p class="msg-other">A block of type “table” is not drawn here</p>
            </div>
            <div class="msg-attachment">
            <svg class="msg-bar" viewBox="0 0 4 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect width="4" height="4" fill="#2eb886">
            </rect>
            </svg>
            <div class="msg-blocks">
            <div class="msg-section">
            <div class="msg-section-main">
            <div class="msg-text">good</div>
            </div>
            </div>
            </div>
            </div>
            <div class="msg-attachment">
            <svg class="msg-bar" viewBox="0 0 4 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect width="4" height="4" fill="#d0021b">
            </rect>
            </svg>
            <div class="msg-blocks">
            <p class="msg-header">In an attachment</p>
            <div class="msg-section">
            <div class="msg-section-main">
            <div class="msg-text">red</div>
            </div>
            </div>
            </div>
            </div>
            <div class="msg-attachment">
            <svg class="msg-bar msg-grey" viewBox="0 0 4 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect width="4" height="4">
            </rect>
            </svg>
            <div class="msg-blocks">
            <div class="msg-section">
            <div class="msg-section-main">
            <div class="msg-text">no colour</div>
            </div>
            </div>
            <div class="msg-context">
            <div class="msg-element">context</div>
            </div>
            </div>
            </div>"##]],
    );
}

#[test]
fn a_notification_is_one_line() {
    let drawing = Drawing::of_payload(&everything());
    let page = notification(&drawing).into_string();
    let (_, shown) = page.split_once("<p class=\"msg-push-text\">").unwrap();
    assert_eq!(shown, "@here Order queue 🔴 Open</p></div></div>");
}

#[test]
fn every_class_has_a_style() {
    let page = message(&Drawing::of_payload(&everything())).into_string()
        + &notification(&Drawing::of_payload(&everything())).into_string();
    for class in page
        .split("class=\"")
        .skip(1)
        .flat_map(|rest| rest.split('"').next().unwrap().split(' '))
    {
        // Plain is what all buttons are.
        assert!(
            class == "msg-plain" || CSS.contains(&format!(".{class}")),
            "{class}"
        );
    }
}
