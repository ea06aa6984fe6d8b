//! The little of SDP that signalling looks at: version, direction, null address. RFC 8866 §5.2, §5.7, §5.14, §6.7;
//! RFC 3264 §5.1, §8, §8.4.
//!
//! An SDP crate would parse codecs, candidates and keys that nobody here asks for, and print what it understood. A
//! session description belongs to the application and must reach the peer byte for byte, so this is a view of its
//! lines instead: it changes direction attributes, and nothing else but the version that has to grow with them.

use crate::Direction;
use bytes::Bytes;
use memchr::memchr;
use sip_message::Body;

// rfc3261#13.2.1/12
/// A session description, kept as it is; anything at all may be in it.
///
/// ```
/// use sip_dialog::{Direction, SessionDescription};
///
/// let sdp = SessionDescription::from("v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n");
/// assert_eq!(sdp.version(), Some(1));
/// let held = sdp.redirected(|_, direction| direction.and(Direction::SendOnly));
/// assert_eq!(held.direction(), Direction::SendOnly);
/// assert!(held.bytes().ends_with(b"m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"));
/// assert_eq!(held.version(), Some(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionDescription(Bytes);

/// What signalling needs to know of one media line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaLine {
    /// Whether its port is 0: refused or switched off (RFC 3264 §6).
    pub disabled: bool,
    /// The direction it states or inherits.
    pub direction: Direction,
    /// Whether its address is `0.0.0.0` or `::` and it has no ICE: hold as of RFC 2543 (RFC 3264 §8.4). With ICE
    /// such an address says only that no candidate is known yet (RFC 8839 §4.1.1.3).
    pub has_null_address: bool,
}

impl MediaLine {
    /// The direction in effect: nothing is received at a null address.
    #[must_use]
    pub const fn effective(&self) -> Direction {
        Direction::new(self.direction.sends(), self.direction.receives() && !self.has_null_address)
    }
}

impl SessionDescription {
    /// The description that `bytes` hold.
    #[must_use]
    pub const fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The bytes for a message body.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The same, when nothing else is wanted of it.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }

    /// A message body with these bytes.
    pub(crate) fn to_body(&self) -> Body {
        Body::sdp(self.0.clone())
    }

    /// The same with bytes of its own, so that the message it came in need not be kept for it.
    pub(crate) fn detached(self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// The version in the origin line, which tells descriptions of one end apart; `None` when it cannot be read.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        let line = self.lines().find(|line| line.starts_with(b"o="))?;
        let version = line.split(|byte| *byte == b' ').nth(2)?;
        std::str::from_utf8(version).ok()?.parse().ok()
    }

    /// The media lines in their order.
    #[must_use]
    pub fn media(&self) -> Vec<MediaLine> {
        self.media_lines().collect()
    }

    /// The same, one after the other.
    pub(crate) fn media_lines(&self) -> impl Iterator<Item = MediaLine> {
        MediaLines::of(&self.0)
    }

    /// The directions in effect of all media lines that are in use, put together.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction_in_use().unwrap_or(Direction::Inactive)
    }

    /// The same; `None` when no media line is in use.
    pub(crate) fn direction_in_use(&self) -> Option<Direction> {
        let in_use = self.media_lines().filter(|line| !line.disabled).map(|line| line.effective());
        in_use.reduce(|all, one| Direction::new(all.sends() || one.sends(), all.receives() || one.receives()))
    }

    /// The description with the direction that `wish` makes of the number, from 0, and the stated direction of each
    /// media line. All other lines stay; the version grows by one if a direction changed (RFC 3264 §8).
    #[must_use]
    pub fn redirected(&self, mut wish: impl FnMut(usize, Direction) -> Direction) -> Self {
        let wanted = |(number, line): (usize, MediaLine)| {
            Some(wish(number, line.direction)).filter(|wanted| *wanted != line.direction)
        };
        let changes: Vec<Option<Direction>> = self.media_lines().enumerate().map(wanted).collect();
        if changes.iter().all(Option::is_none) {
            return self.clone();
        }
        let sections = Sections::of(&self.0);
        // rfc3261#14.1/1
        let mut out = Vec::with_capacity(self.0.len().saturating_add(16));
        for line in lines(sections.session) {
            out.extend_from_slice(
                &versioned(line, |old| old.checked_add(1)).unwrap_or_else(|| line.to_vec()),
            );
        }
        for (section, change) in sections.media().zip(changes) {
            write_media(&mut out, section, change);
        }
        Self(out.into())
    }

    /// The description with another version in its origin line; without a readable one it stays.
    #[must_use]
    pub fn with_version(&self, version: u64) -> Self {
        let lines = self.0.split_inclusive(|byte| *byte == b'\n');
        let lines: Vec<Vec<u8>> =
            lines.map(|line| versioned(line, |_| Some(version)).unwrap_or_else(|| line.to_vec())).collect();
        Self(lines.concat().into())
    }

    /// The answer to this offer that takes none of its media lines (RFC 3264 §6).
    #[must_use]
    pub fn refusal(&self) -> Self {
        let mut lines = vec!["v=0".to_owned(), "o=- 0 0 IN IP4 127.0.0.1".to_owned(), "s=-".to_owned()];
        lines.push("c=IN IP4 127.0.0.1".to_owned());
        let text = |line| String::from_utf8_lossy(line).into_owned();
        // rfc3264#6: the times are those of the offer
        let times: Vec<String> = self.lines().filter(|line| line.starts_with(b"t=")).map(text).collect();
        lines.extend(if times.is_empty() { vec!["t=0 0".to_owned()] } else { times });
        lines
            .extend(self.lines().filter(|line| line.starts_with(b"m=")).map(text).map(|line| refused(&line)));
        lines.push(String::new());
        Self(lines.join("\r\n").into())
    }

    /// Whether a media line that is in use has key presses as RTP events (RFC 4733 §3.2).
    #[must_use]
    pub fn has_telephone_event(&self) -> bool {
        let sections = Sections::of(&self.0);
        sections.media().any(|section| {
            let mut lines = lines(section);
            lines.next().is_some_and(|heading| !is_disabled(heading)) && lines.any(is_telephone_event)
        })
    }

    /// Whether `self` may come from the same end after `previous`: an equal version means equal descriptions, any
    /// other is one more (RFC 3264 §8). Unreadable versions are not objected to.
    #[must_use]
    pub fn may_follow(&self, previous: &Self) -> bool {
        match (previous.version(), self.version()) {
            (Some(old), Some(new)) if old == new => self == previous,
            (Some(old), Some(new)) => old.checked_add(1) == Some(new),
            (None, _) | (_, None) => true,
        }
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl From<Bytes> for SessionDescription {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<&'static str> for SessionDescription {
    fn from(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }
}

/// A description taken apart: what stands in front of the first `m=` line, and the media sections from there on.
struct Sections<'a> {
    session: &'a [u8],
    media: &'a [u8],
}

