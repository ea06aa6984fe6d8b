//! One user agent of ours.

use crate::arguments::Arguments;
use crate::miss::{Miss, ensure};
use crate::trace::Trace;
use sip_outbound::{BackOff, InstanceId, Server};
use sip_transport_ws::native::{ConnectOptions, TlsOptions};
use sip_transport_ws::{KeepAliveMode, KeepAliveOptions};
use sip_ua::{
    ApplicationSdp, Builder, ConnectError, Event, Events, IncomingCall, RemoteDescriptions, UserAgent,
};
use std::fs;
use std::time::Duration;

/// A user agent and what reaches it.
pub(crate) struct Agent {
    pub(crate) name: &'static str,
    pub(crate) handle: UserAgent,
    events: Events,
    /// Whether its connection is lost on purpose.
    loses_connections: bool,
}

/// The password of a user; the server's configuration has the same.
pub(crate) fn password(name: &str) -> String {
    format!("{name}'s password")
}

impl Agent {
    /// Connects `name` with a password.
    pub(crate) async fn connect(
        arguments: &Arguments,
        trace: &Trace,
        name: &'static str,
        password: &str,
    ) -> Result<Self, Miss> {
        let builder = builder(arguments, trace, name, password, options(arguments)?);
        let (handle, events) = builder.connect().await?;
        Ok(Self { name, handle, events, loses_connections: false })
    }

    /// Connects `name` over connections that will be lost: it notices that within a second and comes back at once, with
    /// the name `instance` for RFC 5626.
    pub(crate) async fn connect_lossy(
        arguments: &Arguments,
        trace: &Trace,
        name: &'static str,
        instance: InstanceId,
    ) -> Result<Self, Miss> {
        let builder = builder(arguments, trace, name, &password(name), watchful(arguments)?);
        let builder = builder.instance(instance).reconnect(Some(COME_BACK)).patience(Duration::from_secs(60));
        let (handle, events) = builder.connect().await?;
        Ok(Self { name, handle, events, loses_connections: true })
    }

    /// Connects `name` over as many flows as there are servers, each of which may be lost (RFC 5626 §4.2).
    pub(crate) async fn connect_flows(
        arguments: &Arguments,
        trace: &Trace,
        name: &'static str,
        instance: InstanceId,
        servers: &[String],
    ) -> Result<Self, Miss> {
        let flows = u32::try_from(servers.len())?;
        let builder = builder(arguments, trace, name, &password(name), watchful(arguments)?);
        let builder = builder.servers(servers.iter().map(Server::new)).instance(instance).flows(flows);
        let builder = builder.reconnect(Some(COME_BACK)).patience(Duration::from_secs(60));
        let (handle, events) = builder.connect().await?;
        Ok(Self { name, handle, events, loses_connections: true })
    }

    /// Why `name` cannot connect with these options.
    pub(crate) async fn connect_error(
        arguments: &Arguments,
        trace: &Trace,
        name: &'static str,
        options: ConnectOptions,
    ) -> Result<ConnectError, Miss> {
        match builder(arguments, trace, name, &password(name), options).connect().await {
            Ok(_) => Err(Miss::new(format!("{name} could connect"))),
            Err(error) => Ok(error),
        }
    }

    /// The next call that comes in.
    pub(crate) async fn incoming_call(&mut self) -> Result<IncomingCall, Miss> {
        loop {
            if let Event::IncomingCall(call) = self.event().await? {
                return Ok(call);
            }
        }
    }

    /// The next message must be `text`, from `sender`.
    pub(crate) async fn require_message(&mut self, sender: &str, text: &str) -> Result<(), Miss> {
        loop {
            if let Event::Message(message) = self.event().await? {
                let from = message.from().map(|from| from.uri.to_string()).unwrap_or_default();
                ensure(from == sender, || format!("the message is from {from}, not from {sender}"))?;
                return ensure(message.text() == text, || format!("the message is {:?}", message.text()));
            }
        }
    }

    /// A session description of this user, and what the other side will describe.
    pub(crate) fn media(&self) -> (ApplicationSdp, RemoteDescriptions) {
        let name = self.name;
        ApplicationSdp::new(&format!(
            "v=0\r\no={name} 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio 40002 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
        ))
    }

    async fn event(&mut self) -> Result<Event, Miss> {
        match self.events.next().await {
            Some(Event::Disconnected) if !self.loses_connections => {
                Err(Miss::new(format!("{} lost its connection", self.name)))
            }
            Some(event) => Ok(event),
            None => Err(Miss::new(format!("{} was closed", self.name))),
        }
    }
}

const COME_BACK: BackOff = BackOff { base: Duration::from_millis(100), maximum: Duration::from_millis(200) };

fn builder(
    arguments: &Arguments,
    trace: &Trace,
    name: &'static str,
    password: &str,
    options: ConnectOptions,
) -> Builder {
    let trace = trace.clone();
    UserAgent::builder(&arguments.aor(name))
        .server(&arguments.server)
        .password(password)
        .connect_options(options)
        .trace(move |wire| trace.message(name, wire))
}

/// Notices silence within a second, of a connection and of a server that is to be connected to.
fn watchful(arguments: &Arguments) -> Result<ConnectOptions, Miss> {
    let (interval, timeout) = (Duration::from_millis(500), Duration::from_millis(500));
    let keep_alive = KeepAliveOptions { mode: KeepAliveMode::WsPing, interval, timeout };
    Ok(ConnectOptions { keep_alive, timeout: Duration::from_secs(1), ..options(arguments)? })
}

/// Trusts the root of the command line and no other.
fn options(arguments: &Arguments) -> Result<ConnectOptions, Miss> {
    let tls = match &arguments.root {
        Some(path) => TlsOptions::default().without_platform_roots().with_root(fs::read(path)?),
        None => TlsOptions::default(),
    };
    Ok(ConnectOptions { tls, require_subprotocol: true, ..ConnectOptions::default() })
}
