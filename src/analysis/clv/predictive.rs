//! How many purchases a customer makes: the probabilities of 0, 1, 2, …, from which intervals are read.
//!
//! [`Repurchase::predictive`](super::Repurchase::predictive) lists them for one customer until almost nothing is left.
//! This file has the use of such a list, and what the models share to make it.

/// A list ends when this much of the probability is left.
pub const REST: f64 = 1e-9;

/// The largest separate count in a list: the last place then means "this many or more".
pub const MOST_PURCHASES: usize = 2000;

/// The fewest purchases n with P(X ≤ n) ≥ p, and the last of the list for p = 1.
///
/// With p = 0.025 and 0.975 this is an interval that holds 95 % or more: counts are whole, so it cannot be exact.
pub fn quantile(probabilities: &[f64], p: f64) -> u32 {
    let mut below = 0.0;
    let place = probabilities.iter().position(|probability| {
        below += probability;
        below >= p
    });
    place.unwrap_or(probabilities.len().saturating_sub(1)) as u32
}

/// The mean and the variance of a list. If it ends at [`MOST_PURCHASES`], higher counts count as that many.
pub fn mean_and_variance(probabilities: &[f64]) -> (f64, f64) {
    let over = |value: &dyn Fn(f64) -> f64| -> f64 {
        let counts = (0_u32..).map(f64::from);
        counts.zip(probabilities).map(|(n, probability)| probability * value(n)).sum()
    };
    let mean = over(&|n| n);
    (mean, over(&|n| (n - mean) * (n - mean)))
}

/// Lists P(X = 0), P(X = 1), … of a customer who is alive with this probability and otherwise buys no more.
///
/// `beyond` gives P(X > n) of a live customer for n = 0, 1, 2, … in turn. They are subtracted: an error of 10⁻¹⁶ there
/// is an absolute error here, however small the probability is.
pub(super) fn list(alive: f64, mut beyond: impl FnMut() -> f64, probabilities: &mut Vec<f64>) {
    probabilities.clear();
    let (mut dead, mut left) = (1.0 - alive, 1.0);
    loop {
        let after = beyond().clamp(0.0, left);
        if alive * after >= REST && probabilities.len() < MOST_PURCHASES {
            probabilities.push(dead + alive * (left - after));
            (dead, left) = (0.0, after);
        } else {
            let last = dead + alive * left;
            probabilities.push(if after.is_nan() { after } else { last });
            return;
        }
    }
}

/// The same for a live customer who drops out after each purchase with probability p ~ beta(a, b). `due` gives P(N >
/// n), with N the purchases of a customer who stays.
///
/// More than n purchases need two conditions: the customer stays after n, and more than n are due.
pub(super) fn list_with_dropout(
    alive: f64,
    [a, b]: [f64; 2],
    mut due: impl FnMut() -> f64,
    probabilities: &mut Vec<f64>,
) {
    let (mut stay, mut n) = (1.0, 0.0);
    let beyond = || {
        let beyond = stay * due();
        stay *= (b + n) / (a + b + n);
        n += 1.0;
        beyond
    };
    list(alive, beyond, probabilities);
}

/// The terms (m)ₙ/n! zⁿ (1−z)ᵐ of the negative binomial for n = 0, 1, 2, …, with z = v/(1+v): the probability of n
/// events in a time t at a rate λ ~ gamma(m, β), v = t/β.
#[derive(Debug, Clone)]
pub(super) struct NegativeBinomial {
    m: f64,
    share: f64,
    n: f64,
    term: f64,
    /// The term's logarithm, while the term itself is too small for multiplication.
    ln_small: Option<f64>,
}

impl NegativeBinomial {
    /// The terms for m > 0 and v ≥ 0.
    pub fn new(m: f64, v: f64) -> Self {
        let ln_first = -m * libm::log1p(v);
        Self { m, share: v / (1.0 + v), n: 0.0, term: libm::exp(ln_first), ln_small: small(ln_first) }
    }

    /// The first term, if the others follow from it by multiplication.
    pub fn first(&self) -> Option<f64> {
        self.ln_small.is_none().then_some(self.term)
    }
}

/// If many events are due, the first terms are below the range of an `f64`.
fn small(ln_term: f64) -> Option<f64> {
    (ln_term < -600.0).then_some(ln_term)
}

impl Iterator for NegativeBinomial {
    type Item = f64;

    #[inline]
    fn next(&mut self) -> Option<f64> {
        let term = self.term;
        let ratio = (self.m + self.n) / (self.n + 1.0) * self.share;
        self.n += 1.0;
        if let Some(ln_term) = self.ln_small {
            let ln_next = ln_term + libm::log(ratio);
            self.term = libm::exp(ln_next);
            self.ln_small = small(ln_next);
        } else {
            self.term *= ratio;
        }
        Some(term)
    }
}

