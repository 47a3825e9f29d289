//! As much of HTTP/1.1 as two fakes need. By hand, because a server that is made to behave cannot be told to misbehave.

use std::io::{self, Read};
use std::time::SystemTime;

use serde_json::Value;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    /// As much of it as has been read.
    pub(crate) body: Vec<u8>,
    /// When its head was read.
    pub(crate) at: SystemTime,
}

impl Request {
    /// The value of a header; its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How long the whole body is.
    pub(super) fn length(&self) -> usize {
        assert!(
            self.header("Transfer-Encoding").is_none(),
            "the fakes read bodies of a known length only"
        );
        self.header("Content-Length")
            .map_or(0, |length| length.parse().unwrap())
    }
}

/// The next whole request; `None` when the other end goes instead.
pub(super) fn read(stream: &mut impl Read) -> io::Result<Option<Request>> {
    let Some(first) = begin(stream)? else {
        return Ok(None);
    };
    let mut request = read_head(first, stream)?;
    let length = request.length();
    read_body(stream, &mut request, length)?;
    Ok(Some(request))
}

/// Waits for the first byte of a request; `None` when the other end goes instead.
pub(super) fn begin(stream: &mut impl Read) -> io::Result<Option<u8>> {
    let mut first = [0];
    Ok((stream.read(&mut first)? > 0).then_some(first[0]))
}

/// Reads what follows the first byte, as far as the body.
pub(super) fn read_head(first: u8, stream: &mut impl Read) -> io::Result<Request> {
    let mut head = vec![first];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        // One at a time, because what follows the head must stay where it is.
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    Ok(Request {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
        at: SystemTime::now(),
    })
}

/// Reads on until so much of the body is there.
pub(super) fn read_body(
    stream: &mut impl Read,
    request: &mut Request,
    length: usize,
) -> io::Result<()> {
    let there = request.body.len();
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body[there..])
}

/// The head of an answer. `headers` are whole lines without their ends.
pub(super) fn head(status: u16, headers: &[String]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// A whole answer, after which the connection stays usable.
pub(super) fn answer(status: u16, headers: &[String], body: &[u8]) -> Vec<u8> {
    let mut headers = headers.to_vec();
    headers.push(format!("Content-Length: {}", body.len()));
    let mut answer = head(status, &headers);
    answer.extend_from_slice(body);
    answer
}
