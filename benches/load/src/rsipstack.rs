//! rsipstack in both places: its user agents, each an endpoint with a connection of its own, and its endpoint as server.

use crate::client::Fleet;
use crate::ours::{SDP, spawn};
use crate::process::{Served, say_port};
use crate::size::Size;
use crate::stack::Pairing;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{Dialog, DialogState, DialogStateReceiver, DialogStateSender};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::registration::Registration;
use rsipstack::platform::CancellationToken;
use rsipstack::sip::{Header, HeadersExt, Method, StatusCode, StatusCodeKind, Transport, Uri};
use rsipstack::transaction::{Endpoint, EndpointBuilder, TransactionReceiver};
use rsipstack::transport::websocket::{WebSocketConnection, WebSocketListenerConnection};
use rsipstack::transport::{SipAddr, TransportLayer};
use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

/// Serves until `ended`: grants every registration, answers every call.
///
/// # Errors
/// When it cannot listen.
pub async fn serve(ended: impl Future<Output = ()>) -> Result<(), String> {
    let port = free_port()?;
    let token = CancellationToken::new();
    let layer = TransportLayer::new(token.clone());
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = WebSocketListenerConnection::new(address, None, false).await.map_err(told)?;
    layer.add_transport(listener.into());
    let endpoint = EndpointBuilder::new().with_cancel_token(token).with_transport_layer(layer).build();
    let contact = format!("sip:server@127.0.0.1:{port};transport=ws");
    let _dialogs = start(endpoint, &contact)?;
    // The listener binds its port as soon as the endpoint runs.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    say_port(port);
    ended.await;
    Ok(())
}

/// A port that was free a moment ago: the listener does not tell which one it took.
fn free_port() -> Result<u16, String> {
    let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(told)?;
    socket.local_addr().map(|address| address.port()).map_err(told)
}

/// Runs an endpoint, and answers what it receives.
fn start(endpoint: Endpoint, contact: &str) -> Result<(Arc<DialogLayer>, DialogStateSender), String> {
    let incoming = endpoint.incoming_transactions().map_err(told)?;
    let dialogs = Arc::new(DialogLayer::new(endpoint.inner.clone()));
    let (sender, receiver) = dialogs.new_dialog_state_channel();
    let contact = Uri::try_from(contact).map_err(told)?;
    spawn(async move { endpoint.serve().await });
    spawn(receive(Arc::clone(&dialogs), incoming, sender.clone(), contact));
    spawn(follow(Arc::clone(&dialogs), receiver));
    Ok((dialogs, sender))
}

async fn receive(
    dialogs: Arc<DialogLayer>,
    mut incoming: TransactionReceiver,
    states: DialogStateSender,
    contact: Uri,
) {
    while let Some(mut transaction) = incoming.recv().await {
        match transaction.original.method {
            Method::Invite => {
                let made = dialogs.get_or_create_server_invite(
                    &transaction,
                    states.clone(),
                    None,
                    Some(contact.clone()),
                );
                if let Ok(mut dialog) = made {
                    spawn(async move { drop(dialog.handle(&mut transaction).await) });
                }
            }
            Method::Register => {
                let contact = transaction.original.contact_header().ok().cloned();
                let headers =
                    contact.map(|contact| vec![Header::Contact(contact), Header::Expires(3600.into())]);
                let _ = transaction.reply_with(StatusCode::OK, headers.unwrap_or_default(), None).await;
            }
            _ => match dialogs.match_dialog(&transaction) {
                Some(Dialog::Invite(mut dialog)) => {
                    spawn(async move { drop(dialog.handle(&mut transaction).await) });
                }
                _ => drop(transaction.reply(StatusCode::CallTransactionDoesNotExist).await),
            },
        }
    }
}

