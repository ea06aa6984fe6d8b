//! What a parser must be able to do to be measured, and the work that is measured.

use crate::corpus::{SAME_URIS, Sample, URIS};
use crate::plain::{PlainUri, PlainValues};
use bytes::Bytes;
use std::hint::black_box;
use std::marker::PhantomData;

/// A parser of SIP.
pub trait Peer {
    /// Its name, with the version.
    const NAME: &'static str;
    /// What the least that it does makes of a message: start line, and where the header fields are.
    type Message: 'static;
    /// What a user agent needs of a message, as this parser hands it out.
    type Values<'m>;
    /// A parsed URI.
    type Uri: 'static;

    /// The least that the parser does with a message.
    fn index(bytes: &Bytes) -> Option<Self::Message>;
    /// All values of [`PlainValues`], each parsed.
    fn values(message: &Self::Message) -> Option<Self::Values<'_>>;
    /// The same in a form in which parsers can be compared; not measured.
    fn plain(message: &Self::Message, values: &Self::Values<'_>) -> PlainValues;
    /// Appends the field `Subject: edited`.
    fn edit(message: &mut Self::Message);
    /// The message as it goes on the wire.
    fn print(message: &Self::Message) -> impl AsRef<[u8]>;
    /// Parses a URI.
    fn uri(text: &str) -> Option<Self::Uri>;
    /// The same for comparison.
    fn plain_uri(uri: &Self::Uri) -> PlainUri;
    /// Whether two URIs are the same by RFC 3261 §19.1.4; `None` where the parser has no such comparison.
    fn equivalent(_one: &Self::Uri, _other: &Self::Uri) -> Option<bool> {
        None
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Start line, names and places of the header fields.
    Index,
    /// All values that a user agent needs.
    Values,
    /// Printing a message that was parsed and not touched.
    Print,
    /// Printing a message that was parsed and got one field more.
    PrintEdited,
    /// Parsing a URI.
    Uri,
    /// Comparing two parsed URIs that are equivalent and written differently.
    Equivalent,
}

impl Work {
    /// All work.
    pub const ALL: [Self; 6] =
        [Self::Index, Self::Values, Self::Print, Self::PrintEdited, Self::Uri, Self::Equivalent];

    /// Its name in the tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Values => "values",
            Self::Print => "print",
            Self::PrintEdited => "print-edited",
            Self::Uri => "uri",
            Self::Equivalent => "equivalent",
        }
    }

    /// How many inputs it is done with.
    #[must_use]
    pub const fn inputs(self, samples: &[Sample]) -> usize {
        match self {
            Self::Index | Self::Values | Self::Print | Self::PrintEdited => samples.len(),
            Self::Uri | Self::Equivalent => URIS.len(),
        }
    }
}

/// The work on one input, to be done as often as it is told.
pub type Task<'a> = Box<dyn Fn(usize) + 'a>;

/// A parser, whatever its types.
pub trait Subject {
    /// Its name, with the version.
    fn name(&self) -> &'static str;
    /// The work on one input; `None` where the parser refuses the input or cannot do the work.
    fn task<'a>(&self, work: Work, input: usize, samples: &'a [Sample]) -> Option<Task<'a>>;
    /// The values of a message.
    fn values(&self, bytes: &Bytes) -> Option<PlainValues>;
    /// The components of a URI.
    fn uri(&self, text: &str) -> Option<PlainUri>;
    /// The message printed, edited or not.
    fn printed(&self, bytes: &Bytes, edited: bool) -> Option<Vec<u8>>;
    /// Whether the parser calls two URIs the same.
    fn equivalent(&self, one: &str, other: &str) -> Option<bool>;
}

/// A [`Peer`] as a [`Subject`].
pub struct Adapter<P>(pub PhantomData<P>);

impl<P: Peer> Subject for Adapter<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn task<'a>(&self, work: Work, input: usize, samples: &'a [Sample]) -> Option<Task<'a>> {
        match work {
            Work::Index => index::<P>(samples.get(input)?),
            Work::Values => values::<P>(samples.get(input)?),
            Work::Print => print::<P>(samples.get(input)?, false),
            Work::PrintEdited => print::<P>(samples.get(input)?, true),
            Work::Uri => uri::<P>(URIS.get(input)?),
            Work::Equivalent => equivalent::<P>(URIS.get(input)?, SAME_URIS.get(input)?),
        }
    }

    fn values(&self, bytes: &Bytes) -> Option<PlainValues> {
        let message = P::index(bytes)?;
        let values = P::values(&message)?;
        Some(P::plain(&message, &values))
    }

    fn uri(&self, text: &str) -> Option<PlainUri> {
        P::uri(text).map(|uri| P::plain_uri(&uri))
    }

    fn printed(&self, bytes: &Bytes, edited: bool) -> Option<Vec<u8>> {
        let mut message = P::index(bytes)?;
        if edited {
            P::edit(&mut message);
        }
        Some(P::print(&message).as_ref().to_vec())
    }

    fn equivalent(&self, one: &str, other: &str) -> Option<bool> {
        P::equivalent(&P::uri(one)?, &P::uri(other)?)
    }
}

fn index<P: Peer>(sample: &Sample) -> Option<Task<'_>> {
    P::index(&sample.bytes)?;
    Some(repeated(|| P::index(black_box(&sample.bytes))))
}

fn values<P: Peer>(sample: &Sample) -> Option<Task<'_>> {
    P::values(&P::index(&sample.bytes)?)?;
    Some(Box::new(|times| {
        for _ in 0..times {
            if let Some(message) = P::index(black_box(&sample.bytes)) {
                black_box(&P::values(black_box(&message)));
            }
        }
    }))
}

fn print<P: Peer>(sample: &Sample, edited: bool) -> Option<Task<'_>> {
    let mut message = P::index(&sample.bytes)?;
    if edited {
        P::edit(&mut message);
    }
    Some(Box::new(move |times| {
        for _ in 0..times {
            black_box(P::print(black_box(&message)).as_ref());
        }
    }))
}

fn uri<P: Peer>(text: &str) -> Option<Task<'_>> {
    P::uri(text)?;
    Some(repeated(move || P::uri(black_box(text))))
}

fn equivalent<'a, P: Peer>(one: &'a str, other: &'a str) -> Option<Task<'a>> {
    let (one, other) = (P::uri(one)?, P::uri(other)?);
    P::equivalent(&one, &other)?;
    Some(Box::new(move |times| {
        for _ in 0..times {
            black_box(P::equivalent(black_box(&one), black_box(&other)));
        }
    }))
}

fn repeated<'a, T>(work: impl Fn() -> T + 'a) -> Task<'a> {
    Box::new(move |times| {
        for _ in 0..times {
            black_box(&work());
        }
    })
}
