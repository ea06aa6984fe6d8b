//! What is physically possible: httparse on the twins in HTTP, and memchr, which only looks for the line ends.

use crate::corpus::Sample;
use crate::peer::{Subject, Task, Work};
use crate::plain::{PlainUri, PlainValues};
use bytes::Bytes;
use httparse::{EMPTY_HEADER, Request, Response};
use std::hint::black_box;

/// More fields than any message of the corpus has.
const FIELDS: usize = 32;

/// Something that is no parser of SIP, and does less.
pub(crate) struct Floor {
    name: &'static str,
    work: fn(&Sample) -> usize,
}

impl Floor {
    /// The start line and the fields of a message of HTTP.
    pub(crate) const HTTPARSE: Self = Self { name: "httparse 1.10.1 (HTTP)", work: httparse };
    /// Each line end of the header section.
    pub(crate) const MEMCHR: Self = Self { name: "memchr (line ends)", work: memchr };
}

impl Subject for Floor {
    fn name(&self) -> &'static str {
        self.name
    }

    fn task<'a>(&self, work: Work, input: usize, samples: &'a [Sample]) -> Option<Task<'a>> {
        let sample = samples.get(input).filter(|_| work == Work::Index)?;
        let work = self.work;
        Some(Box::new(move |times| {
            for _ in 0..times {
                black_box(work(black_box(sample)));
            }
        }))
    }

    fn values(&self, _: &Bytes) -> Option<PlainValues> {
        None
    }

    fn uri(&self, _: &str) -> Option<PlainUri> {
        None
    }

    fn printed(&self, _: &Bytes, _: bool) -> Option<Vec<u8>> {
        None
    }

    fn equivalent(&self, _: &str, _: &str) -> Option<bool> {
        None
    }
}

fn httparse(sample: &Sample) -> usize {
    let mut fields = [EMPTY_HEADER; FIELDS];
    if sample.http.starts_with(b"HTTP/") {
        let mut response = Response::new(&mut fields);
        let complete = response.parse(&sample.http);
        complete.map_or(0, |_| black_box(&response).headers.len())
    } else {
        let mut request = Request::new(&mut fields);
        let complete = request.parse(&sample.http);
        complete.map_or(0, |_| black_box(&request).headers.len())
    }
}

fn memchr(sample: &Sample) -> usize {
    memchr::memchr_iter(b'\n', &sample.http).map(black_box).count()
}
