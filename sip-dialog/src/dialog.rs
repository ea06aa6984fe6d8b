//! Dialogs, RFC 3261 §12: the state two user agents share, and the requests made from it.

#[cfg(feature = "serde")]
mod snapshot;

use crate::DialogId;
use crate::error::{DialogError, RequestRefusal};
use crate::route_set::RouteSet;
use crate::secure_contact::{self, is_for_sips, is_sips};
use sip_message::{
    CSeq, Contact, From, Header, HeaderError, HeaderName, Headers, MaxForwards, Method, NameAddr, Request,
    RequestPattern, Response,
};
use sip_uri::Uri;

/// Whether a dialog began with a provisional response or stands (RFC 3261 §12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by RFC 3261 section 12")]
pub enum DialogState {
    /// Made by a provisional response; ends with the INVITE when that fails.
    Early,
    /// Made or confirmed by a 2xx.
    Confirmed,
}

/// One end of a dialog (RFC 3261 §12).
///
/// It numbers the requests this end sends, checks the numbers of those it gets, and keeps route set and remote target.
/// It has no timer and ends when its owner drops it.
///
/// ```
/// use sip_dialog::Dialog;
/// use sip_message::{Message, Method};
///
/// let text = "INVITE sip:bob@192.0.2.4 SIP/2.0\r\nRecord-Route: <sip:p1.example.com;lr>\r\n\
///     From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\
///     Contact: <sip:alice@192.0.2.1>\r\n\r\n";
/// let Message::Request(invite) = Message::parse(text.into())? else { panic!("a request") };
/// let contact = sip_message::NameAddr::new("sip:bob@192.0.2.4".parse()?);
/// let mut dialog = Dialog::server(&invite, "b1", contact)?;
/// let bye = dialog.request(Method::Bye);
/// assert_eq!(bye.start_line(), "BYE sip:alice@192.0.2.1 SIP/2.0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// rfc3261#12.1.1/7, rfc3261#12.1.2/3: identifiers, addresses and the secure flag never change
// In this order in memory, for what each message needs stands at the end: see `Usage`.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Dialog {
    local_contact: Option<Box<NameAddr>>,
    remote_target: Uri,
    route_set: RouteSet,
    id: DialogId,
    /// What all requests of this end have in common; the addresses of both ends are kept nowhere else.
    pattern: RequestPattern,
    local_sequence: Option<u32>,
    remote_sequence: Option<u32>,
    state: DialogState,
    secure: bool,
}

impl Dialog {
    #[cfg(test)]
    pub(crate) const OFTEN_USED_FROM: usize = std::mem::offset_of!(Self, pattern);

    /// The caller's end, from the request as it was sent and a 101-299 response to it (RFC 3261 §12.1.2).
    ///
    /// A response without a readable Contact, which a 2xx should not be, leaves the Request-URI as the remote target: on the
    /// flow of the INVITE the peer is reached all the same.
    ///
    /// # Errors
    /// The field that is missing or malformed in either message.
    pub fn client(request: &Request, response: &Response) -> Result<Self, DialogError> {
        let CSeq { number, .. } = request.headers().required()?;
        let parties = [(request.headers(), &HeaderName::From), (response.headers(), &HeaderName::To)];
        // rfc3261#12.1/1, rfc3261#12.1.2/9-12: the response repeats what the request named; no To tag is an empty one
        let id = DialogId::of_response(response)?;
        // rfc3261#12.1.2/6
        let remote_target = match contact(response.headers()) {
            Ok(Some(contact)) => contact.uri,
            Ok(None) | Err(_) => request.uri().map_err(|_| DialogError::RequestUri)?,
        };
        let route_set = RouteSet::of_response(response.headers())?;
        Ok(Self {
            // rfc3261#12.1.2/13-14
            pattern: pattern(&remote_target, &route_set, parties, &id)?,
            id,
            state: state_of(response),
            local_contact: contact(request.headers())?.map(Box::new),
            // rfc3261#12.1.2/7-8
            local_sequence: Some(number),
            remote_sequence: None,
            secure: is_for_sips(request),
            remote_target,
            route_set,
        })
    }

