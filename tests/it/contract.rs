//! `templates/README.md` is the contract with the authors of templates: what it says is what the program does.
//!
//! Its tables are told apart by their first two column titles, whatever else is on the page. A heading of the third level
//! says which kind the tables below it are about; "Every kind" means all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sns_to_slack::digest;
use sns_to_slack::notification::Kind;
use sns_to_slack::slack::limits;
use sns_to_slack::template::{BUILT_IN, Rendered, Templates};
use tempfile::TempDir;

use crate::fixtures::{self, Case};
use crate::safe::assert_safe;

/// The case with which the examples of the page are rendered.
const CASE: &str = "cloudwatch_alarm-runbook-link";

/// A row of a table.
#[derive(Debug)]
struct Row {
    /// Counted from 1.
    line: usize,
    kinds: Vec<&'static str>,
    cells: Vec<String>,
}

/// A value in the tables of the context.
#[derive(Debug)]
struct Documented {
    line: usize,
    kinds: Vec<&'static str>,
    /// `alarm.metrics[].id`: `[]` stands for each item of a list.
    path: String,
    /// `text`, `number`, `true/false`, `list`, `list of texts`, `object` or `open`.
    type_: String,
    null_when: String,
    /// As a template shows it; one that ends with `…` is only its beginning.
    example: Option<String>,
}

/// What the fixtures have at a path.
#[derive(Debug, Default)]
struct Seen {
    types: BTreeSet<&'static str>,
    null: bool,
    /// Every scalar, those in a list too.
    values: BTreeSet<String>,
}

/// Those of records, and that of a message about many of them.
fn kinds_of_templates() -> impl Iterator<Item = &'static str> {
    Kind::ALL
        .into_iter()
        .map(Kind::as_str)
        .chain([digest::KIND])
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("templates/README.md")).unwrap()
}

/// The rows of all tables whose first columns have these titles.
fn rows(page: &str, titles: [&str; 2]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut kinds = Vec::new();
    let mut table: Option<bool> = None;
    let mut in_code = false;
    for (index, line) in page.lines().enumerate() {
        in_code ^= line.starts_with("```");
        if in_code {
            continue;
        }
        if line.starts_with("## ") {
            kinds = Vec::new();
        } else if let Some(heading) = line.strip_prefix("### ") {
            kinds = kinds_of_templates()
                .filter(|kind| {
                    heading == "Every kind" || heading.starts_with(&format!("`{kind}`: "))
                })
                .collect();
        }
        if !line.starts_with('|') {
            table = None;
            continue;
        }
        let cells = cells(line);
        match table {
            None => table = Some(cells[..2] == titles),
            Some(true) if !cells[0].starts_with("---") => rows.push(Row {
                line: index + 1,
                kinds: kinds.clone(),
                cells,
            }),
            Some(_) => {}
        }
    }
    assert!(!rows.is_empty(), "no table has the columns {titles:?}");
    rows
}

/// A `|` inside a cell is written `\|`.
fn cells(line: &str) -> Vec<String> {
    line.trim()
        .trim_matches('|')
        .replace("\\|", "\0")
        .split('|')
        .map(|cell| cell.trim().replace('\0', "|"))
        .collect()
}

/// The first text in backticks.
fn code(cell: &str) -> Option<&str> {
    Some(cell.split_once('`')?.1.split_once('`')?.0)
}

fn documented(page: &str) -> Vec<Documented> {
    rows(page, ["path", "type"])
        .into_iter()
        .map(|Row { line, kinds, cells }| {
            assert!(
                !kinds.is_empty(),
                "line {line}: the heading above names no kind"
            );
            let [path, type_, _, null_when, example] = cells.as_slice() else {
                panic!("line {line}: {} columns", cells.len());
            };
            Documented {
                line,
                kinds,
                path: code(path)
                    .unwrap_or_else(|| panic!("line {line}: {path}"))
                    .to_owned(),
                type_: type_.clone(),
                null_when: null_when.clone(),
                example: code(example).map(str::to_owned),
            }
        })
        .collect()
}

