//! The target `sipfrag` for libfuzzer; see `src/targets/sipfrag.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("sipfrag", data));
