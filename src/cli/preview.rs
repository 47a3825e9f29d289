//! `preview`: a page on this machine that shows what becomes of messages, and shows it anew when a file is saved.

mod cases;
mod export;
mod fault;
mod page;
mod project;
mod server;
mod shown;
mod site;
mod view;
mod watch;

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use tokio::sync::watch as channel;

use self::cases::Case;
use self::page::Page;
use self::project::{Place, Project};
use self::shown::Shown;
use self::site::Site;
use self::view::View;
use self::watch::{Saved, Watch};
use super::{Setup, Verdict};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    setup: Setup,
    /// A directory of events: any files that `render` takes. Without it `fixtures`, if there is such a directory, and otherwise
    /// the built-in events
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// The port on 127.0.0.1; without it any that is free
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Write the pages to a directory instead, for any server of files or none
    #[arg(long, value_name = "DIR", conflicts_with = "port")]
    export: Option<PathBuf>,
}

pub(super) async fn run(options: &Options) -> Result<Verdict, String> {
    let place = Place::new(&options.setup, options.fixtures.as_deref());
    let project = Project::read(&place)?;
    // A wrong name is told at once; what goes wrong later is shown on the page.
    if let Some(problem) = project.unreadable() {
        return Err(problem.to_owned());
    }
    if let Some(directory) = &options.export {
        return export::run(&project, directory);
    }
    let mut watch = Watch::start(&place)?;
    let (listener, address) = server::listen(options.port).await?;
    let preview = Arc::new(Preview::new(place, project));
    anstream::println!("http://{address}/");
    anstream::eprintln!("shows what is saved as soon as it is saved; Ctrl-C ends it");
    let follow = async {
        while let Some(saved) = watch.saved().await {
            preview.reload(&saved);
        }
        // Without a watch the page still works.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = server::serve(Arc::clone(&preview), listener, address) => served?,
        () = follow => {}
    }
    Ok(Verdict::Fine)
}

/// So many projects are kept in the hope that one of them has no fault.
const REMEMBERED: usize = 8;

/// What the server shows.
struct Preview {
    place: Place,
    state: Mutex<State>,
    /// Another text after each change, also after a restart.
    version: channel::Sender<String>,
}

struct State {
    project: Arc<Project>,
    /// By case: the project that last made its messages without a fault. Empty text for what was pasted, and for what is not there.
    good: HashMap<String, Numbered>,
    /// The last projects of which everything could be loaded, the newest first, for cases that nobody has looked at since. In
    /// some of them a template may still fail.
    whole: VecDeque<Numbered>,
    changes: usize,
}

/// A project, and how many changes there were before it.
type Numbered = (usize, Arc<Project>);

impl Preview {
    fn new(place: Place, project: Project) -> Self {
        let project = Arc::new(project);
        Self {
            place,
            version: channel::Sender::new(version(0)),
            state: Mutex::new(State {
                whole: VecDeque::new(),
                project,
                good: HashMap::new(),
                changes: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads everything again, and tells the pages if there is something new.
    fn reload(&self, saved: &Saved) {
        let mut state = self.state();
        let Some(project) = state.project.read_again(&self.place) else {
            return;
        };
        let before = std::mem::replace(&mut state.project, Arc::new(project));
        if before.is_whole() {
            let number = state.changes;
            state.whole.push_front((number, before));
            state.whole.truncate(REMEMBERED);
        }
        state.changes += 1;
        self.version.send_replace(version(state.changes));
        let files = saved.named();
        anstream::eprintln!(
            "{files}: told {} ms after it was saved",
            saved.at.elapsed().as_millis()
        );
    }

    fn versions(&self) -> channel::Receiver<String> {
        self.version.subscribe()
    }

    fn case(&self, slug: &str) -> Option<Arc<Case>> {
        self.state().project.case(slug).cloned()
    }

    /// What is shown to who has chosen nothing.
    fn first(&self) -> Option<Arc<Case>> {
        self.state().project.cases().first().cloned()
    }

    /// The page of a case, or of what was pasted. `edited` is what is in the text box when that is not the case itself.
    fn page(&self, case: Option<&Case>, edited: Option<&str>, view: View, search: &str) -> String {
        let mut state = self.state();
        let project = Arc::clone(&state.project);
        let version = self.version.borrow().clone();
        let event = edited.or(case.map(|case| case.text.as_str()));
        let event = event.unwrap_or_default();
        let there = case.filter(|case| project.case(&case.slug).is_some());
        let key = there.map_or("", |case| &case.name);
        let shown = Shown::of(event, &project);
        let before = if shown.faults.is_empty() {
            let number = state.changes;
            state
                .good
                .insert(key.to_owned(), (number, Arc::clone(&project)));
            None
        } else {
            let candidates = state.good.get(key).into_iter().chain(&state.whole);
            let mut candidates: Vec<Numbered> = candidates.cloned().collect();
            candidates.sort_by_key(|(number, _)| Reverse(*number));
            let found = candidates.into_iter().find_map(|project| {
                let before = Shown::of(event, &project.1);
                before.faults.is_empty().then_some((project, before))
            });
            found.map(|(project, before)| {
                state.good.insert(key.to_owned(), project);
                before
            })
        };
        drop(state);
        let page = Page {
            project: &project,
            case,
            event,
            shown: &shown,
            before: before.as_ref(),
            view,
            site: Site::Server,
            version: &version,
            search,
            policy: None,
        };
        page.markup().into_string()
    }
}

/// Of the process and of a change in it.
fn version(changes: usize) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    format!("{:x}-{changes}", now.unwrap_or_default().as_nanos())
}
