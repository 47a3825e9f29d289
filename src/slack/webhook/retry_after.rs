//! The header `Retry-After`.

use std::time::{Duration, SystemTime};

use chrono::DateTime;

/// The longest wait that is believed. Slack asks for seconds or minutes; a fault in a header must not silence a webhook for
/// the life of the process.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// How long the header's value asks to wait from `now`: seconds, or a date of HTTP (RFC 9110, "Retry-After"). `None` when it
/// is neither. At most [`LONGEST_RETRY_AFTER`], and nothing for a date that is over.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // What does not fit is longer than any wait that is believed.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let date = DateTime::parse_from_rfc2822(value).ok()?;
        SystemTime::from(date)
            .duration_since(now)
            .unwrap_or_default()
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_seconds_and_dates_and_nothing_else() {
        // Sun, 17 May 2026 10:00:00 GMT.
        let now = UNIX_EPOCH + Duration::from_secs(1_779_012_000);
        for (value, expected) in [
            ("0", Some(0)),
            ("1", Some(1)),
            (" 30 ", Some(30)),
            ("3600", Some(3600)),
            ("3601", Some(3600)),
            ("1000000000", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("Sun, 17 May 2026 10:00:07 GMT", Some(7)),
            ("Sun, 17 May 2026 09:00:00 GMT", Some(0)),
            ("Thu, 17 May 2035 10:00:00 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
            ("2026-05-17T10:00:07Z", None),
        ] {
            let wait = retry_after(value, now);
            assert_eq!(wait, expected.map(Duration::from_secs), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_asks_for_more_than_is_believed(value in ".*", digits in "[0-9]{1,40}", now in any::<u32>()) {
            let now = UNIX_EPOCH + Duration::from_secs(now.into());
            for value in [value, digits] {
                let wait = retry_after(&value, now);
                prop_assert!(wait.is_none_or(|wait| wait <= LONGEST_RETRY_AFTER));
            }
        }
    }
}
