//! Processors that do not fall asleep.
//!
//! A record goes back and forth between the program and the fakes, and on a machine that does nothing else each of them finds its
//! processor asleep. A virtual one takes longer to wake up than the program to work, so a busy machine would look faster.

use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Until the benchmark, whose id it is given, has gone, however that happens.
const BUSY: &str =
    r#"while kill -0 "$1"; do n=0; while [ "$n" -lt 9999 ]; do n=$((n + 1)); done; done"#;

/// A busy loop on each processor, which gives way at once to everything else that wants to run. They end with this.
#[derive(Debug)]
pub(crate) struct Awake(Vec<Child>);

impl Awake {
    /// Why there are none, if the system does not let us.
    pub(crate) fn keep() -> Result<Self, String> {
        let mut awake = Self(Vec::new());
        for processor in 0..thread::available_parallelism().map_or(1, usize::from) {
            // The scheduling class that runs only where nothing else does.
            let busy = Command::new("chrt")
                .args(["--idle", "0", "taskset", "--cpu-list"])
                .arg(processor.to_string())
                .args(["sh", "-c", BUSY, "sh", &process::id().to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            awake
                .0
                .push(busy.map_err(|error| format!("chrt: {error}"))?);
        }
        thread::sleep(Duration::from_millis(100));
        for busy in &mut awake.0 {
            if !matches!(busy.try_wait(), Ok(None)) {
                return Err("chrt or taskset has failed".to_owned());
            }
        }
        Ok(awake)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        for busy in &mut self.0 {
            let _ = busy.kill();
            let _ = busy.wait();
        }
    }
}
