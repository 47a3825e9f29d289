//! Notices when a file is saved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;

use super::project::Place;

/// Editors write in several steps: emptied and filled, or written beside and renamed. So long it must be quiet.
const QUIET: Duration = Duration::from_millis(25);
/// And so long it is waited for quiet at most.
const LONGEST: Duration = Duration::from_millis(250);

/// Something that was saved.
pub(super) struct Saved {
    files: BTreeSet<PathBuf>,
    /// When the first of them was noticed.
    pub(super) at: Instant,
}

impl Saved {
    /// The names of the files, without their folders. What an editor has only written for a moment is left out.
    pub(super) fn named(&self) -> String {
        let there = self.files.iter().filter(|path| path.is_file());
        let names = there.filter_map(|path| path.file_name());
        // Control characters would mean something to a terminal.
        let names: Vec<_> = names
            .map(|name| name.to_string_lossy().replace(char::is_control, "\u{fffd}"))
            .collect();
        if names.is_empty() {
            return "something that is gone".to_owned();
        }
        names.join(", ")
    }
}

/// Watches the files of a project.
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    folders: Vec<(PathBuf, RecursiveMode)>,
    noticed: UnboundedReceiver<(Instant, PathBuf)>,
}

impl Watch {
    pub(super) fn start(place: &Place) -> Result<Self, String> {
        let folders = folders(place)?;
        let wanted: Vec<PathBuf> = [&place.settings, &place.templates, &place.fixtures]
            .into_iter()
            .flatten()
            .map(|path| absolute(path))
            .collect::<Result<_, _>>()?;
        let (sender, noticed) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if !is_change(event.kind) {
                return;
            }
            let now = Instant::now();
            for path in event.paths {
                if wanted.iter().any(|wanted| path.starts_with(wanted)) {
                    // Nobody listens any more when the command ends.
                    let _ = sender.send((now, path));
                }
            }
        });
        let mut watch = Self {
            watcher: watcher.map_err(|error| format!("cannot watch files: {error}"))?,
            folders,
            noticed,
        };
        watch.arm();
        Ok(watch)
    }

    /// The next time that something is saved. None when nothing is watched any more.
    pub(super) async fn saved(&mut self) -> Option<Saved> {
        let (at, path) = self.noticed.recv().await?;
        let mut files = BTreeSet::from([path]);
        while at.elapsed() < LONGEST {
            match timeout(QUIET, self.noticed.recv()).await {
                Ok(Some((_, path))) => files.insert(path),
                Ok(None) | Err(_) => break,
            };
        }
        // A folder that was replaced by another one of its name has to be watched anew.
        self.arm();
        Some(Saved { files, at })
    }

    /// A folder that is gone is found again by its parent.
    fn arm(&mut self) {
        for (folder, mode) in &self.folders {
            let _ = self.watcher.watch(folder, *mode);
        }
    }
}

/// The folders themselves, and what they are in: there it is seen that a file or a folder is replaced.
fn folders(place: &Place) -> Result<Vec<(PathBuf, RecursiveMode)>, String> {
    let mut folders = Vec::new();
    for path in [&place.settings, &place.templates, &place.fixtures] {
        let Some(path) = path else { continue };
        let path = absolute(path)?;
        if let Some(parent) = path.parent() {
            folders.push((parent.to_owned(), RecursiveMode::NonRecursive));
        }
        if path.is_dir() {
            folders.push((path, RecursiveMode::Recursive));
        }
    }
    Ok(folders)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    let absolute = path.canonicalize();
    absolute.map_err(|error| format!("cannot watch {}: {error}", path.display()))
}

/// Reading is none, and we read much.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
