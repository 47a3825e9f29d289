//! The result, as a Markdown table.

use std::fmt;
use std::time::Duration;

/// What is promised, and then what is aimed at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// So many times what the floor takes, at most.
    Times(f64, f64),
    /// So much more than the floor, at most.
    Plus(f64, f64),
    AtMost(f64, f64),
    /// A time, on a machine on which the floor starts in [`START_OF_FLOOR`]; longer where the floor takes longer.
    TimeAtMost(f64, f64),
    /// So many a second, on such a machine.
    RateAtLeast(f64, f64),
    None,
}

/// What the start of the floor took of a processor where times were promised, in milliseconds.
const START_OF_FLOOR: f64 = 2.4;

/// Of the floor and of the forwarder, measured in turn: one of each pair soon after the other, so that a machine that others
/// slow down does it to both.
pub(crate) type Pairs = [Vec<f64>; 2];

/// Rows, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 7]>,
    /// How much slower this machine was than the one on which times are promised.
    slower: f64,
}

impl Table {
    /// What comes next was measured while the start of the floor took so many milliseconds of a processor.
    pub(crate) fn meanwhile(&mut self, starts_of_floor: &[f64]) {
        self.slower = median(starts_of_floor) / START_OF_FLOOR;
    }

    /// What comes next took these times, each soon after one of the starts of the floor. As in a row, each is compared with its own:
    /// between two of them the machine may become twice as slow.
    pub(crate) fn beside(&mut self, [starts_of_floor, times]: &Pairs) {
        let each = starts_of_floor.iter().zip(times);
        let each: Vec<f64> = each.map(|(start, time)| time / start).collect();
        self.slower = median(times) / (median(&each) * START_OF_FLOOR);
    }

    /// One more. A unit begins with a space.
    pub(crate) fn row(&mut self, what: &str, unit: &str, pairs: &Pairs, limit: Limit) {
        let [floor, forwarder] = pairs.each_ref().map(|values| median(values));
        let of_each = |of: fn(f64, f64) -> f64| {
            let [floor, forwarder] = pairs;
            let each = floor.iter().zip(forwarder);
            median(&each.map(|(floor, it)| of(*floor, *it)).collect::<Vec<_>>())
        };
        let ratio = of_each(|floor, it| it / floor);
        let more = of_each(|floor, it| it - floor);
        self.add(
            what,
            [floor, forwarder].map(|value| number(value) + unit),
            format!("{ratio:.2}"),
            (limit, unit),
            limit.verdict(self.slower, forwarder, ratio, more),
        );
    }

    /// One more, of what the floor does not do: only a limit that does not refer to it makes sense.
    pub(crate) fn row_alone(&mut self, what: &str, unit: &str, value: f64, limit: Limit) {
        let verdict = limit.verdict(self.slower, value, f64::NAN, f64::NAN);
        let values = [String::new(), number(value) + unit];
        self.add(what, values, String::new(), (limit, unit), verdict);
    }

    fn add(
        &mut self,
        what: &str,
        [floor, forwarder]: [String; 2],
        ratio: String,
        (limit, unit): (Limit, &str),
        verdict: &str,
    ) {
        let (must, aim) = limit.words(self.slower, unit);
        let verdict = verdict.to_owned();
        let row = [what.to_owned(), floor, forwarder, ratio, must, aim, verdict];
        // Whoever waits sees that it goes on.
        eprintln!("{}", line(&row));
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "floor", "forwarder", "ratio", "must", "aim", "ok?"];
        writeln!(f, "{}", line(&head.map(str::to_owned)))?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---|")?;
        for row in &self.rows {
            writeln!(f, "{}", line(row))?;
        }
        Ok(())
    }
}

impl Limit {
    fn words(self, slower: f64, unit: &str) -> (String, String) {
        let both = |must: f64, aim: f64, sign: &str, unit: &str| {
            // Only aimed at, or only promised.
            let some = |value: f64| value.is_finite().then(|| format!("{sign}{value}{unit}"));
            let word = |value| some(value).unwrap_or_default();
            (word(must), word(aim))
        };
        match self {
            Self::Times(must, aim) => both(must, aim, "≤ ", " × floor"),
            Self::Plus(must, aim) => both(must, aim, "≤ floor + ", unit),
            Self::AtMost(must, aim) => both(must, aim, "≤ ", unit),
            Self::TimeAtMost(must, aim) => both(must, aim, "≤ ", &format!("{unit} × {slower:.2}")),
            Self::RateAtLeast(must, aim) => both(must, aim, "≥ ", &format!("{unit} / {slower:.2}")),
            Self::None => Default::default(),
        }
    }

    /// Of a value, what it is in times of the floor's, and how much more than that.
    fn verdict(self, slower: f64, value: f64, ratio: f64, more: f64) -> &'static str {
        // Turned round where more is better, so that less is.
        let (value, must, aim) = match self {
            Self::Times(must, aim) => (ratio, must, aim),
            Self::Plus(must, aim) => (more, must, aim),
            Self::AtMost(must, aim) => (value, must, aim),
            Self::TimeAtMost(must, aim) => (value / slower, must, aim),
            Self::RateAtLeast(must, aim) => (-value * slower, -must, -aim),
            Self::None => return "",
        };
        if value <= aim {
            "aim"
        } else if value <= must {
            "must"
        } else {
            "**no**"
        }
    }
}

fn line(cells: &[String; 7]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// Three figures of it, and no fewer before the point than there are.
fn number(value: f64) -> String {
    let decimals = match value {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The smallest value that is not exceeded by such a part of all values.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index, not negative and far below 2^52"
)]
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * part).ceil() as usize;
    values[index.max(1) - 1]
}
