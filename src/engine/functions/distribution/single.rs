//! The values of one group: a column of money has millions of them.
//!
//! Values are buffered. When there are many, they are sorted and packed into a [run](run), one or two bytes per value;
//! in the end the runs are merged. Values collected by other threads also come as a run.

use super::run::{self, Bytes, Run};

/// Least number of buffered values before they are packed; small in tests, to produce runs there.
const WAITING: usize = if cfg!(test) { 8 } else { 1 << 18 };

/// Values in ascending order.
pub(super) enum Ascending {
    /// All fit into 64 bits: nearly always.
    Narrow(Vec<i64>),
    /// Some do not fit.
    Wide(Vec<i128>),
}

/// Values in any order.
#[derive(Debug, Default)]
pub(super) struct Single {
    waiting: Vec<i64>,
    /// Values of more than 64 bits: very rare.
    wide: Vec<i128>,
    runs: Vec<Vec<u8>>,
    /// How many values are in runs.
    packed: usize,
}

impl Single {
    /// Adds a value.
    pub(super) fn push(&mut self, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.waiting.push(value),
            Err(_) => self.wide.push(value),
        }
        // Runs grow: there are never more than some dozens.
        if self.waiting.len() + self.wide.len() >= WAITING.max(self.packed / 16) {
            self.pack();
        }
    }

    /// Adds a run of values.
    pub(super) fn push_run(&mut self, run: &[u8]) {
        self.runs.push(run.to_vec());
    }

    fn pack(&mut self) {
        self.packed += self.waiting.len() + self.wide.len();
        self.waiting.sort_unstable();
        self.wide.sort_unstable();
        self.runs.extend(packed(&self.waiting));
        self.runs.extend(packed(&self.wide));
        self.waiting.clear();
        self.wide.clear();
    }

    /// Takes all values out.
    #[allow(clippy::stable_sort_primitive, reason = "finds the ordered stretches of runs")]
    pub(super) fn take(&mut self) -> Ascending {
        let Self { mut waiting, mut wide, runs, .. } = std::mem::take(self);
        waiting.sort_unstable();
        for run in runs {
            for value in Run::read(Bytes::new(&run, 0)) {
                match i64::try_from(value) {
                    Ok(value) => waiting.push(value),
                    Err(_) => wide.push(value),
                }
            }
        }
        waiting.sort();
        if wide.is_empty() {
            return Ascending::Narrow(waiting);
        }
        wide.extend(waiting.into_iter().map(i128::from));
        wide.sort();
        Ascending::Wide(wide)
    }

    /// Bytes held.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>()
            + self.waiting.capacity() * size_of::<i64>()
            + self.wide.capacity() * size_of::<i128>()
            + self.runs.iter().map(|run| size_of::<Vec<u8>>() + run.capacity()).sum::<usize>()
    }
}

fn packed<V: Copy + Into<i128>>(values: &[V]) -> Option<Vec<u8>> {
    (!values.is_empty()).then(|| {
        let mut bytes = Vec::new();
        run::write(values, &mut bytes);
        bytes.shrink_to_fit();
        bytes
    })
}