impl<'a> Sections<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let (session, media) = split_before_media(bytes, 0);
        Self { session, media }
    }

    /// The media sections, each with its `m=` line.
    fn media(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.media;
        std::iter::from_fn(move || {
            let (section, behind) = split_before_media(rest, 1);
            rest = behind;
            (!section.is_empty()).then_some(section)
        })
    }
}

/// The bytes up to the first `m=` line behind `skipped` lines, and the rest.
fn split_before_media(bytes: &[u8], skipped: usize) -> (&[u8], &[u8]) {
    let in_front =
        lines(bytes).enumerate().take_while(|(number, line)| *number < skipped || !line.starts_with(b"m="));
    let end = in_front.map(|(_, line)| line.len()).sum();
    bytes.split_at_checked(end).unwrap_or((bytes, &[]))
}

/// The lines, each with its end.
fn lines(section: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = section;
    std::iter::from_fn(move || {
        let (line, behind) = first_line(rest)?;
        rest = behind;
        Some(line)
    })
}

/// The first line with its end, if there is one, and what stands behind it.
fn first_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b'\n', bytes).map_or(bytes.len(), |line_end| line_end + 1);
    bytes.split_at_checked(end).filter(|(line, _)| !line.is_empty())
}

/// What the lines of one section say.
#[derive(Default)]
struct Facts {
    direction: Option<Direction>,
    null_address: Option<bool>,
    ice: bool,
}

impl Facts {
    fn note(&mut self, line: &[u8]) {
        match line {
            [b'c', b'=', address @ ..] => {
                self.null_address = Some(matches!(
                    address.trim_ascii_end(),
                    b"IN IP4 0.0.0.0" | b"IN IP6 ::" | b"IN IP6 0:0:0:0:0:0:0:0"
                ));
            }
            [b'a', b'=', attribute @ ..] => {
                self.direction = Direction::from_attribute(attribute.trim_ascii_end()).or(self.direction);
                self.ice |= attribute.starts_with(b"ice-ufrag:") || attribute.starts_with(b"candidate:");
            }
            _ => {}
        }
    }
}

/// The media lines of a description; each line of it is looked at once.
struct MediaLines<'a> {
    rest: &'a [u8],
    session: Facts,
    /// The `m=` line of the section that comes next.
    heading: Option<&'a [u8]>,
}

impl<'a> MediaLines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut media = Self { rest: bytes, session: Facts::default(), heading: None };
        media.session = media.section();
        media
    }

    /// What is said up to the next `m=` line.
    fn section(&mut self) -> Facts {
        let mut facts = Facts::default();
        self.heading = None;
        while let Some((line, behind)) = first_line(self.rest) {
            self.rest = behind;
            if line.starts_with(b"m=") {
                self.heading = Some(line);
                break;
            }
            facts.note(line);
        }
        facts
    }
}

impl Iterator for MediaLines<'_> {
    type Item = MediaLine;

    fn next(&mut self) -> Option<MediaLine> {
        let disabled = is_disabled(self.heading?);
        let facts = self.section();
        let has_null_address = facts.null_address.or(self.session.null_address).unwrap_or_default();
        Some(MediaLine {
            disabled,
            direction: facts.direction.or(self.session.direction).unwrap_or_default(),
            has_null_address: has_null_address && !(facts.ice || self.session.ice),
        })
    }
}

