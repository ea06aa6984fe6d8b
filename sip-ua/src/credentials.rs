//! Who has the passwords: asked when a server challenges (RFC 3261 §22.1), so that none needs to be kept at hand.

use crate::{MaybeSend, MaybeSync};
use async_trait::async_trait;
use sip_auth::{CredentialsAnswer, CredentialsNeeded};

/// Has credentials, or gets them: from the user, a key ring, an authorization server.
///
/// It is asked once for each realm for which there are no credentials or refused ones, and may take its time: requests
/// that need the answer wait for [`Config::credentials_within`](crate::core::Config::credentials_within), others go on.
/// Several questions may be open at a time. When no request waits any more the future is dropped. On `wasm32` it is not
/// [`Send`], because browser objects are not.
///
/// ```
/// use sip_ua::CredentialsProvider;
/// use sip_ua::auth::{Account, CredentialsAnswer, CredentialsNeeded};
///
/// struct Keyring;
///
/// #[async_trait::async_trait]
/// impl CredentialsProvider for Keyring {
///     async fn credentials(&self, needed: &CredentialsNeeded) -> Option<CredentialsAnswer> {
///         // What is stored was refused, so a user would have to be asked.
///         let is_ours = needed.realm == "example.com" && !needed.was_refused;
///         is_ours.then(|| CredentialsAnswer::Account(Account::password("alice", "secret")))
///     }
/// }
/// ```
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait CredentialsProvider: MaybeSend + MaybeSync {
    /// Username and password (or H(A1)) or an access token; `None` when there is nothing for this realm, which fails
    /// the requests that wait.
    async fn credentials(&self, needed: &CredentialsNeeded) -> Option<CredentialsAnswer>;
}
