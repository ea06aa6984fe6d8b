//! The target `transactions` for libfuzzer; see `src/targets/transactions.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_fuzz::run("transactions", data));