/// All that the fixtures of a kind have, by path. Stops at open values.
fn seen(kind: &str, open: &BTreeSet<&str>) -> BTreeMap<String, Seen> {
    let mut seen = BTreeMap::new();
    for case in Case::all().into_iter().chain(Case::digests()) {
        if case.name.split('-').next() == Some(kind) {
            let file = root()
                .join("fixtures")
                .join(&case.name)
                .join("context.json");
            let context: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            look(&context, "", open, &mut seen);
        }
    }
    seen
}

fn look(value: &Value, path: &str, open: &BTreeSet<&str>, all: &mut BTreeMap<String, Seen>) {
    let seen = all.entry(path.to_owned()).or_default();
    match value {
        Value::Null => seen.null = true,
        _ if open.contains(path) => {}
        Value::Array(items) => {
            seen.types.insert("list");
            for item in items {
                match item {
                    Value::Object(members) => {
                        for (name, member) in members {
                            look(member, &format!("{path}[].{name}"), open, all);
                        }
                    }
                    item => {
                        let seen = all.entry(path.to_owned()).or_default();
                        seen.types.insert("list of texts");
                        seen.values.insert(shown(item));
                    }
                }
            }
        }
        Value::Object(members) => {
            seen.types.insert("object");
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                look(member, &format!("{path}{dot}{name}"), open, all);
            }
        }
        scalar => {
            seen.types.insert(match scalar {
                Value::String(_) => "text",
                Value::Number(_) => "number",
                _ => "true/false",
            });
            seen.values.insert(shown(scalar));
        }
    }
}

fn shown(scalar: &Value) -> String {
    scalar
        .as_str()
        .map_or_else(|| scalar.to_string(), str::to_owned)
}

/// A template of this name alone, laid over the built-in ones.
fn templates_with(name: &str, source: &str) -> (Templates, TempDir) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, source).unwrap();
    let templates = Templates::built_in()
        .unwrap()
        .with_directory(directory.path())
        .unwrap();
    (templates, directory)
}

/// What a template makes of [`CASE`], or what is wrong with it.
fn render(source: &str) -> Result<Rendered, String> {
    let (templates, _directory) = templates_with("cloudwatch_alarm.json.tera", source);
    if let Some(broken) = templates.broken().first() {
        return Err(broken.message.clone());
    }
    let case = Case::all().into_iter().find(|case| case.name == CASE);
    let (_, _, rendered) = fixtures::render(&templates, &case.unwrap().record());
    match rendered.failed.first() {
        Some(failed) => Err(failed.message.clone()),
        None => Ok(rendered),
    }
}

fn assert_no_faults(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "templates/README.md is out of step:\n{}",
        faults.join("\n")
    );
}

#[test]
fn every_value_of_every_context_is_documented() {
    let page = page();
    let documented = documented(&page);
    let mut faults = Vec::new();
    for kind in kinds_of_templates() {
        let of_kind: Vec<&Documented> = documented
            .iter()
            .filter(|row| row.kinds.contains(&kind))
            .collect();
        let open = open(&documented);
        for path in seen(kind, &open)
            .iter()
            // An object that is never null has its members in the table.
            .filter(|(_, seen)| seen.null || !seen.types.contains("object"))
            .map(|(path, _)| path)
        {
            match of_kind.iter().filter(|row| row.path == *path).count() {
                1 => {}
                0 => faults.push(format!("`{kind}`: `{path}` has no row")),
                more => faults.push(format!("`{kind}`: `{path}` has {more} rows")),
            }
        }
    }
    assert_no_faults(&faults);
}

