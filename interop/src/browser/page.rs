//! The page as the test sees it: words go in, lines come out.

use super::site::{self, Site};
use crate::miss::Miss;
use crate::trace::Trace;
use std::path::Path;
use tokio::sync::mpsc;

/// A page that is served to whoever opens its address; gone when it is dropped.
pub(super) struct Page {
    name: &'static str,
    trace: Trace,
    site: Site,
    words: mpsc::Sender<String>,
    lines: mpsc::Receiver<String>,
}

/// How many words or lines may wait.
const WAITING: usize = 64;

impl Page {
    /// Serves the files in `folder`; what the page tells is noted under `name`.
    pub(super) async fn serve(name: &'static str, folder: &Path, trace: Trace) -> Result<Self, Miss> {
        let (words, said) = mpsc::channel(WAITING);
        let (telling, lines) = mpsc::channel(WAITING);
        let ends = site::Ends::new(said, telling, name, trace.clone());
        let site = Site::start(folder, ends).await?;
        Ok(Self { name, trace, site, words, lines })
    }

    /// The address of the page with a query.
    pub(super) fn url(&self, query: &[(&str, String)]) -> String {
        let pairs: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        format!("http://{}/?{}", self.site.address(), pairs.join("&"))
    }

    /// Tells it what to do.
    pub(super) async fn tell(&self, words: &str) -> Result<(), Miss> {
        self.trace.note(self.name, format!("* {words}"));
        self.words.send(words.to_owned()).await.map_err(|_| Miss::new("the page is not served any more"))
    }

    /// Waits for the line `wanted`; lines before it are passed over, unless they tell of an error.
    pub(super) async fn require(&mut self, wanted: &str) -> Result<(), Miss> {
        while let Some(line) = self.lines.recv().await {
            if line == wanted {
                return Ok(());
            }
            if line.starts_with("error") {
                return Err(Miss::new(format!("{} says: {line}", self.name)));
            }
        }
        Err(Miss::new(format!("{} did not say `{wanted}`", self.name)))
    }
}

/// A value as a query may have it.
fn escaped(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_any_value() {
        assert_eq!(escaped("alice's key:1&2"), "alice%27s%20key%3A1%262");
    }
}
