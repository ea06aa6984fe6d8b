//! The registrar's rules: which bindings a REGISTER request makes, changes and removes (RFC 3261 §10.3 steps 6–8).

use super::config::ProxyConfig;
use super::gruu;
use super::location::{AddressOfRecord, Binding, Location, outbound_key};
use super::refusal::{OUTBOUND, Refusal};
use super::temporary_gruu::Mint;
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
    /// Bindings whose flow is gone.
    lost: Vec<Arc<Binding>>,
    mint: &'a mut Mint,
}

impl<'a> Update<'a> {
    /// What `request` asks for, which came for `aor` on `flow`; `lost` are the bindings of that whose flow is gone.
    pub(crate) fn new(
        (config, mint): (&'a ProxyConfig, &'a mut Mint),
        (aor, request): (&'a SipUri, &'a Request),
        lost: Vec<Arc<Binding>>,
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
            lost,
            mint,
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
        gruu::check((self.aor, &key), &contacts, location, self.mint)?;
        let has_contacts = !contacts.is_empty();
        let has_star = contacts.iter().any(|contact| matches!(contact, Contact::Star));
        self.apply(contacts)?;
        let response = self.response();
        if has_star {
            location.clear(key);
        } else if has_contacts {
            for (binding, number) in self.bindings.iter().filter_map(|binding| Some((binding, binding.gruu?)))
            {
                let is_its = |lost: &Binding| gruu::is_same_instance(&lost.contact, &binding.contact);
                location.renumber_lost(&key, is_its, number);
            }
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
        for name in ["expires", PUB_GRUU, TEMP_GRUU] {
            contact.params.remove(name);
        }
        let gruu = self.number(&contact).filter(|_| seconds > 0);
        let new = Arc::new(Binding {
            contact,
            flow: self.flow,
            path: self.path.clone(),
            expires_at: self.now + Duration::from_secs(u64::from(seconds)),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            made_at: self.now,
            gruu,
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

    /// The number of the temporary GRUUs of `contact`, which all bindings of its instance have from now on.
    fn number(&mut self, contact: &NameAddr) -> Option<u64> {
        let known = [self.bindings.as_slice(), self.lost.as_slice()].concat();
        let number = gruu::number(contact, &self.call_id, &known, self.mint).filter(|_| self.config.gruu)?;
        for binding in &mut self.bindings {
            if binding.gruu != Some(number) && gruu::is_same_instance(&binding.contact, contact) {
                Arc::make_mut(binding).gruu = Some(number);
            }
        }
        Some(number)
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
    fn response(&mut self) -> Response {
        let mut response = self.request.response(StatusCode::OK);
        let headers = response.headers_mut();
        let gruus = self.gruus();
        for binding in &self.bindings {
            self.tell(binding, gruus.as_deref(), headers);
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

    /// A new temporary GRUU for each number, where GRUUs are to be told.
    fn gruus(&mut self) -> Option<Vec<(u64, SipUri)>> {
        if !self.config.gruu || !gruu::is_wanted(self.request) {
            return None;
        }
        let mut numbers: Vec<u64> = self.bindings.iter().filter_map(|binding| binding.gruu).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Some(numbers.into_iter().map(|number| (number, self.mint.make(self.aor, number))).collect())
    }

    /// Adds the Contact of `binding`, with its GRUUs where there are `gruus` to be told.
    fn tell(&self, binding: &Binding, gruus: Option<&[(u64, SipUri)]>, headers: &mut Headers) {
        let seconds = (binding.expires_at - self.now).as_secs();
        // rfc5627#5.2: in quotes
        let public = gruus.and_then(|_| gruu::public(self.aor, &binding.contact));
        let is_its = |(number, _): &&(u64, SipUri)| binding.gruu == Some(*number);
        let temporary = gruus.and_then(|gruus| gruus.iter().find(is_its)).map(|(_, gruu)| gruu);
        if public.is_none() && binding.contact.params.comment().is_none() {
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
        public.iter().for_each(|gruu| contact.params.set_quoted(PUB_GRUU, gruu.as_ref()));
        temporary.iter().for_each(|gruu| contact.params.set_quoted(TEMP_GRUU, gruu.as_ref()));
        headers.push_address(&HeaderName::Contact, &contact);
    }
}

/// Most contacts fit, with their instance.
const ROOM_FOR_CONTACT: usize = 256;
/// The Contact parameter with the public GRUU.
const PUB_GRUU: &str = "pub-gruu";
/// That with the temporary one.
const TEMP_GRUU: &str = "temp-gruu";
/// Shorter expirations than this may be refused, longer ones not.
const ONE_HOUR: u32 = 3600;
