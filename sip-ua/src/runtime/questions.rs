//! Questions for credentials that the application has not answered yet (RFC 3261 §22.1).

use super::platform::Task;
use crate::core::CredentialsKey;
use crate::credentials::CredentialsProvider;
use sip_auth::{CredentialsAnswer, CredentialsNeeded};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Who is asked, and what is open.
#[derive(Default)]
pub(super) struct Questions {
    provider: Option<Arc<dyn CredentialsProvider>>,
    open: Vec<(CredentialsKey, Answering)>,
}

type Answering = Task<Option<CredentialsAnswer>>;

impl Questions {
    pub(super) const fn new(provider: Option<Arc<dyn CredentialsProvider>>) -> Self {
        Self { provider, open: Vec::new() }
    }

    pub(super) fn ask(&mut self, key: CredentialsKey, needed: CredentialsNeeded) {
        let provider = self.provider.clone();
        let answering = async move { provider?.credentials(&needed).await };
        self.open.push((key, Box::pin(answering)));
    }

    /// Drops a question: nobody waits for its answer.
    pub(super) fn withdraw(&mut self, key: CredentialsKey) {
        self.open.retain(|(known, _)| *known != key);
    }

    /// The next answer; never, while nothing is open. Cancel-safe.
    pub(super) async fn next(&mut self) -> (CredentialsKey, Option<CredentialsAnswer>) {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<(CredentialsKey, Option<CredentialsAnswer>)> {
        for (index, (key, answering)) in self.open.iter_mut().enumerate() {
            if let Poll::Ready(answer) = answering.as_mut().poll(context) {
                let key = *key;
                drop(self.open.swap_remove(index));
                return Poll::Ready((key, answer));
            }
        }
        Poll::Pending
    }
}
