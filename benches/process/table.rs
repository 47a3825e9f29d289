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
    AtLeast(f64, f64),
    None,
}

/// Rows, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<[String; 7]>);

impl Table {
    /// One more. The values are those of the floor and of the forwarder; a unit begins with a space.
    pub(crate) fn row(&mut self, what: &str, unit: &str, values: [f64; 2], limit: Limit) {
        let [floor, forwarder] = values;
        let (must, aim) = limit.words(unit);
        self.add([
            what.to_owned(),
            number(floor) + unit,
            number(forwarder) + unit,
            format!("{:.2}", forwarder / floor),
            must,
            aim,
            limit.verdict(floor, forwarder).to_owned(),
        ]);
    }

    /// One more, of what the floor does not do: only a limit that does not refer to it makes sense.
    pub(crate) fn row_alone(&mut self, what: &str, unit: &str, value: f64, limit: Limit) {
        let (must, aim) = limit.words(unit);
        let verdict = limit.verdict(f64::NAN, value).to_owned();
        let [floor, ratio] = [String::new(), String::new()];
        let value = number(value) + unit;
        self.add([what.to_owned(), floor, value, ratio, must, aim, verdict]);
    }

    fn add(&mut self, row: [String; 7]) {
        // Whoever waits sees that it goes on.
        eprintln!("{}", line(&row));
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "floor", "forwarder", "ratio", "must", "aim", "ok?"];
        writeln!(f, "{}", line(&head.map(str::to_owned)))?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---|")?;
        for row in &self.0 {
            writeln!(f, "{}", line(row))?;
        }
        Ok(())
    }
}

impl Limit {
    fn words(self, unit: &str) -> (String, String) {
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
            Self::AtLeast(must, aim) => both(must, aim, "≥ ", unit),
            Self::None => Default::default(),
        }
    }

    fn verdict(self, floor: f64, forwarder: f64) -> &'static str {
        // Turned round where more is better, so that less is.
        let (value, must, aim) = match self {
            Self::Times(must, aim) => (forwarder, floor * must, floor * aim),
            Self::Plus(must, aim) => (forwarder, floor + must, floor + aim),
            Self::AtMost(must, aim) => (forwarder, must, aim),
            Self::AtLeast(must, aim) => (-forwarder, -must, -aim),
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
