//! One processor for all.
//!
//! A record goes back and forth between the program and the fakes. On processors of their own each of them sleeps while another
//! one works, and to wake up a processor that others share, as a virtual one, takes longer than the work.

use std::process::{self, Command};

/// The benchmark, and what it starts, share one processor for as long as this lives.
#[derive(Debug)]
pub(crate) struct Together {
    /// The processors that it may use otherwise.
    all: String,
}

impl Together {
    /// Why they do not, if the system does not let us.
    pub(crate) fn keep() -> Result<Self, String> {
        // `pid 4711's current affinity list: 0,2-5`
        let said = taskset(None)?;
        let (_, all) = said.trim().rsplit_once(' ').ok_or(said.as_str())?;
        let first = all.split([',', '-']).next().unwrap_or_default();
        taskset(Some(first))?;
        Ok(Self {
            all: all.to_owned(),
        })
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        if let Err(why) = taskset(Some(&self.all)) {
            eprintln!("cannot use all processors again: {why}");
        }
    }
}

/// Puts all threads of this process onto these processors, and says on which they are, or were.
fn taskset(processors: Option<&str>) -> Result<String, String> {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "--pid"]);
    if let Some(processors) = processors {
        command.args(["--all-tasks", processors]);
    }
    let done = command.arg(process::id().to_string()).output();
    let done = done.map_err(|error| format!("taskset: {error}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }
}
