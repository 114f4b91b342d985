//! Sums of doubles without rounding, so that they do not depend on the order of the terms.

/// A sum of doubles, kept exactly as a sum of doubles that do not overlap (Shewchuk, "Adaptive precision floating-point
/// arithmetic and fast robust geometric predicates", 1997), and rounded once, when it is read. Threads may add in any
/// order: the value is the same to the last bit. Where the order is fixed, [`Sum`](super::Sum) costs less.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    /// The largest part, which most sums consist of; zero if there is none.
    largest: f64,
    /// The others by size, the smallest first; none is zero. A few hold any sum.
    parts: Vec<f64>,
    unbounded: Option<Box<Unbounded>>,
}

/// How many terms were no finite numbers. A sum that overflows counts as one of them.
#[derive(Debug, Clone, Copy, Default)]
struct Unbounded {
    above: i64,
    below: i64,
    not_a_number: i64,
}

impl ExactSum {
    /// Adds one term.
    pub fn add(&mut self, term: f64) {
        self.count(term, 1);
    }

    /// Takes one term away again.
    pub fn subtract(&mut self, term: f64) {
        self.count(term, -1);
    }

    /// Adds the exact product of two terms.
    pub fn add_product(&mut self, one: f64, other: f64) {
        let (product, lost) = product(one, other);
        self.add(product);
        if product.is_finite() {
            self.add(lost);
        }
    }

    /// Takes the exact product of two terms away.
    pub fn subtract_product(&mut self, one: f64, other: f64) {
        let (product, lost) = product(one, other);
        self.subtract(product);
        if product.is_finite() {
            self.subtract(lost);
        }
    }

    /// Terms with the same sum.
    pub fn terms(&self) -> impl Iterator<Item = f64> + '_ {
        let kinds = |unbounded: &Unbounded| {
            [
                (unbounded.above, f64::INFINITY),
                (unbounded.below, f64::NEG_INFINITY),
                (unbounded.not_a_number, f64::NAN),
            ]
        };
        let unbounded = self.unbounded.as_deref().map(kinds).unwrap_or_default();
        let unbounded = unbounded.into_iter().filter(|(count, _)| *count > 0).map(|(_, term)| term);
        let largest = (self.largest != 0.0).then_some(self.largest);
        self.parts.iter().copied().chain(largest).chain(unbounded)
    }

    /// The double next to the sum; of two that are as near, the even one.
    pub fn value(&self) -> f64 {
        if let Some(unbounded) = self.unbounded.as_deref() {
            let (above, below) = (unbounded.above > 0, unbounded.below > 0);
            if unbounded.not_a_number > 0 || above && below {
                return f64::NAN;
            }
            if above || below {
                return if above { f64::INFINITY } else { f64::NEG_INFINITY };
            }
        }
        let mut parts = self.parts.iter().rev().copied();
        let mut sum = self.largest;
        while let Some(part) = parts.next() {
            let (rounded, lost) = two_sum(sum, part);
            sum = rounded;
            if lost != 0.0 {
                // Half way between two doubles: what is left decides.
                let next = parts.next().unwrap_or_default();
                if lost < 0.0 && next < 0.0 || lost > 0.0 && next > 0.0 {
                    let other = sum + lost * 2.0;
                    if (other - sum).to_bits() == (lost * 2.0).to_bits() {
                        sum = other;
                    }
                }
                break;
            }
        }
        sum
    }

    /// How many bytes it holds besides itself.
    pub fn held(&self) -> usize {
        self.parts.capacity() * size_of::<f64>()
            + self.unbounded.as_ref().map_or(0, |_| size_of::<Unbounded>())
    }

    fn count(&mut self, term: f64, times: i64) {
        if !term.is_finite() {
            return self.count_unbounded(term, times);
        }
        let mut sum = if times < 0 { -term } else { term };
        let mut kept = 0;
        for place in 0..self.parts.len() {
            let Some(part) = self.parts.get(place).copied() else { break };
            let (rounded, lost) = two_sum(sum, part);
            sum = rounded;
            if lost != 0.0
                && let Some(slot) = self.parts.get_mut(kept)
            {
                *slot = lost;
                kept += 1;
            }
        }
        self.parts.truncate(kept);
        let (rounded, lost) = two_sum(sum, self.largest);
        if !rounded.is_finite() {
            self.parts.clear();
            self.largest = 0.0;
            return self.count_unbounded(rounded, 1);
        }
        if lost != 0.0 {
            self.parts.push(lost);
        }
        self.largest = rounded;
        // The sum of all was zero but for smaller parts.
        if rounded == 0.0 {
            self.largest = self.parts.pop().unwrap_or_default();
        }
    }

    fn count_unbounded(&mut self, term: f64, times: i64) {
        let unbounded = self.unbounded.get_or_insert_default();
        if term.is_nan() {
            unbounded.not_a_number += times;
        } else if term > 0.0 {
            unbounded.above += times;
        } else {
            unbounded.below += times;
        }
    }
}