/// Answers calls that come in, and forgets dialogs that are over.
async fn follow(dialogs: Arc<DialogLayer>, mut states: DialogStateReceiver) {
    while let Some(state) = states.recv().await {
        match state {
            DialogState::Calling(id) => {
                if let Some(Dialog::Invite(dialog)) = dialogs.get_dialog(&id) {
                    let kind = Header::ContentType("application/sdp".into());
                    let _ = dialog.accept(Some(vec![kind]), Some(SDP.as_bytes().to_vec()));
                }
            }
            DialogState::Terminated(id, _) => dialogs.remove_dialog(&id),
            _ => {}
        }
    }
}

/// User agents of rsipstack.
pub struct Phones {
    port: u16,
    agents: RefCell<Vec<Option<Rc<Phone>>>>,
}

struct Phone {
    registration: RefCell<Option<Registration>>,
    dialogs: Arc<DialogLayer>,
    states: DialogStateSender,
    contact: Uri,
}

impl Phones {
    /// Room for so many.
    #[must_use]
    pub fn new(_pairing: Pairing, size: Size, server: Served) -> Self {
        Self { port: server.port, agents: RefCell::new(vec![None; size.agents]) }
    }

    fn agent(&self, agent: usize) -> Result<Rc<Phone>, String> {
        self.agents.borrow().get(agent).cloned().flatten().ok_or_else(|| "is not there".to_owned())
    }

    fn aor(&self, agent: usize) -> Result<Uri, String> {
        Uri::try_from(format!("sip:load{agent}@127.0.0.1:{};transport=ws", self.port).as_str()).map_err(told)
    }
}

impl Fleet for Phones {
    async fn connect(&self, agent: usize) -> Result<(), String> {
        let token = CancellationToken::new();
        let mut server = SipAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
        server.r#type = Some(Transport::Ws);
        let connection =
            WebSocketConnection::connect(&server, Some(token.child_token())).await.map_err(told)?;
        let local = connection.inner.local_addr.addr.to_string();
        let layer = TransportLayer::new(token.clone());
        layer.add_connection(connection.into());
        let endpoint = EndpointBuilder::new().with_cancel_token(token).with_transport_layer(layer).build();
        let credential = Credential {
            username: format!("load{agent}"),
            password: "secret".to_owned(),
            realm: None,
            auth_username: None,
        };
        let registration = Registration::new(endpoint.inner.clone(), Some(credential));
        let contact = format!("sip:load{agent}@{local};transport=ws");
        let (dialogs, states) = start(endpoint, &contact)?;
        let contact = Uri::try_from(contact.as_str()).map_err(told)?;
        let phone = Phone { registration: RefCell::new(Some(registration)), dialogs, states, contact };
        if let Some(place) = self.agents.borrow_mut().get_mut(agent) {
            *place = Some(Rc::new(phone));
        }
        Ok(())
    }

    async fn register(&self, agent: usize) -> Result<(), String> {
        let phone = self.agent(agent)?;
        let taken = phone.registration.borrow_mut().take();
        let mut registration = taken.ok_or("registers already")?;
        let registrar = format!("sip:127.0.0.1:{};transport=ws", self.port);
        let registrar = Uri::try_from(registrar.as_str()).map_err(told)?;
        let outcome = registration.register(registrar, Some(3600)).await;
        *phone.registration.borrow_mut() = Some(registration);
        match outcome.map_err(told)?.status_code {
            StatusCode::OK => Ok(()),
            status => Err(status.to_string()),
        }
    }

    async fn call(&self, agent: usize, callee: usize) -> Result<(), String> {
        let phone = self.agent(agent)?;
        let options = InviteOption {
            caller: self.aor(agent)?,
            callee: self.aor(callee)?,
            contact: phone.contact.clone(),
            content_type: Some("application/sdp".to_owned()),
            offer: Some(SDP.as_bytes().to_vec()),
            ..Default::default()
        };
        let (dialog, response) =
            phone.dialogs.do_invite(options, phone.states.clone()).await.map_err(told)?;
        let status = response.map(|response| response.status_code).ok_or("no answer")?;
        if status.kind() != StatusCodeKind::Successful {
            return Err(status.to_string());
        }
        dialog.bye().await.map_err(told)
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
