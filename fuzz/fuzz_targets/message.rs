//! The target `message` for libfuzzer; see `src/targets/message.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("message", data));
