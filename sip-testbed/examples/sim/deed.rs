//! What the user of a phone does at a moment; a new verb of the user agent is a new line here and in `habits`.

use crate::phone::Phone;
use sip_dialog::{Dtmf, DtmfMode};
use sip_message::{Body, NameAddr, StatusCode};
use sip_ua::core::CallKey;
use sip_uri::Uri;

/// Something to do, at its time.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Register,
    Unregister,
    Call {
        target: Uri,
        /// The callee makes the offer.
        is_offerless: bool,
    },
    Message {
        target: Uri,
    },
    Options {
        target: Uri,
    },
    InCall(CallKey, Act),
}

/// Something to do with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    Ring,
    /// 183 with a session description.
    EarlyMedia,
    Accept,
    /// 183 with the answer to a re-INVITE, or with the offer it asks for.
    AnswerEarly,
    /// 183 to a re-INVITE, without a description.
    Progress,
    /// 2xx without a description or, where that is due, as [`Self::Answer`].
    Conclude,
    Reject(StatusCode),
    /// A 302 to this address.
    Redirect(&'static str),
    HangUp,
    Hold,
    Resume,
    /// A re-INVITE with an offer.
    Offer,
    /// The answer to the peer's offer, or the offer it asks for.
    Answer,
    Decline,
    /// A re-INVITE that asks for an offer.
    AskOffer,
    /// An UPDATE with an offer.
    Update,
    /// An UPDATE without one.
    Refresh,
    /// Telephone keys, in INFO.
    Press,
    /// A MESSAGE in the dialog.
    Write,
    /// OPTIONS in the dialog.
    Ask,
}

impl Phone {
    /// Does it.
    pub(crate) fn act(&mut self, deed: Deed) {
        let now = self.now();
        self.write(format!("{deed:?}"));
        match deed {
            Deed::Register => self.core().register(now),
            Deed::Unregister => self.core().unregister(now),
            Deed::Call { target, is_offerless } => self.call(&target, is_offerless),
            Deed::Message { target } => {
                let key = self.core().message(&target, Body::text("hello"), now);
                self.expect_answer(key);
            }
            Deed::Options { target } => {
                let key = self.core().options(&target, now);
                self.expect_answer(key);
            }
            Deed::InCall(call, act) => self.act_in_call(call, act),
        }
    }

    fn act_in_call(&mut self, call: CallKey, act: Act) {
        let now = self.now();
        let outcome = match act {
            Act::Ring => self.core().ring(call, now),
            Act::EarlyMedia => {
                self.core().progress(call, StatusCode::SESSION_PROGRESS, Some(description(1)), now)
            }
            Act::AnswerEarly => {
                let body = description(self.next_version(call));
                self.core().progress(call, StatusCode::SESSION_PROGRESS, Some(body), now)
            }
            Act::Progress => self.core().progress(call, StatusCode::SESSION_PROGRESS, None, now),
            Act::Conclude => {
                if let Err(error) = self.core().accept(call, None, now) {
                    self.write(format!("{call:?} {act:?}: {error}"));
                    return self.act_in_call(call, Act::Answer);
                }
                Ok(())
            }
            Act::Accept => {
                let outcome = self.core().accept(call, Some(description(1)), now);
                self.note(call, |log| log.accepted |= outcome.is_ok());
                outcome
            }
            Act::Reject(status) => {
                let outcome = self.core().reject(call, status, now);
                self.note(call, |log| log.rejected = outcome.map_or(log.rejected, |()| Some(status)));
                outcome
            }
            Act::Redirect(address) => {
                let target = NameAddr::new(address.parse().expect("an address of this simulation"));
                let outcome = self.core().redirect(call, StatusCode::MOVED_TEMPORARILY, vec![target], now);
                self.note(call, |log| {
                    log.rejected = outcome.map_or(log.rejected, |()| Some(StatusCode::MOVED_TEMPORARILY));
                });
                outcome
            }
            Act::HangUp => {
                self.core().hang_up(call, now);
                self.note(call, |log| log.hung_up |= log.ends.is_empty());
                Ok(())
            }
            Act::Hold => self.core().set_hold(call, true, now),
            Act::Resume => self.core().set_hold(call, false, now),
            Act::Offer => {
                let body = description(self.next_version(call));
                self.core().offer(call, body, now)
            }
            Act::Answer => {
                let body = description(self.next_version(call));
                self.core().answer(call, body, now)
            }
            Act::Decline => self.core().decline(call, StatusCode::NOT_ACCEPTABLE_HERE, now),
            Act::AskOffer => self.core().ask_offer(call, now),
            Act::Update => {
                let body = description(self.next_version(call));
                self.core().update(call, Some(body), now)
            }
            Act::Refresh => self.core().update(call, None, now),
            Act::Press => {
                let keys = Dtmf::sequence("5R").unwrap_or_default();
                self.core().dtmf(call, &keys, DtmfMode::Info, now)
            }
            Act::Write => {
                let outcome = self.core().message_in_call(call, Body::text("hello"), now);
                self.note(call, |log| log.unanswered += i32::from(outcome.is_ok()));
                outcome.map(drop)
            }
            Act::Ask => {
                let outcome = self.core().options_in_call(call, now);
                self.note(call, |log| log.unanswered += i32::from(outcome.is_ok()));
                outcome.map(drop)
            }
        };
        // The peer or another deed was faster.
        if let Err(error) = outcome {
            self.write(format!("{call:?} {act:?}: {error}"));
        }
    }
}

/// A session description of some version.
pub(crate) fn description(version: u32) -> Body {
    Body::sdp(format!(
        "v=0\r\no=- 1 {version} IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio {} RTP/AVP 0\r\n",
        49_170 + 2 * (version % 100)
    ))
}
