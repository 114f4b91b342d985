//! Whole numbers in ascending order, in few bytes.
//!
//! A run is the count of its values, the first value, and the differences between neighbours, all as numbers with seven
//! bits per byte. Money of a million customers takes one to two bytes per customer, and equal values one byte each.

/// The bits of a number that nine bytes hold.
const LOW_BITS: u32 = 63;

/// Appends the run of ascending values.
pub(super) fn write<V: Copy + Into<i128>>(values: &[V], to: &mut Vec<u8>) {
    number(values.len() as u128, to);
    let mut last = None;
    for value in values {
        let value: i128 = (*value).into();
        match last {
            // Small values of either sign become small numbers.
            None => number(((value << 1) ^ (value >> 127)).cast_unsigned(), to),
            Some(last) => number(value.wrapping_sub(last).cast_unsigned(), to),
        }
        last = Some(value);
    }
}

/// Appends a number.
pub(super) fn number(mut number: u128, to: &mut Vec<u8>) {
    while number > u128::from(u64::MAX) {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    // Nearly all numbers: shifting 64 bits is much faster than 128.
    let mut rest = number as u64;
    while rest >= 0x80 {
        to.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    to.push(rest as u8);
}

/// Bytes that are read number by number. If they end too early, so do the values.
#[derive(Debug, Clone)]
pub(super) struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// How many bytes have been read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn number(&mut self) -> Option<u128> {
        let mut low = 0;
        for shift in (0..LOW_BITS).step_by(7) {
            let byte = self.byte()?;
            low |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(low.into());
            }
        }
        let mut number = u128::from(low);
        for shift in (LOW_BITS..u128::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
}

/// The values of a run, ascending.
#[derive(Debug, Clone)]
pub(super) struct Run<'a> {
    bytes: Bytes<'a>,
    left: usize,
    last: Option<i128>,
}

impl<'a> Run<'a> {
    /// The run that begins here; an empty run if nothing can be read.
    pub(super) fn read(mut bytes: Bytes<'a>) -> Self {
        let left = bytes.number().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        Self { bytes, left, last: None }
    }

    /// The bytes after the values that have been read.
    pub(super) fn rest(self) -> Bytes<'a> {
        self.bytes
    }
}

impl Iterator for Run<'_> {
    type Item = i128;

    fn next(&mut self) -> Option<i128> {
        self.left = self.left.checked_sub(1)?;
        let number = self.bytes.number()?;
        let value = match self.last {
            None => (number >> 1).cast_signed() ^ -(number & 1).cast_signed(),
            Some(last) => last.wrapping_add(number.cast_signed()),
        };
        self.last = Some(value);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // A value takes at least one byte, whatever the count states.
        (0, Some(self.left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through(values: &[i128]) -> (Vec<i128>, usize) {
        let mut bytes = Vec::new();
        write(values, &mut bytes);
        (Run::read(Bytes::new(&bytes, 0)).collect(), bytes.len())
    }

    #[test]
    fn values_take_few_bytes() {
        assert_eq!(through(&[]), (vec![], 1));
        assert_eq!(through(&[7, 7, 8, 130]), (vec![7, 7, 8, 130], 5));
        assert_eq!(through(&[-3, 0, 200]), (vec![-3, 0, 200], 5));
    }

    #[test]
    fn the_ends_of_the_range_fit() {
        let ends = [i128::MIN, -1, 0, i128::MAX];
        assert_eq!(through(&ends).0, ends);
        assert_eq!(through(&[i128::MIN, i128::MAX]).0, [i128::MIN, i128::MAX]);
        for bits in 60..70 {
            let around = [0, (1 << bits) - 1, 1 << bits, (1 << bits) + 1, 3 << bits];
            assert_eq!(through(&around).0, around);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(mut values in prop::collection::vec(any::<i128>(), 0..50)) {
            values.sort_unstable();
            prop_assert_eq!(through(&values).0, values);
        }

        /// Any bytes from outside: reading ends, and never panics.
        #[test]
        fn any_bytes_have_an_end(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(Run::read(Bytes::new(&bytes, 0)).count() <= bytes.len());
        }
    }
}
