//! The target `stream` for libfuzzer; see `src/targets/stream.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("stream", data));
