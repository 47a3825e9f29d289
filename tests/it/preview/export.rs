//! `--export`: the same pages as files.

use std::collections::BTreeSet;
use std::fs;

use super::server::{Server, part, text};
use crate::command_line::{Ran, folder, run, shown, within};

fn export(arguments: &[&str]) -> Ran {
    let mut all = vec!["preview", "--export"];
    all.extend(arguments);
    run(&all)
}

#[test]
fn every_case_is_a_page_with_the_message_that_the_server_shows() {
    let folder = tempfile::tempdir().unwrap();
    let directory = within(&folder, "pages");
    let ran = export(&[&directory]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");

    let cases: BTreeSet<String> = fs::read_dir("fixtures")
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let server = Server::start(&[]);
    for (number, case) in cases.iter().enumerate() {
        let page = fs::read_to_string(format!("{directory}/case/{case}.html")).unwrap();
        // As those of the server, but for where they lead. A few are compared; all of them are made by the same code.
        if number % 20 == 0 {
            let messages = |page: &str| part(page, "id=\"messages\"", "</main>").to_owned();
            let answer = server.page(&format!("/case/{case}"));
            assert_eq!(messages(&page), messages(&answer), "{case}");
        }
        for link in page
            .split([' ', '>'])
            .filter_map(|it| it.strip_prefix("href=\"").or(it.strip_prefix("src=\"")))
        {
            let link = link.trim_end_matches('"').replace("&amp;", "&");
            let elsewhere = ["https://", "http://", "#", "?", "data:"];
            if elsewhere.iter().any(|start| link.starts_with(start)) {
                continue;
            }
            let file = format!("{directory}/case/{link}");
            assert!(fs::exists(&file).unwrap(), "{case}: {link}");
        }
    }
    let written: BTreeSet<String> = fs::read_dir(format!("{directory}/case"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = cases.iter().map(|case| format!("{case}.html")).collect();
    assert_eq!(written, expected);
    let index = fs::read_to_string(format!("{directory}/index.html")).unwrap();
    assert!(index.contains("href=\"page.css\"") && index.contains("src=\"page.js\""));
    assert!(index.contains("href=\"case/text-plain.html\""), "{index}");
}

#[test]
fn an_export_replaces_its_own_files_and_nobody_elses() {
    let folder = folder(&[
        ("cases/one.txt", "The first."),
        ("cases/two.txt", "The second."),
    ]);
    let (cases, directory) = (within(&folder, "cases"), within(&folder, "pages"));
    let again = || export(&[&directory, "--fixtures", &cases]);
    assert_eq!(again().code, 0);
    assert!(fs::exists(within(&folder, "pages/case/one.txt.html")).unwrap());

    fs::remove_file(within(&folder, "cases/one.txt")).unwrap();
    assert_eq!(again().code, 0);
    assert!(!fs::exists(within(&folder, "pages/case/one.txt.html")).unwrap());
    let page = fs::read_to_string(within(&folder, "pages/index.html")).unwrap();
    assert!(text(&page).contains("The second."), "{page}");

    for (file, content) in [
        ("pages/mine.html", "<p>mine"),
        ("pages/notes.txt", "mine"),
        ("pages/page.css", "p { color: green }"),
        ("pages/case/mine.html", "<p>mine"),
    ] {
        let path = within(&folder, file);
        let own = fs::read_to_string(&path).ok();
        fs::write(&path, content).unwrap();
        let ran = again();
        assert_eq!(ran.code, 2, "{file} {ran:?}");
        assert!(ran.stderr.contains(&path), "{ran:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        match own {
            Some(own) => fs::write(&path, own).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    assert_eq!(again().code, 0);
}

#[test]
fn a_broken_template_is_exit_code_1_and_its_page_says_why() {
    let folder = folder(&[
        ("cases/hedge.txt", "The hedge is cut."),
        ("templates/text.json.tera", "{{ nothing_of_that_name }}"),
    ]);
    let (cases, templates, directory) = (
        within(&folder, "cases"),
        within(&folder, "templates"),
        within(&folder, "pages"),
    );
    let ran = export(&[&directory, "--fixtures", &cases, "--templates", &templates]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("hedge.txt"), "{ran:?}");
    let page = fs::read_to_string(within(&folder, "pages/case/hedge.txt.html")).unwrap();
    assert!(text(&page).contains("text.json.tera:1"), "{page}");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let empty = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (empty, pages) = (shown(empty.path()), within(&empty, "pages"));
    for (arguments, part) in [
        (&["--templates", "no-such-folder"][..], "no-such-folder"),
        (&["--settings", "no-such.toml"], "no-such.toml"),
        (&["--fixtures", "no-such-folder"], "no-such-folder"),
        (&["--port", &port], "take another --port"),
        (&["--port", "70000"], "70000"),
        (&["--export", &pages, "--fixtures", &empty], "no case"),
        (&["--export", "README.md"], "README.md"),
        (&["--export", &pages, "--port", "1"], "--port"),
    ] {
        let mut all = vec!["preview"];
        all.extend(arguments);
        let ran = run(&all);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{arguments:?} {ran:?}"
        );
        assert!(ran.stderr.contains(part), "{arguments:?} {ran:?}");
    }
}
