//! What ten thousand user agents cost: themselves in one process, their server in another, each on a core of its own.

pub mod client;
pub mod ours;
pub mod phase;
pub mod process;
pub mod report;
#[cfg(feature = "peers")]
pub mod rsipstack;
pub mod size;
pub mod stack;
pub mod target;
pub mod usage;
