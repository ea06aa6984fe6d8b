//! Which connections count as good, by real sockets and a clock that stands still until it is told to go: RFC 5626 §4.5; AC-4.
#![expect(clippy::disallowed_methods, reason = "real sockets, and a real limit for what they do")]

use crate::peer::response;
use futures::{FutureExt, SinkExt, StreamExt};
use sip_message::{HeaderName, Message, Method, StatusCode};
use sip_outbound::{BackOff, RegistrationEvent};
use sip_transport_ws::native::{ConnectOptions, ListenOptions, WsConnection, WsListener};
use sip_transport_ws::{KeepAliveMode, KeepAliveOptions};
use sip_ua::{Event, Events, UserAgent};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;
use tokio::time;

const BACK_OFF: BackOff = BackOff { base: Duration::from_secs(1), maximum: Duration::from_secs(60) };
/// The step by which the clock goes on.
const STEP: Duration = Duration::from_millis(100);
/// What the sockets of this machine get for each step.
const REAL: Duration = Duration::from_millis(20);

/// Lets everybody in, and accepts REGISTERs if it `answers`.
struct Registrar {
    port: u16,
    answers: Arc<AtomicBool>,
    last: Arc<Mutex<Option<AbortHandle>>>,
}

impl Registrar {
    async fn start() -> Self {
        let mut listener = WsListener::bind("127.0.0.1:0", ListenOptions::default()).await.unwrap();
        let port = listener.local_addr().port();
        let registrar = Self { port, answers: Arc::new(AtomicBool::new(true)), last: Arc::default() };
        let (answers, last) = (Arc::clone(&registrar.answers), Arc::clone(&registrar.last));
        tokio::spawn(async move {
            while let Ok(connection) = listener.accept().await {
                let serving = tokio::spawn(serve(connection, Arc::clone(&answers)));
                *last.lock().unwrap() = Some(serving.abort_handle());
            }
        });
        registrar
    }

    /// Throws the last client out.
    fn cut(&self) {
        self.last.lock().unwrap().take().unwrap().abort();
    }
}

async fn serve(mut connection: WsConnection, answers: Arc<AtomicBool>) {
    while let Some(Ok(message)) = connection.next().await {
        let Message::Request(request) = message else { continue };
        if *request.method() == Method::Register && answers.load(Ordering::Relaxed) {
            let mut ok = response(&request, StatusCode::OK);
            ok.headers_mut().copy_from(request.headers(), &HeaderName::Contact);
            connection.send(ok.into()).await.unwrap();
        }
    }
}

/// A clock that moves by [`time::advance`] only, until it is dropped: while a blocking task runs, tokio does not move it.
struct StillClock {
    _running: mpsc::Sender<()>,
}

impl StillClock {
    fn begin() -> Self {
        let (running, ended) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        time::pause();
        Self { _running: running }
    }
}

/// Steps through time until this event comes; how long that was.
async fn until(events: &mut Events, is_wanted: fn(&Event) -> bool) -> Duration {
    let begin = time::Instant::now();
    while begin.elapsed() < Duration::from_secs(30) {
        let real = Instant::now();
        while real.elapsed() < REAL {
            match events.next().now_or_never() {
                Some(event) if is_wanted(event.as_ref().unwrap()) => return begin.elapsed(),
                Some(_) => {}
                None => tokio::task::yield_now().await,
            }
        }
        time::advance(STEP).await;
    }
    panic!("the event does not come");
}

const fn is_registering(event: &Event) -> bool {
    matches!(event, Event::Registration(RegistrationEvent::Registering))
}

const fn is_registered(event: &Event) -> bool {
    matches!(event, Event::Registration(RegistrationEvent::Registered { .. }))
}

// rfc5626#4.5, type=test
/// A connection that lasts and is never registered is a failure for the wait before the next one; one that was registered
/// and lasts ten seconds is none.
#[tokio::test]
async fn ac4_a_connection_counts_as_good_from_its_registration() {
    for (answers, waits) in [(true, false), (false, true)] {
        let registrar = Registrar::start().await;
        let keep_alive = KeepAliveOptions { mode: KeepAliveMode::None, ..KeepAliveOptions::default() };
        let (ua, mut events) = UserAgent::builder("sip:alice@example.test")
            .server(&format!("ws://127.0.0.1:{}", registrar.port))
            .connect_options(ConnectOptions { keep_alive, ..ConnectOptions::default() })
            .reconnect(Some(BACK_OFF))
            .connect()
            .await
            .unwrap();
        ua.register().await.unwrap();
        let clock = StillClock::begin();
        registrar.answers.store(answers, Ordering::Relaxed);
        registrar.cut();
        let first = until(&mut events, |event| matches!(event, Event::Connected)).await;
        assert!(first < Duration::from_millis(500), "the first loss is no failure: {first:?}");
        until(&mut events, if answers { is_registered } else { is_registering }).await;
        time::advance(Duration::from_secs(20)).await;
        registrar.cut();
        until(&mut events, |event| matches!(event, Event::Disconnected)).await;
        let wait = until(&mut events, |event| matches!(event, Event::Connected)).await;
        assert_eq!(
            wait >= BACK_OFF.base - STEP,
            waits,
            "registered {answers}: connected again after {wait:?}"
        );
        drop(clock);
        time::resume();
    }
}
