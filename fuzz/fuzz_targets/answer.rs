//! Whatever Slack answers, there is one verdict, and only 200 with `ok` is a success.
//!
//! The input is the status, the value of `Retry-After` and the body, each on its line; what is missing did not come.
#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use sns_to_slack::delivery::{Outcome, Reason, verdict};
use sns_to_slack::slack::webhook::{Answer, LONGEST_RETRY_AFTER, retry_after};

/// 17 May 2026, 10:00.
const NOW: Duration = Duration::from_secs(1_779_012_000);

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let status = lines.next().and_then(|status| status.parse().ok());
    let status = status.unwrap_or_default();
    let retry_after = lines
        .next()
        .and_then(|value| retry_after(value, UNIX_EPOCH + NOW));
    let body = lines.next().map(str::to_owned);
    let good = status == 200 && body.as_deref() == Some("ok");

    let outcome = verdict(&Answer::Answered {
        status,
        body,
        retry_after,
    });
    assert_eq!(outcome == Outcome::Posted, good);
    assert_eq!(outcome.is_success(), good);
    assert_eq!(outcome.reason().is_none(), good);
    if let Outcome::NotPosted {
        reason,
        retry_after: Some(wait),
    } = outcome
    {
        assert!(matches!(reason, Reason::RateLimited | Reason::ServerError));
        assert!(wait <= LONGEST_RETRY_AFTER);
    }
});
