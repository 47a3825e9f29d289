//! The condition of an alarm as a sentence.

/// `Sum of ApplicationRequests4xx > 5 for 1 of 1 minute`.
///
/// `None` when `comparison` is a word that we do not know, or when a threshold is needed and missing. An alarm on anomaly
/// detection has a band where others have a threshold. Without a `span` the sentence ends before `for`.
pub(super) fn sentence(
    subject: &str,
    comparison: &str,
    threshold: Option<&str>,
    span: Option<&str>,
) -> Option<String> {
    let (side, limit) = match (band_side(comparison), symbol(comparison), threshold) {
        (Some(side), _, _) => (side, "the expected band"),
        (None, Some(symbol), Some(threshold)) => (symbol, threshold),
        _ => return None,
    };
    let (before, span) = span.map_or(("", ""), |span| (" for ", span));
    Some([subject, " ", side, " ", limit, before, span].concat())
}

/// Which side of the band of anomaly detection is breaching; `None` for the comparison with a plain threshold.
pub(super) fn band_side(comparison: &str) -> Option<&'static str> {
    match comparison {
        "GreaterThanUpperThreshold" => Some("above"),
        "LessThanLowerThreshold" => Some("below"),
        "LessThanLowerOrGreaterThanUpperThreshold" => Some("outside"),
        _ => None,
    }
}

/// How many periods out of how many: `3 of 5 minutes`, `2 of 2 periods of 5 minutes`. `period` is in seconds.
pub(super) fn span(datapoints: u64, periods: u64, period: Option<u64>) -> String {
    let plural = if periods == 1 { "" } else { "s" };
    let [datapoints, periods] = [datapoints, periods].map(|count| count.to_string());
    let (unit, of, length) = match period {
        Some(60) => (" minute", "", String::new()),
        Some(period) => (" period", " of ", length(period)),
        None => (" period", "", String::new()),
    };
    [&datapoints, " of ", &periods, unit, plural, of, &length].concat()
}

/// A length of time in its largest whole unit: `5 minutes`, `1 hour`, `90 seconds`.
pub(super) fn length(seconds: u64) -> String {
    let (size, unit) = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(size, _)| seconds > 0 && seconds.is_multiple_of(*size))
        .unwrap_or((1, "second"));
    let count = seconds / size;
    let plural = if count == 1 { "" } else { "s" };
    [&count.to_string(), " ", unit, plural].concat()
}

/// Page "PutMetricAlarm" of the API reference lists the words.
fn symbol(comparison: &str) -> Option<&'static str> {
    match comparison {
        "GreaterThanThreshold" => Some(">"),
        "GreaterThanOrEqualToThreshold" => Some(">="),
        "LessThanThreshold" => Some("<"),
        "LessThanOrEqualToThreshold" => Some("<="),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_condition() {
        for (comparison, threshold, span, expected) in [
            (
                "GreaterThanThreshold",
                Some("5"),
                Some("1 of 1 minute"),
                Some("X > 5 for 1 of 1 minute"),
            ),
            (
                "GreaterThanOrEqualToThreshold",
                Some("0.05"),
                None,
                Some("X >= 0.05"),
            ),
            ("LessThanThreshold", Some("-1"), None, Some("X < -1")),
            (
                "LessThanOrEqualToThreshold",
                Some("1"),
                None,
                Some("X <= 1"),
            ),
            (
                "GreaterThanUpperThreshold",
                None,
                Some("2 of 2 minutes"),
                Some("X above the expected band for 2 of 2 minutes"),
            ),
            (
                "LessThanLowerThreshold",
                None,
                None,
                Some("X below the expected band"),
            ),
            (
                "LessThanLowerOrGreaterThanUpperThreshold",
                Some("1"),
                None,
                Some("X outside the expected band"),
            ),
            ("GreaterThanThreshold", None, Some("1 of 1 minute"), None),
            ("SomethingNew", Some("5"), Some("1 of 1 minute"), None),
        ] {
            let sentence = sentence("X", comparison, threshold, span);
            assert_eq!(sentence.as_deref(), expected, "{comparison}");
        }
    }

    #[test]
    fn says_how_long() {
        for (datapoints, periods, period, expected) in [
            (1, 1, Some(60), "1 of 1 minute"),
            (3, 5, Some(60), "3 of 5 minutes"),
            (1, 1, Some(300), "1 of 1 period of 5 minutes"),
            (2, 2, Some(300), "2 of 2 periods of 5 minutes"),
            (1, 3, Some(10), "1 of 3 periods of 10 seconds"),
            (1, 1, Some(86_400), "1 of 1 period of 1 day"),
            (2, 3, None, "2 of 3 periods"),
            (1, 1, None, "1 of 1 period"),
        ] {
            assert_eq!(span(datapoints, periods, period), expected);
        }
        for (seconds, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (30, "30 seconds"),
            (60, "1 minute"),
            (90, "90 seconds"),
            (900, "15 minutes"),
            (3_600, "1 hour"),
            (5_400, "90 minutes"),
            (21_600, "6 hours"),
            (604_800, "7 days"),
        ] {
            assert_eq!(length(seconds), expected);
        }
    }
}
