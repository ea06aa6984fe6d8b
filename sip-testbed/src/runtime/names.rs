//! What a client is called in ladders: the user it first speaks for.

use sip_message::{From, Message};
use sip_transaction::FlowId;
use std::collections::{BTreeSet, HashMap};

/// The names of the open flows, each given once.
#[derive(Debug, Default)]
pub(super) struct Names {
    of_flow: HashMap<FlowId, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// Gives `flow`, on which `message` is the first that has come, its name, unless it has one.
    pub(super) fn note_sender(&mut self, flow: FlowId, message: &Message) {
        let name = || take(&mut self.taken, user(message).unwrap_or_else(|| "client".to_owned()));
        self.of_flow.entry(flow).or_insert_with(name);
    }

    /// The name of `flow`, if it has one.
    pub(super) fn of(&self, flow: FlowId) -> &str {
        self.of_flow.get(&flow).map_or("client", String::as_str)
    }

    /// Gives `flow` a name before it has sent anything.
    pub(super) fn set(&mut self, flow: FlowId, name: &str) {
        self.of_flow.insert(flow, take(&mut self.taken, name.to_owned()));
    }

    /// The name is free for another flow.
    pub(super) fn forget(&mut self, flow: FlowId) {
        if let Some(name) = self.of_flow.remove(&flow) {
            self.taken.remove(&name);
        }
    }
}

/// Takes `alice`, or `alice-2` while `alice` is taken.
fn take(taken: &mut BTreeSet<String>, name: String) -> String {
    let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let free = names.find(|name| !taken.contains(name)).unwrap_or(name);
    taken.insert(free.clone());
    free
}

fn user(message: &Message) -> Option<String> {
    let from = message.headers().typed::<From>().ok()??;
    Some(from.0.uri.as_sip()?.user()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(from: &str) -> Message {
        Message::parse(format!("OPTIONS sip:x.test SIP/2.0\r\nFrom: {from}\r\n\r\n").into()).unwrap()
    }

    #[test]
    fn a_flow_keeps_the_name_of_its_first_message() {
        let mut names = Names::default();
        let mut named = |number: u64, from: &str| {
            names.note_sender(FlowId::new(number), &request(from));
            names.of(FlowId::new(number)).to_owned()
        };
        assert_eq!(named(1, "<sip:alice@x.test>;tag=1"), "alice");
        assert_eq!(named(1, "<sip:bob@x.test>;tag=1"), "alice");
        assert_eq!(named(2, "<sip:alice@x.test>;tag=2"), "alice-2");
        assert_eq!(named(3, "nonsense<"), "client");
        names.forget(FlowId::new(1));
        names.note_sender(FlowId::new(4), &request("<sip:alice@x.test>;tag=3"));
        assert_eq!(names.of(FlowId::new(4)), "alice");
    }
}
