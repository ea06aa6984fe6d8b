//! What a WebAssembly module asks of its host: the import section of the binary format (WebAssembly 1.0, §5.5.5).

use std::error::Error;
use std::fmt;

/// One import: the name of a thing and of the host module that is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
}

/// The bytes are no WebAssembly module, or one whose imports are of an unknown kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotWasm;

impl fmt::Display for NotWasm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a WebAssembly module that this program understands")
    }
}

impl Error for NotWasm {}

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const IMPORT_SECTION: u8 = 2;

/// The imports of `module`, in order.
///
/// # Errors
/// When the bytes are not a module.
pub(crate) fn of(module: &[u8]) -> Result<Vec<Import>, NotWasm> {
    let mut module = Reader { rest: module.strip_prefix(HEADER).ok_or(NotWasm)? };
    while !module.rest.is_empty() {
        let id = module.byte()?;
        let length = module.number()?;
        let mut section = Reader { rest: module.take(length)? };
        if id == IMPORT_SECTION {
            let count = section.number()?;
            return (0..count).map(|_| section.import()).collect();
        }
    }
    Ok(Vec::new())
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn import(&mut self) -> Result<Import, NotWasm> {
        let import = Import { module: self.text()?, name: self.text()? };
        match self.byte()? {
            0x00 => self.skip_numbers(1)?,
            0x01 => {
                self.byte()?;
                self.limits()?;
            }
            0x02 => self.limits()?,
            0x03 => self.skip_numbers(2)?,
            _ => return Err(NotWasm),
        }
        Ok(import)
    }

    fn limits(&mut self) -> Result<(), NotWasm> {
        let has_most = self.byte()? & 1 == 1;
        self.skip_numbers(if has_most { 2 } else { 1 })
    }

    fn skip_numbers(&mut self, count: usize) -> Result<(), NotWasm> {
        (0..count).try_for_each(|_| self.number().map(drop))
    }

    fn text(&mut self) -> Result<String, NotWasm> {
        let length = self.number()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Result<usize, NotWasm> {
        let mut value = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f).checked_shl(shift).ok_or(NotWasm)?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(NotWasm)
    }

    fn byte(&mut self) -> Result<u8, NotWasm> {
        let (first, rest) = self.rest.split_first().ok_or(NotWasm)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], NotWasm> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(NotWasm)?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(sections: &[u8]) -> Vec<u8> {
        [HEADER, sections].concat()
    }

    #[test]
    fn a_module_without_imports_has_none() {
        assert_eq!(of(&module(&[])), Ok(vec![]));
        assert_eq!(of(&module(&[0x01, 0x01, 0x00])), Ok(vec![]));
    }

    #[test]
    fn imports_of_every_kind_are_read() {
        let body = [
            &[4][..],
            b"\x03env\x01f\x00\x05",
            b"\x03env\x01t\x01\x70\x00\x01",
            b"\x03env\x01m\x02\x01\x01\x80\x01",
            b"\x02wb\x01g\x03\x7f\x00",
        ]
        .concat();
        let imports =
            of(&module(&[&[IMPORT_SECTION, u8::try_from(body.len()).unwrap()], &*body].concat())).unwrap();
        let names: Vec<_> =
            imports.iter().map(|import| (import.module.as_str(), import.name.as_str())).collect();
        assert_eq!(names, [("env", "f"), ("env", "t"), ("env", "m"), ("wb", "g")]);
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(of(b"\x7fELF"), Err(NotWasm));
        assert_eq!(of(&module(&[IMPORT_SECTION, 0x09, 0x01])), Err(NotWasm));
        assert_eq!(of(&module(&[IMPORT_SECTION, 0xff, 0xff, 0xff, 0xff, 0xff])), Err(NotWasm));
    }
}
