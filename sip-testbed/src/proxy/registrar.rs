//! The registrar's rules: which bindings a REGISTER request makes, changes and removes (RFC 3261 §10.3 steps 6–8).

use super::config::ProxyConfig;
use super::gruu;
use super::location::{AddressOfRecord, Binding, Location, outbound_key};
use super::refusal::{OUTBOUND, Refusal};
use sip_clock::Instant;
use sip_message::{
    CSeq, CallId, Contact, Expires, HeaderName, Headers, NameAddr, Path, Request, Require, Response,
    StatusCode,
};
use sip_transaction::FlowId;
use sip_uri::SipUri;
use std::sync::Arc;
use std::time::Duration;

/// One REGISTER request on its way into the location service.
///
/// It works on a copy of the bindings and writes them back as a whole, so that a refused request changes nothing.
pub(crate) struct Update<'a> {
    request: &'a Request,
    config: &'a ProxyConfig,
    aor: &'a SipUri,
    flow: FlowId,
    now: Instant,
    call_id: String,
    cseq: u32,
    default_expires: u32,
    outbound: bool,
    path: Vec<NameAddr>,
    bindings: Vec<Arc<Binding>>,
}

impl<'a> Update<'a> {
    /// What `request` asks for, which came for `aor` on `flow`.
    pub(crate) fn new(
        config: &'a ProxyConfig,
        (aor, request): (&'a SipUri, &'a Request),
        flow: FlowId,
        now: Instant,
    ) -> Result<Self, Refusal> {
        let headers = request.headers();
        let default = config.registration.default;
        let expires = headers.typed::<Expires>()?.map_or(default, |expires| expires.0);
        Ok(Self {
            request,
            config,
            aor,
            flow,
            now,
            call_id: headers.required::<CallId>()?.0,
            cseq: headers.required::<CSeq>()?.number,
            default_expires: expires,
            outbound: headers.has_token(&HeaderName::Supported, OUTBOUND),
            path: headers.list::<Path>().map(|path| path.map(|path| path.0)).collect::<Result<_, _>>()?,
            bindings: Vec::new(),
        })
    }

    /// Processes it with its `contacts`: the 200 (OK), or why nothing was changed. `key` is the address-of-record.
    pub(crate) fn run(
        mut self,
        location: &mut Location,
        key: AddressOfRecord,
        contacts: Vec<Contact>,
    ) -> Result<Response, Refusal> {
        self.bindings = location.bindings(&key, self.now);
        gruu::check(self.aor, &contacts)?;
        let has_contacts = !contacts.is_empty();
        self.apply(contacts)?;
        let response = self.response();
        if has_contacts {
            location.replace(key, self.bindings);
        }
        Ok(response)
    }

    fn apply(&mut self, contacts: Vec<Contact>) -> Result<(), Refusal> {
        let has_star = contacts.iter().any(|contact| matches!(contact, Contact::Star));
        if has_star {
            return self.remove_all(contacts.len());
        }
        for contact in contacts {
            let seconds = self.expiration(&contact)?;
            match contact {
                Contact::Star => {}
                Contact::Addr(address) => self.bind(address, seconds)?,
            }
        }
        if self.bindings.len() > self.config.registration.bindings { Err(Refusal::Forbidden) } else { Ok(()) }
    }

    /// `Contact: *`.
    // rfc3261#10.3: step 6, alone and with Expires: 0 only.
    fn remove_all(&mut self, contacts: usize) -> Result<(), Refusal> {
        let expires_now = self.request.headers().typed::<Expires>()?.is_some_and(|expires| expires.0 == 0);
        if contacts != 1 || !expires_now {
            return Err(Refusal::BadWildcard);
        }
        if self.bindings.iter().any(|binding| self.is_out_of_order(binding)) {
            return Err(Refusal::OutOfOrder);
        }
        self.bindings.clear();
        Ok(())
    }

    /// The seconds that `contact` gets.
    // rfc3261#10.3: step 7, its own parameter before the header field before the default.
    fn expiration(&self, contact: &Contact) -> Result<u32, Refusal> {
        let limits = self.config.registration;
        let requested = contact.expires().unwrap_or(self.default_expires);
        let is_brief = requested > 0 && requested < limits.min.min(ONE_HOUR);
        if is_brief {
            return Err(Refusal::IntervalTooBrief(limits.min));
        }
        Ok(requested.min(limits.max))
    }