    /// The callee's end, early until [`Self::confirm`], from a request that creates a dialog (RFC 3261 §12.1.1).
    ///
    /// `local_tag` is the tag this end puts into To, `local_contact` what its responses and refreshing requests carry; it
    /// becomes a SIPS URI where the request or the way back has one.
    ///
    /// # Errors
    /// The field that is missing or malformed in the request; a request without Contact creates no dialog.
    pub fn server(request: &Request, local_tag: &str, local_contact: NameAddr) -> Result<Self, DialogError> {
        let CSeq { number, .. } = request.headers().required()?;
        let parties = [(request.headers(), &HeaderName::To), (request.headers(), &HeaderName::From)];
        // rfc3261#12.1.1/10
        let remote_target = contact(request.headers())?.ok_or(DialogError::NoContact)?.uri;
        // rfc3261#12.1/1, rfc3261#12.1.1/13-16: no From tag is an empty one
        let id = DialogId { local_tag: local_tag.into(), ..DialogId::of_request(request)? };
        let route_set = RouteSet::of_request(request.headers())?;
        Ok(Self {
            state: DialogState::Early,
            // rfc3261#12.1.1/17-18
            pattern: pattern(&remote_target, &route_set, parties, &id)?,
            id,
            local_contact: Some(Box::new(secure_contact::answering(request, local_contact, &remote_target))),
            // rfc3261#12.1.1/11-12
            local_sequence: None,
            remote_sequence: Some(number),
            secure: is_for_sips(request),
            remote_target,
            route_set,
        })
    }

    /// A request of this dialog with the next sequence number and no Via (RFC 3261 §12.2.1.1).
    ///
    /// Methods that refresh the target carry the local Contact. For the ACK of a 2xx use [`Self::ack`].
    pub fn request(&mut self, method: Method) -> Request {
        let number = self.next_sequence();
        let refreshes = matches!(
            method,
            Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer
        );
        let mut request = self.numbered(method, number);
        // rfc3261#12.2.1.1/19-21: always the same, SIPS in a secure dialog from the beginning
        if let Some(contact) = self.local_contact.as_deref().filter(|_| refreshes) {
            request.headers_mut().push_address(&HeaderName::Contact, contact);
        }
        request
    }

    /// Gives `request`, made by [`Self::request`], the next sequence number: what a challenged request gets when it
    /// goes out again (RFC 3261 §22.2).
    pub fn renumber(&mut self, request: &mut Request) {
        let number = self.next_sequence();
        let method = request.method().clone();
        request.headers_mut().set(&CSeq { number, method });
    }

    /// Continues the local sequence after `number`, which must not lie below it; a lower one is ignored.
    pub fn skip_to(&mut self, number: u32) {
        self.local_sequence = self.local_sequence.max(Some(number));
    }

    /// Says where this end wants requests from now on: the Contact of the next target refresh (RFC 3261 §12.2.1.1).
    /// SIPS stays SIPS.
    pub fn set_local_contact(&mut self, contact: NameAddr) {
        // rfc3261#12.2.1.1/19-21
        let is_secure = self.local_contact.as_ref().is_some_and(|old| is_sips(&old.uri));
        let contact = if is_secure { secure_contact::as_sips(contact) } else { contact };
        self.local_contact = Some(Box::new(contact));
    }

    /// Takes the sequence number of a received request (RFC 3261 §12.2.2). ACK and CANCEL bear the number of their
    /// INVITE and are not to be given.
    ///
    /// # Errors
    /// [`RequestRefusal`], with the status owed to the peer.
    pub fn handle_request(&mut self, request: &Request) -> Result<CSeq, RequestRefusal> {
        let cseq: CSeq = request.headers().required()?;
        // rfc3261#12.2.2/3-4: lower than the last one is out of order, a gap is not
        if self.remote_sequence.is_some_and(|last| cseq.number < last) {
            return Err(RequestRefusal::OutOfOrder);
        }
        // rfc3261#12.2.2/2,5: the first one as the later ones
        self.remote_sequence = Some(cseq.number);
        Ok(cseq)
    }

    /// Takes the Contact of a target refresh request that was accepted, or of the 2xx to one, as the new remote
    /// target (RFC 3261 §12.2.1.2, §12.2.2); without Contact the target stays.
    ///
    /// # Errors
    /// A malformed Contact; the target stays.
    pub fn handle_target_refresh(&mut self, headers: &Headers) -> Result<(), HeaderError> {
        // rfc3261#12.2.1.2/1, rfc3261#12.2.2/6
        if let Some(contact) = contact(headers)?.filter(|contact| contact.uri != self.remote_target) {
            self.remote_target = contact.uri;
            self.print();
        }
        Ok(())
    }