#[test]
fn every_documented_value_is_as_the_fixtures_have_it() {
    let page = page();
    let documented = documented(&page);
    let open = open(&documented);
    let by_kind: Vec<_> = kinds_of_templates()
        .map(|kind| (kind, seen(kind, &open)))
        .collect();
    let mut faults = Vec::new();
    for row in &documented {
        let Documented {
            line, path, type_, ..
        } = row;
        let mut fault = |text: String| faults.push(format!("line {line}, `{path}`: {text}"));
        let mut values = BTreeSet::new();
        for (kind, seen) in by_kind.iter().filter(|(kind, _)| row.kinds.contains(kind)) {
            let Some(seen) = seen.get(path) else {
                fault(format!("no fixture of `{kind}` has it"));
                continue;
            };
            if row.null_when == "never" && seen.null {
                fault(format!("is null in a fixture of `{kind}`"));
            }
            if !seen.types.iter().all(|seen| type_.starts_with(seen)) {
                fault(format!("is {:?} and not {type_} in `{kind}`", seen.types));
            }
            values.extend(&seen.values);
        }
        match &row.example {
            Some(example) => {
                let fits = |value: &str| match example.strip_suffix('…') {
                    Some(beginning) => value.starts_with(beginning),
                    None => value == example,
                };
                if !values.iter().any(|value| fits(value)) {
                    fault(format!("no fixture has the example `{example}`"));
                }
            }
            None if values.iter().all(|value| value.contains('\n')) => {}
            None => fault(format!("needs an example, such as {:?}", values.first())),
        }
    }
    assert_no_faults(&faults);
}

fn open(documented: &[Documented]) -> BTreeSet<&str> {
    documented
        .iter()
        .filter(|row| row.type_ == "open")
        .map(|row| row.path.as_str())
        .collect()
}

#[test]
fn every_kind_has_its_heading() {
    let page = page();
    for kind in kinds_of_templates() {
        let heading = format!("### `{kind}`: ");
        assert_eq!(page.matches(&heading).count(), 1, "{heading}");
    }
}

/// Each block of Jinja on the page is a whole template, named right above it.
fn examples(page: &str) -> Vec<(&str, &str)> {
    page.match_indices("```jinja\n")
        .map(|(at, fence)| {
            let name = page[..at]
                .rsplit('`')
                .find_map(|text| text.strip_prefix("my-templates/"));
            let source = page[at + fence.len()..].split_once("```");
            (name.unwrap(), source.unwrap().0)
        })
        .collect()
}

#[test]
fn the_examples_render_every_case_that_they_are_for() {
    let page = page();
    let examples = examples(&page);
    assert_eq!(examples.len(), 2);
    for (name, source) in examples {
        let (templates, _directory) = templates_with(name, source);
        assert_eq!(templates.broken(), []);
        let mut rendered_by_it = 0;
        for case in Case::all() {
            let (kind, context, rendered) = fixtures::render(&templates, &case.record());
            let fits = [
                kind.to_string(),
                format!("{kind}/{}", context.text("source").unwrap_or_default()),
            ]
            .contains(&name.trim_end_matches(".json.tera").to_owned());
            if fits {
                rendered_by_it += 1;
                assert_eq!(rendered.failed, [], "{}", case.name);
                assert_eq!(rendered.template, name, "{}", case.name);
                assert_safe(&case.name, &rendered.message.payload());
            }
        }
        assert!(rendered_by_it > 0, "no case is rendered by {name}");
    }
}

/// Rendering does not find a misspelt name in a condition or an argument.
#[test]
fn templates_use_documented_values_only() {
    let page = page();
    let documented = documented(&page);
    let mut faults = Vec::new();
    for (name, source) in BUILT_IN.iter().copied().chain(examples(&page)) {
        let kind = name.split(['.', '/']).next().unwrap();
        let paths: BTreeSet<&str> = documented
            .iter()
            // The parts are for every kind.
            .filter(|row| kind == "parts" || row.kinds.contains(&kind))
            .map(|row| row.path.as_str())
            .collect();
        let roots: BTreeSet<&str> = paths
            .iter()
            .filter_map(|path| Some(path.split_once('.')?.0))
            .collect();
        for word in source.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.')) {
            let is_path = word.split_once('.').is_some_and(|(root, rest)| {
                roots.contains(root) && rest.starts_with(|c: char| c.is_alphabetic())
            });
            if is_path && !paths.contains(word) {
                faults.push(format!("{name} uses `{word}`, which has no row"));
            }
        }
    }
    assert_no_faults(&faults);
}

