//! Reads finished mrkdwn back into runs of text with a look, as Slack would show them.
//!
//! Links, dates and mentions are recognised before anything is unescaped, so that an escaped `&lt;!here&gt;` stays text.

/// A stretch of text with one look.
#[expect(clippy::struct_excessive_bools, reason = "looks combine freely")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// Unescaped.
    pub(super) text: String,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
    /// Where it leads.
    pub(super) link: Option<String>,
    /// It calls people.
    pub(super) mention: bool,
}

/// Takes a text apart.
pub(super) fn parse(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut look = Run::default();
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if let Some((code, after)) = fenced(rest) {
            push(&mut runs, &look, "");
            runs.push(Run {
                text: unescape(code),
                code: true,
                ..look.clone()
            });
            rest = after;
            before = '`';
            continue;
        }
        if let Some((inner, after)) = rest
            .strip_prefix('<')
            .and_then(|inside| inside.split_once('>'))
        {
            runs.push(angle(inner, &look));
            rest = after;
            before = '>';
            continue;
        }
        let after = &rest[c.len_utf8()..];
        if let Some(flag) = flag(&mut look, c) {
            let next = after.chars().next().unwrap_or(' ');
            let line = after.split('\n').next().unwrap_or_default();
            let opens = !*flag && !before.is_alphanumeric() && !next.is_whitespace();
            let closes = *flag && !before.is_whitespace() && !next.is_alphanumeric();
            if closes || (opens && line.contains(c)) {
                *flag = !*flag;
                rest = after;
                before = c;
                continue;
            }
        }
        push(&mut runs, &look, c.encode_utf8(&mut [0; 4]));
        rest = after;
        before = c;
    }
    for run in &mut runs {
        if run.link.is_none() && !run.code && !run.mention {
            run.text = unescape(&run.text);
        }
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn fenced(rest: &str) -> Option<(&str, &str)> {
    ["```", "`"].into_iter().find_map(|fence| {
        let (code, after) = rest.strip_prefix(fence)?.split_once(fence)?;
        (!code.is_empty() && (fence == "```" || !code.contains('\n'))).then_some((code, after))
    })
}

fn flag(look: &mut Run, c: char) -> Option<&mut bool> {
    match c {
        '*' => Some(&mut look.bold),
        '_' => Some(&mut look.italic),
        '~' => Some(&mut look.strike),
        _ => None,
    }
}

/// What stands between `<` and `>`.
fn angle(inner: &str, look: &Run) -> Run {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (inner, None),
    };
    let mut run = Run {
        text: unescape(label.unwrap_or(target)),
        ..look.clone()
    };
    if target.starts_with("!date^") {
        return run;
    }
    if target.starts_with(['!', '@', '#']) {
        run.mention = true;
        if label.is_none() {
            let name = target.trim_start_matches(['!', '@', '#']);
            run.text = format!("@{}", name.trim_start_matches("subteam^"));
        }
    } else {
        run.link = Some(unescape(target));
    }
    run
}

fn push(runs: &mut Vec<Run>, look: &Run, text: &str) {
    match runs.last_mut() {
        Some(last)
            if last.link.is_none()
                && !last.mention
                && !last.code
                && (last.bold, last.italic, last.strike)
                    == (look.bold, look.italic, look.strike) =>
        {
            last.text.push_str(text);
        }
        _ => runs.push(Run {
            text: text.to_owned(),
            ..look.clone()
        }),
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let runs = parse(text);
        let found: Vec<(String, String)> = runs
            .iter()
            .map(|run| {
                let mut look = String::new();
                for (flag, letter) in [
                    (run.bold, 'b'),
                    (run.italic, 'i'),
                    (run.strike, 's'),
                    (run.code, 'c'),
                    (run.link.is_some(), 'l'),
                    (run.mention, 'm'),
                ] {
                    if flag {
                        look.push(letter);
                    }
                }
                (run.text.clone(), look)
            })
            .collect();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(text, look)| (text.as_str(), look.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn takes_mrkdwn_apart_as_slack_does() {
        check("plain", &[("plain", "")]);
        check("*Stage*\nProd", &[("Stage", "b"), ("\nProd", "")]);
        check(
            "a *b* _c_ ~d~ `e`",
            &[
                ("a ", ""),
                ("b", "b"),
                (" ", ""),
                ("c", "i"),
                (" ", ""),
                ("d", "s"),
                (" ", ""),
                ("e", "c"),
            ],
        );
        check("2*3*4 snake_case_name", &[("2*3*4 snake_case_name", "")]);
        check("* bullet", &[("* bullet", "")]);
        check(
            "<https://a.example/?b=1&amp;c|a &amp; b>",
            &[("a & b", "l")],
        );
        check("*<https://a.example|go>*", &[("go", "bl")]);
        check("<!date^1^{date}|then>", &[("then", "")]);
        check("<!here> hi", &[("@here", "m"), (" hi", "")]);
        check("&lt;!channel&gt; &amp;lt;", &[("<!channel> &lt;", "")]);
        check("```{\"a\": 1}\n*b*```", &[("{\"a\": 1}\n*b*", "c")]);
    }
}
