//! Everything that is measured.

mod floor;
mod ours;

#[cfg(feature = "peers")]
mod ezk;
#[cfg(feature = "peers")]
mod rsip;
#[cfg(feature = "peers")]
mod rsipstack;
#[cfg(feature = "peers")]
mod sipx;

use crate::peer::{Adapter, Peer, Subject};
use floor::Floor;
use ours::Ours;
use std::marker::PhantomData;

/// Everything that is measured: ours first, the physical references next, then the peers that were compiled in.
#[must_use]
pub fn all() -> Vec<Box<dyn Subject>> {
    let own: [Box<dyn Subject>; 3] = [boxed::<Ours>(), Box::new(Floor::HTTPARSE), Box::new(Floor::MEMCHR)];
    own.into_iter().chain(others()).collect()
}

#[cfg(feature = "peers")]
fn others() -> Vec<Box<dyn Subject>> {
    vec![boxed::<rsipstack::Rsipstack>(), boxed::<sipx::Sipx>(), boxed::<rsip::Rsip>(), boxed::<ezk::Ezk>()]
}

#[cfg(not(feature = "peers"))]
const fn others() -> Vec<Box<dyn Subject>> {
    Vec::new()
}

fn boxed<P: Peer + 'static>() -> Box<dyn Subject> {
    Box::new(Adapter::<P>(PhantomData))
}
