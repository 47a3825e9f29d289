//! As much of HTTP/1.1 as two fakes need. By hand, because a server that is made to behave cannot be told to misbehave.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::SystemTime;

use serde_json::Value;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// When it was read.
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
}

/// Reads a request, but leaves the last byte of its body in the socket: the system resets a connection that is closed with
/// something unread, and says goodbye on any other. [`finish`] takes that byte.
pub(super) fn read(mut stream: &TcpStream) -> io::Result<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        // One at a time, because what a buffer reads ahead is not unread any more.
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        path: words.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
        at: SystemTime::now(),
    };
    assert!(
        request.header("Transfer-Encoding").is_none(),
        "the fakes read bodies of a known length only"
    );
    let length = request
        .header("Content-Length")
        .map_or(0, |length| length.parse().unwrap());
    if length > 0 {
        request.body = vec![0; length - 1];
        stream.read_exact(&mut request.body)?;
        let mut last = [0];
        stream.peek(&mut last)?;
        request.body.push(last[0]);
    }
    Ok(request)
}

/// Takes what [`read`] has left.
pub(super) fn finish(mut stream: &TcpStream, request: &Request) -> io::Result<()> {
    if request.body.is_empty() {
        return Ok(());
    }
    stream.read_exact(&mut [0])
}

/// Writes the head of an answer. `headers` are whole lines without their ends.
pub(super) fn write_head(
    mut stream: &TcpStream,
    status: u16,
    headers: &[String],
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())
}

/// Writes a whole answer; the connection stays usable.
pub(super) fn write(
    mut stream: &TcpStream,
    status: u16,
    headers: &[String],
    body: &[u8],
) -> io::Result<()> {
    let mut headers = headers.to_vec();
    headers.push(format!("Content-Length: {}", body.len()));
    write_head(stream, status, &headers)?;
    stream.write_all(body)
}
