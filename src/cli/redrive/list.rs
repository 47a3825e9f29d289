//! What is in the queue.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;
use tokio::time::Instant;

use super::message::{Row, rows};
use super::queue::{Queue, Service};
use super::{Options, Verdict};
use crate::aws::sqs::QueueUrl;
use crate::loose::Loose;

/// For so long nobody else receives what is looked at, in seconds, unless it is given back before.
const HIDDEN: u32 = 30;
/// So long before the first of them come back by themselves the looking ends: each message is received once.
const LONGEST: Duration = Duration::from_secs(20);
/// So many messages are looked at.
const MOST: usize = 1_000;
/// The widest table, when the output is no terminal or a wider one.
const WIDEST: usize = 120;
const NARROWEST: usize = 60;

pub(super) async fn run(
    service: &Service,
    queue: &Queue,
    to: Option<&Queue>,
    options: &Options,
) -> Result<Verdict, String> {
    let mut seen = Seen::default();
    let looked = look(service, queue, &mut seen).await;
    service
        .give_back(&queue.url, std::mem::take(&mut seen.handles))
        .await;
    looked?;
    let rest = rest(queue, seen.ids.len());
    if seen.ids.is_empty() {
        let empty = if rest.is_some() {
            "nothing can be received from"
        } else {
            "there is nothing in"
        };
        anstream::println!("{empty} {}", queue.name());
    } else {
        let now = SystemTime::now();
        seen.rows
            .sort_by_key(|row| (row.since.is_none(), row.since));
        let bold = Style::new().bold();
        anstream::println!("{bold}{}{bold:#}", summary(queue.name(), &seen));
        let width = terminal_size::terminal_size().map_or(WIDEST, |(it, _)| usize::from(it.0));
        anstream::print!("{}", table(&seen.rows, now, width.clamp(NARROWEST, WIDEST)));
    }
    if let Some(rest) = rest {
        let yellow = AnsiColor::Yellow.on_default();
        anstream::println!("{yellow}{rest}{yellow:#}");
    }
    if !seen.ids.is_empty() {
        anstream::println!("{}", way_back(service, queue, to, options).await);
    }
    Ok(Verdict::Fine)
}

#[derive(Debug, Default)]
struct Seen {
    rows: Vec<Row>,
    ids: HashSet<String>,
    handles: Vec<String>,
}

/// Receives until nothing comes any more. A message keeps its place in the queue, but its count of receives goes up.
async fn look(service: &Service, queue: &Queue, seen: &mut Seen) -> Result<(), String> {
    let end = Instant::now() + LONGEST;
    while seen.ids.len() < MOST && Instant::now() < end {
        let messages = service.receive(&queue.url, HIDDEN).await?;
        if messages.is_empty() {
            break;
        }
        for message in messages {
            seen.handles.extend(message.text("ReceiptHandle"));
            // SQS may hand out a message twice.
            if seen
                .ids
                .insert(message.text("MessageId").unwrap_or_default())
            {
                seen.rows.extend(rows(&message));
            }
        }
    }
    Ok(())
}

/// What has not been seen, if there is anything.
fn rest(queue: &Queue, seen: usize) -> Option<String> {
    let seen = u64::try_from(seen).unwrap_or(u64::MAX);
    let more = (queue.visible + queue.kept_back).saturating_sub(seen);
    if more == 0 {
        return None;
    }
    let mut line = format!("About {more} more in the queue, not seen here");
    if queue.kept_back > 0 {
        let _ = write!(
            line,
            ": {} kept back, because somebody is just receiving them or they are delayed",
            queue.kept_back
        );
    }
    Some(line)
}

