//! The server that is attacked: `WsListener` with its defaults, and an answer to every request.

use futures::{SinkExt, StreamExt};
use sip_message::{Message, StatusCode};
use sip_transport_ws::native::{AcceptError, BindError, ListenOptions, WsConnection, WsListener};
use std::io::{self, Write};
use std::time::Duration;

/// Serves on a free port of 127.0.0.1, which it prints, until its standard input ends.
///
/// # Errors
/// When the port cannot be had, or the runtime not be started.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let bound = WsListener::bind("127.0.0.1:0", ListenOptions::default()).await;
        let mut listener = bound.map_err(|error: BindError| io::Error::other(error))?;
        println!("{}", listener.local_addr());
        io::stdout().flush()?;
        std::thread::spawn(|| {
            let _ = io::stdin().read_line(&mut String::new());
            std::process::exit(0);
        });
        loop {
            match listener.accept().await {
                Ok(connection) => drop(tokio::spawn(answer(connection))),
                Err(AcceptError::Listener { .. }) => tokio::time::sleep(Duration::from_millis(10)).await,
                Err(_refused) => {}
            }
        }
    })
}

/// Answers 200 to all requests of a client until it goes.
async fn answer(mut connection: WsConnection) {
    while let Some(item) = connection.next().await {
        match item {
            Ok(Message::Request(request)) => {
                let response = request.response(StatusCode::OK);
                if connection.send(Message::Response(response)).await.is_err() {
                    break;
                }
            }
            Ok(Message::Response(_)) => {}
            Err(error) if error.is_fatal() => break,
            Err(_malformed) => {}
        }
    }
}
