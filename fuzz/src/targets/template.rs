//! RFC 3261 §19.1.5: what a URI asks of a request is a request that can be read, or nothing is formed.

use sip_message::{HeaderName, Message, Method, Request};
use sip_uri::{Capabilities, FieldUse, Mode, RequestTemplate, SipUri};

/// `data` is a URI that requests are formed from.
pub(super) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for mode in [Mode::Strict, Mode::Lenient, Mode::Rfc2543] {
        let Ok(uri) = SipUri::parse(text, mode) else { continue };
        let able = Capabilities {
            methods: &["INVITE", "MESSAGE", "OPTIONS", "REGISTER", "SUBSCRIBE"],
            transports: &["ws", "wss", "tcp", "udp"],
            extensions: &["100rel"],
        };
        if let Ok(template) = uri.request_template(&able) {
            assert!(able.methods.contains(&template.method()));
            formed(&uri, &template);
        }
    }
}

fn formed(uri: &SipUri, template: &RequestTemplate) {
    let target = template.request_uri();
    assert_eq!((target.host(), target.port()), (uri.host(), uri.port()), "{uri}");
    assert_eq!(target.raw_user(), uri.raw_user(), "{uri}");
    assert!(target.headers().next().is_none() && target.param("method").is_none(), "{uri}");
    let method: Method = template.method().parse().expect("the method is one of ours");
    let mut request = Request::new(method, &target.clone().into());
    for field in template.fields() {
        assert!(!field.value.contains(['\r', '\n', '\0']), "{field:?}");
        let name: HeaderName = field.name.parse().expect("the name of a field is a token");
        if field.usage == FieldUse::Honour {
            request.headers_mut().push_text(&name, &field.value).expect("nothing in the value ends the line");
        }
    }
    let printed = Message::parse(request.to_bytes()).expect("a request that was formed can be read");
    let printed = printed.as_request().expect("it is a request");
    assert_eq!(printed.method(), request.method());
    assert_eq!(printed.request_uri(), target.as_str());
    let honoured = template.fields().iter().filter(|field| field.usage == FieldUse::Honour).count();
    assert_eq!(printed.headers().len(), request.headers().len().max(honoured) + added_length(&request));
}

/// Content-Length is put behind the fields where there is none.
fn added_length(request: &Request) -> usize {
    usize::from(!request.headers().contains(&HeaderName::ContentLength))
}
