//! Servers that the DNS names: `--server DOMAIN`, no `--server` at all, and `--name-server`. RFC 3263 §4.2, RFC 7118 §5.5.

use crate::run::{Server, sip};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::{A, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::net::{Ipv4Addr, UdpSocket};

/// A name server on loopback that knows where the servers of two domains are; its address. It ends with the process.
fn name_server(port: u16) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let query = Message::from_vec(buffer.get(..length).unwrap()).unwrap();
            let answer = answer(&query, port).to_vec().unwrap();
            socket.send_to(&answer, client).unwrap();
        }
    });
    address
}

fn answer(query: &Message, port: u16) -> Message {
    let question = query.queries.first().unwrap();
    let mut response = query.clone().into_response();
    response.metadata.recursion_available = true;
    let records = match (question.name().to_ascii().to_lowercase().as_str(), question.query_type()) {
        ("_sip._ws.example.com." | "_sip._ws.example.test.", RecordType::SRV) => {
            vec![RData::SRV(SRV::new(1, 1, port, Name::from_ascii("edge.example.com.").unwrap()))]
        }
        ("edge.example.com.", RecordType::A) => vec![RData::A(A(Ipv4Addr::LOCALHOST))],
        _ => Vec::new(),
    };
    let record = |data| Record::from_rdata(question.name().clone(), 60, data);
    response.answers = records.into_iter().map(record).collect();
    response
}

/// `sip register --once` by this name server.
fn register(aor: &str, name_server: &str, how: &[&str]) -> String {
    let register = ["register", "--once", "--aor", aor, "--password", "secret", "--name-server", name_server];
    sip(&[&register, how].concat())
}

fn port_of(server: &Server) -> u16 {
    server.url().rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn rfc3263_the_domain_of_the_address_of_record_names_the_server() {
    let server = Server::of("example.com");
    let shown = register("sip:alice@example.com", &name_server(port_of(&server)), &[]);
    assert!(shown.starts_with("registered") && shown.ends_with("exit 0\n"), "{shown}");
}

#[test]
fn rfc3263_a_domain_may_stand_for_its_servers() {
    let server = Server::start();
    let names = name_server(port_of(&server));
    for domain in ["example.com", "example.test", "example.com/"] {
        let shown = register("sip:alice@example.test", &names, &["--server", domain]);
        assert!(shown.starts_with("registered") && shown.ends_with("exit 0\n"), "{domain}: {shown}");
    }
}

#[test]
fn a_domain_among_several_servers_is_told_from_them() {
    for servers in ["example.com,example.test", "ws://127.0.0.1:9,example.test"] {
        let shown = register("sip:alice@example.test", &name_server(9), &["--server", servers]);
        assert!(
            shown.contains("has to be the only --server") && shown.ends_with("exit 2\n"),
            "{servers}: {shown}"
        );
    }
}

#[test]
fn it_is_said_which_lookup_has_failed() {
    let shown = register("sip:alice@nowhere.example.com", &name_server(9), &[]);
    let expected = "no connection to the server: A/AAAA of nowhere.example.com: no such records";
    assert!(shown.contains(expected) && shown.ends_with("exit 3\n"), "{shown}");
    let shown = register("sip:alice@example.com", &name_server(9), &["--server", "a b"]);
    assert!(
        shown.contains("the domain of the servers is not usable") && shown.ends_with("exit 2\n"),
        "{shown}"
    );
}
