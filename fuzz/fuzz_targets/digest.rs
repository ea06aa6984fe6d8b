//! The target `digest` for libfuzzer; see `src/targets/digest.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("digest", data));
