//! What a receiver makes of a body of any shape: the session description in it, and the parts it would have to
//! understand (RFC 5621 §4 to §8, RFC 3261 §20.11).

use super::{BodyPart, Multipart};
use crate::Limits;

impl BodyPart {
    /// The session description in this body, however deep: the part of type `application/sdp` that is for the session
    /// and has no content coding; a transfer encoding is undone. Of alternatives the last one counts, of related parts
    /// the root, else the first.
    ///
    /// What cannot be taken apart, or is nested deeper than [`Limits::nesting`], is passed over.
    #[must_use]
    pub fn session_description(&self, limits: &Limits) -> Option<Self> {
        let found = self.find(limits.nesting, limits, &|part| {
            let is_sdp = part.content_type().is("application", "sdp");
            is_sdp && part.disposition().is("session") && !part.is_coded() && part.transferred().is_some()
        });
        found.and_then(Self::plain)
    }

    /// The first part that `wanted` names, however deep, in the order of [`session_description`].
    ///
    /// [`session_description`]: Self::session_description
    #[must_use]
    pub fn find_part(&self, limits: &Limits, wanted: impl Fn(&Self) -> bool) -> Option<Self> {
        self.find(limits.nesting, limits, &wanted)
    }

    /// The first part that a receiver has to understand and, by `understands`, does not: a request with such a part
    /// is owed a 415 (RFC 5621 §8.4, RFC 3261 §8.2.3). One of several alternatives is enough.
    ///
    /// ```
    /// use sip_message::{Body, BodyPart, ContentDisposition, Limits};
    ///
    /// let body = BodyPart::from(Body::text("hello"));
    /// let understands = |part: &BodyPart| part.content_type().is("application", "sdp");
    /// assert_eq!(body.not_understood(&Limits::default(), understands), Some(body.clone()));
    /// let mut disposition = ContentDisposition::new("render");
    /// disposition.params.set("handling", Some("optional"));
    /// assert_eq!(body.with(&disposition).not_understood(&Limits::default(), understands), None);
    /// ```
    #[must_use]
    pub fn not_understood(&self, limits: &Limits, understands: impl Fn(&Self) -> bool) -> Option<Self> {
        self.refused(limits.nesting, limits, &understands)
    }

    fn find(&self, depth: usize, limits: &Limits, wanted: &dyn Fn(&Self) -> bool) -> Option<Self> {
        if wanted(self) {
            return Some(self.clone());
        }
        let below = depth.checked_sub(1)?;
        let multipart = self.multipart(limits).ok()?;
        by_preference(&multipart).find_map(|part| part.find(below, limits, wanted))
    }

    fn refused(&self, depth: usize, limits: &Limits, understands: &dyn Fn(&Self) -> bool) -> Option<Self> {
        // rfc3261#20.11 an optional part is passed over, with all that is in it
        if self.disposition().is_optional() {
            return None;
        }
        self.refused_content(depth, limits, understands)
    }

    /// [`refused`](Self::refused) whatever the part says of its handling.
    fn refused_content(
        &self,
        depth: usize,
        limits: &Limits,
        understands: &dyn Fn(&Self) -> bool,
    ) -> Option<Self> {
        if understands(self) {
            return None;
        }
        let (Some(below), Ok(multipart)) = (depth.checked_sub(1), self.multipart(limits)) else {
            return Some(self.clone());
        };
        let mut parts = by_preference(&multipart);
        if multipart.subtype().eq_ignore_ascii_case("alternative") {
            // rfc5621#8.3 what alternatives say of their own handling does not count
            let mut refused = parts.map(|part| part.refused_content(below, limits, understands));
            let best = refused.next().flatten()?;
            return refused.all(|part| part.is_some()).then_some(best);
        }
        parts.find_map(|part| part.refused(below, limits, understands))
    }
}

