//! What the page can do: `register`, `message USER TEXT`, `call USER`, `bye`, `try SERVER`, `online`,
//! `reload`, `quit`.
//!
//! Lines tell what comes of it: `registered`, `message sent`, `message USER TEXT`, `incoming USER`, `sdp TEXT`,
//! `established`, `interrupted`, `resumed`, `restored`, `ended CAUSE`, `bye confirmed`, `tried ERROR`, `unregistered`, `error TEXT`.

use super::call::{self, Bye};
use super::lead::Lead;
use super::trouble::Trouble;
use super::user;
use sip_ua::{IncomingCall, RemoteDescriptions, RestoredCall, UserAgent};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, window};

/// The user agent and its call; cheap to clone.
#[derive(Clone)]
pub(super) struct Words {
    agent: UserAgent,
    lead: Lead,
    call: Rc<RefCell<Option<Bye>>>,
}

impl Words {
    pub(super) fn new(agent: UserAgent, lead: Lead) -> Self {
        Self { agent, lead, call: Rc::default() }
    }

    /// Does what a word says.
    pub(super) async fn perform(&self, word: &str) -> Result<(), Trouble> {
        let (word, rest) = word.split_once(' ').unwrap_or((word, ""));
        match word {
            "register" => {
                self.agent.register().await?;
                self.lead.tell("registered");
            }
            "message" => {
                let (target, text) = rest.split_once(' ').unwrap_or((rest, ""));
                self.agent.message(target, text).await?;
                self.lead.tell("message sent");
            }
            "call" => {
                let (media, remote) = call::media();
                let call = self.agent.call(rest, media).await?;
                self.keep(call, Some(remote));
            }
            "bye" => {
                let bye = self.call.borrow_mut().take().ok_or_else(|| Trouble::new("no call"))?;
                // a call that is over has told so
                let _ = bye.send(());
            }
            "try" => match UserAgent::builder("sip:nobody@example.test").server(rest).connect().await {
                Ok(_) => return Err(Trouble::new("there is a server")),
                Err(error) => self.lead.tell(format!("tried {error}")),
            },
            // what the browser says when it finds a network again
            "online" => {
                let window = window().ok_or_else(|| Trouble::new("no window"))?;
                let event = Event::new("online").map_err(Trouble::thrown)?;
                window.dispatch_event(&event).map_err(Trouble::thrown)?;
            }
            "reload" => {
                let window = window().ok_or_else(|| Trouble::new("no window"))?;
                window.location().reload().map_err(Trouble::thrown)?;
                // the next word is for the next page
                std::future::pending::<()>().await;
            }
            "quit" => {
                self.agent.unregister().await?;
                self.lead.tell("unregistered");
            }
            _ => return Err(Trouble::new(format!("no such word: {word}"))),
        }
        Ok(())
    }

    /// Tells what happened, and takes calls.
    pub(super) async fn hear(&self, event: sip_ua::Event) {
        let outcome = match event {
            sip_ua::Event::Message(message) => {
                self.lead.tell(format!("message {} {}", user(message.from()), message.text()));
                Ok(())
            }
            sip_ua::Event::IncomingCall(incoming) => self.answer(incoming).await,
            sip_ua::Event::RestoredCall(restored) => {
                self.go_on(restored).await;
                Ok(())
            }
            // what the messages show as well
            _ => Ok(()),
        };
        if let Err(trouble) = outcome {
            self.lead.tell(format!("error {trouble}"));
        }
    }

    async fn answer(&self, incoming: IncomingCall) -> Result<(), Trouble> {
        self.lead.tell(format!("incoming {}", user(incoming.from())));
        let (media, remote) = call::media();
        let call = incoming.accept(media).await?;
        self.keep(call, Some(remote));
        Ok(())
    }

    async fn go_on(&self, restored: RestoredCall) {
        self.lead.tell("restored");
        let (media, _) = call::media();
        let call = restored.resume(media).await;
        self.keep(call, None);
    }

    fn keep(&self, call: sip_ua::Call, remote: Option<RemoteDescriptions>) {
        let (bye, hang_up) = call::bye();
        self.call.replace(Some(bye));
        spawn_local(call::follow(call, remote, hang_up, self.lead.clone()));
    }
}
