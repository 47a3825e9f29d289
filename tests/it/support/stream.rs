//! A connection with TLS on it, or without.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use rustls::ServerConnection;
use socket2::SockRef;

use super::certificate::Identity;

/// The first byte of TLS: the record type of a handshake. No request begins with it.
const HANDSHAKE: u8 = 0x16;

/// The server's end of a connection.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    socket: &'a TcpStream,
    tls: Option<ServerConnection>,
    /// What has come over TLS and has not been asked for: heads are read byte by byte. Last come, last in it.
    unread: VecDeque<u8>,
}

impl<'a> Stream<'a> {
    pub(super) fn plain(socket: &'a TcpStream) -> Self {
        Self {
            socket,
            tls: None,
            unread: VecDeque::new(),
        }
    }

    /// Waits for the first byte. Does the other end want to shake hands?
    pub(super) fn begins_with_tls(&self) -> io::Result<bool> {
        let mut first = [0];
        Ok(self.socket.peek(&mut first)? > 0 && first[0] == HANDSHAKE)
    }

    /// Shakes hands.
    pub(super) fn greet(&mut self, identity: &Identity) -> io::Result<()> {
        let mut tls = identity.connection();
        tls.complete_io(&mut self.socket)?;
        self.tls = Some(tls);
        Ok(())
    }

    /// Reads the other end's greeting, and says so many hundredths of what a server has to say to it. The rest is without TLS.
    pub(super) fn greet_with_part(&mut self, identity: &Identity, part: usize) -> io::Result<()> {
        let mut tls = identity.connection();
        while !tls.wants_write() {
            tls.read_tls(&mut self.socket)?;
            tls.process_new_packets().map_err(io::Error::other)?;
        }
        let mut greeting = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut greeting)?;
        }
        self.socket
            .write_all(&greeting[..greeting.len() * part / 100])
    }

    /// Says that nothing will follow, in the words of TLS. Plain TCP has none but the end itself.
    pub(super) fn say_goodbye(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
        }
        self.flush()
    }

    /// Says so, and closes this direction.
    pub(super) fn end_writing(&mut self) -> io::Result<()> {
        self.say_goodbye()?;
        self.socket.shutdown(Shutdown::Write)
    }

    /// From now on the connection ends with a reset, whatever is unread or unsent.
    pub(super) fn reset_when_closed(&self) -> io::Result<()> {
        SockRef::from(self.socket).set_linger(Some(Duration::ZERO))
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.read(buffer),
            Some(tls) => {
                if self.unread.is_empty() {
                    let mut come = [0; 4096];
                    let length = rustls::Stream::new(tls, &mut self.socket).read(&mut come)?;
                    self.unread.extend(&come[..length]);
                }
                self.unread.read(buffer)
            }
        }
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.write(bytes),
            Some(tls) => rustls::Stream::new(tls, &mut self.socket).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => self.socket.flush(),
            Some(tls) => rustls::Stream::new(tls, &mut self.socket).flush(),
        }
    }
}
