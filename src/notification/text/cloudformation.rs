//! AWS CloudFormation: an event of a stack or of one of its resources, as lines of `Key='value'`.

use std::collections::BTreeMap;

use super::{Text, TextFamily, said};
use crate::arn::Arn;
use crate::notification::words;
use crate::time;

pub(super) fn read(text: &str) -> Option<Text> {
    if !text.contains("StackId='") || !text.contains("ResourceStatus='") {
        return None;
    }
    let (entries, others) = entries(text);
    let entry = |name: &str| said(entries.get(name)?);
    let status = entry("ResourceStatus")?;
    let stack_id = entry("StackId")?;
    let arn = Arn::parse(stack_id);
    let stack = entry("StackName").or_else(|| {
        let path = arn?.resource_after("stack/")?;
        path.split('/').next()
    });
    let resource = entry("LogicalResourceId");
    let stack_name = stack.unwrap_or("without a name");

    let mut read = Text::new(TextFamily::Cloudformation, "aws.cloudformation");
    // Only here is it the stack itself; a stack in this stack has its type, but a name of its own.
    let of_stack = resource.is_none() || resource == stack;
    read.title = words::first_line(&match resource {
        Some(resource) if !of_stack => {
            format!("Resource {resource} in stack {stack_name}: {status}")
        }
        _ => format!("Stack {stack_name}: {status}"),
    })?;
    read.facts.name = stack.map(str::to_owned);
    read.facts.state = Some(status.to_owned());
    read.facts.time = entry("Timestamp").map(time::normalise);
    read.facts.region = arn.and_then(|arn| arn.region).map(str::to_owned);
    read.facts.account = arn.and_then(|arn| arn.account).map(str::to_owned);

    read.add("Status", Some(status));
    read.add("Reason", entry("ResourceStatusReason"));
    read.add("Detailed status", entry("DetailedStatus"));
    read.add("Stack", stack);
    if !of_stack {
        read.add("Resource", resource);
        read.add("Resource type", entry("ResourceType"));
        read.add("Resource ID", entry("PhysicalResourceId"));
    }
    let time = read.facts.time.clone();
    read.add("Time", time.as_deref());
    read.add("Stack ID", Some(stack_id));
    read.body = (!others.is_empty()).then_some(others);
    Some(read)
}

/// The values by name, and the lines that belong to none. A value may hold line ends: it lasts until a quote that ends a
/// line and is followed by another entry or by nothing.
fn entries(text: &str) -> (BTreeMap<&str, String>, String) {
    let mut entries = BTreeMap::new();
    let mut others: Vec<&str> = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in text.lines() {
        // A line inside a value may look like an entry only after a line that could have ended the value.
        let may_begin = open.as_ref().is_none_or(|(_, value)| value.ends_with('\''));
        match entry_begun_by(line).filter(|_| may_begin) {
            Some((name, value)) => {
                close(&mut entries, open.replace((name, value.to_owned())));
            }
            None => match &mut open {
                Some((_, value)) => {
                    value.push('\n');
                    value.push_str(line);
                }
                None => others.push(line),
            },
        }
    }
    close(&mut entries, open);
    (entries, others.join("\n").trim().to_owned())
}

fn close<'a>(entries: &mut BTreeMap<&'a str, String>, entry: Option<(&'a str, String)>) {
    if let Some((name, value)) = entry {
        let value = value.trim_end();
        entries.insert(name, value.strip_suffix('\'').unwrap_or(value).to_owned());
    }
}

fn entry_begun_by(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once("='")?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic());
    is_name.then_some((name, value))
}