/// A sum as rounded, and what rounding took (Knuth 1969).
fn two_sum(one: f64, other: f64) -> (f64, f64) {
    let sum = one + other;
    let of_other = sum - one;
    (sum, (one - (sum - of_other)) + (other - of_other))
}

/// A product as rounded, and what rounding took.
fn product(one: f64, other: f64) -> (f64, f64) {
    let product = one * other;
    (product, one.mul_add(other, -product))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(terms: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for term in terms {
            sum.add(*term);
        }
        sum
    }

    fn sum(terms: &[f64]) -> f64 {
        total(terms).value()
    }

    /// The figures of the tests of Python's `math.fsum`, which rounds once too.
    #[test]
    fn sums_are_rounded_once() {
        let huge = 2f64.powi(53);
        let (small, tiny) = (2f64.powi(-54), 2f64.powi(-100));
        for (terms, expected) in [
            (vec![], 0.0),
            (vec![1e100, 1.0, -1e100, 1e-100, 1e50, -1.0, -1e50], 1e-100),
            (vec![huge, -0.5, -small], huge - 1.0),
            (vec![huge, 1.0, tiny], huge + 2.0),
            (vec![huge + 10.0, 1.0, tiny], huge + 12.0),
            (vec![huge - 4.0, 0.5, small], huge - 3.0),
            (vec![0.1; 10], 1.0),
            (vec![1e16, 1.0, 1e-16], 10_000_000_000_000_002.0),
        ] {
            assert_eq!(sum(&terms).to_bits(), f64::to_bits(expected), "{terms:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_told() {
        let is =
            |terms: &[f64], expected: f64| assert_eq!(sum(terms).to_bits(), expected.to_bits(), "{terms:?}");
        is(&[1.0, f64::INFINITY], f64::INFINITY);
        is(&[f64::MAX, f64::MAX], f64::INFINITY);
        assert!(sum(&[f64::NEG_INFINITY, 1.0, f64::INFINITY]).is_nan());
        assert!(sum(&[f64::NAN, 1.0]).is_nan());
        let mut again = total(&[3.0, f64::INFINITY]);
        again.subtract(f64::INFINITY);
        assert_eq!(again.value().to_bits(), 3f64.to_bits());
    }

    proptest! {
        #[test]
        fn no_order_and_no_division_changes_a_sum(
            terms in prop::collection::vec((-60_i32..60, any::<i32>()), 1..50),
            cut in 0_usize..50,
        ) {
            let terms: Vec<f64> = terms.into_iter().map(|(power, base)| f64::from(base) * 2f64.powi(power)).collect();
            let whole = sum(&terms);
            let backwards: Vec<f64> = terms.iter().rev().copied().collect();
            prop_assert_eq!(sum(&backwards).to_bits(), whole.to_bits());
            let (first, second) = terms.split_at(cut.min(terms.len()));
            let mut both = total(first);
            let other: Vec<f64> = total(second).terms().collect();
            for term in &other {
                both.add(*term);
            }
            prop_assert_eq!(both.value().to_bits(), whole.to_bits());
            for term in &other {
                both.subtract(*term);
            }
            prop_assert_eq!(both.value().to_bits(), sum(first).to_bits());
        }
    }
}
