//! What `doctor` posts.

use std::env;
use std::fs;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::slack::Message;

/// To a receiver. Plain text, so that nothing but the webhook can be at fault; mentions nobody.
pub(super) fn to(receiver: &str) -> Message {
    let now = DateTime::<Utc>::from(SystemTime::now()).format("%Y-%m-%d %H:%M:%S UTC");
    Message::minimal(&[
        format!(
            "🧪 Test message from sns-to-slack doctor: receiver \"{receiver}\" works. Nothing has happened, nobody needs to act."
        ),
        format!(
            "Sent {}{now} by sns-to-slack {}",
            sender(),
            env!("CARGO_PKG_VERSION")
        ),
    ])
}

/// Whom to ask about it: `from alice on build-7, `, as far as this is known.
fn sender() -> String {
    let variable = |names: [&str; 2]| names.iter().find_map(|name| env::var(name).ok());
    let user = variable(["USER", "USERNAME"]);
    // Shells keep HOSTNAME to themselves.
    let machine = variable(["HOSTNAME", "COMPUTERNAME"])
        .or_else(|| fs::read_to_string("/proc/sys/kernel/hostname").ok());
    let short = |name: String| -> Option<String> {
        let name: String = name.trim().chars().take(64).collect();
        (!name.is_empty()).then_some(name)
    };
    match (user.and_then(short), machine.and_then(short)) {
        (Some(user), Some(machine)) => format!("by {user} on {machine}, "),
        (Some(name), None) => format!("by {name}, "),
        (None, Some(name)) => format!("from {name}, "),
        (None, None) => String::new(),
    }
}
