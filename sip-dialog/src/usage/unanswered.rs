//! The requests of this end in one dialog that have no final response yet, RFC 3261 §12.2.1.

use super::recovery::Pending;
use std::vec::IntoIter;

/// Requests by CSeq number, the lowest first. There is hardly ever more than one, and most of the time there is none; then
/// nothing is kept.
#[derive(Debug, Default)]
pub(super) struct Unanswered(Vec<(u32, Pending)>);

impl Unanswered {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a request, in place of any with its number.
    pub(super) fn insert(&mut self, number: u32, pending: Pending) {
        let place = self.0.partition_point(|(known, _)| *known < number);
        match self.0.get_mut(place).filter(|(known, _)| *known == number) {
            Some((_, former)) => *former = pending,
            None => {
                // one alone takes no more room than it needs; many grow together
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.insert(place, (number, pending));
            }
        }
    }

    pub(super) fn get(&self, number: u32) -> Option<&Pending> {
        self.0.iter().find(|(known, _)| *known == number).map(|(_, pending)| pending)
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<Pending> {
        let place = self.0.iter().position(|(known, _)| *known == number)?;
        let (_, pending) = self.0.remove(place);
        self.give_room_back();
        Some(pending)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Pending> {
        self.0.iter().map(|(_, pending)| pending)
    }

    /// Forgets all requests but those that `is_kept` wants.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&Pending) -> bool) {
        self.0.retain(|(_, pending)| is_kept(pending));
        self.give_room_back();
    }

    fn give_room_back(&mut self) {
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
    }
}

impl IntoIterator for Unanswered {
    type Item = (u32, Pending);
    type IntoIter = IntoIter<(u32, Pending)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::recovery::Attempt;
    use super::*;
    use sip_message::{Method, Request};

    fn pending(method: Method) -> Pending {
        Pending {
            request: Request::new(method, &"sip:a@example.com".parse().unwrap()),
            attempt: Attempt::Sent,
            asked: Some(1),
        }
    }

    #[test]
    fn requests_are_in_the_order_of_their_numbers_and_nothing_is_kept_of_them() {
        let mut requests = Unanswered::default();
        for (number, method) in [(7, Method::Info), (3, Method::Bye), (7, Method::Prack), (5, Method::Invite)]
        {
            requests.insert(number, pending(method));
        }
        let methods: Vec<&Method> = requests.values().map(|one| one.request.method()).collect();
        assert_eq!(methods, [&Method::Bye, &Method::Invite, &Method::Prack]);
        assert!(requests.get(3).is_some() && requests.get(4).is_none());
        requests.retain(|one| *one.request.method() != Method::Bye);
        assert_eq!([3, 5, 7].map(|number| requests.remove(number).is_some()), [false, true, true]);
        assert!(requests.is_empty());
        assert_eq!(requests.0.capacity(), 0);
    }
}
