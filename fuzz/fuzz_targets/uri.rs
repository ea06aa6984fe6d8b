//! The target `uri` for libfuzzer; see `src/targets/uri.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("uri", data));
