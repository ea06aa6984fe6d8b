//! What a call costs two user agents: processor time, heap, and both with many calls up at once.
//!
//! Both ends are the cores of `sip-ua`, in one process and in virtual time. Every message is printed, copied and
//! parsed again, as it would be between two sockets; nothing else of a transport is measured.

pub mod clock;
pub mod heap;
pub mod instructions;
pub mod mimalloc;
pub mod pair;
pub mod report;
pub mod target;
pub mod timers;
