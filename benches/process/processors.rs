//! Which processor is whose.
//!
//! As on Lambda, where nobody else runs beside the function, it has a processor to itself, and the fakes keep to another one. Only
//! the throughput is measured with everything on one: a record goes back and forth between the program and the fakes, each of them
//! sleeps while another one works, and to wake up a processor that others share, as a virtual one, takes longer than the work.

use std::fs;
use std::io;

use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

/// Two of the processors that this process may use.
#[derive(Debug)]
pub(crate) struct Processors {
    ours: usize,
    programs: usize,
}

impl Processors {
    /// All threads that there are so far keep to one, and those that they start. Why they do not, if the system does not let us.
    pub(crate) fn parted() -> Result<Self, String> {
        let all = sched_getaffinity(None).map_err(|error| error.to_string())?;
        let mut usable = (0..CpuSet::MAX_CPU).filter(|processor| all.is_set(*processor));
        let (Some(ours), Some(programs)) = (usable.next(), usable.next_back()) else {
            return Err("there is only one".to_owned());
        };
        keep_all_to(ours).map_err(|error| error.to_string())?;
        Ok(Self { ours, programs })
    }

    /// From now on programs start on ours.
    pub(crate) fn share(&mut self) {
        self.programs = self.ours;
    }

    /// Starts a program on its own.
    pub(crate) fn start<T>(&self, start: impl FnOnce() -> T) -> T {
        // A child keeps to the processors of the thread that starts it.
        keep_to(None, self.programs).unwrap();
        let started = start();
        keep_to(None, self.ours).unwrap();
        started
    }
}

fn keep_all_to(processor: usize) -> io::Result<()> {
    for thread in fs::read_dir("/proc/self/task")? {
        let id = thread?.file_name().to_string_lossy().parse().ok();
        keep_to(id.and_then(Pid::from_raw), processor)?;
    }
    Ok(())
}

/// `None` is this thread.
fn keep_to(thread: Option<Pid>, processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(thread, &set)?)
}
