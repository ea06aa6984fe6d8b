//! Prints state × event tables from the code, to be read beside RFC 3261 figures 5 to 8 and RFC 6026 figures 5 and 7.

use crate::{ClientOutput, InviteServerOutput, NonInviteServerOutput};
use sip_clock::{Instant, TimerTable};
use sip_message::{CSeq, CallId, From, Message, Method, NameAddr, Request, To, Via};
use std::fmt::{Debug, Write};

/// One table as text.
#[derive(Default)]
pub(crate) struct Table(String);

impl Table {
    pub(crate) fn section(&mut self, title: impl Debug) {
        let _ = writeln!(self.0, "== {title:?}");
    }

    pub(crate) fn row(&mut self, state: &str, event: &str, next: &str, outputs: &[String], timers: &str) {
        let outputs = if outputs.is_empty() { "-".to_owned() } else { outputs.join(", ") };
        let row = format!("{state:<12}| {event:<16}| {next:<12}| {outputs:<27}| {timers}");
        let _ = writeln!(self.0, "{}", row.trim_end());
    }

    #[track_caller]
    pub(crate) fn assert(&self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../tests/it/snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, self.0));
    }
}

/// The first word of a state's `Debug` form.
pub(crate) fn name(state: impl Debug) -> String {
    let text = format!("{state:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// `E+500ms F+32s`.
pub(crate) fn armed<T: Ord + Clone + Debug>(timers: &TimerTable<T>, all: &[T], now: Instant) -> String {
    let armed = all.iter().filter_map(|timer| Some((timer, timers.get(timer)?)));
    armed.map(|(timer, at)| format!("{timer:?}+{:?}", at - now)).collect::<Vec<_>>().join(" ")
}

/// A request with what a transaction looks at.
pub(crate) fn request(method: Method) -> Request {
    let alice = NameAddr::new("sip:alice@example.org".parse().unwrap()).with_tag("a");
    let bob = NameAddr::new("sip:bob@example.org".parse().unwrap());
    let via = Via::new("UDP", &"client.invalid".parse().unwrap(), None).with_branch("z9hG4bK1");
    Request::new(method.clone(), &bob.uri)
        .with(&via)
        .with(&From(alice))
        .with(&To(bob))
        .with(&CallId("1".to_owned()))
        .with(&CSeq { number: 1, method })
}

pub(crate) fn client_output(output: ClientOutput) -> String {
    match output {
        ClientOutput::Transmit(request) => format!("send {}", request.method().as_str()),
        ClientOutput::Response(response) => format!("user {}", response.status().code()),
        ClientOutput::Failed(failure) => format!("user {failure:?}"),
    }
}

pub(crate) fn invite_server_output(output: InviteServerOutput) -> String {
    match output {
        InviteServerOutput::Transmit(response) => sent(response.into()),
        InviteServerOutput::Ack(_) => "user ACK".to_owned(),
        InviteServerOutput::Failed(failure) => format!("user {failure:?}"),
    }
}

pub(crate) fn non_invite_server_output(output: NonInviteServerOutput) -> String {
    match output {
        NonInviteServerOutput::Transmit(response) => sent(response.into()),
        NonInviteServerOutput::Failed(failure) => format!("user {failure:?}"),
    }
}

fn sent(message: Message) -> String {
    match message {
        Message::Request(request) => format!("send {}", request.method().as_str()),
        Message::Response(response) => format!("send {}", response.status().code()),
    }
}
