//! Asks an independent library, slackblocks, whether Slack would take our payloads.
//!
//! The same interface as `slack_sdk_judge.py`; `README.md` says what each of the two catches.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Map, Value};
use slackblocks::WebhookMessage;

const NAME: &str = "slackblocks";

const USAGE: &str =
    "usage: block-kit-judge FILE...          (`-` reads JSON Lines from standard input)
       block-kit-judge --self-test DIR  (DIR holds bad/*.json and good/*.json)";

/// Members of a webhook message that Slack documents and slackblocks has no field for. They are taken out before judging:
/// whatever else slackblocks keeps as an unchecked "extension" is a typing mistake of ours.
const NOT_MODELLED: [&str; 1] = ["parse"];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["--self-test", dir] => self_test(Path::new(dir)),
        [] | ["--self-test", ..] => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
        files => judge_files(files),
    }
}

fn judge_files(files: &[&str]) -> ExitCode {
    let (mut judged, mut refused, mut unreadable) = (0, 0, 0);
    for file in files {
        let payloads = match read_text(file).and_then(|text| payloads(file, &text)) {
            Ok(payloads) => payloads,
            Err(why) => {
                eprintln!("{why}");
                unreadable += 1;
                continue;
            }
        };
        for (line, payload) in payloads {
            judged += 1;
            if let Err(why) = judge(payload) {
                refused += 1;
                println!("{file}:{line}: {why}");
            }
        }
    }
    println!("{NAME}: judged {judged} payloads, {refused} refused");
    if unreadable > 0 || judged == 0 {
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(refused > 0))
}

/// Every bad payload is refused exactly by the judges it names, so that both a judge gone blind and one that has learnt
/// something are noticed; every good payload is taken.
fn self_test(dir: &Path) -> ExitCode {
    match try_self_test(dir) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn try_self_test(dir: &Path) -> Result<usize, String> {
    let (mut refused, mut missed, mut taken, mut wrong) = (0, 0, 0, 0);
    for path in json_files(&dir.join("bad"))? {
        let file = path.display();
        let case = read_json(&path)?;
        let named = case["refused_by"]
            .as_array()
            .ok_or_else(|| format!("{file}: no `refused_by` list"))?;
        let expected = named.iter().any(|judge| judge == NAME);
        match (judge(case["payload"].clone()), expected) {
            (Err(_), true) => refused += 1,
            (Ok(()), false) => missed += 1,
            (Ok(()), true) => {
                wrong += 1;
                println!(
                    "{file}: {NAME} took it, but should refuse it: {}",
                    case["why"]
                );
            }
            (Err(why), false) => {
                wrong += 1;
                println!("{file}: {NAME} refuses it now ({why}); add it to `refused_by`");
            }
        }
    }
    for path in json_files(&dir.join("good"))? {
        match judge(read_json(&path)?) {
            Ok(()) => taken += 1,
            Err(why) => {
                wrong += 1;
                println!("{}: {NAME} refused a good payload: {why}", path.display());
            }
        }
    }
    println!(
        "{NAME} self-test: {refused} bad payloads refused, {missed} left to others, {taken} good taken, {wrong} wrong"
    );
    Ok(wrong)
}

/// What slackblocks says, and then whether the message it understood is the one that was given: it quietly mends a bare
/// string into a text object, drops `null`, and keeps members it does not know.
fn judge(mut payload: Value) -> Result<(), String> {
    if let Some(members) = payload.as_object_mut() {
        members.retain(|name, _| !NOT_MODELLED.contains(&name.as_str()));
    }
    let message = WebhookMessage::try_from(payload.clone()).map_err(|error| error.to_string())?;
    no_extensions("message", message.extensions())?;
    for (at, attachment) in message.attachments().unwrap_or_default().iter().enumerate() {
        no_extensions(&format!("attachments[{at}]"), attachment.extensions())?;
    }
    let understood = serde_json::to_value(&message).map_err(|error| error.to_string())?;
    match first_difference(&payload, &understood, "message") {
        Some(path) => Err(format!("understood differently at {path}")),
        None => Ok(()),
    }
}

fn no_extensions(path: &str, extensions: &Map<String, Value>) -> Result<(), String> {
    match extensions.keys().next() {
        Some(name) => Err(format!("unknown member `{name}` at {path}")),
        None => Ok(()),
    }
}

fn first_difference(given: &Value, understood: &Value, path: &str) -> Option<String> {
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => {
            let names = given.keys().chain(understood.keys());
            names
                .into_iter()
                .find_map(|name| match (given.get(name), understood.get(name)) {
                    (Some(given), Some(understood)) => {
                        first_difference(given, understood, &format!("{path}.{name}"))
                    }
                    _ => Some(format!("{path}.{name}")),
                })
        }
        (Value::Array(given), Value::Array(understood)) if given.len() == understood.len() => given
            .iter()
            .zip(understood)
            .enumerate()
            .find_map(|(at, (given, understood))| {
                first_difference(given, understood, &format!("{path}[{at}]"))
            }),
        _ => (given != understood).then(|| path.to_owned()),
    }
}

/// The payloads of one file with the line each starts on: the file is one payload, or one object per line whose
/// `payload` member is meant (as `sns-to-slack render --format json` prints). Standard input is always lines.
fn payloads(file: &str, text: &str) -> Result<Vec<(usize, Value)>, String> {
    if file != "-" {
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(mut members)) => {
                let payload = members.remove("payload");
                return Ok(vec![(1, payload.unwrap_or(Value::Object(members)))]);
            }
            Err(_) if is_object(text.lines().next().unwrap_or_default()) => {}
            Ok(_) => return Err(format!("{file}:1: not a JSON object")),
            Err(error) => return Err(format!("{file}:{}: not JSON: {error}", error.line())),
        }
    }
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(mut members)) => match members.remove("payload") {
                Some(payload) => Ok((at + 1, payload)),
                None => Err(format!("{file}:{}: no `payload` member", at + 1)),
            },
            Ok(_) => Err(format!("{file}:{}: not a JSON object", at + 1)),
            Err(error) => Err(format!("{file}:{}: not JSON: {error}", at + 1)),
        })
        .collect()
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}

fn read_text(file: &str) -> Result<String, String> {
    let text = if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    text.map_err(|error| format!("{file}: {error}"))
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The `*.json` files of a folder in the order of their names. A folder without any is an error: it would prove nothing.
fn json_files(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let paths: Result<Vec<PathBuf>, _> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = paths.map_err(|error| format!("{}: {error}", dir.display()))?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{}: no *.json in it", dir.display()));
    }
    Ok(paths)
}
