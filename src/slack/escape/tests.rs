use super::*;

/// What a template's text has become after parsing: `{…}` in the pattern is a value.
fn text(template: &str, values: &[&str]) -> Marked<'static> {
    let mut rendered = String::new();
    let mut values = values.iter();
    for (index, part) in template.split("{}").enumerate() {
        if index > 0 {
            let mut out = Vec::new();
            write_foreign(values.next().unwrap(), &mut out).unwrap();
            rendered.push_str(std::str::from_utf8(&out).unwrap());
        }
        rendered.extend(in_json(part));
    }
    parsed(&rendered)
}

fn parsed(json: &str) -> Marked<'static> {
    let text: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
    Marked::new(text.leak())
}

fn mrkdwn(template: &str, values: &[&str]) -> String {
    let used = String::from("of the text before");
    text(template, values)
        .mrkdwn(3000, false, used)
        .unwrap()
        .text
}

#[test]
fn a_value_is_text_and_nothing_else() {
    for (template, value, expected) in [
        ("*{}*", "a & b", "*a &amp; b*"),
        (
            "{}",
            "<!channel> <@U1> <#C1>",
            "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;",
        ),
        (
            "{}",
            "<https://evil.example/|AWS console>",
            "&lt;<https://evil.example/>¦AWS console&gt;",
        ),
        ("{}", "\"quoted\\\" \n next", "\"quoted\\\" \n next"),
        ("{}", "a\u{202e}b\u{0}c\u{7}\r\nd\u{7f}", "abc\nd"),
        ("`{}`", "a`b\nc <x>", "`a'b c &lt;x&gt;`"),
        ("```{}```", "a```b\nc", "```a'''b\nc```"),
        ("{} *x*", "open ``` fence", "open ''' fence *x*"),
        ("<https://a.example/|{}>", "```", "<https://a.example/|'''>"),
    ] {
        let expected = expected.replace("¦AWS", "|AWS");
        assert_eq!(mrkdwn(template, &[value]), expected, "{template} {value:?}");
    }
    assert_eq!(mrkdwn("{}{} *x*", &["``", "``"]), "``'` *x*");
}