fn summary(name: &str, seen: &Seen) -> String {
    let (messages, records) = (seen.ids.len(), seen.rows.len());
    let mut line = format!("{name}: {messages} message{}", s(messages));
    if records != messages {
        let _ = write!(line, " with {records} record{}", s(records));
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &seen.rows {
        *kinds.entry(row.kind).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let _ = write!(line, " ({})", kinds.join(", "));
    line
}

pub(super) fn s<N: Copy + PartialEq + From<u8>>(count: N) -> &'static str {
    if count == N::from(1) { "" } else { "s" }
}

/// Title and receivers share what the other columns leave.
fn table(rows: &[Row], now: SystemTime, width: usize) -> String {
    const HEADS: [&str; 5] = ["age", "tries", "kind", "title", "waits for"];
    const GAP: usize = 2;
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            [
                row.since.map_or_else(dash, |since| age(now, since)),
                row.attempts.map_or_else(dash, |count| count.to_string()),
                row.kind.to_owned(),
                row.title.clone(),
                row.waits_for.clone(),
            ]
        })
        .collect();
    let widest = |column: usize| {
        let cells = cells.iter().map(|cells| display_width(&cells[column]));
        cells.max().unwrap_or_default().max(HEADS[column].len())
    };
    let left = width.saturating_sub(widest(0) + widest(1) + widest(2) + 4 * GAP);
    let title = widest(3).min(left.saturating_sub(widest(4).min(left / 2)));
    let waits_for = left - title;
    let widths = [widest(0), widest(1), widest(2), title, waits_for];
    let line = |cells: [&str; 5]| {
        let mut line = String::new();
        for (index, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
            let cell = clipped(cell, width);
            let blanks = " ".repeat(width.saturating_sub(display_width(&cell)));
            // Numbers end at the same place.
            if index < 2 {
                line.push_str(&blanks);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&blanks);
            }
            line.push_str("  ");
        }
        line.trim_end().to_owned()
    };
    let dim = Style::new().dimmed();
    let mut out = format!("{dim}{}{dim:#}\n", line(HEADS));
    for cells in &cells {
        out.push_str(&line(cells.each_ref().map(String::as_str)));
        out.push('\n');
    }
    out
}

fn dash() -> String {
    "-".to_owned()
}

/// With a sign of what is missing.
fn clipped(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if display_width(&out) >= width {
            out.pop();
            break;
        }
    }
    format!("{}…", out.trim_end())
}

/// In the largest unit of which there are two, so that what is lost by rounding is little.
fn age(now: SystemTime, since: SystemTime) -> String {
    let seconds = now.duration_since(since).unwrap_or_default().as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The command that brings the messages back, and where to.
async fn way_back(
    service: &Service,
    queue: &Queue,
    to: Option<&Queue>,
    options: &Options,
) -> String {
    let command = format!("sns-to-slack redrive {}", options.queue);
    let (what, command) = match (to, &options.to) {
        (Some(to), Some(named)) => (
            format!("To move all of it to {}", to.name()),
            format!("{command} --to {named}"),
        ),
        _ => match service.sources(queue).await.as_deref() {
            Ok([]) => (
                "It is no queue's dead-letter queue; to move all of it to one that the function reads".to_owned(),
                format!("{command} --to QUEUE"),
            ),
            Ok(sources) => {
                let names: Vec<&str> = sources.iter().map(QueueUrl::name).collect();
                let back = format!("To bring all of it back to {}", names.join(" and "));
                (back, command)
            }
            // Who may look into the queue need not be allowed to ask for its sources.
            Err(_) => ("To bring all of it back".to_owned(), command),
        },
    };
    format!("Nothing was moved. {what}:\n  {command}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &'static str, title: &str, waits_for: &str) -> Row {
        Row {
            kind,
            title: title.to_owned(),
            waits_for: waits_for.to_owned(),
            attempts: Some(3),
            since: Some(SystemTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn tells_the_age_in_one_unit() {
        for (seconds, expected) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
            (1_209_600, "14 d"),
        ] {
            let since = SystemTime::UNIX_EPOCH;
            assert_eq!(age(since + Duration::from_secs(seconds), since), expected);
        }
        // Clocks differ.
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(age(now, now + Duration::from_secs(5)), "0 s");
    }

    #[test]
    fn every_line_fits() {
        let long = "ALARM: 温室の湿度が低すぎます ".repeat(20);
        let rows = [
            row("codepipeline_approval", &long, &"receiver, ".repeat(20)),
            row("text", &long, "-"),
            row("text", "short", "ops (timeout)"),
        ];
        for width in NARROWEST..=WIDEST {
            for rows in [&rows[..], &rows[1..], &rows[2..]] {
                for line in table(rows, SystemTime::UNIX_EPOCH, width).lines() {
                    let plain = line.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
                    assert!(display_width(&plain) <= width, "{width}: {line}");
                }
            }
        }
    }
}
