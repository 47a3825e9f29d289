//! Texts made readable: line ends, blanks and quotes.

/// Trimmed, with `\n` as the only line end and without control characters, which nobody sees and Slack may refuse.
pub(super) fn lines(body: &str) -> String {
    body.trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The lines of an input transformer without their quotes; `None` unless every line that is not blank has them.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let all = text.lines().map(str::trim).all(|line| {
        line.is_empty() || (line.len() >= 2 && line.starts_with('"') && line.ends_with('"'))
    });
    if !all || text.is_empty() {
        return None;
    }
    let lines: Vec<String> = text
        .lines()
        .map(|line| unquoted_line(line.trim()))
        .collect();
    Some(lines.join("\n").trim().to_owned())
}

/// Does it begin as JSON does? A `[` alone does not: `[prod] all is well` is a text.
pub(super) fn begins_as_json(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| !c.is_whitespace());
    match (letters.next(), letters.next()) {
        (Some('{'), _) => true,
        (Some('['), next) => matches!(next, None | Some('{' | '[' | '"')),
        _ => false,
    }
}

/// Why a text that begins as JSON does cannot be read as JSON, for a title.
pub(super) fn trouble(body: &str) -> &'static str {
    let Err(error) = serde_json::from_str::<serde_json::Value>(body.trim_start_matches('\u{feff}'))
    else {
        return "Message";
    };
    if error.is_eof() {
        return "Message is not valid JSON (cut off?)";
    }
    // Valid JSON all the same; only their wording tells these from the others.
    let words = error.to_string();
    if words.starts_with("recursion limit") {
        "Message is JSON that nests too deep to be read"
    } else if words.starts_with("number out of range") {
        "Message is JSON with a number that is too large to be read"
    } else {
        "Message is not valid JSON"
    }
}

fn unquoted_line(line: &str) -> String {
    if let Ok(text) = serde_json::from_str::<String>(line) {
        return text;
    }
    // EventBridge puts values in as they are, so quotes inside may be bare.
    let line = line.strip_prefix('"').unwrap_or(line);
    let line = line.strip_suffix('"').unwrap_or(line);
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some(c @ ('"' | '\\' | '/')) => text.push(c),
            other => {
                text.push('\\');
                text.extend(other);
            }
        }
    }
    text
}
