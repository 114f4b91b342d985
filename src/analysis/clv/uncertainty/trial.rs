//! How certain a model was about a window that is now known, and what happened.
//!
//! Whether a customer is still alive is never seen: one who does not buy may do so next year. So P(alive) cannot be
//! checked. The probability of at least one purchase in the window can; P(alive) is the larger part of it.

use super::customers::CustomerInterval;
use super::interval::{Interval, Spread};
use crate::analysis::special::Sum;

/// How often a model was right about its certainty.
#[derive(Debug, Clone, PartialEq)]
pub struct Certainty {
    /// The share of cases that intervals should hold.
    pub level: f64,
    /// The predicted purchases of all customers.
    pub total: Spread,
    /// The interval for these, by the model alone.
    pub interval: Interval,
    /// Whether it held.
    pub held: bool,
    /// The share of customers with purchases within their own interval.
    pub customers_within: f64,
    /// The share that the model promised: more than the level, as purchases are whole numbers.
    pub customers_promised: f64,
    /// Customers by the probability of at least one purchase, in tenths; empty tenths are left out.
    pub tenths: Vec<Tenth>,
    /// The mean over customers of the difference between the two shares of their tenth.
    pub gap: f64,
}

/// Customers with a probability of at least one purchase in the same tenth (0 to 0.1, …).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tenth {
    /// Its number: 0 for a probability below 0.1, to 9 for 0.9 or more.
    pub tenth: u8,
    /// How many customers.
    pub customers: f64,
    /// The expected share of buyers: their mean probability.
    pub foretold: f64,
    /// The actual share of buyers.
    pub bought: f64,
}

/// Customers with the same forecast and the same purchases.
#[derive(Debug, Clone, Copy)]
pub(in crate::analysis::clv) struct Case {
    pub customers: f64,
    pub interval: CustomerInterval,
    /// Purchases in the window.
    pub came: u32,
}

impl Certainty {
    /// The results of these customers; `None` without any.
    pub(in crate::analysis::clv) fn of(total: Spread, level: f64, cases: &[Case]) -> Option<Self> {
        let sum = |of: &dyn Fn(&Case) -> f64| {
            let mut sum = Sum::default();
            for case in cases {
                sum.add(case.customers * of(case));
            }
            sum.value()
        };
        let customers = sum(&|_| 1.0);
        if customers <= 0.0 {
            return None;
        }
        let came = sum(&|case| f64::from(case.came));
        let within = |case: &Case| f64::from((case.interval.low..=case.interval.high).contains(&case.came));
        let bought = |case: &Case| f64::from(case.came > 0);
        let tenth_of = |case: &Case| ((case.interval.p_any * 10.0) as u8).min(9);
        let mut tenths = Vec::new();
        let mut gap = Sum::default();
        for tenth in 0..10 {
            let among =
                |of: &dyn Fn(&Case) -> f64| sum(&|case| if tenth_of(case) == tenth { of(case) } else { 0.0 });
            let customers = among(&|_| 1.0);
            if customers > 0.0 {
                let (foretold, bought) =
                    (among(&|case| case.interval.p_any) / customers, among(&bought) / customers);
                gap.add(customers * (foretold - bought).abs());
                tenths.push(Tenth { tenth, customers, foretold, bought });
            }
        }
        let interval = total.interval(level);
        Some(Self {
            level,
            total,
            interval,
            held: interval.holds(came),
            customers_within: sum(&within) / customers,
            customers_promised: sum(&|case| case.interval.promised) / customers,
            tenths,
            gap: gap.value() / customers,
        })
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    fn case(customers: f64, p_any: f64, high: u32, came: u32) -> Case {
        Case { customers, interval: CustomerInterval { p_any, low: 0, high, promised: 0.9 }, came }
    }

    #[test]
    fn shares_by_hand() {
        let total = Spread { mean: 6.0, by_parameters: 0.0, by_chance: 1.0, most: f64::INFINITY };
        let cases =
            [case(3.0, 0.05, 0, 0), case(1.0, 0.05, 0, 2), case(2.0, 0.25, 1, 1), case(4.0, 1.0, 3, 1)];
        let found = Certainty::of(total, 0.8, &cases).unwrap();
        // 2 + 2 + 4 purchases: above 6 + 1.28 or so.
        assert!(!found.held);
        assert_eq!((found.customers_within, found.level), (0.9, 0.8));
        assert!((found.customers_promised - 0.9).abs() < 1e-15);
        let tenth = |tenth, customers, foretold, bought| Tenth { tenth, customers, foretold, bought };
        let expected = [tenth(0, 4.0, 0.05, 0.25), tenth(2, 2.0, 0.25, 1.0), tenth(9, 4.0, 1.0, 1.0)];
        assert_eq!(found.tenths, expected);
        assert!((found.gap - (4.0 * 0.2 + 2.0 * 0.75) / 10.0).abs() < 1e-15);
        assert_eq!(Certainty::of(total, 0.8, &[]), None);
        let calm = Spread { mean: 8.0, ..total };
        assert!(Certainty::of(calm, 0.8, &cases).unwrap().held);
    }
}
