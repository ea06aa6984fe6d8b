//! Laws of streams: framer and parser agree on every length, however the stream is cut (RFC 3261 §18.3), and reading
//! takes time in proportion to the bytes.

use proptest::prelude::*;
use sip_message::{DeviationKind, FrameError, Limits, Message, Mode, StreamFrame, StreamFramer};

/// Lines that a header section may have, right, doubtful and wrong about the length.
const LINES: &[&str] = &[
    "Content-Length: 5\r\n",
    "l: 5\r\n",
    "Content-Length : 0\r\n",
    "CONTENT-LENGTH:\r\n 12\r\n",
    "Content-Length: 5 5\r\n",
    "Content-Length: 5, 6\r\n",
    "Content-Length: -1\r\n",
    "Content-Length: 0005\n",
    "l: 18446744073709551616\r\n",
    "l:\r\n",
    "Content-Length\u{b}: 3\r\n",
    "X: Content-Length: 9\r\n",
    "s: x\r\n\tl: 7\r\n",
    "no field\r\n",
    "v: SIP/2.0/TCP a\r",
    "s: y\n",
];

fn message() -> impl Strategy<Value = Vec<u8>> {
    let start =
        prop::sample::select(vec!["BYE sip:a@b SIP/2.0\r\n", "SIP/2.0 200 OK\n", "\r\n", "noise\r\n"]);
    let lines = prop::collection::vec(prop::sample::select(LINES), 0..4);
    let end = prop::sample::select(vec!["\r\n", "\n", "\r"]);
    let body = prop::collection::vec(prop::sample::select(b"\r\nab: SIP/2.0".to_vec()), 0..14);
    (start, lines, end, body).prop_map(|(start, lines, end, body)| {
        [start.as_bytes(), lines.concat().as_bytes(), end.as_bytes(), &body].concat()
    })
}

/// Everything the framer makes of the stream, cut into chunks of these sizes in turn.
fn frames(stream: &[u8], sizes: &[usize], mode: Mode) -> (Vec<StreamFrame>, Option<FrameError>) {
    let mut framer = StreamFramer::new(mode);
    let (mut found, mut rest) = (Vec::new(), stream);
    for size in sizes.iter().cycle() {
        let (chunk, tail) = rest.split_at((*size).min(rest.len()));
        framer.push(chunk);
        rest = tail;
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    (found, None)
}

fn messages(frames: &[StreamFrame]) -> Vec<&[u8]> {
    frames
        .iter()
        .map(|frame| match frame {
            StreamFrame::Message(message) => &message[..],
            StreamFrame::Ping | StreamFrame::Pong => &[],
        })
        .filter(|message| !message.is_empty())
        .collect()
}

proptest! {
    #[test]
    fn framer_and_parser_agree_or_the_stream_is_refused(
        stream in prop::collection::vec(message(), 1..4), sizes in prop::collection::vec(1_usize..40, 1..5),
    ) {
        let (found, _) = frames(&stream.concat(), &sizes, Mode::Lenient);
        for frame in messages(&found) {
            let Ok(message) = Message::parse(frame.to_vec().into()) else { continue };
            let doubtful = [
                DeviationKind::BytesBehindBody, DeviationKind::ContentLengthTooLarge,
                DeviationKind::ContentLengthConflict, DeviationKind::ContentLengthMalformed,
                DeviationKind::ContentLengthRepeated,
            ];
            let kinds: Vec<_> = message.deviations().into_iter().map(|deviation| deviation.kind).collect();
            prop_assert!(!kinds.iter().any(|kind| doubtful.contains(kind)), "{:?} {:?}", kinds, frame);
        }
    }

    #[test]
    fn it_does_not_matter_how_a_stream_is_cut(
        stream in prop::collection::vec(message(), 1..4), sizes in prop::collection::vec(1_usize..40, 1..5),
    ) {
        let stream = stream.concat();
        let (whole, error) = frames(&stream, &[stream.len().max(1)], Mode::Lenient);
        let (pieces, same_error) = frames(&stream, &sizes, Mode::Lenient);
        prop_assert_eq!(messages(&whole), messages(&pieces));
        prop_assert_eq!(error, same_error);
    }

    #[test]
    fn any_bytes_give_frames_or_a_refusal(stream in prop::collection::vec(any::<u8>(), 0..300)) {
        for mode in [Mode::Strict, Mode::Lenient, Mode::Salvage] {
            let (found, _) = frames(&stream, &[7], mode);
            prop_assert!(messages(&found).iter().map(|message| message.len()).sum::<usize>() <= stream.len());
        }
    }

    #[test]
    fn a_stricter_mode_reads_nothing_else(bytes in message()) {
        let read = |mode| Message::parse_with(bytes.clone().into(), mode);
        let lenient = read(Mode::Lenient);
        if let Ok(strict) = read(Mode::Strict) {
            prop_assert_eq!(lenient.clone(), Ok(strict));
        }
        if let Ok(lenient) = &lenient {
            prop_assert_eq!(read(Mode::Salvage), Ok(lenient.clone()));
            for deviation in lenient.deviations() {
                prop_assert!(deviation.span.end <= bytes.len() && deviation.kind.is_read_in(Mode::Lenient));
            }
        }
    }
}

#[test]
fn a_long_header_section_is_read_once() {
    // 20,000 pushes of one byte each; were each to start over, this test would take minutes.
    let mut limits = Limits::default();
    limits.header_fields = 10_000;
    let mut framer = StreamFramer::new(limits);
    let head = "s: x\r\n".repeat(5_000);
    let mut count = 0;
    for byte in format!("SIP/2.0 200 OK\r\n{head}l: 0\r\n\r\n").as_bytes() {
        framer.push(&[*byte]);
        count += usize::from(framer.next_frame().unwrap().is_some());
    }
    assert_eq!((count, framer.pending()), (1, 0));
}