#[test]
fn what_is_written_gives_what_slack_is_said_to_get() {
    let page = page();
    assert!(page.contains(&format!("`fixtures/{CASE}`")));
    let mut faults = Vec::new();
    for row in rows(&page, ["you write", "Slack gets"]) {
        let (written, expected) = (code(&row.cells[0]).unwrap(), code(&row.cells[1]).unwrap());
        let block = format!(
            "{{\"type\": \"section\", \"text\": {{\"type\": \"mrkdwn\", \"text\": \"{written}\"}}}}"
        );
        let given = match render(&format!("{{\"text\": \"x\", \"blocks\": [{block}]}}")) {
            Ok(rendered) => rendered.message.payload()["blocks"][0]["text"]["text"].clone(),
            Err(error) => Value::String(error),
        };
        if given != json!(expected) {
            faults.push(format!("line {}: {given}", row.line));
        }
    }
    assert_no_faults(&faults);
}

/// What stands in the table is a whole payload or the content of `text`.
#[test]
fn what_is_refused_is_refused_in_these_words() {
    let mut faults = Vec::new();
    for row in rows(&page(), ["if a template has", "the error says"]) {
        let written = code(&row.cells[0]).unwrap();
        let source = if written.starts_with("{\"") {
            written.to_owned()
        } else {
            format!("{{\"text\": \"{written}\"}}")
        };
        let expected = &row.cells[1];
        let as_said = |error: &str| match expected.strip_suffix('…') {
            Some(beginning) => error.starts_with(beginning.trim_end()),
            None => error == expected,
        };
        match render(&source) {
            Err(error) if as_said(&error) => {}
            Err(error) => faults.push(format!("line {}: {error}", row.line)),
            Ok(_) => faults.push(format!("line {}: is not refused", row.line)),
        }
    }
    assert_no_faults(&faults);
}

/// Tera takes a missing last name of a path for nothing wherever it is not shown. The page says so.
#[test]
fn a_misspelt_name_that_is_not_shown_itself_is_not_noticed() {
    for written in [
        "{% if alarm.treshold %}x{% endif %}",
        "{{ alarm.treshold or '' }}",
        "{{ link(url=links.alram, label='') }}",
        "{{ <place region={alarm.treshold} account={alarm.treshold}/> }}",
    ] {
        let rendered = render(&format!("{{\"text\": \"Alarm{written}\"}}"));
        assert_eq!(rendered.unwrap().message.text(), "Alarm", "{written}");
    }
}

#[test]
fn every_component_is_documented_with_its_file() {
    let documented: BTreeSet<(String, String)> = rows(&page(), ["you write", "file"])
        .iter()
        .map(|row| {
            let written = code(&row.cells[0]).unwrap().trim_start_matches("{{ <");
            let name = written.split([' ', '/']).next().unwrap();
            (name.to_owned(), code(&row.cells[1]).unwrap().to_owned())
        })
        .collect();
    let built_in: BTreeSet<(String, String)> = BUILT_IN
        .iter()
        .flat_map(|(file, source)| {
            source.split("{% component ").skip(1).map(|rest| {
                let name = rest.split('(').next().unwrap();
                (name.to_owned(), (*file).to_owned())
            })
        })
        .collect();
    assert_eq!(documented, built_in);
}

#[test]
fn the_limits_are_those_of_the_program() {
    let documented: Vec<usize> = rows(&page(), ["what", "at most"])
        .iter()
        .map(|row| row.cells[1].replace(',', "").parse().unwrap())
        .collect();
    assert_eq!(
        documented,
        [
            limits::TEXT,
            limits::SECTION,
            limits::FIELD,
            limits::HEADER,
            limits::BUTTON,
            limits::ALT_TEXT,
            limits::ALL_TEXT,
            limits::BLOCKS,
            limits::FIELDS,
            limits::CONTEXT_ELEMENTS,
            limits::ACTIONS,
            limits::URL,
            limits::ID,
            limits::VALUE,
        ]
    );
}
