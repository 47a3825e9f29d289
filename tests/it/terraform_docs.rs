//! The tables of `terraform/README.md` say what `variables.tf` and `outputs.tf` say.
//!
//! `UPDATE_EXPECT=1 cargo test --test it terraform_docs` writes what stands between its markers anew.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;

/// A `variable` or an `output`.
#[derive(Debug, Default)]
struct Block {
    /// The one-line comment, standing alone, above this block and those that follow it.
    heading: String,
    name: String,
    description: String,
    /// On one line; nothing for an output.
    type_: String,
    /// `None`: the caller has to give it.
    default: Option<String>,
}

fn module(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("terraform")
        .join(file)
}

/// The blocks of a file that is laid out as `terraform fmt` does it.
fn blocks(file: &str, keyword: &str) -> Vec<Block> {
    let source = fs::read_to_string(module(file)).unwrap();
    let mut blocks = Vec::new();
    let mut heading = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        // A sentence ends with a full stop and is about the line below it.
        if let Some(comment) = line.strip_prefix("# ").filter(|it| !it.ends_with('.')) {
            comment.clone_into(&mut heading);
        }
        let Some(name) = line
            .strip_prefix(keyword)
            .and_then(|rest| rest.strip_prefix(" \"")?.strip_suffix("\" {"))
        else {
            continue;
        };
        let mut block = Block {
            heading: heading.clone(),
            name: name.to_owned(),
            ..Block::default()
        };
        while let Some(line) = lines.next().filter(|line| *line != "}") {
            let Some((key, value)) = attribute(line) else {
                continue;
            };
            match key {
                "description" => block.description = text(value),
                "type" => block.type_ = one_line(value, &mut lines),
                "default" => block.default = Some(one_line(value, &mut lines)),
                _ => {}
            }
        }
        assert!(
            !block.description.is_empty(),
            "{file}: {name} has no description"
        );
        blocks.push(block);
    }
    assert_eq!(
        blocks.len(),
        source.matches(&format!("\n{keyword} ")).count() + usize::from(source.starts_with(keyword)),
        "{file}: not every {keyword} was read"
    );
    blocks
}

/// `  key   = value`: of the block itself, not of one inside it.
fn attribute(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("  ")?.split_once('=')?;
    let key = key.trim_end();
    key.bytes()
        .all(|b| b.is_ascii_lowercase() || b == b'_')
        .then(|| (key, value.trim()))
}

/// Without its quotes.
fn text(value: &str) -> String {
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or_else(|| panic!("is no text on one line: {value}"))
        .replace("\\\"", "\"")
}

/// A value with the lines that follow until its brackets are closed, spaces as in one line.
fn one_line<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let depth =
        |text: &str| text.matches(['(', '[', '{']).count() - text.matches([')', ']', '}']).count();
    let mut value = first.to_owned();
    while depth(&value) > 0 {
        let line = lines.next().expect("brackets are closed").trim();
        let (name, rest) = line.split_once('=').unwrap_or((line, ""));
        let line = [name.trim(), rest.trim()].join(" = ");
        let line = line.trim_end_matches([' ', '=']);
        let between = match (value.ends_with('{'), line.starts_with('}')) {
            (true, _) | (_, true) => " ",
            _ => ", ",
        };
        value = value + between + line;
    }
    value
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

fn inputs() -> String {
    let mut lines = Vec::new();
    let mut heading = String::new();
    for block in blocks("variables.tf", "variable") {
        if heading != block.heading {
            heading = block.heading;
            lines.push(format!("\n### {heading}\n"));
            lines.push(row(&["input", "type", "default", "what it is"]));
            lines.push("|---|---|---|---|".to_owned());
        }
        let default = block
            .default
            .map_or("required".to_owned(), |default| format!("`{default}`"));
        lines.push(row(&[
            &format!("`{}`", block.name),
            &format!("`{}`", block.type_),
            &default,
            &block.description,
        ]));
    }
    lines.join("\n") + "\n\n"
}

fn outputs() -> String {
    let mut lines = vec![
        String::new(),
        row(&["output", "what it is"]),
        "|---|---|".to_owned(),
    ];
    for block in blocks("outputs.tf", "output") {
        lines.push(row(&[&format!("`{}`", block.name), &block.description]));
    }
    lines.join("\n") + "\n\n"
}

/// The page with something else between `<!-- name -->` and `<!-- end of name -->`.
fn replaced(page: &str, name: &str, content: &str) -> String {
    let (start, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->\n"),
    );
    let (before, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no line {start}"));
    let (_, after) = rest
        .split_once(&end)
        .unwrap_or_else(|| panic!("no line {end}"));
    [before, &start, content, &end, after].concat()
}

#[test]
fn the_tables_are_those_of_the_module() {
    let page = fs::read_to_string(module("README.md")).unwrap();
    let page = replaced(&page, "inputs", &inputs());
    let page = replaced(&page, "outputs", &outputs());
    expect_file![module("README.md")].assert_eq(&page);
}
