//! `sns-to-slack preview` as a process of its own, and what it answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::support::PATIENCE;

/// Runs for as long as it lives.
pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
    /// Its standard error, line by line.
    lines: Receiver<String>,
}

impl Server {
    /// In the root of the repository, with nothing in its environment.
    pub(super) fn start(arguments: &[&str]) -> Self {
        Self::start_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
    }

    pub(super) fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sns-to-slack"))
            .arg("preview")
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        let (sender, lines) = mpsc::channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let address = url.trim().strip_prefix("http://").and_then(|it| {
            let address = it.strip_suffix('/')?;
            address.parse().ok()
        });
        let Some(address) = address else {
            let _ = process.kill();
            let said: Vec<String> = lines.iter().collect();
            panic!("no address: {url:?} {said:?}");
        };
        Self {
            process,
            address,
            lines,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next line of its standard error with this in it.
    pub(super) fn says(&self, part: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it does not say {part:?}"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Gets a page, and wants it to be there.
    pub(super) fn page(&self, path: &str) -> String {
        let answer = self.ask("GET", path, &[], "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// A request as a browser sends it, with these headers besides or instead of its own.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = self.connect(method, path, headers, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// The stream of changes, from the first word on.
    pub(super) fn changes(&self) -> Changes {
        let stream = self.connect("GET", "/changes", &[], "");
        Changes(BufReader::new(stream))
    }

    fn connect(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let host = self.address.to_string();
        let mut all = vec![
            ("Host", host.as_str()),
            ("Connection", "close"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        for (name, value) in headers {
            all.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
            all.push((name, value));
        }
        let headers: String = all
            .iter()
            .map(|(name, value)| [name, ": ", value, "\r\n"].concat())
            .collect();
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// In small letters.
    pub(super) head: String,
    pub(super) body: String,
}

/// Server-sent events.
pub(super) struct Changes(BufReader<TcpStream>);

impl Changes {
    /// Waits for the next one, which names the version of the page.
    pub(super) fn next(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.0.read_line(&mut line).expect("there is a change");
            assert!(read > 0, "the stream has ended");
            if let Some(version) = line.strip_prefix("data: ") {
                return version.trim().to_owned();
            }
        }
    }
}

/// The text of a page between two of its parts, without tags and entities.
pub(super) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    for (entity, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text
}

/// The part of a page from one text up to another.
pub(super) fn part<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let (_, rest) = page
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from}: {page}"));
    rest.split_once(to).map_or(rest, |(part, _)| part)
}

/// A form with the text box.
pub(super) fn form(event: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("event", event).finish()
}