    /// Confirms the caller's early dialog by a 2xx, whose Contact and Record-Route replace those of the provisional
    /// response (RFC 3261 §13.2.2.4). An unreadable Contact leaves the target.
    ///
    /// # Errors
    /// A malformed Record-Route; the dialog stays early.
    pub fn confirm_with(&mut self, response: &Response) -> Result<(), HeaderError> {
        // rfc3261#13.2.2/2-3: the route set is computed anew, nothing else of the dialog is
        let route_set = RouteSet::of_response(response.headers())?;
        let _target = self.handle_target_refresh(response.headers());
        if self.route_set != route_set {
            self.route_set = route_set;
            self.print();
        }
        self.confirm();
        Ok(())
    }

    /// Confirms the dialog: this end sent a 2xx.
    pub fn confirm(&mut self) {
        self.state = DialogState::Confirmed;
    }

    /// The ACK for a 2xx to the INVITE with sequence number `number`, without body, Via and credentials
    /// (RFC 3261 §13.2.2.4).
    #[must_use]
    pub fn ack(&self, number: u32) -> Request {
        // rfc3261#13.2.2/6-7
        self.numbered(Method::Ack, number)
    }

    /// What names the dialog at this end.
    #[must_use]
    pub const fn id(&self) -> &DialogId {
        &self.id
    }

    /// Early or confirmed.
    #[must_use]
    pub const fn state(&self) -> DialogState {
        self.state
    }

    /// The address of this end, with its tag: From of its requests.
    #[must_use]
    pub fn local(&self) -> NameAddr {
        self.address(&HeaderName::From)
    }

    /// The address of the peer, with its tag: To of requests to it.
    #[must_use]
    pub fn remote(&self) -> NameAddr {
        self.address(&HeaderName::To)
    }

    /// Where the peer wants its requests: its last Contact.
    #[must_use]
    pub const fn remote_target(&self) -> &Uri {
        &self.remote_target
    }

    /// Where this end wants requests: the Contact of what it sends.
    #[must_use]
    pub fn local_contact(&self) -> Option<&NameAddr> {
        self.local_contact.as_deref()
    }

    /// The proxies on the way to the peer, nearest first.
    #[must_use]
    pub fn route_set(&self) -> &[NameAddr] {
        self.route_set.hops()
    }

    /// Whether the dialog began with a SIPS Request-URI (RFC 3261 §12.1.1); that the message also came over TLS is
    /// for the transport to know.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The sequence number of the last request sent, `None` before the first.
    #[must_use]
    pub const fn local_sequence(&self) -> Option<u32> {
        self.local_sequence
    }

    /// The sequence number of the last request received, `None` before the first.
    #[must_use]
    pub const fn remote_sequence(&self) -> Option<u32> {
        self.remote_sequence
    }

    /// What names the dialog, when nothing else of it counts any more.
    pub(crate) fn into_id(self) -> DialogId {
        self.id
    }

    fn next_sequence(&mut self) -> u32 {
        // rfc3261#12.2.1.1/7-10: one more than the last; an empty sequence begins below 2^31 (8.1.1.5)
        let number = self.local_sequence.map_or(1, |last| last.saturating_add(1));
        self.local_sequence = Some(number);
        number
    }

    fn numbered(&self, method: Method, number: u32) -> Request {
        let mut request = self.pattern.request(method.clone());
        // rfc3261#12.2.1.1/11
        request.headers_mut().push(&CSeq { number, method });
        request
    }

    /// Prints what requests have in common anew.
    fn print(&mut self) {
        let former = self.pattern.request(Method::Info);
        let parties = [&HeaderName::From, &HeaderName::To].map(|party| (former.headers(), party));
        // What could be read once can be again.
        if let Ok(pattern) = pattern(&self.remote_target, &self.route_set, parties, &self.id) {
            self.pattern = pattern;
        }
    }

    /// From or To of requests to the peer, as printed.
    pub(crate) fn address_text(&self, name: &HeaderName) -> &str {
        self.pattern.value(name).unwrap_or_default()
    }

