//! The server of the page: its files, the words for it (`GET word` waits for one) and its lines (`POST line`).

use super::request::{Request, answer};
use crate::miss::Miss;
use crate::trace::Trace;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// A running server on the loopback; gone when it is dropped.
pub(super) struct Site {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// Where words come from and lines go.
#[derive(Clone)]
pub(super) struct Ends {
    words: Arc<Mutex<mpsc::Receiver<String>>>,
    lines: mpsc::Sender<String>,
    name: &'static str,
    trace: Trace,
}

impl Ends {
    pub(super) fn new(
        words: mpsc::Receiver<String>,
        lines: mpsc::Sender<String>,
        name: &'static str,
        trace: Trace,
    ) -> Self {
        Self { words: Arc::new(Mutex::new(words)), lines, name, trace }
    }

    /// A line of the page: a message on its wire, or news.
    async fn tell(&self, line: String) {
        if line.starts_with(['>', '<']) {
            return self.trace.note(self.name, line);
        }
        self.trace.note(self.name, format!("= {line}"));
        // without a test nobody listens
        let _ = self.lines.send(line).await;
    }
}

impl Site {
    /// Serves the files in `folder` on a free port of the loopback.
    pub(super) async fn start(folder: &Path, ends: Ends) -> Result<Self, Miss> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, folder.to_owned(), ends));
        Ok(Self { address, _tasks: tasks })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn serve(listener: TcpListener, folder: PathBuf, ends: Ends) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let (folder, ends) = (folder.clone(), ends.clone());
                connections.spawn(async move {
                    if let Err(error) = serve_one(stream, &folder, &ends).await {
                        ends.trace.note(ends.name, format!("! {error}"));
                    }
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn serve_one(mut stream: TcpStream, folder: &Path, ends: &Ends) -> io::Result<()> {
    let request = Request::read(BufReader::new(&mut stream)).await?;
    let file = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/word") => {
            let Some(word) = next_word(&mut stream, ends).await else { return Ok(()) };
            return answer(stream, "200 OK", "text/plain; charset=utf-8", word.as_bytes()).await;
        }
        ("POST", "/line") => {
            ends.tell(request.body).await;
            return answer(stream, "204 No Content", "text/plain", b"").await;
        }
        ("GET", "/") => ("index.html", "text/html; charset=utf-8"),
        ("GET", "/page.js") => ("page.js", "text/javascript; charset=utf-8"),
        ("GET", "/page_bg.wasm") => ("page_bg.wasm", "application/wasm"),
        _ => return answer(stream, "404 Not Found", "text/plain", b"").await,
    };
    let (name, content_type) = file;
    let content = std::fs::read(folder.join(name))?;
    answer(stream, "200 OK", content_type, &content).await
}

/// The next word; `None` when the page is gone before there is one.
async fn next_word(stream: &mut TcpStream, ends: &Ends) -> Option<String> {
    let mut words = ends.words.lock().await;
    let mut nothing = [0];
    tokio::select! {
        word = words.recv() => Some(word.unwrap_or_default()),
        _ = stream.read(&mut nothing) => None,
    }
}
