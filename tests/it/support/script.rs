//! What a Slack can be told to do with a request.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::Duration;

use super::http;
use super::stream::Stream;

/// What a request gets: some bytes, and then something happens.
#[derive(Clone)]
pub(crate) struct Reply {
    after: Duration,
    pub(super) moment: Moment,
    bytes: Vec<u8>,
    then: Then,
    /// It says that the message has been posted.
    pub(super) says_ok: bool,
}

/// How much of a request is read before its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Begun,
    HalfRead,
    Read,
}

#[derive(Debug, Clone)]
enum Then {
    NextRequest,
    Close,
    Cut,
    Reset,
    HalfClose,
    Listen,
    Drip { bytes: Vec<u8>, every: Duration },
    Pour(Vec<u8>),
}

impl Reply {
    /// These bytes in place of an answer; then the next request is awaited.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            after: Duration::ZERO,
            moment: Moment::Read,
            bytes: bytes.into(),
            then: Then::NextRequest,
            says_ok: false,
        }
    }

    /// An answer as HTTP knows it; then the next request is awaited.
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        let headers = ["Content-Type: text/plain".to_owned()];
        Self {
            says_ok: status == 200 && body == "ok",
            ..Self::raw(http::answer(status, &headers, body.as_bytes()))
        }
    }

    /// Nothing at all; the connection stays open until the other end goes.
    pub(crate) fn silence() -> Self {
        Self::raw("").then(Then::Listen)
    }

    /// Reads the request, then resets the connection.
    pub(crate) fn reset_after_reading() -> Self {
        Self::raw("").then_reset()
    }

    /// Resets the connection as soon as a request begins, without reading it. Only for `next`.
    pub(crate) fn reset_before_reading() -> Self {
        Self::reset_after_reading().before_reading()
    }

    /// Reads the request, then closes the connection properly.
    pub(crate) fn close_without_answer() -> Self {
        Self::raw("").then_close()
    }

    /// Reads the request, then says that nothing will follow but goes on listening.
    pub(crate) fn half_close() -> Self {
        Self::raw("").then_half_close()
    }

    /// 200 and a body that ends before its announced length.
    pub(crate) fn break_off(body: &str) -> Self {
        Self::ok_head(&format!("Content-Length: {}\r\n", body.len() + 1))
            .and(body)
            .then_close()
    }

    /// 200 at once, and then a body that comes byte by byte and takes for ever.
    pub(crate) fn drip(every: Duration) -> Self {
        let body = format!("ok{}", " ".repeat(100_000));
        Self::ok_head(&format!("Content-Length: {}\r\n", body.len())).then_drip(body, every)
    }

    /// 200 and a body without an end, as fast as it is taken.
    pub(crate) fn pour() -> Self {
        let chunk = format!("4000\r\n{}\r\n", "o".repeat(0x4000));
        Self::ok_head("Transfer-Encoding: chunked\r\n").then_pour(chunk)
    }

    /// The head of a 200 with these headers, which are whole lines.
    pub(crate) fn ok_head(headers: &str) -> Self {
        Self::raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n"))
    }

    /// With more bytes.
    pub(crate) fn and(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes.extend_from_slice(bytes.as_ref());
        self
    }

    /// With one more header, for an answer.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let line = self.bytes.iter().position(|byte| *byte == b'\n');
        let line = line.expect("only an answer has headers") + 1;
        let header = format!("{name}: {value}\r\n");
        self.bytes.splice(line..line, header.into_bytes());
        self
    }

    /// Closes the connection properly, which the answer has not announced.
    pub(crate) fn then_close(self) -> Self {
        self.then(Then::Close)
    }

    /// Ends the connection without TLS's goodbye, as somebody between the two could. The same as closing it over plain TCP.
    pub(crate) fn then_cut(self) -> Self {
        self.then(Then::Cut)
    }

    /// Resets the connection.
    pub(crate) fn then_reset(self) -> Self {
        self.then(Then::Reset)
    }

    /// Says that nothing will follow but goes on listening.
    pub(crate) fn then_half_close(self) -> Self {
        self.then(Then::HalfClose)
    }

    /// Says nothing more but goes on listening.
    pub(crate) fn then_listen(self) -> Self {
        self.then(Then::Listen)
    }

    /// More bytes, one by one.
    pub(crate) fn then_drip(self, bytes: impl Into<Vec<u8>>, every: Duration) -> Self {
        let bytes = bytes.into();
        self.then(Then::Drip { bytes, every })
    }

    /// The same bytes again and again, as fast as they are taken.
    pub(crate) fn then_pour(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Then::Pour(bytes.into()))
    }

    fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// As soon as a request begins. Only for `next`; the connection is over afterwards.
    pub(crate) fn before_reading(mut self) -> Self {
        self.moment = Moment::Begun;
        self
    }

    /// When the head and half of the body are read. Only for `next`; the connection is over afterwards.
    pub(crate) fn while_reading(mut self) -> Self {
        self.moment = Moment::HalfRead;
        self
    }

    /// The same, later.
    pub(crate) fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    /// Does it. `wait` lets time pass, and `poured` takes note of bytes without an end. `false` when the connection is to end.
    pub(super) fn perform(
        &self,
        stream: &mut Stream<'_>,
        wait: impl Fn(Duration),
        poured: impl Fn(usize),
    ) -> io::Result<bool> {
        if !self.after.is_zero() {
            wait(self.after);
        }
        stream.write_all(&self.bytes)?;
        match &self.then {
            Then::NextRequest => return Ok(true),
            Then::Close => stream.say_goodbye()?,
            Then::Cut => {}
            Then::Reset => stream.reset_when_closed()?,
            Then::HalfClose => {
                stream.end_writing()?;
                stream.read_to_end(&mut Vec::new())?;
            }
            Then::Listen => {
                stream.read_to_end(&mut Vec::new())?;
            }
            Then::Drip { bytes, every } => {
                for byte in bytes {
                    wait(*every);
                    stream.write_all(&[*byte])?;
                }
                return Ok(true);
            }
            Then::Pour(bytes) => loop {
                stream.write_all(bytes)?;
                poured(bytes.len());
            },
        }
        Ok(false)
    }
}

/// Short enough to name a case of a test.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| -> String {
            let shown = &bytes[..bytes.len().min(60)];
            shown.escape_ascii().to_string()
        };
        write!(f, "{:?}: \"{}\", then ", self.moment, text(&self.bytes))?;
        match &self.then {
            Then::Drip { bytes, every } => write!(f, "a byte every {every:?}: {}", text(bytes)),
            Then::Pour(bytes) => write!(f, "again and again: {}", text(bytes)),
            other => write!(f, "{other:?}"),
        }
    }
}
