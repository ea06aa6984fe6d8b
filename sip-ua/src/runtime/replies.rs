//! Who waits for the outcome of what.

#[cfg(feature = "registration")]
use super::RegisterError;
use super::RequestError;
use crate::core::{ExchangeKey, RequestFailure};
#[cfg(feature = "registration")]
use sip_auth::AuthError;
use sip_message::Response;
#[cfg(feature = "registration")]
use sip_outbound::{RegistrationEvent, RegistrationFailure};
use std::collections::BTreeMap;
#[cfg(feature = "registration")]
use std::time::Duration;
use tokio::sync::oneshot;

/// Open questions of the application. An answer nobody waits for any more is dropped.
#[derive(Debug, Default)]
pub(super) struct Replies {
    exchanges: BTreeMap<ExchangeKey, oneshot::Sender<Result<Response, RequestError>>>,
    #[cfg(feature = "registration")]
    registrations: Vec<oneshot::Sender<Result<Duration, RegisterError>>>,
    #[cfg(feature = "registration")]
    removals: Vec<oneshot::Sender<Result<(), RegisterError>>>,
    closings: Vec<oneshot::Sender<()>>,
}

impl Replies {
    pub(super) fn expect_answer(
        &mut self,
        exchange: ExchangeKey,
        reply: oneshot::Sender<Result<Response, RequestError>>,
    ) {
        self.exchanges.insert(exchange, reply);
    }

    pub(super) fn answer(&mut self, exchange: ExchangeKey, outcome: Result<Response, RequestFailure>) {
        if let Some(reply) = self.exchanges.remove(&exchange) {
            let _ = reply.send(outcome.map_err(RequestError::from));
        }
    }

    /// `reply` is dropped, which tells its waiter, when the driver ends.
    pub(super) fn expect_closing(&mut self, reply: oneshot::Sender<()>) {
        self.closings.push(reply);
    }
}

#[cfg(feature = "registration")]
impl Replies {
    pub(super) fn expect_registration(&mut self, reply: oneshot::Sender<Result<Duration, RegisterError>>) {
        self.registrations.push(reply);
    }

    pub(super) fn expect_removal(&mut self, reply: oneshot::Sender<Result<(), RegisterError>>) {
        self.removals.push(reply);
    }

    pub(super) fn registration(&mut self, event: &RegistrationEvent, authentication: Option<AuthError>) {
        match event {
            RegistrationEvent::Registered { expires, .. } => {
                for reply in self.registrations.drain(..) {
                    let _ = reply.send(Ok(*expires));
                }
            }
            RegistrationEvent::Unregistered => {
                for reply in self.removals.drain(..) {
                    let _ = reply.send(Ok(()));
                }
                for reply in self.registrations.drain(..) {
                    let _ = reply.send(Err(RegisterError::Closed));
                }
            }
            RegistrationEvent::Failed { cause, .. } => {
                self.fail_registration(&register_error(cause, authentication));
            }
            // Other events do not settle what was asked.
            _ => {}
        }
    }

    fn fail_registration(&mut self, error: &RegisterError) {
        for reply in self.registrations.drain(..) {
            let _ = reply.send(Err(error.clone()));
        }
        for reply in self.removals.drain(..) {
            let _ = reply.send(Err(error.clone()));
        }
    }
}

#[cfg(feature = "registration")]
fn register_error(cause: &RegistrationFailure, authentication: Option<AuthError>) -> RegisterError {
    if let Some(error) = authentication {
        return RegisterError::Authentication(error);
    }
    match cause {
        RegistrationFailure::Timeout => RegisterError::Timeout,
        RegistrationFailure::Transport => RegisterError::Transport,
        refusal => RegisterError::Refused(*refusal),
    }
}
