//! Hold as two independent bits, RFC 3264 §8.4 and RFC 6337 §5.3; AC-17.

use crate::{Direction, SessionDescription};

/// Who has put the call on hold: either, both or none.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_structs, reason = "there are two ends")]
pub struct Hold {
    /// This end does not want to receive.
    pub local: bool,
    /// The peer does not want to receive.
    pub remote: bool,
}

impl Hold {
    /// The direction to offer for a stream that the application wants to go `wish`.
    pub(crate) const fn offered(self, wish: Direction) -> Direction {
        let wish = self.wanted(wish);
        // rfc6337#5.3: a stream that the peer holds is not offered to be sent
        if self.remote { wish.and(Direction::RecvOnly) } else { wish }
    }

    /// The direction to answer to `offer`.
    pub(crate) const fn answered(self, wish: Direction, offer: Direction) -> Direction {
        // rfc3264#6.1
        self.wanted(wish).and(offer.mirrored())
    }

    /// Hold after an offer of the peer with this [direction in use](SessionDescription::direction_in_use) was answered.
    pub(crate) fn after_offer(self, in_use: Option<Direction>) -> Self {
        Self { remote: in_use.is_some_and(|direction| !direction.receives()), ..self }
    }

    /// Hold after the peer's `answer` to `offer`: what was not offered to be sent tells nothing about its wish.
    pub(crate) fn after_answer(self, offer: &SessionDescription, answer: &SessionDescription) -> Self {
        if offer.direction().sends() { self.after_offer(answer.direction_in_use()) } else { self }
    }

    const fn wanted(self, wish: Direction) -> Direction {
        if self.local { wish.and(Direction::SendOnly) } else { wish }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdp(direction: Direction) -> SessionDescription {
        bytes::Bytes::from(format!("m=audio 4000 RTP/AVP 0\r\na={direction}\r\n")).into()
    }

    #[test]
    fn ac17_the_four_states_are_offered_so() {
        let offered = |local, remote| Hold { local, remote }.offered(Direction::SendRecv);
        assert_eq!(offered(false, false), Direction::SendRecv);
        assert_eq!(offered(true, false), Direction::SendOnly);
        assert_eq!(offered(false, true), Direction::RecvOnly);
        assert_eq!(offered(true, true), Direction::Inactive);
    }

    #[test]
    fn ac17_resume_restores_the_wish_of_the_application() {
        assert_eq!(Hold::default().offered(Direction::RecvOnly), Direction::RecvOnly);
        let held = Hold { local: true, remote: false };
        assert_eq!(held.offered(Direction::RecvOnly), Direction::Inactive);
    }

    #[test]
    fn ac17_an_answer_is_the_mirror_cut_by_the_wish() {
        let none = Hold::default();
        assert_eq!(none.answered(Direction::SendRecv, Direction::SendOnly), Direction::RecvOnly);
        assert_eq!(none.answered(Direction::SendOnly, Direction::SendRecv), Direction::SendOnly);
        let held = Hold { local: true, remote: false };
        assert_eq!(held.answered(Direction::SendRecv, Direction::SendRecv), Direction::SendOnly);
        assert_eq!(held.answered(Direction::SendRecv, Direction::SendOnly), Direction::Inactive);
    }

    #[test]
    fn the_peer_shows_its_wish_only_where_it_is_sent_to() {
        let none = Hold::default();
        assert!(none.after_offer(sdp(Direction::SendOnly).direction_in_use()).remote);
        assert!(!none.after_offer(sdp(Direction::RecvOnly).direction_in_use()).remote);
        assert!(!none.after_answer(&sdp(Direction::SendOnly), &sdp(Direction::RecvOnly)).remote);
        assert!(none.after_answer(&sdp(Direction::SendOnly), &sdp(Direction::Inactive)).remote);
        let held = Hold { local: false, remote: true };
        assert!(held.after_answer(&sdp(Direction::RecvOnly), &sdp(Direction::SendOnly)).remote);
        assert!(!held.after_offer(SessionDescription::from("no media at all").direction_in_use()).remote);
    }
}