    fn address(&self, name: &HeaderName) -> NameAddr {
        // Both were read when the dialog began, so that what was printed of them can be read.
        let address = From::decode(self.address_text(name)).map(|From(address)| address);
        address.unwrap_or_else(|_| NameAddr::new(self.remote_target.clone()))
    }
}

// rfc3261#8.1.1/1, rfc3261#8.1.1.4/1, rfc3261#8.1.1.5/1, rfc3261#8.1.1.6/1-2, rfc3261#8.2.2.3/5: the Call-ID of the
// dialog; nothing is required, as the INVITE required nothing
/// What all requests of a dialog have in common.
fn pattern(
    remote_target: &Uri,
    route_set: &RouteSet,
    [local, remote]: [(&Headers, &HeaderName); 2],
    id: &DialogId,
) -> Result<RequestPattern, HeaderError> {
    let mut request = Request::through(Method::Info, remote_target, route_set.hops());
    let headers = request.headers_mut();
    headers.push(&MaxForwards(70));
    // rfc3261#12.2.1.1/1-5: with their tags, or without where the peer sent none
    headers.push_party(&HeaderName::From, local, &id.local_tag)?;
    headers.push_party(&HeaderName::To, remote, &id.remote_tag)?;
    // rfc3261#12.2.1.1/6
    // It stood in a message.
    let _ = headers.push_text(&HeaderName::CallId, &id.call_id);
    Ok(RequestPattern::of(&request))
}

// rfc3261#13.2.2/4: a 2xx makes a confirmed dialog where there was none
fn state_of(response: &Response) -> DialogState {
    if response.status().is_provisional() { DialogState::Early } else { DialogState::Confirmed }
}

