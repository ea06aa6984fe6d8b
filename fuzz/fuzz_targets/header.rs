//! The target `header` for libfuzzer; see `src/targets/header.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("header", data));
