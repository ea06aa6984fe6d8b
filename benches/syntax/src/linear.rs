//! Whether the time grows as the input does: the same shapes at growing sizes, up to 64 KiB and 1,000 header fields.

use crate::clock::{Effort, fastest, median};
use crate::peer::Task;
use bytes::Bytes;
use sip_message::{Contact, Limits, Message, Route, Via};
use sip_uri::{Mode, SipUri};
use std::hint::black_box;

/// One shape at one size.
#[derive(Clone, Debug)]
pub struct Point {
    /// What grows.
    pub shape: &'static str,
    /// How many of them there are: fields, elements, bytes.
    pub count: usize,
    /// The bytes of the input.
    pub bytes: usize,
    /// Nanoseconds to index it (or, for a URI, to parse it).
    pub index: f64,
    /// Nanoseconds to index it and decode all of its list values.
    pub values: f64,
}

/// How much longer a byte of the largest input may take than a byte of any smaller one.
///
/// Twice as long: what grows with the square takes eight times as long when the size grows eightfold, while a cache
/// that is left costs some tens of percent.
pub const TOLERANCE: f64 = 2.0;

/// Measures every shape at every size.
#[must_use]
pub fn measure(effort: Effort) -> Vec<Point> {
    let mut points = Vec::new();
    for (shape, counts, text) in SHAPES {
        for &count in counts {
            points.push(point(shape, count, text(count).into(), effort));
        }
    }
    for &count in &[1_000, 8_000, 64_000] {
        points.push(uri_point(count, effort));
    }
    points
}

/// The largest time for a byte at the largest size of a shape, over that at the size before it.
#[must_use]
pub fn growth(points: &[Point]) -> f64 {
    let per_byte =
        |point: &Point, time: f64| time / f64::from(u32::try_from(point.bytes).unwrap_or(u32::MAX));
    let mut worst = 0.0_f64;
    for pair in points.windows(2) {
        if let [smaller, larger] = pair
            && smaller.shape == larger.shape
        {
            worst = worst.max(per_byte(larger, larger.index) / per_byte(smaller, smaller.index));
            worst = worst.max(per_byte(larger, larger.values) / per_byte(smaller, smaller.values));
        }
    }
    worst
}

type Shape = (&'static str, &'static [usize], fn(usize) -> String);

const SHAPES: [Shape; 7] = [
    ("fields", &[16, 125, 1_000], |count| {
        let field = |at: usize| format!("Via: SIP/2.0/TCP h{at}.example.com;branch=z9hG4bK{at}\r\n");
        message(&(0..count).map(field).collect::<String>())
    }),
    ("unknown fields", &[16, 125, 1_000], |count| {
        message(
            &(0..count).map(|at| format!("X-Field-{at}: {at} and some more text\r\n")).collect::<String>(),
        )
    }),
    ("list elements", &[16, 125, 1_000], |count| {
        let elements: Vec<_> = (0..count).map(|at| format!("<sip:h{at}.example.com;lr>")).collect();
        message(&format!("Route: {}\r\n", elements.join(", ")))
    }),
    ("parameters", &[16, 125, 1_000], |count| {
        let params: String = (0..count).map(|at| format!(";p{at}=v{at}")).collect();
        message(&format!("Contact: <sip:a@example.com>{params}\r\n"))
    }),
    ("folds", &[16, 125, 1_000], |count| {
        message(&format!("Route: {}\r\n", vec!["<sip:h.example.com;lr>"; count].join(",\r\n ")))
    }),
    ("quoted bytes", &[1_000, 8_000, 60_000], |count| {
        message(&format!("Contact: \"{}\" <sip:a@example.com>\r\n", "\\\"a, ".repeat(count / 5)))
    }),
    ("body bytes", &[1_000, 8_000, 64_000], |count| {
        format!("{}{}", message(&format!("Content-Length: {count}\r\n")), "v=0\r\n".repeat(count / 5))
    }),
];

fn message(fields: &str) -> String {
    format!("INVITE sip:bob@example.com SIP/2.0\r\n{fields}\r\n")
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.message = 128 * 1024;
    limits.header_fields = 1_024;
    limits.line = 64 * 1024;
    limits
}

fn point(shape: &'static str, count: usize, bytes: Bytes, effort: Effort) -> Point {
    let limits = limits();
    let parse = move |bytes: &Bytes| {
        Message::parse_with(bytes.clone(), limits).expect("the shapes are within the limits given here")
    };
    let length = bytes.len();
    let index = time(
        Box::new(|times| {
            for _ in 0..times {
                drop(black_box(parse(black_box(&bytes))));
            }
        }),
        effort,
    );
    let values = time(
        Box::new(|times| {
            for _ in 0..times {
                black_box(elements(&parse(black_box(&bytes))));
            }
        }),
        effort,
    );
    Point { shape, count, bytes: length, index, values }
}

/// Decodes every list value and counts what could be decoded.
fn elements(message: &Message) -> usize {
    let headers = message.headers();
    headers.list::<Via>().flatten().map(black_box).count()
        + headers.list::<Route>().flatten().map(black_box).count()
        + headers.list::<Contact>().flatten().map(black_box).count()
}

fn uri_point(count: usize, effort: Effort) -> Point {
    let params: String = (0..count / 10).map(|at| format!(";p{at:04}=val")).collect();
    let text = format!("sip:alice@example.com{params}");
    let parse = || SipUri::parse(black_box(&text), Mode::Lenient);
    let index = time(
        Box::new(|times| {
            for _ in 0..times {
                drop(black_box(parse()));
            }
        }),
        effort,
    );
    let values = time(
        Box::new(|times| {
            for _ in 0..times {
                black_box(parse().iter().flat_map(|uri| uri.params()).map(black_box).count());
            }
        }),
        effort,
    );
    Point { shape: "URI bytes", count, bytes: text.len(), index, values }
}

fn time(task: Task<'_>, effort: Effort) -> f64 {
    let mut rounds: Vec<f64> = (0..effort.rounds).map(|_| fastest(&task, effort)).collect();
    median(&mut rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_apart_by_shape() {
        let point = |shape, bytes, index| Point { shape, count: 0, bytes, index, values: 1.0 };
        let points = [point("a", 10, 10.0), point("a", 100, 300.0), point("b", 10, 1_000.0)];
        assert!((growth(&points) - 3.0).abs() < 1e-9);
    }
}
