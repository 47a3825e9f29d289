//! The ways AWS writes a time, and how long is left until one.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};

/// Reads every spelling of a time that AWS services put into notifications:
///
/// - `2026-03-11T09:42:16.902+0000`: CloudWatch alarms (no colon in the offset, so no RFC 3339)
/// - `2026-03-18T09:42Z`: the `expires` of an approval (no seconds)
/// - `2026-03-11T09:42:17.318Z`: SNS, AWS Config, EventBridge
/// - `Wed, 11 Mar 2026 09:42:00 GMT`: AWS Health
/// - `Wed Mar 11 09:41:33 UTC 2026`: CodeDeploy, Elastic Beanstalk
/// - `2026-03-11 09:42:16.902`: RDS (no zone; RDS means UTC)
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    const NAIVE: [&str; 5] = [
        "%Y-%m-%dT%H:%MZ",
        "%a %b %e %H:%M:%S UTC %Y",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f UTC",
        "%Y-%m-%dT%H:%M:%S%.f",
    ];
    let text = text.trim();
    // Longer than any of the spellings: not a time, and not worth seven attempts.
    if text.len() > 48 {
        return None;
    }
    DateTime::parse_from_rfc3339(&with_colon(text))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .map(|time| time.with_timezone(&Utc))
        .ok()
        .or_else(|| {
            NAIVE
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|time| time.and_utc())
        })
}

/// A colon in the offset is all that CloudWatch's spelling lacks to be RFC 3339, which is read in a quarter of the time.
fn with_colon(text: &str) -> Cow<'_, str> {
    match text.split_at_checked(text.len().saturating_sub(2)) {
        Some((before, minutes)) if before.contains('T') && before.ends_with("+00") => {
            format!("{before}:{minutes}").into()
        }
        _ => text.into(),
    }
}

/// RFC 3339 in UTC, to the second, for a time that [`parse`] can read; any other text as it came,
/// because a time that we cannot read may still be read by a person.
pub fn normalise(text: &str) -> String {
    if let Some(second) = second_in_utc(text) {
        return [second, "Z"].concat();
    }
    match parse(text) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        None => text.to_owned(),
    }
}

/// `2026-03-11T09:42:16` of `2026-03-11T09:42:16.902+0000` and of `2026-03-11T09:42:16.318Z`: the spellings that nearly all
/// times have, as they come. What takes a calendar is left to [`parse`], like the 29th of a month.
fn second_in_utc(text: &str) -> Option<&str> {
    let like = |text: &str, shape: &str| {
        let alike =
            |(b, of_shape): (u8, u8)| b == of_shape || (of_shape == b'9' && b.is_ascii_digit());
        text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(alike)
    };
    let (second, zone) = text.split_at_checked(19)?;
    let within = |at: usize, range: RangeInclusive<u8>| {
        let number = second.get(at..at + 2).and_then(|two| two.parse().ok());
        number.is_some_and(|number| range.contains(&number))
    };
    let known = like(second, "9999-99-99T99:99:99")
        && (like(zone, ".999Z") || like(zone, ".999+0000") || zone == "Z")
        && within(5, 1..=12)
        && within(8, 1..=28)
        && within(11, 0..=23)
        && within(14, 0..=59)
        && within(17, 0..=59);
    known.then_some(second)
}

/// For people: `2026-03-11 09:42 UTC`.
pub fn to_the_minute(moment: DateTime<Utc>) -> String {
    // Much cheaper than a format with `%`; what it ends with is the seconds, `:16Z`.
    let written = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let minute = &written[..written.len().saturating_sub(4)];
    let (date, time) = minute.split_once('T').unwrap_or_default();
    [date, " ", time, " UTC"].concat()
}

/// Milliseconds since 1970; zero for what is before.
pub fn millis(moment: SystemTime) -> i64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

/// RFC 3339 in UTC, to the millisecond. A moment beyond all calendars is written as 1970.
pub fn rfc3339(moment: SystemTime) -> String {
    DateTime::<Utc>::from_timestamp_millis(millis(moment))
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How long it is from one moment to a later one, in the two largest units: `6 days 23 hours`.
/// `None` when the later one is not later.
pub fn left_between(from: DateTime<Utc>, until: DateTime<Utc>) -> Option<String> {
    let minutes = until.signed_duration_since(from).num_minutes();
    if minutes <= 0 {
        return None;
    }
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts: Vec<String> = [(days, "day"), (hours, "hour"), (minutes, "minute")]
        .into_iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
        .collect();
    Some(parts.join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_way_leads_where_the_long_one_does(
            day in "[0-9]{3}[0-9é]-[01][0-9]-[0-3][0-9]",
            time in "[T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
            zone in r"(\.[0-9]{0,4})?(Z|\+00(00|30)|z|)",
        ) {
            let text = format!("{day}{time}{zone}");
            if let Some(second) = second_in_utc(&text) {
                let parsed = parse(&text).map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
                prop_assert_eq!(parsed, Some(format!("{second}Z")));
            }
        }
    }

    #[test]
    fn any_moment_of_the_system_can_be_written() {
        use std::time::Duration;
        let after = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        assert_eq!(
            rfc3339(after(1_779_012_000_042)),
            "2026-05-17T10:00:00.042Z"
        );
        let beyond = "1970-01-01T00:00:00.000Z";
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(1)), beyond);
        // What a queue's `SentTimestamp` may say.
        assert_eq!(rfc3339(after(u64::MAX)), beyond);
    }

    #[test]
    fn reads_every_spelling_that_aws_uses() {
        for (text, expected) in [
            ("2026-03-11T09:42:16.902+0000", "2026-03-11T09:42:16Z"),
            ("2026-03-11T11:12:16.902+0130", "2026-03-11T09:42:16Z"),
            ("2026-03-11 09:42:16+0000", "2026-03-11 09:42:16+0000"),
            ("2026-03-18T09:42Z", "2026-03-18T09:42:00Z"),
            ("2026-03-11T09:42:17.318Z", "2026-03-11T09:42:17Z"),
            ("2026-03-11T09:42:14Z", "2026-03-11T09:42:14Z"),
            ("Wed, 11 Mar 2026 09:42:00 GMT", "2026-03-11T09:42:00Z"),
            ("Wed Mar 11 09:41:33 UTC 2026", "2026-03-11T09:41:33Z"),
            ("2026-03-11 09:42:16.902", "2026-03-11T09:42:16Z"),
            ("2026-03-11T11:42:16+02:00", "2026-03-11T09:42:16Z"),
            ("next Tuesday", "next Tuesday"),
            ("", ""),
        ] {
            assert_eq!(normalise(text), expected, "{text}");
        }
    }

    #[test]
    fn says_how_long_is_left_in_two_units() {
        let from = parse("2026-03-11T09:42:17Z").unwrap();
        for (until, expected) in [
            ("2026-03-18T09:42Z", Some("6 days 23 hours")),
            ("2026-03-12T09:43:17Z", Some("1 day")),
            ("2026-03-11T10:43:17Z", Some("1 hour 1 minute")),
            ("2026-03-11T09:47:17Z", Some("5 minutes")),
            ("2026-03-11T09:42:30Z", None),
            ("2026-03-10T09:42Z", None),
        ] {
            let left = left_between(from, parse(until).unwrap());
            assert_eq!(left.as_deref(), expected, "{until}");
        }
    }
}
