//! RFC 3261 §18.3: where a message ends on a stream does not depend on how its bytes arrive, and the parser agrees.

use sip_message::{ContentLength, FrameError, Message, Mode, StreamFrame, StreamFramer};

/// The first byte says how the rest, a stream, is cut up.
pub(super) fn check(data: &[u8]) {
    let Some((cut, stream)) = data.split_first() else { return };
    let size = usize::from(*cut).max(1);
    for mode in [Mode::Strict, Mode::Lenient] {
        let (whole, whole_end) = frames(std::iter::once(stream), mode);
        let (pieces, pieces_end) = frames(stream.chunks(size), mode);
        assert_eq!(whole_end, pieces_end);
        assert_eq!(without_keep_alives(&whole), without_keep_alives(&pieces));
        for frame in &whole {
            agrees(frame, mode);
        }
    }
}

fn frames<'a>(pieces: impl Iterator<Item = &'a [u8]>, mode: Mode) -> (Vec<StreamFrame>, Option<FrameError>) {
    let mut framer = StreamFramer::new(mode);
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(framer.next_frame(), Err(error.clone()), "an error stays");
                    return (frames, Some(error));
                }
            }
        }
    }
    (frames, None)
}

/// A double CRLF in two pieces may count as a single one first.
fn without_keep_alives(frames: &[StreamFrame]) -> Vec<&StreamFrame> {
    frames.iter().filter(|frame| matches!(frame, StreamFrame::Message(_))).collect()
}

/// The parser reads all of a frame, and no other length.
fn agrees(frame: &StreamFrame, mode: Mode) {
    let StreamFrame::Message(bytes) = frame else { return };
    let Ok(message) = Message::parse_with(bytes.clone(), mode) else { return };
    assert!(bytes.ends_with(message.body()));
    match message.headers().typed::<ContentLength>() {
        Ok(Some(length)) => {
            assert_eq!(message.body().len(), length.0 as usize);
            assert_eq!(&message.to_bytes(), bytes);
        }
        Ok(None) => assert!(message.body().is_empty()),
        Err(error) => panic!("the framer read a length and the parser does not: {error}"),
    }
}
