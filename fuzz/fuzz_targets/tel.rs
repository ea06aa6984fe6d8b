//! The target `tel` for libfuzzer; see `src/targets/tel.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("tel", data));
