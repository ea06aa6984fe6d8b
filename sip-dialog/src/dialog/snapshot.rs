//! A confirmed dialog as a record and back: RFC 3261 §12; AC-10.

use super::{Dialog, DialogState, pattern};
use crate::DialogId;
use crate::route_set::RouteSet;
use crate::snapshot::{DialogForm, DialogSnapshot, RestoreError, SnapshotError, Versioned, address, uri};
use sip_message::{CallId, Header, HeaderName, Headers, NameAddr};
use smol_str::SmolStr;

impl Dialog {
    /// The dialog as a record for another process.
    ///
    /// # Errors
    /// [`SnapshotError::NotConfirmed`] for an early dialog.
    pub fn snapshot(&self) -> Result<DialogSnapshot, SnapshotError> {
        match self.state {
            DialogState::Confirmed => Ok(DialogSnapshot(Versioned::new(self.to_form()))),
            DialogState::Early => Err(SnapshotError::NotConfirmed),
        }
    }

    /// Goes on with a dialog of another process: the next request has the next sequence number.
    ///
    /// # Errors
    /// [`RestoreError`], when the record is of another version or damaged.
    pub fn restore(snapshot: &DialogSnapshot) -> Result<Self, RestoreError> {
        Self::of_form(snapshot.0.form("dialog")?)
    }

    pub(crate) fn to_form(&self) -> DialogForm {
        DialogForm {
            call_id: self.id.call_id.to_string(),
            local_tag: self.id.local_tag.to_string(),
            remote_tag: self.id.remote_tag.to_string(),
            local: self.address_text(&HeaderName::From).to_owned(),
            remote: self.address_text(&HeaderName::To).to_owned(),
            local_contact: self.local_contact.as_ref().map(ToString::to_string),
            remote_target: self.remote_target.to_string(),
            route_set: self.route_set.hops().iter().map(ToString::to_string).collect(),
            local_sequence: self.local_sequence,
            remote_sequence: self.remote_sequence,
            secure: self.secure,
        }
    }

    pub(crate) fn of_form(form: &DialogForm) -> Result<Self, RestoreError> {
        let DialogForm { call_id, local_tag, remote_tag, .. } = form;
        let hops = form.route_set.iter().map(|hop| address(hop, "route_set"));
        let contact = form.local_contact.as_ref().map(|contact| address(contact, "local_contact"));
        let [local, remote] =
            [(&form.local, "local"), (&form.remote, "remote")].map(|(text, field)| address(text, field));
        let (local, remote) = (local?, remote?);
        // what messages are found by has to be what they will say
        CallId::decode(call_id).map_err(|_| RestoreError::Malformed("call_id"))?;
        check_tag(&local, local_tag, "local_tag")?;
        check_tag(&remote, remote_tag, "remote_tag")?;
        let [call_id, local_tag, remote_tag] = [call_id, local_tag, remote_tag].map(SmolStr::from);
        let id = DialogId { call_id, local_tag, remote_tag };
        let mut parties = Headers::new();
        parties.push_address(&HeaderName::From, &local);
        parties.push_address(&HeaderName::To, &remote);
        let parties = [&HeaderName::From, &HeaderName::To].map(|party| (&parties, party));
        let remote_target = uri(&form.remote_target, "remote_target")?;
        let route_set = RouteSet::of_hops(hops.collect::<Result<_, _>>()?);
        Ok(Self {
            pattern: pattern(&remote_target, &route_set, parties, &id)
                .map_err(|_| RestoreError::Malformed("local"))?,
            id,
            state: DialogState::Confirmed,
            local_contact: contact.transpose()?.map(Box::new),
            local_sequence: form.local_sequence,
            remote_sequence: form.remote_sequence,
            remote_target,
            route_set,
            secure: form.secure,
        })
    }
}

/// No tag is an empty one (RFC 3261 §12.1.1).
fn check_tag(party: &NameAddr, tag: &str, field: &'static str) -> Result<(), RestoreError> {
    if party.tag().unwrap_or_default() == tag { Ok(()) } else { Err(RestoreError::Malformed(field)) }
}
