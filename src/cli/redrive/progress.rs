//! How far a move has come: a bar in a terminal, and lines elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows on standard error how many messages have been moved.
#[derive(Debug)]
pub(super) struct Progress {
    /// `None` without a terminal.
    bar: Option<ProgressBar>,
    total: u64,
    /// There is a line when so many have been moved.
    next: u64,
}

impl Progress {
    /// `total` is roughly how many there are.
    pub(super) fn new(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            let style = "{spinner} {bar:30} {pos} of about {len} moved, {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            bar,
            total,
            next: 1,
        }
    }

    /// So many have been moved by now. Ten lines are enough for any number.
    pub(super) fn moved(&mut self, moved: u64, total: Option<u64>) {
        self.total = total.unwrap_or(self.total).max(moved);
        if let Some(bar) = &self.bar {
            bar.set_length(self.total);
            bar.set_position(moved);
        } else if moved >= self.next {
            self.next = moved + (self.total / 10).max(1);
            anstream::eprintln!("{moved} of about {} moved", self.total);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
