//! What the address of the page says: `?server=ws://…&aor=sip:…&password=…`.

use super::trouble::Trouble;
use web_sys::{UrlSearchParams, window};

/// Who the user agent is, and where its server.
pub(super) struct Settings {
    pub(super) server: String,
    pub(super) aor: String,
    pub(super) password: String,
}

impl Settings {
    /// Reads the address.
    pub(super) fn of_address() -> Result<Self, Trouble> {
        let window = window().ok_or_else(|| Trouble::new("no window"))?;
        let query = UrlSearchParams::new_with_str(&window.location().search().map_err(Trouble::thrown)?);
        let query = query.map_err(Trouble::thrown)?;
        let value = |name: &str| {
            query.get(name).ok_or_else(|| Trouble::new(format!("the address of the page has no {name}")))
        };
        Ok(Self { server: value("server")?, aor: value("aor")?, password: value("password")? })
    }
}