fn contact(headers: &Headers) -> Result<Option<NameAddr>, HeaderError> {
    match headers.list::<Contact>().next().transpose()? {
        Some(Contact::Addr(contact)) => Ok(Some(contact)),
        Some(Contact::Star) | None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::{CallId, Message, Route};

    const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\n\
        Record-Route: <sip:p2.example.com;lr>\r\nRecord-Route: <sip:p1.example.com;lr>\r\n\
        From: \"Alice\" <sip:alice@example.com>;tag=a;x=y\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\n\
        CSeq: 7 INVITE\r\nContact: <sip:alice@192.0.2.1>\r\n\r\n";

    fn request(text: &str) -> Request {
        let Message::Request(request) = Message::parse(text.to_owned().into()).unwrap() else { panic!() };
        request
    }

    fn response(status: &str, contact: &str) -> Response {
        let text = format!(
            "SIP/2.0 {status} x\r\nRecord-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>\r\n\
             From: \"Alice\" <sip:alice@example.com>;tag=a;x=y\r\nTo: <sip:bob@example.com>;tag=b\r\n\
             Call-ID: c1\r\nCSeq: 7 INVITE\r\n{contact}\r\n"
        );
        let Message::Response(response) = Message::parse(text.into()).unwrap() else { panic!() };
        response
    }

    fn client() -> Dialog {
        Dialog::client(&request(INVITE), &response("180", "Contact: <sip:bob@192.0.2.2>\r\n")).unwrap()
    }

    fn server() -> Dialog {
        Dialog::server(&request(INVITE), "b", NameAddr::new("sip:bob@192.0.2.2".parse().unwrap())).unwrap()
    }

    fn routes(request: &Request) -> Vec<String> {
        request.headers().list::<Route>().map(|route| route.unwrap().0.uri.to_string()).collect()
    }

    // rfc3261#12.1/1, rfc3261#12.1.1/11-15, rfc3261#12.1.2/7-11, type=test
    #[test]
    fn both_ends_mirror_each_other() {
        let (client, server) = (client(), server());
        assert_eq!(client.id().local_tag, server.id().remote_tag);
        assert_eq!(client.id().remote_tag, server.id().local_tag);
        assert_eq!(client.local(), server.remote());
        assert_eq!((client.local_sequence(), server.remote_sequence()), (Some(7), Some(7)));
        assert_eq!((client.remote_sequence(), server.local_sequence()), (None, None));
        assert!(!client.is_secure() && !server.is_secure());
    }

    // rfc3261#12.1.2/4,6, rfc3261#12.2.1.1/7-9,11, rfc3261#12.2.1.1/14-15, type=test
    // rfc3261#8.1.1.4/1, rfc3261#8.1.1.5/1, rfc3261#8.1.1.6/1-2, type=test
    #[test]
    fn requests_of_the_caller_are_numbered_on_and_routed() {
        let mut dialog = client();
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.request_uri(), "sip:bob@192.0.2.2");
        assert_eq!(routes(&bye), ["sip:p1.example.com;lr", "sip:p2.example.com;lr"]);
        assert_eq!(bye.headers().required(), Ok(CSeq { number: 8, method: Method::Bye }));
        assert!(bye.headers().typed::<Contact>().unwrap().is_none());
        assert_eq!(bye.headers().required(), Ok(CallId("c1".to_owned())));
        assert_eq!(bye.headers().required(), Ok(MaxForwards(70)));
        let From(from) = bye.headers().required().unwrap();
        assert_eq!((from.params.get("x"), from.display_name.as_deref()), (Some("y"), Some("Alice")));
        let again = dialog.request(Method::Invite);
        assert_eq!(again.headers().required(), Ok(CSeq { number: 9, method: Method::Invite }));
        assert!(again.headers().typed::<Contact>().unwrap().is_some());
    }

    // rfc3261#12.1.1/8,10, type=test
    #[test]
    fn requests_of_the_callee_take_the_routes_in_order() {
        let bye = server().request(Method::Bye);
        assert_eq!(bye.request_uri(), "sip:alice@192.0.2.1");
        assert_eq!(routes(&bye), ["sip:p2.example.com;lr", "sip:p1.example.com;lr"]);
        assert_eq!(DialogId::of_request(&bye).unwrap().local_tag, "a");
    }

    // rfc3261#13.2.2/6-7, type=test
    #[test]
    fn an_ack_has_the_number_of_its_invite() {
        let mut dialog = client();
        drop(dialog.request(Method::Options));
        assert_eq!(dialog.ack(7).headers().required(), Ok(CSeq { number: 7, method: Method::Ack }));
    }

    // rfc3261#13.2.2/2-3, type=test
    #[test]
    fn a_success_replaces_route_set_and_target_of_the_early_dialog() {
        let mut dialog = client();
        let mut success = response("200", "Contact: <sip:bob@192.0.2.9>\r\n");
        success.headers_mut().remove(&HeaderName::RecordRoute);
        dialog.confirm_with(&success).unwrap();
        assert_eq!(dialog.state(), DialogState::Confirmed);
        assert_eq!(dialog.remote_target().to_string(), "sip:bob@192.0.2.9");
        assert_eq!(dialog.route_set(), []);
    }

    #[test]
    fn a_success_without_contact_leaves_the_request_uri() {
        let dialog = Dialog::client(&request(INVITE), &response("200", "")).unwrap();
        assert_eq!(dialog.remote_target().to_string(), "sip:bob@example.com");
    }

    // rfc3261#12.2.2/3-5, type=test
    #[test]
    fn lower_numbers_are_out_of_order_and_gaps_are_not() {
        let mut dialog = server();
        let numbered = |number| {
            let mut request = client().request(Method::Info);
            request.headers_mut().set(&CSeq { number, method: Method::Info });
            request
        };
        assert_eq!(dialog.handle_request(&numbered(9)).unwrap().number, 9);
        let refusal = dialog.handle_request(&numbered(8)).unwrap_err();
        assert_eq!(refusal, RequestRefusal::OutOfOrder);
        assert_eq!(refusal.status().code(), 500);
        assert_eq!(dialog.remote_sequence(), Some(9));
    }

    #[test]
    fn a_request_without_contact_makes_no_dialog() {
        let text = INVITE.replace("Contact: <sip:alice@192.0.2.1>\r\n", "");
        let contact = NameAddr::new("sip:bob@192.0.2.2".parse().unwrap());
        assert_eq!(Dialog::server(&request(&text), "b", contact).unwrap_err(), DialogError::NoContact);
    }

    #[test]
    fn a_sips_request_makes_a_secure_dialog() {
        let text = INVITE.replace("INVITE sip:", "INVITE sips:");
        assert!(Dialog::client(&request(&text), &response("200", "")).unwrap().is_secure());
    }
}
