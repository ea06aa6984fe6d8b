//! Telephone keys in the body of INFO, in the forms that are met (RFC 2976 §2, RFC 4733 §3.2); AC-22.

use sip_message::{Body, ContentType};
use std::time::Duration;

/// A key press of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a key and how long it was held")]
pub struct Dtmf {
    /// `0` to `9`, `*`, `#`, `A` to `D`, or `R` for flash (event 16 of RFC 4733 §3.2).
    pub key: char,
    /// How long, if the peer said so.
    pub duration: Option<Duration>,
}

/// A key to press, or the silence that a comma stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do with keys")]
pub enum Tone {
    /// Press this key.
    Key(Dtmf),
    /// Wait that long.
    Pause(Duration),
}

/// How key presses are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "one way, the other, or the better one")]
pub enum DtmfMode {
    /// As RTP events where both descriptions have them, else in INFO.
    #[default]
    Auto,
    /// In INFO.
    Info,
    /// As RTP events (RFC 4733), which the application sends: [`crate::SessionEvent::PressKey`].
    Rtp,
}

impl Dtmf {
    /// The keys of a text such as `12,R`: each is held for 160 ms, a comma is a pause of two seconds, blanks and
    /// dashes mean nothing; `None` when any other sign is no key.
    #[must_use]
    pub fn sequence(text: &str) -> Option<Vec<Tone>> {
        let signs = text.chars().filter(|sign| !matches!(sign, ' ' | '-'));
        let tone = |sign| match sign {
            ',' => Some(Tone::Pause(PAUSE)),
            key => Self::new(key, DEFAULT_DURATION).map(Tone::Key),
        };
        signs.map(tone).collect()
    }

    /// A key press to send; `None` when there is no such key. Small letters count as capital ones.
    #[must_use]
    pub fn new(key: char, duration: Duration) -> Option<Self> {
        let key = key.to_ascii_uppercase();
        is_key(key).then_some(Self { key, duration: Some(duration) })
    }

    /// Reads the body of an INFO: `application/dtmf-relay` (`Signal=`, `Duration=`), the same in the short form
    /// (`d=`), `application/dtmf` or `audio/telephone-event` with the bare key or its number, and any of these under
    /// another's type.
    ///
    /// ```
    /// use sip_dialog::Dtmf;
    /// use sip_message::{Body, ContentType};
    ///
    /// let relay = ContentType::new("application", "dtmf-relay");
    /// let body = Body { content_type: relay, bytes: "Signal= 5\r\nDuration= 160\r\n".into() };
    /// assert_eq!(Dtmf::received(&body).map(|dtmf| dtmf.key), Some('5'));
    /// ```
    #[must_use]
    pub fn received(body: &Body) -> Option<Self> {
        let kind = &body.content_type;
        let is_dtmf = kind.is("application", "dtmf-relay")
            || kind.is("application", "dtmf")
            || kind.is("audio", "telephone-event");
        let text = std::str::from_utf8(&body.bytes).ok().filter(|_| is_dtmf)?;
        let (mut key, mut duration) = (None, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                Some((name, value)) if name.eq_ignore_ascii_case("signal") => key = key_of(value),
                Some((name, value)) if name.eq_ignore_ascii_case("d") && key.is_none() => key = key_of(value),
                Some((name, value)) if name.eq_ignore_ascii_case("duration") => {
                    duration = value.parse().ok().map(Duration::from_millis);
                }
                Some(_) => {}
                None => key = key.or_else(|| key_of(line)),
            }
        }
        Some(Self { key: key?, duration })
    }

    /// The body of an INFO in the form that most peers read, `application/dtmf-relay`.
    #[must_use]
    pub fn to_body(self) -> Body {
        let millis = self.duration.unwrap_or(DEFAULT_DURATION).as_millis();
        let text = format!("Signal={}\r\nDuration={millis}\r\n", self.key);
        Body { content_type: ContentType::new("application", "dtmf-relay"), bytes: text.into() }
    }
}

/// A key by itself or by its event number (RFC 4733 §3.2, table 3).
fn key_of(text: &str) -> Option<char> {
    let mut letters = text.chars();
    let first = letters.next()?.to_ascii_uppercase();
    if letters.next().is_none() {
        return is_key(first).then_some(first);
    }
    match text {
        "10" => Some('*'),
        "11" => Some('#'),
        "12" => Some('A'),
        "13" => Some('B'),
        "14" => Some('C'),
        "15" => Some('D'),
        "16" => Some('R'),
        _ => None,
    }
}

const fn is_key(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D' | 'R')
}

/// What a comma stands for.
const PAUSE: Duration = Duration::from_secs(2);

/// As long as a key is held when nobody says otherwise.
const DEFAULT_DURATION: Duration = Duration::from_millis(160);

#[cfg(test)]
mod tests {
    use super::*;

    fn received(subtype: &str, text: &'static str) -> Option<Dtmf> {
        let (media_type, subtype) = subtype.split_once('/').unwrap();
        Dtmf::received(&Body { content_type: ContentType::new(media_type, subtype), bytes: text.into() })
    }

    #[test]
    fn ac22_all_five_forms_are_one_event() {
        let plain = Some(Dtmf { key: '5', duration: None });
        let timed = Some(Dtmf { key: '5', duration: Some(Duration::from_millis(160)) });
        assert_eq!(received("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), timed);
        assert_eq!(received("application/dtmf-relay", "signal= 5\nduration= 160"), timed);
        assert_eq!(received("application/dtmf-relay", "d=5"), plain);
        assert_eq!(received("application/dtmf", "5\r\n"), plain);
        assert_eq!(received("audio/telephone-event", "5"), plain);
        assert_eq!(received("audio/telephone-event", "Signal=5\r\nDuration=160"), timed);
    }

    #[test]
    fn ac22_flash_and_numbers_of_events_are_keys() {
        assert_eq!(received("application/dtmf", "16").map(|dtmf| dtmf.key), Some('R'));
        assert_eq!(received("application/dtmf-relay", "Signal=11").map(|dtmf| dtmf.key), Some('#'));
        assert_eq!(Dtmf::new('r', DEFAULT_DURATION).map(|dtmf| dtmf.key), Some('R'));
    }

    #[test]
    fn ac22_a_text_is_a_sequence_of_keys_and_pauses() {
        let key = |key| Tone::Key(Dtmf::new(key, DEFAULT_DURATION).unwrap());
        assert_eq!(Dtmf::sequence("1-2, r").unwrap(), [key('1'), key('2'), Tone::Pause(PAUSE), key('R')]);
        assert_eq!(Dtmf::sequence("1x"), None);
    }

    #[test]
    fn other_types_and_other_signs_are_no_keys() {
        assert_eq!(received("text/plain", "5"), None);
        assert_eq!(received("application/dtmf", "x"), None);
        assert_eq!(received("application/dtmf", ""), None);
        assert_eq!(Dtmf::new('x', DEFAULT_DURATION), None);
    }

    #[test]
    fn what_is_sent_is_read_again() {
        let dtmf = Dtmf::new('#', Duration::from_millis(90)).unwrap();
        assert_eq!(Dtmf::received(&dtmf.to_body()), Some(dtmf));
    }
}