#[test]
fn urls_in_values_become_links_that_show_themselves() {
    for (value, expected) in [
        (
            "See https://wiki.example.org/run?a=1&b=2.",
            "See <https://wiki.example.org/run?a=1&amp;b=2>.",
        ),
        ("(http://a.example)", "(<http://a.example>)"),
        (
            "https://en.wikipedia.org/wiki/Foo_(bar), read it",
            "<https://en.wikipedia.org/wiki/Foo_(bar)>, read it",
        ),
        (
            "(see https://a.example/x_(y)).",
            "(see <https://a.example/x_(y)>).",
        ),
        (
            "[https://a.example/?q[]=1] {https://a.example/{id}}",
            "[<https://a.example/?q[]=1>] {<https://a.example/{id}>}",
        ),
        (
            "https://a.example/~ https://a.example/x_ https://a.example/y*",
            "<https://a.example/~> <https://a.example/x_> <https://a.example/y>*",
        ),
        (
            "（https://a.example/x）と「https://a.example/y」、https://a.example/z。",
            "（<https://a.example/x>）と「<https://a.example/y>」、<https://a.example/z>。",
        ),
        (
            "见https://a.example/路径，再见https://a.example/！",
            "见<https://a.example/路径>，再见<https://a.example/>！",
        ),
        ("https://)))", "https://)))"),
        ("https://", "https://"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://a.example/x|label", "<https://a.example/x>|label"),
    ] {
        assert_eq!(mrkdwn("{}", &[value]), expected, "{value}");
    }
}

#[test]
fn a_link_in_a_template_takes_one_whole_url_or_keeps_its_label_only() {
    for (template, values, expected) in [
        (
            "*<{}|{}>*",
            vec!["https://a.example/x y|z>", "a|b > c\nd"],
            "*<https://a.example/x%20y%7Cz%3E|a¦b &gt; c d>*",
        ),
        ("<{}|{}>", vec!["!channel", "label"], "label"),
        ("<{}|{}>", vec!["x|label", "name"], "name"),
        ("<{}|go>", vec!["javascript:alert(1)"], "go"),
        ("<{}>", vec!["https://a.example/"], "<https://a.example/>"),
        ("<{}>", vec!["@U123"], "@U123"),
        (
            "<https://a.example/{}?x=1|go>",
            vec!["a/b|c"],
            "<https://a.example/a%2Fb%7Cc?x=1|go>",
        ),
        (
            "<https://a.example/|R&amp;D {}>",
            vec!["<b>"],
            "<https://a.example/|R&amp;amp;D &lt;b&gt;>",
        ),
    ] {
        assert_eq!(mrkdwn(template, &values), expected, "{template}");
    }
}

#[test]
fn a_template_cannot_mention_or_leave_a_link_open() {
    for (template, values, expected) in [
        (
            "<!here> {}",
            vec!["x"],
            MarkupError::Mention("<!here>".to_owned()),
        ),
        (
            "<!{}>",
            vec!["channel"],
            MarkupError::Mention("<!>".to_owned()),
        ),
        ("<@{}>", vec!["U1"], MarkupError::Mention("<@>".to_owned())),
        ("a < b", vec![], MarkupError::OpenLink),
        (
            "<{}{}|x>",
            vec!["https://a.example/", "b"],
            MarkupError::SplitTarget,
        ),
        (
            "<{}/more|x>",
            vec!["https://a.example"],
            MarkupError::SplitTarget,
        ),
    ] {
        assert_eq!(
            text(template, &values).mrkdwn(3000, false, String::new()),
            Err(expected),
            "{template}"
        );
    }
}

#[test]
fn functions_make_live_markup() {
    let date = live_date(1_773_826_920, "{date} ^|<!here>", "2026-03-18|<b>");
    assert_eq!(
        parsed(&date)
            .mrkdwn(3000, false, String::new())
            .unwrap()
            .text,
        "<!date^1773826920^{date}   &lt;!here&gt;|2026-03-18¦&lt;b&gt;>"
    );
    assert_eq!(
        parsed(&date).plain(150, String::new()).unwrap().text,
        "2026-03-18|<b>"
    );
    let link = live_link("https://a.example/?a&b", "a|<b>");
    assert_eq!(
        parsed(&link)
            .mrkdwn(3000, false, String::new())
            .unwrap()
            .text,
        "<https://a.example/?a&amp;b|a¦&lt;b&gt;>"
    );
    assert_eq!(
        parsed(&link).plain(150, String::new()).unwrap().text,
        "a|<b>"
    );
    assert_eq!(
        parsed(&live_link("javascript:x", "label"))
            .mrkdwn(3000, false, String::new())
            .unwrap()
            .text,
        "label"
    );
}

#[test]
fn filters_that_changed_escaped_text_are_found() {
    for broken in [
        "\u{7f}(a",
        "a\u{7f})",
        "a\u{7f}",
        "a\u{7f}é",
        "\u{7f})a\u{7f}(",
        "\u{7f}(a\u{7f}(b\u{7f})\u{7f})",
        "\u{7f}[link\u{7f}|x\u{7f}]",
        "\u{7f}[link\u{7f}|x\u{7f}|y\u{7f}|z\u{7f}]",
    ] {
        assert_eq!(
            Marked::new(broken).mrkdwn(3000, false, String::new()),
            Err(MarkupError::BrokenMarks),
            "{broken:?}"
        );
    }
}

#[test]
fn values_are_shortened_before_the_words_of_the_template() {
    let long = "x".repeat(5000);
    let finished = text("*Name* {} *Reason* {} end", &["short", &long])
        .mrkdwn(200, false, String::new())
        .unwrap();
    assert!(finished.shortened);
    assert!(finished.text.starts_with("*Name* short *Reason* xxx"));
    assert!(finished.text.ends_with("x… end"), "{}", finished.text);
    assert_eq!(utf16(&finished.text), 200);
}

#[test]
fn nothing_is_cut_inside_an_entity_a_link_or_a_fence() {
    for limit in 8..120 {
        let entities = "&".repeat(100);
        let out = mrkdwn_at("{}", &[&entities], limit);
        assert_eq!(out.replace("&amp;", "").trim_end_matches('…'), "", "{out}");

        let out = mrkdwn_at(
            "```{} and words of the template```",
            &["value"],
            limit.min(30),
        );
        assert_eq!(out.matches("```").count() % 2, 0, "{limit}: {out}");

        let out = mrkdwn_at(
            "some words {} <https://a.example/|label> more",
            &["v"],
            limit,
        );
        assert_eq!(out.matches('<').count(), out.matches('>').count(), "{out}");

        let out = mrkdwn_at(
            "{}",
            &["see https://wiki.example.org/a/long/path/to/it for more of it all"],
            limit,
        );
        assert!(
            !out.contains("http") || out.contains("<https://wiki.example.org/a/long/path/to/it>"),
            "{out}"
        );
    }
}

fn mrkdwn_at(template: &str, values: &[&str], limit: usize) -> String {
    let finished = text(template, values)
        .mrkdwn(limit, false, String::new())
        .unwrap();
    assert!(utf16(&finished.text) <= limit, "{limit}: {}", finished.text);
    finished.text
}

#[test]
fn plain_text_is_not_escaped_and_stays_in_one_line() {
    let text = text("{}: {}", &["a & <b>", "c\nd"]);
    assert_eq!(text.plain(150, String::new()).unwrap().text, "a & <b>: c d");
    assert!(utf16(&text.plain(10, String::new()).unwrap().text) <= 10);
}

#[test]
fn urls_for_url_members_are_whole_or_nothing() {
    assert_eq!(
        text("{}", &["https://a.example/a b"])
            .url()
            .unwrap()
            .as_deref(),
        Some("https://a.example/a%20b")
    );
    assert_eq!(
        text("{}", &["HTTPS://A.example/X"])
            .url()
            .unwrap()
            .as_deref(),
        Some("https://A.example/X")
    );
    assert_eq!(
        text("{}", &["http://überall.example/"])
            .url()
            .unwrap()
            .as_deref(),
        Some("http://überall.example/")
    );
    for value in [
        "!channel",
        "x|label",
        "javascript:alert(1)",
        "",
        "//a.example",
        "ftp://a.example",
        // Encoded, these would lead elsewhere or nowhere.
        "https://a.example\\@b.example/",
        "https://a\n.example/",
    ] {
        assert_eq!(text("{}", &[value]).url(), Ok(None), "{value}");
    }
}

#[test]
fn an_error_shows_what_stands_around_a_value_and_not_the_value() {
    let mut out = Vec::new();
    write_foreign("secret", &mut out).unwrap();
    let value = String::from_utf8(out).unwrap();
    assert_eq!(
        without_values(&format!("before {value} after")),
        "before ‹…› after"
    );
    // An error shows a part of a line, which may begin or end in a value.
    assert_eq!(without_values(&value[4..]), "‹…›");
    assert_eq!(
        without_values(&format!("{} after", &value[4..])),
        "‹…› after"
    );
    assert_eq!(
        without_values(&format!("before {}", &value[..4])),
        "before ‹…›"
    );
    let link = live_link("https://a.example/", "label");
    assert_eq!(without_values(&link), "‹…›");
    assert_eq!(without_values(&link[8..]), "‹…›");
}

#[test]
fn every_way_to_end_a_line_is_one_line_break() {
    assert_eq!(
        mrkdwn("{}", &["a\rb\nc\r\nd\u{2028}e\u{2029}f"]),
        "a\nb\nc\nd\ne\nf"
    );
}

#[test]
fn only_a_text_that_shows_nothing_is_blank() {
    let is_blank = |text: Marked<'_>| text.is_blank().unwrap();
    let link = |url, label| parsed(&live_link(url, label));
    assert!(is_blank(link("", "")));
    assert!(!is_blank(link("https://a.example/", "")));
    assert!(!is_blank(link("", "label")));
    assert!(is_blank(text(" {} ", &[" "])));
    assert!(!is_blank(text(" {} ", &["x"])));
}

#[test]
fn a_mark_inside_what_our_functions_make_is_broken() {
    let parse = |parts: &[&str]| {
        let text = format!("\u{7f}[{}\u{7f}]", parts.join("\u{7f}|"));
        Marked::new(&text).raw()
    };
    let value = "\u{7f}(x";
    assert!(parse(&["link", "https://a.example/", "label"]).is_ok());
    assert!(parse(&["date", "0", "{date}", "then"]).is_ok());
    for broken in [
        ["link", value, "label"].as_slice(),
        &["link", "https://a.example/", value],
        &["date", "0", value, "then"],
        &["date", "0", "{date}", value],
        &["date", "now", "{date}", "then"],
        &["link", "https://a.example/"],
        &["other", "a", "b"],
    ] {
        assert_eq!(parse(broken), Err(MarkupError::BrokenMarks), "{broken:?}");
    }
}

#[test]
fn code_ends_with_the_fence_that_has_opened_it() {
    let url = "https://a.example/";
    // In code a URL stays as it is.
    for template in ["`{}`", "```{}```", "```a ` {} ` b```", "`a ``` {}`"] {
        let expected = template.replace("{}", url);
        assert_eq!(mrkdwn(template, &[url]), expected);
    }
    for template in ["`a` {}", "```a``` {}", "```a ` b``` {}"] {
        let expected = template.replace("{}", "<https://a.example/>");
        assert_eq!(mrkdwn(template, &[url]), expected);
    }
}

/// Every length of a finished text: the end is cut between characters, entities, links and code, and code is closed.
#[test]
fn finished_text_is_cut_in_whole_steps() {
    let cut = |text: &str, limit: usize| super::shorten::shorten(text, limit);
    assert_eq!(cut("abcdefgh", 8), "abcdefgh");
    assert_eq!(cut("abcdefgh", 7), "abc…");
    // A quote of the template's own, not a link.
    assert_eq!(cut("> quoted words", 13), "> quoted …");
    let text = "a &amp;&lt; <https://a.example|b> `c d` ```e ` f``` g";
    let all: Vec<String> = (4..=utf16(text)).map(|limit| cut(text, limit)).collect();
    let mut kept: Vec<&str> = all.iter().map(String::as_str).collect();
    kept.dedup();
    assert_eq!(
        kept,
        [
            "…",
            "a…",
            "a …",
            "a &amp;…",
            "a &amp;&lt;…",
            "a &amp;&lt; …",
            "a &amp;&lt; <https://a.example|b>…",
            "a &amp;&lt; <https://a.example|b> …",
            "a &amp;&lt; <https://a.example|b> `…`",
            "a &amp;&lt; <https://a.example|b> `c…`",
            "a &amp;&lt; <https://a.example|b> `c …`",
            "a &amp;&lt; <https://a.example|b> `c d…`",
            "a &amp;&lt; <https://a.example|b> `c d`…",
            "a &amp;&lt; <https://a.example|b> `c d` …",
            "a &amp;&lt; <https://a.example|b> `c d` ```…```",
            "a &amp;&lt; <https://a.example|b> `c d` ```e…```",
            "a &amp;&lt; <https://a.example|b> `c d` ```e …```",
            "a &amp;&lt; <https://a.example|b> `c d` ```e `…```",
            "a &amp;&lt; <https://a.example|b> `c d` ```e ` …```",
            "a &amp;&lt; <https://a.example|b> `c d` ```e ` f…```",
            text,
        ]
    );
    for (limit, shortened) in (4..).zip(&all) {
        assert!(utf16(shortened) <= limit, "{limit}: {shortened}");
    }
}

#[test]
fn a_value_is_cut_between_urls_and_never_inside_one() {
    let text = "see https://a.example/1 and https://b.example/2 for more";
    let cut = |cap: usize| super::shorten::cut(text, cap);
    // Up to the end of the first one, and not a character less.
    assert_eq!(cut(23), "see https://a.example/1…");
    assert_eq!(cut(22), "see…");
    assert_eq!(cut(28), "see https://a.example/1 and…");
    assert_eq!(cut(46), "see https://a.example/1 and…");
    assert_eq!(cut(47), "see https://a.example/1 and https://b.example/2…");
    assert_eq!(cut(100), text);
}