/// P(N > n) for n = 0, 1, 2, … in turn, N negative binomial.
pub(super) fn tail(m: f64, v: f64) -> impl FnMut() -> f64 {
    let (mut terms, mut below) = (NegativeBinomial::new(m, v), 0.0);
    move || {
        below += terms.next().unwrap_or(0.0);
        1.0 - below
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::clv::Repurchase;
    use crate::analysis::clv::bg_cnbd::{BgCnbd, Dropout};
    use crate::analysis::clv::bg_nbd::BgNbd;
    use crate::analysis::clv::nbd::Nbd;
    use crate::analysis::clv::pareto_nbd::ParetoNbd;

    #[test]
    fn quantiles_and_moments_of_a_short_list() {
        let list = [0.5, 0.25, 0.125, 0.125];
        let found = [0.0, 0.3, 0.5, 0.51, 0.75, 0.9, 1.0].map(|p| quantile(&list, p));
        assert_eq!(found, [0, 0, 0, 1, 1, 3, 3]);
        assert_eq!(quantile(&[], 0.5), 0);
        // Rounding may leave the sum of a list below 1.
        assert_eq!(quantile(&[0.3, 0.7 - 1e-16], 1.0), 1);
        let (mean, variance) = mean_and_variance(&list);
        assert!(
            (mean - 0.875).abs() < 1e-15 && (variance - (0.25 + 0.5 + 1.125 - 0.875 * 0.875)).abs() < 1e-15
        );
    }

    #[test]
    fn terms_that_start_below_an_f64_agree_with_references() {
        // m, v, n and (m)ₙ/n! zⁿ (1−z)ᵐ, computed with 40 digits (mpmath).
        for (m, v, n, expected) in TERMS {
            let found = NegativeBinomial::new(m, v).nth(n).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-10, "{m} {v} {n}: {found} {expected}");
        }
    }

    const TERMS: [(f64, f64, usize, f64); 3] = [
        (10_000.3, 0.1, 1000, 0.012_027_562_368_090_033),
        (900.0, 1.5, 1300, 0.004_849_486_014_054_255),
        (0.4, 3.0, 7, 0.010_570_095_394_757_604),
    ];

    /// A model that uses the trait's default list.
    struct Plain(BgNbd);

    impl Repurchase for Plain {
        fn unit_days(&self) -> f64 {
            self.0.unit_days()
        }

        fn parameters(&self) -> Vec<(&'static str, f64)> {
            self.0.parameters()
        }

        fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64 {
            self.0.p_alive(x, t_x, t)
        }

        fn expected_if_alive(&self, x: u32, stage: usize, t: f64, horizon: f64) -> f64 {
            self.0.expected_if_alive(x, stage, t, horizon)
        }

        fn probability_of_next(&self, n: u32, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
            self.0.probability_of_next(n, x, t_x, t, horizon)
        }

        fn discounted_residual(&self, x: u32, t_x: f64, t: f64, rate: f64) -> f64 {
            self.0.discounted_residual(x, t_x, t, rate)
        }
    }

    #[test]
    fn a_list_one_by_one_is_that_of_the_shared_terms() {
        let model = BgNbd::from_parameters([0.2426, 4.4136, 0.7929, 2.4259], 7.0).unwrap();
        let (mut plain, mut shared) = (Vec::new(), vec![0.5; 9]);
        Plain(model).predictive(26, 30.0, 31.0, 52.0, &mut plain);
        model.predictive(26, 30.0, 31.0, 52.0, &mut shared);
        assert_eq!(plain.len(), shared.len());
        assert!(plain.iter().zip(&shared).all(|(one, other)| (one - other).abs() < 1e-12));
    }

    #[test]
    fn a_long_list_ends_with_so_many_or_more() {
        // 4,000 purchases are expected, with a standard deviation of about 2,000: m = 4.
        let model = Nbd::from_parameters([4.0, 1.0], 7.0).unwrap();
        let mut list = Vec::new();
        model.predictive(0, 0.0, 0.0, 1000.0, &mut list);
        assert_eq!(list.len(), MOST_PURCHASES + 1);
        let fewer: f64 = (0..MOST_PURCHASES as u32).map(|n| model.probability_of(n, 1000.0)).sum();
        assert!((list[MOST_PURCHASES] - (1.0 - fewer)).abs() < 1e-11, "{} {fewer}", list[MOST_PURCHASES]);
        assert!(fewer > 0.1 && fewer < 0.2, "{fewer}");
        assert_eq!([0.05, 0.5].map(|p| quantile(&list, p) as usize >= MOST_PURCHASES), [false, true]);
    }

    #[test]
    fn no_time_means_no_purchases_and_no_number_no_list() {
        for model in every_model([0.6, 4.0, 0.8, 2.4], 3) {
            let mut list = vec![0.5];
            model.predictive(3, 10.0, 12.0, 0.0, &mut list);
            assert_eq!(list, [1.0]);
            assert_eq!([0, 1].map(|n| model.probability_of_next(n, 3, 10.0, 12.0, 0.0)), [1.0, 0.0]);
            model.predictive(3, 10.0, 12.0, f64::NAN, &mut list);
            assert!(list.len() == 1 && list[0].is_nan(), "{list:?}");
        }
    }

    /// Parameters as logarithms, x, tₓ, T and the horizon.
    type Case = ([f64; 4], u32, f64, f64, f64);

    fn a_case(wild: f64, most: u32, times: f64) -> impl Strategy<Value = Case> {
        let x = prop_oneof![Just(0), 1..8_u32, 1..=most];
        let share = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64];
        (prop::array::uniform4(-wild..wild), x, share, 0.0..times, 0.0..times).prop_map(
            |(theta, x, share, t, horizon)| {
                (theta.map(f64::exp), x, if x == 0 { 0.0 } else { share * t }, t, horizon)
            },
        )
    }

    fn every_model([r, alpha, a, b]: [f64; 4], k: u32) -> Vec<Box<dyn Repurchase>> {
        let regular = |dropout| {
            BgCnbd::from_parameters(dropout, [r, alpha / f64::from(k), a, b, f64::from(k)], 7.0).unwrap()
        };
        vec![
            Box::new(BgNbd::from_parameters([r, alpha, a, b], 7.0).unwrap()),
            Box::new(Nbd::from_parameters([r, alpha], 7.0).unwrap()),
            Box::new(ParetoNbd::from_parameters([r, alpha, a, b], 7.0).unwrap()),
            Box::new(regular(Dropout::AfterRepeat)),
            Box::new(regular(Dropout::AfterAny)),
        ]
    }

    proptest! {
        #[test]
        fn lists_hold_the_probabilities_and_average_to_the_expectation(
            (parameters, x, t_x, t, horizon) in a_case(1.5, 60, 20.0),
            k in 1..=12_u32,
        ) {
            let mut list = vec![7.0];
            for (which, model) in every_model(parameters, k).iter().enumerate() {
                model.predictive(x, t_x, t, horizon, &mut list);
                prop_assert!((list.iter().sum::<f64>() - 1.0).abs() < 1e-13);
                for n in (0..list.len() - 1).step_by(1 + list.len() / 7) {
                    let expected = model.probability_of_next(n as u32, x, t_x, t, horizon);
                    prop_assert!((list[n] - expected).abs() < 1e-12, "{which} {n} {} {expected}", list[n]);
                }
                if list.len() <= MOST_PURCHASES {
                    let (mean, _) = mean_and_variance(&list);
                    let expected = model.expected_purchases(x, t_x, t, horizon);
                    prop_assert!((mean - expected).abs() < 1e-6, "{which} {mean} {expected}");
                    let last = model.probability_of_next(list.len() as u32 - 1, x, t_x, t, horizon);
                    prop_assert!((list[list.len() - 1] - last).abs() < REST);
                }
                let new: f64 = model.probability_of(2, horizon);
                prop_assert_eq!(new, model.probability_of_next(2, 0, 0.0, 0.0, horizon));
                let due = model.expected_of_new_customer(horizon);
                prop_assert_eq!(due, model.expected_purchases(0, 0.0, 0.0, horizon));
            }
        }

        #[test]
        fn wild_customers_have_lists_of_probabilities(
            (parameters, x, t_x, t, horizon) in a_case(7.0, 10_000, 10_000.0),
            k in 1..=12_u32,
        ) {
            let mut list = Vec::new();
            for (which, model) in every_model(parameters, k).iter().enumerate() {
                model.predictive(x, t_x, t, horizon, &mut list);
                prop_assert!(list.len() <= MOST_PURCHASES + 1);
                prop_assert!(list.iter().all(|p| (0.0..=1.0).contains(p)), "{which} {list:?}");
                prop_assert!((list.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                let (mean, variance) = mean_and_variance(&list);
                let expected = model.expected_purchases(x, t_x, t, horizon);
                // The rest in the last place may lie beyond it, by as many purchases as the list is long.
                let slack = 1e-6 + 1e-9 * expected + REST * list.len() as f64;
                prop_assert!(mean <= expected + slack && variance >= 0.0, "{which} {mean} {expected}");
                if list.len() <= MOST_PURCHASES {
                    prop_assert!((mean - expected).abs() < slack, "{which} {mean} {expected}");
                }
                for n in [0, 1, 7, 300] {
                    let found = model.probability_of_next(n, x, t_x, t, horizon);
                    prop_assert!((0.0..=1.0 + 1e-9).contains(&found), "{which} {n} {found}");
                    let listed = list.get(n as usize).copied().filter(|_| n as usize + 1 < list.len());
                    prop_assert!((found - listed.unwrap_or(found)).abs() < 1e-9, "{which} {n} {found} {listed:?}");
                }
                prop_assert_eq!(quantile(&list, 0.0), 0);
            }
        }
    }
}