    fn bind(&mut self, mut contact: NameAddr, seconds: u32) -> Result<(), Refusal> {
        let position = self.bindings.iter().position(|binding| self.is_same_contact(binding, &contact));
        let existing = position.and_then(|index| self.bindings.get(index));
        if existing.is_some_and(|binding| self.is_out_of_order(binding)) {
            return Err(Refusal::OutOfOrder);
        }
        // rfc5627#5.1: nobody suggests a GRUU
        for name in ["expires", PUB_GRUU, "temp-gruu"] {
            contact.params.remove(name);
        }
        let new = Arc::new(Binding {
            contact,
            flow: self.flow,
            path: self.path.clone(),
            expires_at: self.now + Duration::from_secs(u64::from(seconds)),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
        });
        match (position, seconds) {
            (Some(index), 0) => drop(self.bindings.remove(index)),
            (Some(index), _) => {
                if let Some(slot) = self.bindings.get_mut(index) {
                    *slot = new;
                }
            }
            (None, 0) => {}
            (None, _) => self.bindings.push(new),
        }
        Ok(())
    }

    /// The same contact by URI, or the same instance and reg-id where both sides do RFC 5626 (§6).
    fn is_same_contact(&self, binding: &Binding, address: &NameAddr) -> bool {
        let key = outbound_key(address).filter(|_| self.outbound);
        match (key, binding.outbound_key()) {
            (Some(one), Some(other)) => one == other,
            (Some(_) | None, _) => binding.contact.uri.is_equivalent(&address.uri),
        }
    }

    /// A request of the same Call-ID that is not younger than the one that made `binding`.
    // rfc3261#10.3: step 7, out-of-order requests of the same user agent fail.
    fn is_out_of_order(&self, binding: &Binding) -> bool {
        binding.call_id == self.call_id && self.cseq <= binding.cseq
    }

    /// 200 (OK) with all bindings.
    // rfc3261#10.3: step 8; the Date field is left out, since this core knows no wall-clock time.
    fn response(&self) -> Response {
        let mut response = self.request.response(StatusCode::OK);
        let headers = response.headers_mut();
        let tells_gruu = self.config.gruu && gruu::is_wanted(self.request);
        for binding in &self.bindings {
            self.tell(binding, tells_gruu, headers);
        }
        let outbound_used =
            self.outbound && self.bindings.iter().any(|binding| binding.outbound_key().is_some());
        if outbound_used {
            headers.push(&Require(OUTBOUND.to_owned()));
        }
        // rfc3327#5.3: the path is given back as it came.
        headers.copy_from(self.request.headers(), &HeaderName::Path);
        response
    }

    /// Adds the Contact of `binding`.
    fn tell(&self, binding: &Binding, tells_gruu: bool, headers: &mut Headers) {
        let seconds = (binding.expires_at - self.now).as_secs();
        // rfc5627#5.2: in quotes
        let gruu = Some(self.aor).filter(|_| tells_gruu).and_then(|aor| gruu::public(aor, &binding.contact));
        if gruu.is_none() && binding.contact.params.comment().is_none() {
            // nothing stands behind the parameters, so that one more can be appended
            let mut text = String::with_capacity(ROOM_FOR_CONTACT);
            binding.contact.encode(&mut text);
            text.push_str(";expires=");
            text.push_str(&seconds.to_string());
            // a contact that was read has no line breaks
            let _ = headers.push_text(&HeaderName::Contact, &text);
            return;
        }
        let mut contact = binding.contact.clone();
        contact.params.set("expires", Some(&seconds.to_string()));
        gruu.iter().for_each(|gruu| contact.params.set_quoted(PUB_GRUU, gruu.as_ref()));
        headers.push_address(&HeaderName::Contact, &contact);
    }
}

/// Most contacts fit, with their instance.
const ROOM_FOR_CONTACT: usize = 256;
/// The Contact parameter with the public GRUU.
const PUB_GRUU: &str = "pub-gruu";
/// Shorter expirations than this may be refused, longer ones not.
const ONE_HOUR: u32 = 3600;
