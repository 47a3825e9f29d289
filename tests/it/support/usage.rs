//! What a process has used of the machine, as Linux counts it (manual pages proc_pid_status(5) and proc_pid_stat(5)).

use std::fs;
use std::time::Duration;

/// Since the process began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Bytes of memory that it holds now.
    pub(crate) memory: u64,
    /// Bytes of memory that it held at most.
    pub(crate) peak: u64,
    /// Time that processors worked for it, whoever else they worked for meanwhile. Counted in steps of 10 ms.
    pub(crate) cpu: Duration,
}

impl Usage {
    /// `None` where there is no such file system.
    pub(crate) fn of(process: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kilobytes * 1024)
        };
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name of the program, in parentheses, may hold anything; the 14th word is the 12th after it.
        let (_, words) = stat.rsplit_once(')')?;
        let hundredths: u64 = words.split_whitespace().nth(11)?.parse().ok()?;
        Some(Self {
            memory: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
            cpu: Duration::from_millis(hundredths * 10),
        })
    }
}
