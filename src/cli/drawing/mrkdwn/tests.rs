use super::*;

/// Each run as its look, what it is, and what is shown of it.
fn told(runs: &[Run]) -> Vec<String> {
    runs.iter()
        .map(|run| {
            let Look {
                bold,
                italic,
                strike,
                quote,
            } = run.look;
            let look: String = [(bold, 'b'), (italic, 'i'), (strike, 's'), (quote, 'q')]
                .into_iter()
                .filter_map(|(has, letter)| has.then_some(letter))
                .collect();
            let what = match &run.what {
                What::Text(_) => String::new(),
                What::Emoji(emoji) => format!("emoji {} ", emoji.code),
                What::Code(_) => "code ".to_owned(),
                What::CodeBlock(_) => "block ".to_owned(),
                What::Link { url, .. } => format!("link {url} "),
                What::Date {
                    unix, format, link, ..
                } => format!("date {unix} {format} {} ", link.as_deref().unwrap_or("-")),
                What::Mention {
                    everybody: true, ..
                } => "everybody ".to_owned(),
                What::Mention { .. } => "mention ".to_owned(),
            };
            format!("{look}:{what}[{}]", spoken(std::slice::from_ref(run)))
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(told(&parse(text)), expected, "{text}");
}

#[test]
fn looks() {
    check("plain", &[":[plain]"]);
    check("*Stage*\nProd", &["b:[Stage]", ":[\nProd]"]);
    check(
        "a *b* _c_ ~d~ `e`",
        &[
            ":[a ]",
            "b:[b]",
            ":[ ]",
            "i:[c]",
            ":[ ]",
            "s:[d]",
            ":[ ]",
            ":code [e]",
        ],
    );
    check("*_both_*", &["bi:[both]"]);
    check("*bold _and_ more*", &["b:[bold ]", "bi:[and]", "b:[ more]"]);
    check("(*b*), *c*!", &[":[(]", "b:[b]", ":[), ]", "b:[c]", ":[!]"]);
}

#[test]
fn signs_that_open_nothing_are_text() {
    for text in [
        "2*3*4 snake_case_name ~/.ssh",
        "* bullet",
        "*open",
        "a *b\nc*",
        "* a*",
        "*a *",
        "*a*b",
        "**",
        "****",
        "**bold**",
        "_",
        "``",
    ] {
        check(text, &[&format!(":[{text}]")]);
    }
}

#[test]
fn links() {
    check(
        "<https://a.example/?b=1&amp;c|a &amp; b>",
        &[":link https://a.example/?b=1&c [a & b]"],
    );
    check(
        "<https://a.example/:8080:>",
        &[":link https://a.example/:8080: [https://a.example/:8080:]"],
    );
    check(
        "*<https://a.example|go>*",
        &["b:link https://a.example [go]"],
    );
    check(
        "<https://a.example|a*b> *c*",
        &[":link https://a.example [a*b]", ":[ ]", "b:[c]"],
    );
    check(
        "<https://a.example|>",
        &[":link https://a.example [https://a.example]"],
    );
    check(
        "<https://a.example|:warning: a|b>",
        &[":link https://a.example [⚠\u{fe0f} a|b]"],
    );
    check(
        "<mailto:a@b.example|write>",
        &[":link mailto:a@b.example [write]"],
    );
    check("<> a < b", &[":[<> a < b]"]);
}

#[test]
fn dates() {
    check(
        "<!date^1780308299^{date_short} at {time}^https://a.example/?a&amp;b|then &lt;UTC&gt;>",
        &[":date 1780308299 {date_short} at {time} https://a.example/?a&b [then <UTC>]"],
    );
    check("<!date^-1^{date}|then>", &[":date -1 {date} - [then]"]);
    check("<!date^soon^{date}|then>", &[":[then]"]);
    check("<!date^1|then>", &[":[then]"]);
}

#[test]
fn mentions() {
    check("<!here> hi", &[":everybody [@here]", ":[ hi]"]);
    check("<!channel|channel>", &[":everybody [@channel]"]);
    check("<@U012AB3CD>", &[":mention [@U012AB3CD]"]);
    check("<@U012AB3CD|ana>", &[":mention [@ana]"]);
    check("<#C012AB3CD|general>", &[":mention [#general]"]);
    check("<!subteam^S012AB3CD>", &[":mention [@S012AB3CD]"]);
    check("<!subteam^S012AB3CD|@ops>", &[":mention [@ops]"]);
    check("<!unknown>", &[":[<!unknown>]"]);
    check("@here #general", &[":[@here #general]"]);
}

#[test]
fn what_is_escaped_is_text_wherever_it_stands() {
    check("&lt;!channel&gt; &amp;lt;", &[":[<!channel> &lt;]"]);
    check("&lt;@U012AB3CD&gt;", &[":[<@U012AB3CD>]"]);
    check(
        "&lt;https://a.example|go&gt;",
        &[":[<https://a.example|go>]"],
    );
    check("&amp;lt;!channel&amp;gt;", &[":[&lt;!channel&gt;]"]);
    check("`&lt;!here&gt; &amp;amp;`", &[":code [<!here> &amp;]"]);
    check("```&lt;!here&gt;```", &[":block [<!here>]"]);
    check("*&lt;!here&gt;*", &["b:[<!here>]"]);
    check(
        "<https://a.example|&lt;!here&gt;>",
        &[":link https://a.example [<!here>]"],
    );
    check("<!date^x^y|&amp;lt;!here&amp;gt;>", &[":[&lt;!here&gt;]"]);
    check("&amp;quot; &quot; &#60;", &[":[&quot; &quot; &#60;]"]);
}

#[test]
fn code_shows_what_it_has() {
    check("`*a* _b_ :warning:`", &[":code [*a* _b_ :warning:]"]);
    check("```{\"a\": 1}\n*b*```", &[":block [{\"a\": 1}\n*b*]"]);
    check("x\n```\na\n```\ny", &[":[x\n]", ":block [a]", ":[\ny]"]);
    check("`a\nb`", &[":[`a\nb`]"]);
    check("``` ```", &[":block [ ]"]);
    check("`see <https://a.example|it>`", &[":code [see it]"]);
    // A backtick within a link is no fence.
    check(
        "` <https://a.example|a`b>",
        &[":[` ]", ":link https://a.example [a`b]"],
    );
}

#[test]
fn quotes() {
    check("&gt; a *b*\nc", &["q:[a ]", "bq:[b]", ":[\nc]"]);
    check("a\n&gt;b\n&gt; c", &[":[a\n]", "q:[b\nc]"]);
    check("> raw", &["q:[raw]"]);
    check("a &gt; b", &[":[a > b]"]);
    check("&gt;&gt;&gt; a\nb", &["q:[ a\nb]"]);
    check("&gt;&gt; a", &["q:[> a]"]);
}

#[test]
fn emoji() {
    check(
        ":red_circle: *a*",
        &[":emoji red_circle [🔴]", ":[ ]", "b:[a]"],
    );
    check("*:red_circle:*", &["b:emoji red_circle [🔴]"]);
    check(
        "_a :white_check_mark: b_",
        &["i:[a ]", "i:emoji white_check_mark [✅]", "i:[ b]"],
    );
    check(":green_circle: 10:30:00", &[":[:green_circle: 10:30:00]"]);
    assert_eq!(
        told(&plain(":x: *a* &amp;", true)),
        [":emoji x [❌]", ":[ *a* &amp;]"]
    );
    assert_eq!(told(&plain(":x:", false)), [":[:x:]"]);
}
