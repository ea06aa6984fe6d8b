//! Content-Transfer-Encoding: the encodings that make bytes survive mail, undone (RFC 2045 §6). SIP needs none, gateways
//! use them all the same (RFC 5621 §3.2).

/// The bytes that `encoded` stands for; `None` for an encoding that is not known, or was not applied right.
pub(super) fn decode(encoding: &[u8], encoded: &[u8]) -> Option<Vec<u8>> {
    let is = |name: &str| encoding.eq_ignore_ascii_case(name.as_bytes());
    if is("base64") {
        base64(encoded)
    } else if is("quoted-printable") {
        quoted_printable(encoded)
    } else {
        is_identity(encoding).then(|| encoded.to_vec())
    }
}

/// Whether the encoding leaves the bytes as they are (RFC 2045 §6.2).
pub(super) fn is_identity(encoding: &[u8]) -> bool {
    ["7bit", "8bit", "binary"].iter().any(|name| name.as_bytes().eq_ignore_ascii_case(encoding))
}

/// Four characters for three bytes; line ends and other characters are passed over (RFC 2045 §6.8).
fn base64(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for sextet in encoded.iter().take_while(|byte| **byte != b'=').filter_map(|byte| sextet(*byte)) {
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            // Of the bits that were shifted in, eight are taken each time.
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    // One character alone stands for no byte.
    (count < 6).then_some(out)
}

/// The place of a character in the alphabet of RFC 2045 §6.8.
const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// `=` and two hexadecimal digits for a byte, `=` at the end of a line for nothing; white space in front of a line end
/// was added on the way (RFC 2045 §6.7).
fn quoted_printable(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len());
    for line in encoded.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let soft = text.strip_suffix(b"=");
        escapes_undone(soft.unwrap_or(text), &mut out)?;
        if soft.is_none() {
            out.extend_from_slice(line_end(line));
        }
    }
    Some(out)
}

fn escapes_undone(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut parts = text.split(|byte| *byte == b'=');
    out.extend_from_slice(parts.next()?);
    for part in parts {
        let (digits, plain) = part.split_at_checked(2)?;
        out.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        out.extend_from_slice(plain);
    }
    Some(())
}

/// The CRLF or LF at the end of `line`, if there is one.
fn line_end(line: &[u8]) -> &[u8] {
    match line {
        [.., b'\r', b'\n'] => b"\r\n",
        [.., b'\n'] => b"\n",
        [..] => b"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(encoding: &str, encoded: &str) -> Option<String> {
        decode(encoding.as_bytes(), encoded.as_bytes())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn base64_with_and_without_padding_and_line_ends() {
        for (encoded, plain) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9v\r\nYg", "foob")]
        {
            assert_eq!(decoded("Base64", encoded).as_deref(), Some(plain));
        }
        assert_eq!(decode(b"base64", b"//79"), Some(vec![0xff, 0xfe, 0xfd]));
        assert_eq!(decoded("base64", "Z"), None);
    }

    #[test]
    fn quoted_printable_with_soft_line_ends() {
        let encoded = "v=3D0 \t\r\no=3D- 1 1 =\r\nIN\n=41=";
        assert_eq!(decoded("quoted-printable", encoded).as_deref(), Some("v=0\r\no=- 1 1 IN\nA"));
        assert_eq!(decoded("quoted-printable", "a=4"), None);
        assert_eq!(decoded("quoted-printable", "a=XY"), None);
    }

    #[test]
    fn other_encodings() {
        assert_eq!(decoded("8BIT", "a=41").as_deref(), Some("a=41"));
        assert_eq!(decoded("x-uuencode", "a"), None);
    }
}
