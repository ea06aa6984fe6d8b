//! A user agent in a page, led by the test that serves it: `cargo xtask wasm --browser`.
//!
//! The test says words, the page tells lines; `page/words.rs` knows the words.

#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(target_arch = "wasm32")]
fn main() {
    page::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this is for a browser: cargo xtask wasm --browser");
}
