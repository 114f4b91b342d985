//! The values of many groups, in one place for all; see [`single`](super::single) for a single group.
//!
//! Five million customers have a handful of values each: a vector per group would be too expensive. Values are buffered
//! as pairs of group and value. Many pairs are sorted and packed into a [`Segment`], a few bytes per value. Output is
//! collected from segments and pairs, group by group. It depends on the values only, not on their order or batches.

use super::run::{self, Bytes, Run};

/// Least number of buffered pairs before they are packed; small in tests, to produce segments there.
const WAITING: usize = if cfg!(test) { 8 } else { 1 << 17 };

/// Pairs sorted by group and value, and packed: for each group the difference from the group before, and its
/// [run](run).
#[derive(Debug)]
struct Segment {
    bytes: Vec<u8>,
    /// Where the run of `group` begins.
    at: usize,
    /// The next group with values here.
    group: Option<u64>,
}

impl Segment {
    /// Packs pairs that are sorted by group and value.
    fn pack<V: Copy + Into<i128>>(pairs: &[(u64, V)]) -> Self {
        let mut bytes = Vec::new();
        let mut values: Vec<V> = Vec::new();
        let mut before = 0;
        for of_group in pairs.chunk_by(|one, other| one.0 == other.0) {
            let Some((group, _)) = of_group.first() else { continue };
            values.clear();
            values.extend(of_group.iter().map(|(_, value)| *value));
            run::number(u128::from(group - before), &mut bytes);
            run::write(&values, &mut bytes);
            before = *group;
        }
        bytes.shrink_to_fit();
        Self::new(bytes)
    }

    fn new(bytes: Vec<u8>) -> Self {
        let mut segment = Self { bytes, at: 0, group: None };
        segment.advance(0, 0);
        segment
    }

    /// Goes to the next group; its difference from `before` is read at `at`.
    fn advance(&mut self, at: usize, before: u64) {
        let mut bytes = Bytes::new(&self.bytes, at);
        self.group = bytes.number().map(|distance| before + distance as u64);
        self.at = bytes.at();
    }

    /// Takes the values of a group, if this segment has any.
    fn take(&mut self, group: u64, values: &mut Vec<i128>) {
        if self.group == Some(group) {
            let mut run = Run::read(Bytes::new(&self.bytes, self.at));
            values.extend(&mut run);
            let at = run.rest().at();
            self.advance(at, group);
        }
    }
}

/// Values of groups numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// How many groups were emitted: the number of group 0 in pairs and segments.
    first: u64,
    /// Groups that are known and not emitted, with or without values.
    groups: usize,
    /// Pairs of group and value.
    waiting: Vec<(u64, i64)>,
    /// Pairs with a value of more than 64 bits: very rare.
    wide: Vec<(u64, i128)>,
    segments: Vec<Segment>,
    /// How many values are in segments.
    packed: usize,
}

impl Store {
    /// Makes room for this many groups in all.
    pub(super) fn expect(&mut self, groups: usize) {
        self.groups = self.groups.max(groups);
    }

    /// Groups known and not emitted.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// Adds a value to a group.
    pub(super) fn push(&mut self, group: usize, value: i128) {
        let group = self.first + group as u64;
        match i64::try_from(value) {
            Ok(value) => self.waiting.push((group, value)),
            Err(_) => self.wide.push((group, value)),
        }
        // Segments grow: there are never more than some dozens.
        if self.waiting.len() + self.wide.len() >= WAITING.max(self.packed / 16) {
            self.pack();
        }
    }

    #[allow(clippy::stable_sort_primitive, reason = "finds the ordered stretches of merged states")]
    fn pack(&mut self) {
        self.packed += self.waiting.len() + self.wide.len();
        if !self.waiting.is_empty() {
            self.waiting.sort();
            self.segments.push(Segment::pack(&self.waiting));
            self.waiting.clear();
        }
        if !self.wide.is_empty() {
            self.wide.sort();
            self.segments.push(Segment::pack(&self.wide));
            self.wide.clear();
        }
    }

    /// Takes the first groups out, each with its values in ascending order; the other groups are then renumbered from
    /// 0.
    #[allow(clippy::stable_sort_primitive, reason = "finds the ordered stretches of segments")]
    pub(super) fn take(&mut self, groups: usize, mut each: impl FnMut(&[i128])) {
        let end = self.first + groups as u64;
        let mut waiting = Pairs::new(&mut self.waiting);
        let mut wide = Pairs::new(&mut self.wide);
        let mut values = Vec::new();
        for group in self.first..end {
            values.clear();
            for segment in &mut self.segments {
                segment.take(group, &mut values);
            }
            waiting.take(group, &mut values);
            wide.take(group, &mut values);
            values.sort();
            each(&values);
        }
        let (waiting, wide) = (waiting.taken, wide.taken);
        self.waiting.drain(..waiting);
        self.wide.drain(..wide);
        self.segments.retain(|segment| segment.group.is_some());
        self.groups = self.groups.saturating_sub(groups);
        self.first = end;
        if self.groups == 0 {
            // Nothing is left: start again, and release the memory.
            *self = Self::default();
        }
    }

    /// Bytes held.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>()
            + self.waiting.capacity() * size_of::<(u64, i64)>()
            + self.wide.capacity() * size_of::<(u64, i128)>()
            + self.segments.capacity() * size_of::<Segment>()
            + self.segments.iter().map(|segment| segment.bytes.capacity()).sum::<usize>()
    }
}

/// Pairs in the order of their groups, taken from the front.
struct Pairs<'a, V> {
    pairs: &'a [(u64, V)],
    taken: usize,
}

impl<'a, V: Copy + Ord + Into<i128>> Pairs<'a, V> {
    fn new(pairs: &'a mut [(u64, V)]) -> Self {
        // Rows that come customer by customer are in order already.
        if !pairs.is_sorted_by_key(|(group, _)| *group) {
            pairs.sort_unstable();
        }
        Self { pairs, taken: 0 }
    }

    fn take(&mut self, group: u64, values: &mut Vec<i128>) {
        let rest = self.pairs.get(self.taken..).unwrap_or_default();
        let before = values.len();
        values.extend(rest.iter().take_while(|pair| pair.0 == group).map(|(_, value)| (*value).into()));
        self.taken += values.len() - before;
    }
}
