//! URLs: what counts as one, and how it is written into a link.

use std::borrow::Cow;
use std::fmt::Write;

use url::{Position, Url};

use super::longer;
use crate::scan;

/// The longest URL that Slack takes in a button; links get the same bound.
const LONGEST_URL: usize = 3_000;

pub(super) fn find_url(text: &str) -> Option<usize> {
    memchr::memchr_iter(b':', text.as_bytes()).find_map(|at| {
        let (before, after) = text.split_at(at);
        let scheme = ["https", "http"]
            .into_iter()
            .find(|scheme| before.ends_with(scheme) && after.starts_with("://"))?;
        Some(at - scheme.len())
    })
}

/// Up to the next white space or quote, without the punctuation of the sentence around it. A closing bracket belongs to the
/// URL when its opening one does: `https://en.wikipedia.org/wiki/Foo_(bar)`.
pub(super) fn url_length(from: &str) -> usize {
    let end = from.find(ends_url).unwrap_or(from.len());
    let mut url = from.get(..end).unwrap_or_default();
    let surplus = |open: char, close: char| {
        let count = |bracket| url.matches(bracket).count();
        count(close).saturating_sub(count(open))
    };
    let mut round = surplus('(', ')');
    let mut square = surplus('[', ']');
    let mut curly = surplus('{', '}');
    while let Some(last) = url.chars().next_back() {
        let surplus = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' => {
                url = url.strip_suffix(last).unwrap_or_default();
                continue;
            }
            ')' => &mut round,
            ']' => &mut square,
            '}' => &mut curly,
            _ => break,
        };
        if *surplus == 0 {
            break;
        }
        *surplus -= 1;
        url = url.strip_suffix(last).unwrap_or_default();
    }
    url.len()
}

/// What no URL holds unencoded, and the punctuation of Chinese and Japanese, which has no blank before or after it.
fn ends_url(c: char) -> bool {
    let latin = matches!(c, '<' | '>' | '"' | '`' | '|' | '…' | '“' | '”');
    let cjk = matches!(c,
        '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{301f}' | '・'
        | '！' | '＂' | '＇' | '（' | '）' | '，' | '．' | '：' | '；' | '＜' | '＞' | '？' | '［' | '］' | '｛' | '｜' | '｝'
        | '\u{ff5f}'..='\u{ff65}');
    c.is_whitespace() || latin || cjk
}

/// Is it so plain a URL that no parser has anything to say of it? A host of words with dots between, of which the last begins
/// with a letter (digits might be an address, and `xn--` is a code), no port and no user; and after it nothing that would have
/// to be encoded.
fn is_plain(url: &str) -> bool {
    let rest = url.strip_prefix("https://");
    let Some(rest) = rest.or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let end = rest.bytes().position(|byte| byte == b'/');
    let (host, path) = rest.split_at(end.unwrap_or(rest.len()));
    let word = |word: &[u8]| {
        let known = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        !word.is_empty() && word.iter().all(known) && !word.starts_with(b"xn--")
    };
    let words = || host.as_bytes().split(|byte| *byte == b'.');
    let last = words().next_back().and_then(<[u8]>::first);
    words().all(word)
        && last.is_some_and(u8::is_ascii_lowercase)
        && scan::path(path.as_bytes()) == path.len()
}

/// A whole http(s) URL, with the characters that would end a link percent-encoded.
pub(super) fn target(url: &str) -> Option<Cow<'_, str>> {
    let url = url.trim();
    if is_plain(url) {
        return (url.len() <= LONGEST_URL).then_some(Cow::Borrowed(url));
    }
    let parsed = Url::parse(url).ok()?;
    let (scheme, rest) = url.split_once("://")?;
    let web = matches!(parsed.scheme(), "http" | "https") && parsed.host_str().is_some();
    if !web || !scheme.eq_ignore_ascii_case(parsed.scheme()) {
        return None;
    }
    let mut target = format!("{}://", parsed.scheme());
    for c in rest.chars() {
        match c {
            '<' | '>' | '|' | '"' | '`' | '\\' | '^' => {
                let _ = write!(target, "%{:02X}", u32::from(c));
            }
            c if c.is_whitespace() || c.is_control() => {
                target.extend(percent_encoding::utf8_percent_encode(
                    c.encode_utf8(&mut [0; 4]),
                    percent_encoding::NON_ALPHANUMERIC,
                ));
            }
            c => target.push(c),
        }
    }
    // A `\` or a tab among the characters of the host leads elsewhere, or nowhere, when it is encoded.
    let authority = |url: &Url| url[..Position::BeforePath].to_owned();
    let same = target == url
        || Url::parse(&target).is_ok_and(|target| authority(&target) == authority(&parsed));
    (same && !longer(&target, LONGEST_URL)).then_some(Cow::Owned(target))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A parser agrees with every URL that is taken without one, and leads to the same place.
        #[test]
        fn what_is_plain_is_a_url(url in "https?://([a-z0-9.-]|xn--|0x){1,12}[/]?[/a-zA-Z0-9_.~%?=&#:;,+@!$'()*-]{0,12}") {
            if is_plain(&url) {
                let parsed = Url::parse(&url);
                prop_assert!(parsed.is_ok(), "{url}: {parsed:?}");
                let (_, host) = url.split_once("://").unwrap_or_default();
                let host = host.split('/').next();
                prop_assert_eq!(parsed.as_ref().ok().and_then(Url::host_str), host);
            }
        }
    }

    #[test]
    fn only_what_is_plain_is_taken_without_a_parser() {
        for (url, expected) in [
            (
                "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%20b",
                true,
            ),
            ("http://wiki.example", true),
            ("https://1.2.3.4/", false),
            ("https://a.0x1/", false),
            ("https://a..b/", false),
            ("https://a.b./", false),
            ("https://xn--a.example/", false),
            ("https://a.example:8080/", false),
            ("https://a@b.example/", false),
            ("https://A.example/", false),
            ("https://a.example?x", false),
            ("https://a.example/<", false),
            ("https://a.example/a b", false),
            ("https:///a", false),
            ("javascript://a.example/", false),
        ] {
            assert_eq!(is_plain(url), expected, "{url}");
        }
    }
}
