//! The test that leads the page, over HTTP: words come by `GET word`, which waits for one; lines go by `POST line`, one
//! after the other.

use super::trouble::Trouble;
use tokio::sync::mpsc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{RequestInit, Response, window};

/// The one that leads; cheap to clone.
#[derive(Clone)]
pub(super) struct Lead {
    lines: mpsc::UnboundedSender<String>,
}

impl Lead {
    /// Begins to send what is told.
    pub(super) fn start() -> Self {
        let (lines, mut receiver) = mpsc::unbounded_channel::<String>();
        spawn_local(async move {
            while let Some(line) = receiver.recv().await {
                let request = RequestInit::new();
                request.set_method("POST");
                request.set_body(&JsValue::from_str(&line));
                if let Err(error) = fetch("line", &request).await {
                    web_sys::console::error_1(&error);
                }
            }
        });
        Self { lines }
    }

    /// Tells one line.
    pub(super) fn tell(&self, line: impl Into<String>) {
        // the receiver lives as long as the page
        let _ = self.lines.send(line.into());
    }

    /// Waits for the next word; `None` when there will be no more.
    pub(super) async fn word(&self) -> Result<Option<String>, Trouble> {
        let word = fetch("word", &RequestInit::new()).await.map_err(Trouble::thrown)?;
        Ok(Some(word).filter(|word| !word.is_empty()))
    }
}

async fn fetch(path: &str, request: &RequestInit) -> Result<String, JsValue> {
    let window = window().ok_or("no window")?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, request)).await?;
    let text = JsFuture::from(answer.dyn_into::<Response>()?.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}