/// The parts in the order in which they are to be looked at.
fn by_preference(multipart: &Multipart) -> impl Iterator<Item = &BodyPart> {
    let parts = multipart.parts();
    let is = |subtype: &str| multipart.subtype().eq_ignore_ascii_case(subtype);
    // rfc2046#5.1.4 the last alternative that is understood is the best; rfc2387#3.2 the root comes first
    let root = multipart.root().filter(|_| is("related"));
    let reversed = is("alternative");
    let ordered = (0..parts.len()).map(move |index| if reversed { parts.len() - 1 - index } else { index });
    let others = ordered.filter_map(|index| parts.get(index));
    root.into_iter().chain(others.filter(move |part| !root.is_some_and(|root| std::ptr::eq(root, *part))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, ContentType, Header, Message};

    fn body(content_type: &str, text: &str) -> BodyPart {
        let content_type = ContentType::decode(content_type).unwrap();
        BodyPart::from(Body { content_type, bytes: text.to_owned().into() })
    }

    fn sdp(part: &BodyPart) -> Option<String> {
        let found = part.session_description(&Limits::default())?;
        Some(String::from_utf8(found.bytes().to_vec()).unwrap())
    }

    fn nested(depth: usize) -> BodyPart {
        let part = BodyPart::from(Body::sdp("v=0"));
        (0..depth).fold(part, |part, _| Multipart::new("mixed").with_part(part).to_body().into())
    }

    #[test]
    fn the_session_description_is_found_at_any_depth_up_to_the_limit() {
        assert_eq!(sdp(&nested(0)).as_deref(), Some("v=0"));
        assert_eq!(sdp(&nested(8)).as_deref(), Some("v=0"));
        assert_eq!(sdp(&nested(9)), None);
    }

    #[test]
    fn the_best_alternative_and_the_root_come_first() {
        let text = "--b\r\nc: application/sdp\r\nContent-ID: <1>\r\n\r\nv=1\r\n\
            --b\r\nc: application/sdp\r\nContent-ID: <2>\r\n\r\nv=2\r\n--b\r\nc: x/y\r\n\r\nz\r\n--b--";
        assert_eq!(sdp(&body("multipart/mixed;boundary=b", text)).as_deref(), Some("v=1"));
        assert_eq!(sdp(&body("multipart/Alternative;boundary=b", text)).as_deref(), Some("v=2"));
        assert_eq!(sdp(&body("multipart/related;boundary=b;start=\"<2>\"", text)).as_deref(), Some("v=2"));
        assert_eq!(sdp(&body("multipart/unknown;boundary=b", text)).as_deref(), Some("v=1"));
    }

    #[test]
    fn other_descriptions_are_not_the_session() {
        let text = "--b\nc: application/sdp\nContent-Disposition: early-session\n\nv=1\n\
            --b\nc: application/sdp\ne: gzip\n\nv=2\n--b\nc: application/SDP ;charset=utf-8\n\nv=3\n--b--";
        assert_eq!(sdp(&body("multipart/mixed;boundary=\"b\"", text)).as_deref(), Some("v=3"));
        let encoded = "--b\nc: application/sdp\nContent-Transfer-Encoding: x\n\nv=1\n\
            --b\nc: application/sdp\nContent-Transfer-Encoding: base64\n\ndj0y\n--b--";
        assert_eq!(sdp(&body("multipart/mixed;boundary=b", encoded)).as_deref(), Some("v=2"));
        assert_eq!(sdp(&body("text/plain", "v=0")), None);
        assert_eq!(sdp(&body("multipart/mixed", "v=0")), None);
        let early = body("multipart/mixed;boundary=\"b\"", text)
            .find_part(&Limits::default(), |part| part.disposition().is("early-session"));
        assert_eq!(early.unwrap().bytes(), "v=1");
    }

    #[test]
    fn a_part_is_understood_optional_or_refused() {
        let limits = Limits::default();
        let sdp = |part: &BodyPart| part.content_type().is("application", "sdp");
        let refused = |content_type: &str, text: &str| {
            body(content_type, text).not_understood(&limits, sdp).map(|part| part.content_type().encoded())
        };
        let isup = |disposition: &str| {
            format!(
                "--b\r\nc: application/sdp\r\n\r\nv=0\r\n--b\r\nc: application/isup\r\n{disposition}\r\n\r\nx\r\n--b--"
            )
        };
        let optional = isup("Content-Disposition: signal;handling=optional");
        let required = isup("Content-Disposition: signal;handling=required");
        assert_eq!(refused("multipart/mixed;boundary=b", &optional), None);
        assert_eq!(refused("multipart/mixed;boundary=b", &required).as_deref(), Some("application/isup"));
        assert_eq!(refused("multipart/alternative;boundary=b", &required), None);
        let isup_alone = optional.replace("application/sdp", "text/html");
        assert!(refused("multipart/alternative;boundary=b", &isup_alone).is_some());
        assert_eq!(refused("text/plain", "x").as_deref(), Some("text/plain"));
        assert_eq!(refused("multipart/mixed", "x").as_deref(), Some("multipart/mixed"));
        assert_eq!(
            nested(9).not_understood(&limits, sdp).map(|part| part.content_type().subtype),
            Some("mixed".into())
        );
        assert_eq!(nested(8).not_understood(&limits, sdp), None);
    }

    #[test]
    fn the_torture_message_with_an_empty_part_can_be_read() {
        let bytes = include_bytes!("../../tests/vectors/rfc4475/mpart01.dat");
        let message = Message::parse(bytes.as_slice().into()).unwrap();
        let part = BodyPart::received(message.headers(), message.body()).unwrap();
        let multipart = part.multipart(&Limits::default()).unwrap();
        let types: Vec<_> = multipart.parts().iter().map(|part| part.content_type().encoded()).collect();
        assert_eq!(types, ["text/plain", "application/octet-stream"]);
        assert_eq!(multipart.parts()[0].bytes(), "Hello");
    }
}