/// Whether an `m=` line has port 0.
fn is_disabled(heading: &[u8]) -> bool {
    heading.split(|byte| *byte == b' ').nth(1) == Some(b"0")
}

/// Whether a line is `a=rtpmap:<payload type> telephone-event/<clock rate>`.
fn is_telephone_event(line: &[u8]) -> bool {
    let name = line.strip_prefix(b"a=rtpmap:").and_then(|value| value.split(|byte| *byte == b' ').nth(1));
    let name = name.and_then(|name| name.split(|byte| *byte == b'/').next());
    name.is_some_and(|name| name.eq_ignore_ascii_case(b"telephone-event"))
}

/// Writes a media section, with `direction` in place of those it states.
fn write_media(out: &mut Vec<u8>, section: &[u8], direction: Option<Direction>) {
    let states = |line: &[u8]| {
        line.strip_prefix(b"a=")
            .is_some_and(|attribute| Direction::from_attribute(attribute.trim_ascii_end()).is_some())
    };
    for line in lines(section).filter(|line| direction.is_none() || !states(line)) {
        out.extend_from_slice(line);
    }
    if let Some(direction) = direction {
        if !out.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
        let end = if lines(section).any(|line| line.ends_with(b"\r\n")) { "\r\n" } else { "\n" };
        out.extend_from_slice(format!("a={direction}{end}").as_bytes());
    }
}

/// A media line with port 0.
fn refused(line: &str) -> String {
    let words = line.split(' ').enumerate().map(|(number, word)| if number == 1 { "0" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// The origin line with another version; `None` for other lines and unreadable versions.
fn versioned(line: &[u8], version: impl Fn(u64) -> Option<u64>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(line.strip_prefix(b"o=")?).ok()?;
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let word = words.get_mut(2)?;
    *word = version(word.parse().ok()?)?.to_string();
    Some(format!("o={}", words.join(" ")).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn telephone_events_count_where_media_is_in_use() {
        let sdp = |port| {
            let text = format!("m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n");
            SessionDescription::from(Bytes::from(text))
        };
        assert!(sdp(4000).has_telephone_event() && !sdp(0).has_telephone_event());
        assert!(
            !SessionDescription::from("m=audio 1 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
                .has_telephone_event()
        );
    }

    const SDP: &str = "v=0\r\no=- 5 9 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=recvonly\r\n\
        m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\nm=video 0 RTP/AVP 99\r\n";

    #[test]
    fn media_lines_inherit_the_direction_of_the_session() {
        let media = SessionDescription::from(SDP).media();
        assert_eq!((media[0].direction, media[0].disabled), (Direction::SendRecv, false));
        assert_eq!((media[1].direction, media[1].disabled), (Direction::RecvOnly, true));
    }

    #[test]
    fn only_direction_and_version_change() {
        let held = SessionDescription::from(SDP).redirected(|number, stated| match number {
            0 => Direction::SendOnly,
            _ => stated,
        });
        let expected = SDP.replace("- 5 9", "- 5 10").replace("a=sendrecv", "a=sendonly");
        assert_eq!(held.bytes(), expected.as_bytes());
    }

    #[test]
    fn ac17_a_null_address_receives_nothing_unless_ice_is_used() {
        let null: SessionDescription =
            Bytes::from(SDP.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0")).into();
        assert_eq!(null.direction(), Direction::SendOnly);
        let ice: SessionDescription = Bytes::from(format!(
            "{}a=ice-ufrag:x\r\n",
            SDP.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0")
        ))
        .into();
        let [audio, video] = ice.media()[..] else { panic!("two media lines") };
        assert!(audio.has_null_address && !video.has_null_address);
    }

    #[test]
    fn versions_grow_by_one_or_stay_with_the_description() {
        let first = SessionDescription::from(SDP);
        let next = first.redirected(|_, _| Direction::Inactive);
        assert!(next.may_follow(&first) && first.may_follow(&first));
        assert!(!first.may_follow(&next));
    }

    #[test]
    fn a_last_line_without_end_gets_one() {
        let sdp = SessionDescription::from("m=audio 1 RTP/AVP 0").redirected(|_, _| Direction::Inactive);
        assert_eq!(sdp.bytes().as_ref(), b"m=audio 1 RTP/AVP 0\r\na=inactive\n");
    }

    proptest! {
        #[test]
        fn anything_at_all_is_kept_when_no_direction_changes(bytes: Vec<u8>) {
            let sdp = SessionDescription::new(bytes.clone().into());
            let same = sdp.redirected(|_, stated| stated);
            prop_assert_eq!(same.bytes().as_ref(), bytes.as_slice());
        }

        #[test]
        fn a_wish_comes_true(text in "((m=audio 4 x|a=sendonly|a=inactive|c=IN IP4 0.0.0.0|o=- 1 2 IN)\r?\n){0,9}") {
            let sdp = SessionDescription::new(text.into());
            let held = sdp.redirected(|_, _| Direction::RecvOnly);
            prop_assert!(held.media().iter().all(|line| line.direction == Direction::RecvOnly));
            prop_assert_eq!(held.media().len(), sdp.media().len());
        }
    }
}
