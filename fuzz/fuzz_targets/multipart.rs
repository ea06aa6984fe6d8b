//! The target `multipart` for libfuzzer; see `src/targets/multipart.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("multipart", data));
