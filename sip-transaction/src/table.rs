//! Transactions by name, by matching key and by flow.

use crate::FlowId;
use crate::key::{Key, Ordered, Sought};
use sip_clock::NumberMap;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::ops::Bound;

/// Entries that are found in three ways; every operation costs O(log n).
#[derive(Debug)]
pub(crate) struct Table<I, E> {
    /// Boxed: a map moves its values when it grows, and keeps room for more of them.
    slots: NumberMap<I, Box<Slot<E>>>,
    keys: BTreeMap<Key, I>,
    flows: BTreeMap<FlowId, OnFlow<I>>,
}

/// The entries on a flow. Most user agents have one transaction at a time, which needs no tree of its own.
#[derive(Debug)]
enum OnFlow<I> {
    One(I),
    /// At least one.
    Several(BTreeSet<I>),
}

/// An entry with what it is found by.
#[derive(Debug)]
pub(crate) struct Slot<E> {
    pub(crate) flow: FlowId,
    pub(crate) entry: E,
    key: Key,
}

impl<I: Ord + Hash + Copy, E> Table<I, E> {
    pub(crate) const fn new() -> Self {
        Self { slots: NumberMap::new(), keys: BTreeMap::new(), flows: BTreeMap::new() }
    }

    /// Adds an entry; the newest one owns the key.
    pub(crate) fn insert(&mut self, id: I, key: &str, flow: FlowId, entry: E) {
        let key = Key::new(key);
        self.keys.insert(key.clone(), id);
        self.put_on(flow, id);
        self.slots.insert(id, Box::new(Slot { flow, entry, key }));
    }

    pub(crate) fn remove(&mut self, id: I) -> Option<E> {
        let Slot { flow, entry, key } = *self.slots.remove(&id)?;
        self.take_off(flow, id);
        if let Entry::Occupied(place) = self.keys.entry(key)
            && *place.get() == id
        {
            place.remove();
        }
        if self.slots.is_empty() {
            // A tree that was emptied keeps room for eleven.
            *self = Self::new();
        }
        Some(entry)
    }

    /// Finds an entry on another flow from now on.
    pub(crate) fn move_to(&mut self, id: I, flow: FlowId) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        let old = std::mem::replace(&mut slot.flow, flow);
        self.take_off(old, id);
        self.put_on(flow, id);
    }

    fn put_on(&mut self, flow: FlowId, id: I) {
        match self.flows.entry(flow) {
            Entry::Vacant(place) => drop(place.insert(OnFlow::One(id))),
            Entry::Occupied(mut place) => match place.get_mut() {
                OnFlow::Several(ids) => drop(ids.insert(id)),
                OnFlow::One(first) => {
                    let several = BTreeSet::from([*first, id]);
                    place.insert(OnFlow::Several(several));
                }
            },
        }
    }

    fn take_off(&mut self, flow: FlowId, id: I) {
        let is_last = match self.flows.get_mut(&flow) {
            None => false,
            Some(OnFlow::One(only)) => *only == id,
            Some(OnFlow::Several(ids)) => {
                ids.remove(&id);
                ids.is_empty()
            }
        };
        if is_last {
            self.flows.remove(&flow);
        }
    }

    pub(crate) fn get_mut(&mut self, id: I) -> Option<&mut Slot<E>> {
        self.slots.get_mut(&id).map(Box::as_mut)
    }

    pub(crate) fn flow_of(&self, id: I) -> Option<FlowId> {
        self.slots.get(&id).map(|slot| slot.flow)
    }

    pub(crate) fn get(&self, id: I) -> Option<&E> {
        self.slots.get(&id).map(|slot| &slot.entry)
    }

    pub(crate) fn find(&self, key: &str) -> Option<I> {
        self.keys.get(&Sought::new(key) as &dyn Ordered).copied()
    }

    /// The entries whose key begins with `prefix`, the first part of a key and more, with and in the order of their keys.
    pub(crate) fn find_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, I, &'a E)> {
        let first = Sought::new(prefix);
        self.keys
            .range::<dyn Ordered, _>((Bound::Included(&first as &dyn Ordered), Bound::Unbounded))
            .take_while(move |(key, _)| key.text().starts_with(prefix))
            .filter_map(|(key, id)| Some((key.text(), *id, self.get(*id)?)))
    }

    /// The entries on a flow, oldest first.
    pub(crate) fn on_flow(&self, flow: FlowId) -> Vec<I> {
        match self.flows.get(&flow) {
            None => Vec::new(),
            Some(OnFlow::One(only)) => vec![*only],
            Some(OnFlow::Several(ids)) => ids.iter().copied().collect(),
        }
    }

    pub(crate) fn len_on_flow(&self, flow: FlowId) -> usize {
        match self.flows.get(&flow) {
            None => 0,
            Some(OnFlow::One(_)) => 1,
            Some(OnFlow::Several(ids)) => ids.len(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<u8, char> {
        let mut table = Table::new();
        table.insert(1, "x\nACK", FlowId::new(1), 'a');
        table.insert(2, "x\nBYE", FlowId::new(2), 'b');
        table.insert(3, "xy\nBYE", FlowId::new(1), 'c');
        table
    }

    #[test]
    fn finds_by_key_prefix_and_flow() {
        let table = table();
        assert_eq!(table.find("x\nBYE"), Some(2));
        let found: Vec<_> = table.find_prefix("x\n").collect();
        assert_eq!(found, [("x\nACK", 1, &'a'), ("x\nBYE", 2, &'b')]);
        assert_eq!(table.on_flow(FlowId::new(1)), [1, 3]);
        assert_eq!([1, 2, 3].map(|flow| table.len_on_flow(FlowId::new(flow))), [2, 1, 0]);
    }

    #[test]
    fn an_entry_moves_from_flow_to_flow() {
        let mut table = table();
        table.move_to(2, FlowId::new(1));
        assert_eq!(table.on_flow(FlowId::new(1)), [1, 2, 3]);
        assert_eq!((table.len_on_flow(FlowId::new(2)), table.flows.len()), (0, 1));
    }

    #[test]
    fn a_flow_is_known_until_its_last_entry_is_gone() {
        let mut table = table();
        let flow = FlowId::new(1);
        let rests = [1, 3].map(|id| table.remove(id).map(|_| table.on_flow(flow)));
        assert_eq!(rests, [Some(vec![3]), Some(vec![])]);
        assert_eq!((table.len_on_flow(flow), table.flows.len()), (0, 1));
        table.insert(4, "z\nBYE", flow, 'd');
        assert_eq!(table.on_flow(flow), [4]);
    }

    #[test]
    fn removing_leaves_nothing_behind() {
        let mut table = table();
        for id in 1..=3 {
            table.remove(id);
            table.remove(id);
        }
        assert_eq!((table.len(), table.keys.len(), table.flows.len()), (0, 0, 0));
    }
}
