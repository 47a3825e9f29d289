//! RECIPES.md keeps its word: its settings are read, every fixture goes where its tables say, its commands print what it shows.
//!
//! `UPDATE_EXPECT=1 cargo test --test it recipes` writes what the commands print into the page.

use std::fs;

use expect_test::expect_file;
use sns_to_slack::context::Context;
use sns_to_slack::notification;
use sns_to_slack::route::{Decision, Glob, Target, route};
use sns_to_slack::settings::Settings;

use crate::command_line::{folder, run, within};
use crate::fixtures::Case;

const PAGE: &str = "RECIPES.md";

/// The settings with ten faults.
pub(crate) fn faults() -> String {
    let page = fs::read_to_string(PAGE).unwrap();
    recipes(&page).last().unwrap().settings().to_owned()
}

/// What stands under one heading.
struct Recipe<'p> {
    heading: &'p str,
    text: &'p str,
}

fn recipes(page: &str) -> Vec<Recipe<'_>> {
    page.split("\n## ")
        .skip(1)
        .map(|part| {
            let (heading, text) = part.split_once('\n').unwrap();
            Recipe { heading, text }
        })
        .collect()
}

impl<'p> Recipe<'p> {
    /// The first block of a language.
    fn block(&self, language: &str) -> Option<&'p str> {
        let (_, rest) = self.text.split_once(&format!("```{language}\n"))?;
        rest.split_once("```").map(|(block, _)| block)
    }

    fn settings(&self) -> &'p str {
        self.block("toml").unwrap()
    }

    /// The rows of the table: fixture, who gets it, mentions, template.
    fn rows(&self) -> Vec<[&'p str; 4]> {
        let rows = self.text.lines().filter(|line| line.starts_with("| `"));
        rows.map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            cells.try_into().unwrap()
        })
        .collect()
    }
}

fn promised(receivers: &str, mentions: &str, template: &str) -> String {
    format!("{receivers} {mentions} {template}")
}

fn decided(decision: &Decision<'_>) -> String {
    let Decision::Post(targets) = decision else {
        return promised("nobody", "", "");
    };
    let all = |part: &dyn Fn(&Target<'_>) -> Vec<String>, separator: &str| {
        let mut parts: Vec<String> = targets.iter().flat_map(part).collect();
        parts.dedup();
        parts.join(separator)
    };
    promised(
        &all(&|target| vec![format!("#{}", target.receiver.name)], ", "),
        &all(
            &|target| {
                target
                    .mentions
                    .iter()
                    .map(|mention| format!("`{mention}`"))
                    .collect()
            },
            " ",
        ),
        &all(
            &|target| {
                target
                    .template
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect()
            },
            " ",
        ),
    )
}

#[test]
fn every_fixture_goes_where_the_tables_say() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut read = 0;
    let mut wrong = Vec::new();
    for recipe in recipes(&page) {
        let rows = recipe.rows();
        if rows.is_empty() {
            continue;
        }
        read += 1;
        let heading = recipe.heading;
        let settings = Settings::from_toml(recipe.settings(), "settings.toml")
            .unwrap_or_else(|error| panic!("{heading}: {error}"));
        assert_eq!(settings.warnings, [], "{heading}");
        let globs: Vec<Glob> = rows
            .iter()
            .map(|row| Glob::parse(row[0].trim_matches('`')).unwrap())
            .collect();
        let mut met = vec![false; rows.len()];
        for case in Case::all() {
            let record = case.record();
            let notification = notification::classify(&record);
            let context = Context::new(&record, &notification, &settings.account_names);
            let row = globs.iter().position(|glob| glob.matches(&case.name));
            let row = row.unwrap_or_else(|| panic!("{heading}: no row for {}", case.name));
            met[row] = true;
            let [_, receivers, mentions, template] = rows[row];
            let decided = decided(&route(&settings, &context));
            let promised = promised(receivers, mentions, template);
            if decided != promised {
                wrong.push(format!(
                    "{heading}: {} is for {decided}, not {promised}",
                    case.name
                ));
            }
        }
        for (row, met) in rows.iter().zip(met) {
            if !met {
                wrong.push(format!("{heading}: no fixture for {row:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(read, 5);
}

#[test]
fn every_recipe_passes_its_check() {
    let page = fs::read_to_string(PAGE).unwrap();
    for recipe in recipes(&page)
        .iter()
        .filter(|recipe| !recipe.rows().is_empty())
    {
        let ran = in_folder(
            recipe,
            "check --settings settings.toml --templates templates",
        );
        assert_eq!(ran, "nothing to complain about\n", "{}", recipe.heading);
    }
}

#[test]
fn every_command_prints_what_the_page_shows() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut written = page.clone();
    for recipe in recipes(&page) {
        let shown = recipe.block("console").unwrap();
        let command = shown.lines().next().unwrap();
        let arguments = command.strip_prefix("$ sns-to-slack ").unwrap();
        let output = in_folder(&recipe, arguments);
        written = written.replace(shown, &format!("{command}\n{}\n", output.trim_end()));
    }
    expect_file![format!("../../{PAGE}")].assert_eq(&written);
}

/// Runs a command beside the settings and the template of a recipe.
fn in_folder(recipe: &Recipe<'_>, arguments: &str) -> String {
    let template = recipe.block("jinja").unwrap_or_default();
    let folder = folder(&[
        ("settings.toml", recipe.settings()),
        ("templates/README.md", ""),
    ]);
    if !template.is_empty() {
        fs::write(within(&folder, "templates/deploy.json.tera"), template).unwrap();
    }
    let arguments: Vec<String> = arguments
        .split(' ')
        .map(|argument| match argument {
            "settings.toml" | "templates" => within(&folder, argument),
            other => other.to_owned(),
        })
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = run(&arguments).hide(&folder);
    assert_eq!(ran.stderr, "", "{}", recipe.heading);
    ran.stdout
}
