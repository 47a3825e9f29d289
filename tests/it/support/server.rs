//! Accepting, waiting and stopping, the same for both fakes.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::PATIENCE;

/// State that threads share, with a bell that rings at every change of it.
#[derive(Debug, Default)]
pub(super) struct Shared<S> {
    inner: Mutex<Inner<S>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner<S> {
    state: S,
    stopping: bool,
    /// How many threads listen for the bell: to ring it for nobody takes its time too.
    waiting: usize,
    /// The open connections, to end them from outside.
    open: Vec<(usize, TcpStream)>,
    accepted: usize,
    threads: Vec<JoinHandle<()>>,
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Inner<S>> {
        // A test that panics elsewhere must not hide its reason behind this one.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes or reads the state.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut S) -> T) -> T {
        let mut inner = self.lock();
        let result = change(&mut inner.state);
        let waiting = inner.waiting;
        drop(inner);
        if waiting > 0 {
            self.changed.notify_all();
        }
        result
    }

    /// Waits until `ready` gives something; `None` when the server stops or `patience` ends first.
    pub(super) fn wait<T>(
        &self,
        patience: Duration,
        mut ready: impl FnMut(&mut S) -> Option<T>,
    ) -> Option<T> {
        let mut found = None;
        let mut inner = self.lock();
        inner.waiting += 1;
        let (mut inner, _) = self
            .changed
            .wait_timeout_while(inner, patience, |inner| {
                found = ready(&mut inner.state);
                found.is_none() && !inner.stopping
            })
            .unwrap_or_else(PoisonError::into_inner);
        inner.waiting -= 1;
        found
    }

    /// How many connections there have been.
    pub(super) fn connections(&self) -> usize {
        self.lock().accepted
    }

    fn forget(&self, id: usize) {
        self.lock().open.retain(|(open, _)| *open != id);
    }
}

/// What is done with a connection, which ends when this returns.
type Serve<S> = dyn Fn(&Shared<S>, &TcpStream) -> io::Result<()> + Send + Sync;

/// A listener on loopback with a thread for each connection.
#[derive(Debug)]
pub(super) struct Server<S> {
    pub(super) shared: Arc<Shared<S>>,
    pub(super) address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

impl<S: Default + Send + 'static> Server<S> {
    /// `serve` is called in the thread of each connection, and the connection ends when it returns.
    pub(super) fn start(
        serve: impl Fn(&Shared<S>, &TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let serve: Arc<Serve<S>> = Arc::new(serve);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, &serve)
        });
        Self {
            shared,
            address,
            acceptor: Some(acceptor),
        }
    }
}

fn accept<S: Send + 'static>(
    listener: &TcpListener,
    shared: &Arc<Shared<S>>,
    serve: &Arc<Serve<S>>,
) {
    loop {
        let (stream, _) = listener.accept().unwrap();
        let mut inner = shared.lock();
        if inner.stopping {
            return;
        }
        // Small answers in several parts are what the fakes send; waiting to fill packets would slow every test.
        stream.set_nodelay(true).unwrap();
        let id = inner.accepted;
        inner.accepted += 1;
        inner.open.push((id, stream.try_clone().unwrap()));
        inner.threads.push(thread::spawn({
            let shared = Arc::clone(shared);
            let serve = Arc::clone(serve);
            move || {
                // An error means that the other end has gone, which is its right.
                let _ = serve(&shared, &stream);
                // First the copy, then the stream itself: only the last one to go closes the connection.
                shared.forget(id);
                drop(stream);
                shared.changed.notify_all();
            }
        }));
        drop(inner);
        shared.changed.notify_all();
    }
}

impl<S> Server<S> {
    /// Writes this on every connection from this side, without a word to the threads that serve them.
    pub(super) fn say(&self, bytes: &[u8]) {
        for (_, stream) in &mut self.shared.lock().open {
            stream.write_all(bytes).unwrap();
        }
    }

    /// Closes every connection from this side, without a word to the threads that serve them.
    pub(super) fn hang_up(&self) {
        for (_, stream) in &self.shared.lock().open {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.wait_until_closed();
    }

    /// Waits until every connection has ended.
    pub(super) fn wait_until_closed(&self) {
        let (inner, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), PATIENCE, |inner| !inner.open.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        assert!(inner.open.is_empty(), "a connection is still open");
    }
}

impl<S> Drop for Server<S> {
    fn drop(&mut self) {
        let threads = {
            let mut inner = self.shared.lock();
            inner.stopping = true;
            for (_, stream) in &inner.open {
                let _ = stream.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut inner.threads)
        };
        self.shared.changed.notify_all();
        // Wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        for thread in self.acceptor.take().into_iter().chain(threads) {
            let failed = thread.join().is_err();
            assert!(
                !failed || thread::panicking(),
                "a thread of a fake panicked"
            );
        }
    }
}
