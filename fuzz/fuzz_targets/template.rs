//! The target `template` for libfuzzer; see `src/targets/template.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("template", data));
