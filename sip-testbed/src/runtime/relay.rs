//! A TCP relay in front of any server, which fails on command: what RFC 5626 §4.4 and §4.5 are about, on real sockets.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Passes TCP connections on to a server and lets them fail when told to. Gone with its connections when it is dropped.
///
/// ```
/// use sip_testbed::{Relay, RelayFault, Testbed};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let testbed = Testbed::start().await?;
/// let relay = Relay::start(testbed.local_addr()).await?;
/// let url = format!("ws://{}", relay.local_addr()); // for the user agent
/// relay.set(RelayFault::BlackHole); // its connection is up and leads nowhere
/// relay.set(RelayFault::None);
/// # drop((url, testbed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a relay that is dropped stops"]
pub struct Relay {
    address: SocketAddr,
    fault: watch::Sender<RelayFault>,
    cuts: broadcast::Sender<RelayCut>,
    task: JoinHandle<()>,
}

/// What a [`Relay`] does to everything that passes, from now on.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RelayFault {
    /// Nothing.
    #[default]
    None,
    /// Nothing passes in either direction, and nobody is told. What was sent meanwhile passes later, as TCP has it.
    BlackHole,
    /// Nothing passes from the server to the client.
    DeafClient,
    /// Nothing passes from the client to the server.
    DeafServer,
    /// Each piece of up to 1 KiB is held back for so long.
    Slow(Duration),
    /// New connections are reset at once; those that are up stay.
    Refuse,
}

/// How a [`Relay`] ends the connections that are up.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RelayCut {
    /// With FIN, as a server that stops.
    Clean,
    /// With RST, as a router that has forgotten the connection.
    Reset,
}

impl Relay {
    /// Listens on a free loopback port and passes connections on to `server`.
    ///
    /// # Errors
    /// When the loopback interface gives no port.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time and I/O enabled, as tokio does.
    #[expect(clippy::disallowed_methods, reason = "runtime module")]
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (fault, faults) = watch::channel(RelayFault::None);
        let cuts = broadcast::Sender::new(16);
        let task = tokio::spawn(serve(listener, server, faults, cuts.clone()));
        Ok(Self { address, fault, cuts, task })
    }

    /// The address that clients connect to.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Puts this fault in place of the one before.
    pub fn set(&self, fault: RelayFault) {
        self.fault.send_replace(fault);
    }

    /// Ends all connections that are up; new ones are accepted.
    pub fn cut(&self, cut: RelayCut) {
        // nobody listens when no connection is up
        let _ = self.cuts.send(cut);
    }

    /// How many connections are up.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.cuts.receiver_count()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    server: SocketAddr,
    faults: watch::Receiver<RelayFault>,
    cuts: broadcast::Sender<RelayCut>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                if *faults.borrow() == RelayFault::Refuse {
                    reset(&client);
                } else {
                    connections.spawn(connection(client, server, faults.clone(), cuts.subscribe()));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// One connection from its beginning to its end.
async fn connection(
    mut client: TcpStream,
    server: SocketAddr,
    faults: watch::Receiver<RelayFault>,
    mut cuts: broadcast::Receiver<RelayCut>,
) {
    let Ok(mut server) = TcpStream::connect(server).await else { return reset(&client) };
    // a connection that cannot be hurried is slower, not wrong
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let there = pump(from_client, to_server, faults.clone(), Way::There);
        let back = pump(from_server, to_client, faults, Way::Back);
        tokio::select! {
            passed = async { tokio::try_join!(there, back) } => passed.map_or(RelayCut::Reset, |_| RelayCut::Clean),
            cut = cuts.recv() => cut.unwrap_or(RelayCut::Clean),
        }
    };
    if ended == RelayCut::Reset {
        reset(&client);
        reset(&server);
    }
}

#[derive(Clone, Copy)]
enum Way {
    There,
    Back,
}

/// Passes bytes on in one direction until their end.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut faults: watch::Receiver<RelayFault>,
    way: Way,
) -> io::Result<()> {
    let mut piece = [0; 1024];
    loop {
        let length = from.read(&mut piece).await?;
        passable(&mut faults, way).await;
        let fault = *faults.borrow();
        if let RelayFault::Slow(delay) = fault {
            tokio::time::sleep(delay).await;
        }
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(piece.get(..length).unwrap_or_default()).await?;
    }
}

/// Waits until the fault lets this direction pass; for ever once the relay is gone.
async fn passable(faults: &mut watch::Receiver<RelayFault>, way: Way) {
    let passes = |fault: &RelayFault| match (fault, way) {
        (RelayFault::BlackHole, Way::There | Way::Back)
        | (RelayFault::DeafClient, Way::Back)
        | (RelayFault::DeafServer, Way::There) => false,
        (RelayFault::DeafClient, Way::There)
        | (RelayFault::DeafServer, Way::Back)
        | (RelayFault::None | RelayFault::Slow(_) | RelayFault::Refuse, Way::There | Way::Back) => true,
    };
    if faults.wait_for(passes).await.is_err() {
        std::future::pending().await
    }
}

/// Lets the connection end with RST when it is dropped.
fn reset(stream: &TcpStream) {
    // without it the connection ends with FIN, which is an end as well
    let _ = stream.set_zero_linger();
}
