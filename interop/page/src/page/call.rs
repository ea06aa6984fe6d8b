//! One call: its events as lines, and its end on demand.

use super::lead::Lead;
use sip_ua::{ApplicationSdp, Call, CallEvent, RemoteDescriptions};
use tokio::sync::oneshot;

/// Ends a call.
pub(super) type Bye = oneshot::Sender<()>;

/// A description of an audio session that nobody listens to.
pub(super) fn media() -> (ApplicationSdp, RemoteDescriptions) {
    ApplicationSdp::new(
        "v=0\r\no=page 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio 40004 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n",
    )
}

pub(super) fn bye() -> (Bye, oneshot::Receiver<()>) {
    oneshot::channel()
}

/// Tells of the call until it is over.
pub(super) async fn follow(
    mut call: Call,
    remote: Option<RemoteDescriptions>,
    mut hang_up: oneshot::Receiver<()>,
    lead: Lead,
) {
    loop {
        tokio::select! {
            event = call.next() => match event {
                Some(event) => tell(&event, remote.as_ref(), &lead),
                None => return,
            },
            Ok(()) = &mut hang_up => {
                lead.tell(match call.hang_up().await {
                    Ok(_) => "bye confirmed".to_owned(),
                    Err(error) => format!("error {error}"),
                });
                return;
            }
        }
    }
}

fn tell(event: &CallEvent, remote: Option<&RemoteDescriptions>, lead: &Lead) {
    match event {
        CallEvent::Established => {
            while let Some(body) = remote.and_then(RemoteDescriptions::take) {
                let sdp = String::from_utf8_lossy(&body.bytes).into_owned();
                lead.tell(format!("sdp {}", sdp.lines().nth(1).unwrap_or_default()));
            }
            lead.tell("established");
        }
        CallEvent::Interrupted => lead.tell("interrupted"),
        CallEvent::Resumed => lead.tell("resumed"),
        CallEvent::Ended(cause) => lead.tell(format!("ended {:?} {:?}", cause.by, cause.kind)),
        // progress, keys and the like
        _ => {}
    }
}
