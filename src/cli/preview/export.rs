//! `--export`: the pages as files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cases::Case;
use super::page::{self, GENERATOR, JS, Page};
use super::project::Project;
use super::server::POLICY;
use super::shown::Shown;
use super::site::Site;
use super::view::View;
use crate::cli::{Verdict, error};

/// Writes the index, a page for each case, style sheet and script. Pages of an earlier export go.
pub(super) fn run(project: &Project, directory: &Path) -> Result<Verdict, String> {
    let shown = directory.display();
    let earlier = earlier(directory)
        .map_err(|error| format!("--export {shown}: {error}"))?
        .map_err(|other| {
            format!("--export {shown}: has {} in it, which is not of an export\n  give a directory that is empty, or not there yet", other.display())
        })?;
    let Some(first) = project.cases().first() else {
        return Err(
            "--export: there is no case to show; give a directory with --fixtures".to_owned(),
        );
    };
    let cannot_write = |error: io::Error| format!("--export {shown}: {error}");
    let cases = directory.join("case");
    fs::create_dir_all(&cases).map_err(cannot_write)?;
    let mut written = BTreeSet::new();
    let mut write = |path: PathBuf, text: &str| {
        fs::write(&path, text).map_err(cannot_write)?;
        written.insert(path);
        Ok::<_, String>(())
    };
    write(directory.join("page.css"), &page::css())?;
    write(directory.join("page.js"), JS)?;
    write(directory.join("index.html"), &drawn(project, first, "").0)?;
    let mut verdict = Verdict::Fine;
    for case in project.cases() {
        let (page, fine) = drawn(project, case, "../");
        let path = cases.join(format!("{}.html", case.slug));
        write(path, &page)?;
        if !fine {
            error(&format!(
                "{}: a template or the settings are wrong; its page says how",
                case.name
            ));
            verdict = Verdict::Failed;
        }
    }
    for path in earlier.iter().filter(|path| !written.contains(*path)) {
        fs::remove_file(path).map_err(cannot_write)?;
    }
    let count = project.cases().len();
    anstream::println!(
        "wrote {}: {count} cases",
        directory.join("index.html").display()
    );
    Ok(verdict)
}

/// The page of a case, and whether nothing is wrong with it.
fn drawn(project: &Project, case: &Case, root: &'static str) -> (String, bool) {
    let shown = Shown::of(&case.text, project);
    let page = Page {
        project,
        case: Some(case),
        event: &case.text,
        shown: &shown,
        before: None,
        view: View::default(),
        site: Site::Files { root },
        version: "",
        search: "",
        policy: Some(POLICY),
    };
    (page.markup().into_string(), shown.faults.is_empty())
}

/// The files of an export that was there before; `Err` is the first that is of somebody else.
fn earlier(directory: &Path) -> io::Result<Result<Vec<PathBuf>, PathBuf>> {
    let mut own = Vec::new();
    let cases = directory.join("case");
    for folder in [directory, &cases] {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path == cases {
                continue;
            }
            if !is_own(&path)? {
                return Ok(Err(path));
            }
            own.push(path);
        }
    }
    Ok(Ok(own))
}

fn is_own(path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let name = path.file_name().unwrap_or_default();
    if name == "page.css" || name == "page.js" {
        return Ok(fs::read_to_string(path)?.starts_with(OWN));
    }
    let is_page = path.extension().is_some_and(|it| it == "html");
    let generator = format!("<meta name=\"generator\" content=\"{GENERATOR}\">");
    Ok(is_page && fs::read_to_string(path)?.contains(&generator))
}

/// What style sheet and script begin with.
const OWN: &str = "/* sns-to-slack preview";
