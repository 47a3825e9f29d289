//! As much of a processor as Lambda gives to a function of 128 MB: a whole one comes with 1,769 MB (page "Configure Lambda function memory").

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::thread;
use std::time::Duration;

/// Where control groups of version 1 share out processors.
const GROUPS: &str = "/sys/fs/cgroup/cpu";
const NAME: &str = "sns-to-slack-bench-";
const PERIOD: i64 = 20_000;
/// In microseconds of each [`PERIOD`].
const SHARE: i64 = PERIOD * 128 / 1769;

/// A control group, for one process at a time. It goes when this goes.
#[derive(Debug)]
pub(crate) struct Quota(PathBuf);

impl Quota {
    /// Why there is none, if the system does not let us.
    pub(crate) fn new() -> Result<Self, String> {
        let groups = Path::new(GROUPS);
        let why = |path: &Path, error: io::Error| {
            format!(
                "{}: {error}; it takes control groups of version 1, and root",
                path.display()
            )
        };
        // What a run that was stopped has left. One that is in use stays: it cannot be removed.
        for entry in fs::read_dir(groups).map_err(|error| why(groups, error))? {
            let Ok(entry) = entry else { continue };
            if entry.file_name().to_string_lossy().starts_with(NAME) {
                let _ = fs::remove_dir(entry.path());
            }
        }
        let group = groups.join(format!("{NAME}{}", process::id()));
        fs::create_dir(&group).map_err(|error| why(&group, error))?;
        let quota = Self(group);
        quota
            .write("cpu.cfs_period_us", PERIOD)
            .and_then(|()| quota.write("cpu.cfs_quota_us", -1))
            .map_err(|error| why(&quota.0, error))?;
        Ok(quota)
    }

    /// Takes a process in, which is not limited yet: Lambda gives a whole processor until the first event is asked for.
    pub(crate) fn admit(&self, process: u32) {
        self.write("cpu.cfs_quota_us", -1).unwrap();
        self.write("cgroup.procs", process.into()).unwrap();
    }

    /// From now on.
    pub(crate) fn limit(&self) {
        self.write("cpu.cfs_quota_us", SHARE).unwrap();
    }

    fn write(&self, file: &str, value: i64) -> io::Result<()> {
        // Never made anew: where there is no such file there is no such control.
        let mut file = OpenOptions::new().write(true).open(self.0.join(file))?;
        file.write_all(value.to_string().as_bytes())
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // The last process may take a moment to leave.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        eprintln!("cannot remove {}", self.0.display());
    }
}
