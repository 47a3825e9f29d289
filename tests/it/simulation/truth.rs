//! What really happened to each record at each receiver, whatever the function says.
//!
//! Of each there is one copy on its way. A copy ends when Slack shows it. AWS, or an answer that did not arrive, can make one
//! copy more: that is a window, and it allows one more showing. Every showing beyond that is a violation.

use std::fmt;

use tokio::time::Instant;

use super::records::{self, Published, RECEIVERS};

/// One record at one receiver.
pub(super) type Unit = usize;

pub(super) fn unit(record: usize, receiver: usize) -> Unit {
    record * RECEIVERS.len() + receiver
}

pub(super) fn receiver(unit: Unit) -> usize {
    unit % RECEIVERS.len()
}

/// As `sim-0001234 to "a"`.
pub(super) fn shown(unit: Unit) -> String {
    let record = records::name(unit / RECEIVERS.len());
    format!("{record} to \"{}\"", RECEIVERS[receiver(unit)])
}

/// The documented ways for a double to come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// AWS delivered it twice.
    Duplicate,
    /// The environment ended between showing and answering.
    Killed,
    /// Slack showed it, and its answer did not arrive or could not be read.
    Ambiguous,
    /// A whole event came again because something else in it had failed.
    Repeated,
    /// The queue refused what was left, or took it and its answer was lost.
    Queue,
}

pub(super) const WINDOWS: [Window; 5] = [
    Window::Duplicate,
    Window::Killed,
    Window::Ambiguous,
    Window::Repeated,
    Window::Queue,
];

/// How often each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ByWindow([u64; WINDOWS.len()]);

impl ByWindow {
    fn count(&mut self, window: Window) {
        self.0[window as usize] += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own += other;
        }
    }

    pub(super) fn of(self, window: Window) -> u64 {
        self.0[window as usize]
    }

    pub(super) fn sum(self) -> u64 {
        self.0.iter().sum()
    }
}

impl fmt::Display for ByWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = WINDOWS.map(|it| format!("{} {it:?}", self.of(it)).to_lowercase());
        f.write_str(&parts.join(", "))
    }
}

#[derive(Debug, Clone, Default)]
struct Account {
    expected: bool,
    showings: usize,
    windows: Vec<Window>,
    /// Copies in a dead-letter queue.
    dead: usize,
    not_before: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Truth {
    accounts: Vec<Account>,
    ignored: Vec<bool>,
    pub(super) opened: ByWindow,
    pub(super) repeats: ByWindow,
}

/// What became of all records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) published: u64,
    /// Shown to everybody who gets it.
    pub(super) posted: u64,
    pub(super) ignored: u64,
    /// Not shown to everybody; for the others it is in the dead-letter queue.
    pub(super) dead: u64,
    /// Neither.
    pub(super) lost: u64,
    /// Records times receivers.
    pub(super) units: u64,
}

impl Truth {
    pub(super) fn new(schedule: &[Published]) -> Self {
        let mut accounts = vec![Account::default(); schedule.len() * RECEIVERS.len()];
        for &unit in schedule.iter().flat_map(|published| &published.units) {
            accounts[unit].expected = true;
        }
        let ignored = schedule.iter().map(|it| it.units.is_empty()).collect();
        Self {
            accounts,
            ignored,
            opened: ByWindow::default(),
            repeats: ByWindow::default(),
        }
    }

    /// There is a copy more.
    pub(super) fn open(&mut self, unit: Unit, window: Window) {
        self.opened.count(window);
        self.accounts[unit].windows.push(window);
    }

    pub(super) fn has_windows(&self, unit: Unit) -> bool {
        !self.accounts[unit].windows.is_empty()
    }

    /// Slack shows it. The error says why it must not.
    pub(super) fn show(&mut self, unit: Unit) -> Result<(), &'static str> {
        let Some(account) = self.accounts.get_mut(unit) else {
            return Err("nobody published it");
        };
        account.showings += 1;
        if !account.expected {
            return Err("no route sends it there");
        }
        match account.showings.checked_sub(2) {
            None => Ok(()),
            Some(repeat) => match account.windows.get(repeat) {
                Some(&window) => {
                    self.repeats.count(window);
                    Ok(())
                }
                None => Err("shown again, and no window was open"),
            },
        }
    }

    pub(super) fn wait_until(&mut self, unit: Unit, moment: Instant) {
        self.accounts[unit].not_before = Some(moment);
    }

    /// It comes again as soon as AWS likes.
    pub(super) fn forget_wait(&mut self, unit: Unit) {
        self.accounts[unit].not_before = None;
    }

    /// Slack has asked to wait with it until then.
    pub(super) fn not_before(&self, unit: Unit) -> Option<Instant> {
        self.accounts.get(unit)?.not_before
    }

    /// It is put into a dead-letter queue.
    pub(super) fn bury(&mut self, units: &[Unit]) {
        for &unit in units {
            self.accounts[unit].dead += 1;
        }
    }

    /// It is moved back.
    pub(super) fn redrive(&mut self, units: &[Unit]) {
        for &unit in units {
            self.accounts[unit].dead -= 1;
        }
    }

    pub(super) fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for (record, accounts) in self.accounts.chunks(RECEIVERS.len()).enumerate() {
            sum.published += 1;
            let expected = || accounts.iter().filter(|it| it.expected);
            sum.units += expected().map(|_| 1).sum::<u64>();
            let place = match record {
                _ if self.ignored[record] => &mut sum.ignored,
                _ if expected().all(|it| it.showings > 0) => &mut sum.posted,
                _ if expected().all(|it| it.showings > 0 || it.dead > 0) => &mut sum.dead,
                _ => &mut sum.lost,
            };
            *place += 1;
        }
        sum
    }

    /// Neither shown nor in a dead-letter queue.
    pub(super) fn lost(&self) -> impl Iterator<Item = Unit> {
        let accounts = self.accounts.iter().enumerate();
        accounts
            .filter(|(_, it)| it.expected && it.showings == 0 && it.dead == 0)
            .map(|(unit, _)| unit)
    }
}
