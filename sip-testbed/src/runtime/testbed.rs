//! The running testbed.

use super::builder::{StartError, TestbedBuilder};
use super::messages::Messages;
use super::recorder::Recorder;
use crate::proxy::ProxyFault;
use std::net::SocketAddr;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// The users that a testbed knows when none are given.
pub const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// The password of each of [`USERS`].
pub const PASSWORD: &str = "secret";

/// A SIP registrar and proxy over WebSocket in this process, gone when it is dropped.
///
/// ```
/// use sip_testbed::Testbed;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let testbed = Testbed::start().await?;
/// assert!(testbed.url().starts_with("ws://127.0.0.1:"));
/// assert_eq!(testbed.aor("alice"), "sip:alice@example.test"); // her password is sip_testbed::PASSWORD
/// testbed.shutdown().await;
/// # Ok::<(), sip_testbed::StartError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a testbed that is dropped stops"]
pub struct Testbed {
    parts: Parts,
    task: JoinHandle<()>,
}

/// What the builder hands over.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) address: SocketAddr,
    pub(super) secure_address: Option<SocketAddr>,
    pub(super) domain: String,
    pub(super) recorder: Recorder,
    pub(super) fault: watch::Sender<ProxyFault>,
    /// Dropping it stops the driver too.
    pub(super) stop: oneshot::Sender<()>,
}

impl Testbed {
    /// Starts one on a free loopback port, with [`USERS`] in the domain `example.test`.
    ///
    /// # Errors
    /// [`StartError`] when the loopback interface gives no port.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time and I/O enabled, as tokio does.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// One with other users, another domain, a given port.
    pub fn builder() -> TestbedBuilder {
        TestbedBuilder::new()
    }

    /// Where clients connect: `ws://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}", self.parts.address)
    }

    /// The same for `wss://`, if a certificate was given.
    #[must_use]
    pub fn secure_url(&self) -> Option<String> {
        self.parts.secure_address.map(|address| format!("wss://{address}"))
    }

    /// The address it listens on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.parts.address
    }

    /// The domain of its users.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.parts.domain
    }

    /// The address-of-record of a user: `sip:alice@example.test`.
    #[must_use]
    pub fn aor(&self, user: &str) -> String {
        format!("sip:{user}@{}", self.parts.domain)
    }

    /// All messages from now on, as seen by the testbed: for a [`Ladder`](crate::Ladder).
    ///
    /// There it is called `testbed`, and each client by the user part of the From of its first request.
    #[must_use]
    pub fn messages(&self) -> Messages {
        self.parts.recorder.stream()
    }

    /// Lets the whole server fail in this way from the next message on, until another fault is set. A
    /// [`Relay`](crate::Relay) in front of it lets connections fail.
    pub fn set_fault(&self, fault: ProxyFault) {
        self.parts.fault.send_replace(fault);
    }

    /// Closes all connections politely and waits until that is done, half a second at most.
    pub async fn shutdown(self) {
        let Self { parts, task } = self;
        drop(parts.stop);
        // Fails only if the driver panicked, which the runtime has reported.
        let _ = task.await;
    }

    #[expect(clippy::disallowed_methods, reason = "runtime module")]
    pub(super) fn new(parts: Parts, driver: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { parts, task: tokio::spawn(driver) }
    }
}
