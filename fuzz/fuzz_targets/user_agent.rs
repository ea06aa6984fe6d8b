//! The target `user_agent` for libfuzzer; see `src/targets/user_agent.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("user_agent", data));
