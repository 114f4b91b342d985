//! sBG, the shifted beta-geometric model: how long customers under contract keep renewing it.
//!
//! Fader, P. S. and B. G. S. Hardie (2007), "How to Project Customer Retention", Journal of Interactive Marketing 21,
//! 76–90; (2010), "Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity", Marketing
//! Science 29, 85–93.
//!
//! At each renewal a customer leaves with their own probability θ; over customers θ ~ beta(α, β) (mean α/(α+β)). So
//! those who stay longer have smaller and smaller θ, and the retention rate rises although nobody's own rate does:
//!
//! rₜ = (β+t−1) / (α+β+t−1) at renewal t = 1, 2, …;  S(t) = r₁ · … · rₜ.
//!
//! Lifetimes of customers who are still there are censored at the last observed renewal. The likelihood is Π (1−rₜ)^dₜ
//! rₜ^(nₜ−dₜ) with nₜ customers at risk at renewal t and dₜ of them lost. So the model only needs these two, summed
//! over cohorts of any age; cohorts without records of their first renewals can be used too.

use nalgebra::{Matrix2, SVector, Vector2};

use super::beta_geometric::{discounted_periods, expected_periods, survival};
use super::fit::{Ending, FEWEST_LOSSES, Failure, Fit, Found, Lacking, Meaning, Unscale, search};
use super::parameters::{ParameterError, positive};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::Sum;

/// The result of one renewal, for one cohort or several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Renewal {
    /// Its number in a customer's life, counted from 1.
    pub period: u32,
    /// How many customers could renew.
    pub at_risk: f64,
    /// How many of them did not renew.
    pub lost: f64,
}

/// The renewals of one cohort, from its customers at the start, after the first renewal, after the second, and so on,
/// as far as known. The renewals of several cohorts are fitted together as one list.
pub fn renewals_of_cohort(customers: &[f64]) -> Vec<Renewal> {
    customers
        .windows(2)
        .zip(1..)
        .map(|(pair, period)| Renewal { period, at_risk: pair[0], lost: pair[0] - pair[1] })
        .collect()
}

/// A fitted sBG model. Time is counted in renewals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SBg {
    alpha: f64,
    beta: f64,
}

/// The parameters, in the order of `from_parameters`.
pub const SYMBOLS: [&str; 2] = ["alpha", "beta"];

/// Fits sBG by maximum likelihood. The order of renewals does not matter, and those of one period may come in parts.
///
/// In the record, customers are those at risk at the first renewal of all, and cells are the periods.
pub fn fit(renewals: &[Renewal]) -> Fit<SBg> {
    let totals = match Totals::of(renewals) {
        Ok(totals) => totals,
        Err(ending) => {
            let starting =
                renewals.iter().filter(|renewal| renewal.period == 1).map(|renewal| renewal.at_risk);
            return Fit::refused(ending, starting.sum(), renewals.len());
        }
    };
    // With α = 1, β fits at about the odds of staying.
    let odds = (totals.kept / totals.lost).clamp(1e-6, 1e6);
    let scale = Vector2::new(0.0, odds.ln());
    let start = |alpha: f64, beta: f64| SVector::<f64, 2>::new(alpha.ln(), beta.ln());
    let found = search(
        |theta| log_likelihood(&totals.periods, &(theta + scale)),
        start(1.0, 1.0),
        &[start(10.0, 10.0), start(0.2, 0.2)],
    );
    let unscale = Unscale { names: SYMBOLS, factors: [1.0, odds], offset: 0.0 };
    let size = (totals.customers, totals.periods.len());
    Fit::complete(
        &found,
        |found, _| meaning(&totals, found),
        &unscale,
        size,
        |[alpha, beta]| SBg { alpha, beta },
    )
}

/// Renewals by period, and their sums.
struct Totals {
    /// One for each period with customers at risk, ascending.
    periods: Vec<Renewal>,
    customers: f64,
    lost: f64,
    kept: f64,
}

impl Totals {
    fn of(renewals: &[Renewal]) -> Result<Self, Ending> {
        if !renewals.iter().all(is_possible) {
            return Err(Ending::Failed { why: Failure::BadCell });
        }
        let mut sorted = renewals.to_vec();
        sorted.sort_unstable_by(|left, right| {
            let by_size = left.at_risk.total_cmp(&right.at_risk).then(left.lost.total_cmp(&right.lost));
            left.period.cmp(&right.period).then(by_size)
        });
        let (mut periods, mut all_lost, mut all_kept) = (Vec::new(), Sum::default(), Sum::default());
        for same in sorted.chunk_by(|left, right| left.period == right.period) {
            let (mut at_risk, mut lost) = (Sum::default(), Sum::default());
            for renewal in same {
                at_risk.add(renewal.at_risk);
                lost.add(renewal.lost);
                all_lost.add(renewal.lost);
                all_kept.add(renewal.at_risk - renewal.lost);
            }
            let (at_risk, lost) = (at_risk.value(), lost.value());
            if let Some(first) = same.first().filter(|_| at_risk > 0.0) {
                periods.push(Renewal { period: first.period, at_risk, lost });
            }
        }
        let (lost, kept) = (all_lost.value(), all_kept.value());
        let nobody = lost + kept == 0.0;
        let some = |count: f64| count > 0.0;
        if nobody || (some(lost) && lost < FEWEST_LOSSES) {
            return Err(Ending::NotIdentified { why: Lacking::Losses });
        }
        // One renewal shows how many leave, but not how they differ, unless all leave or none.
        if periods.len() < 2 && some(lost) && some(kept) {
            return Err(Ending::NotIdentified { why: Lacking::Curvature });
        }
        let customers = periods.first().filter(|first| first.period == 1).map_or(0.0, |first| first.at_risk);
        Ok(Self { periods, customers, lost, kept })
    }
}

fn is_possible(renewal: &Renewal) -> bool {
    let counts = renewal.lost >= 0.0 && renewal.lost <= renewal.at_risk && renewal.at_risk.is_finite();
    renewal.period > 0 && counts
}

fn meaning(totals: &Totals, found: &Found<2>) -> (usize, Meaning) {
    let at = &found.summit.at;
    let farther = usize::from(at[1].abs() > at[0].abs());
    let meaning = if totals.lost == 0.0 {
        Meaning::NoDropout
    } else if totals.kept == 0.0 {
        Meaning::NoRenewal
    } else if at[farther] > 0.0 {
        Meaning::EqualDropout
    } else {
        Meaning::AllOrNothingDropout
    };
    (farther, meaning)
}

/// Σ dₜ ln (1−rₜ) + (nₜ−dₜ) ln rₜ with gradient and Hessian at (ln α, ln β).
fn log_likelihood(periods: &[Renewal], theta: &SVector<f64, 2>) -> Quadratic<2> {
    let (alpha, beta) = (theta[0].exp(), theta[1].exp());
    let (mut value, mut gradient, mut hessian) = (Sum::default(), Vector2::zeros(), Matrix2::zeros());
    for Renewal { period, at_risk, lost } in periods {
        let stay = beta + f64::from(period - 1);
        let (leaves, stays) = (alpha / (alpha + stay), stay / (alpha + stay));
        value.add(-lost * libm::log1p(stay / alpha));
        value.add(-(at_risk - lost) * libm::log1p(alpha / stay));
        // Both parameters enter only through the logarithm of (β+t−1)/α, which moves by `share` with ln β.
        let share = beta / stay;
        let excess = at_risk * leaves - lost;
        let spread = at_risk * leaves * stays;
        gradient += Vector2::new(-excess, share * excess);
        let both = share * spread;
        hessian += Matrix2::new(-spread, both, both, share * (1.0 - share) * excess - share * both);
    }
    Quadratic { value: value.value(), gradient, hessian }
}

impl SBg {
    /// The model with α and β.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    pub fn from_parameters(values: [f64; 2]) -> Result<Self, ParameterError> {
        let [alpha, beta] = positive(SYMBOLS, values)?;
        Ok(Self { alpha, beta })
    }

    /// rₜ: the share who stay at renewal t = 1, 2, …; 1 for t = 0 (2007, equation 8).
    pub fn retention(&self, t: u32) -> f64 {
        if t == 0 {
            return 1.0;
        }
        let stay = self.beta + f64::from(t - 1);
        stay / (self.alpha + stay)
    }

    /// S(t): the share of a new cohort who stay for at least t renewals.
    pub fn survival(&self, t: u32) -> f64 {
        survival(self.alpha, self.beta, t)
    }

    /// S(n+t) / S(n): the share of customers who stay for t more renewals after n. Multiplied by their number, it
    /// projects survivors.
    pub fn survival_after(&self, n: u32, t: u32) -> f64 {
        survival(self.alpha, self.beta + f64::from(n), t)
    }

    /// P(T = t): the share of a new cohort who leave at renewal t; 0 for t = 0.
    pub fn probability_of(&self, t: u32) -> f64 {
        if t == 0 { 0.0 } else { self.survival(t - 1) * (1.0 - self.retention(t)) }
    }

    /// The expected number of renewals out of the next `horizon`, for a customer after n renewals. Takes time
    /// proportional to the horizon.
    pub fn expected_renewals(&self, n: u32, horizon: u32) -> f64 {
        expected_periods(self.alpha, self.beta + f64::from(n), horizon)
    }

    /// All further expected renewals of a customer after n renewals, (β+n)/(α−1); `None` if the mean is infinite (α ≤
    /// 1): then a horizon or a discount is needed.
    pub fn expected_further_renewals(&self, n: u32) -> Option<f64> {
        let mean = discounted_periods(self.alpha, self.beta + f64::from(n), 0.0);
        mean.is_finite().then_some(mean)
    }

    /// DEL: what a new customer pays, in payments. The first payment is today, in full; the one after t renewals is
    /// divided by (1 + `rate`)ᵗ (2010). The rate is per period, 0 or more. Below 10⁻⁹ but not 0 the result is NaN; at 0
    /// it is infinite unless α > 1.
    pub fn discounted_lifetime(&self, rate: f64) -> f64 {
        1.0 + discounted_periods(self.alpha, self.beta, rate)
    }

    /// DERL: the same for the future payments of a customer after n renewals, just before the next: if made, that one
    /// counts in full (2010, equation 6, with n larger by one).
    pub fn discounted_residual_lifetime(&self, n: u32, rate: f64) -> f64 {
        (1.0 + rate) * discounted_periods(self.alpha, self.beta + f64::from(n), rate)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Beta, Distribution};

    use super::*;

    /// Survivors of 1,000 customers by year (Fader and Hardie 2007, table 1).
    const REGULAR: [f64; 8] = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
    const HIGH_END: [f64; 8] = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];

    #[test]
    fn fits_and_projects_the_cohorts_of_the_paper() {
        // The paper: Regular α = .704, β = 1.182, High End .668, 3.806; the further digits are from an independent
        // search (SciPy). Projected survivors of years 8 to 12 in per cent.
        let cohorts = [
            (REGULAR, [0.704_1, 1.182_0], -1680.265, [22.0, 20.4, 19.1, 18.0, 17.0]),
            (HIGH_END, [0.668_1, 3.806_1], -1611.158, [46.0, 43.6, 41.4, 39.5, 37.8]),
        ];
        for (survivors, parameters, log_likelihood, projected) in cohorts {
            let fitted = fit(&renewals_of_cohort(&survivors));
            assert_eq!(fitted.ending, Ending::Converged);
            for (estimate, expected) in fitted.estimates.iter().zip(parameters) {
                assert!((estimate.value - expected).abs() < 5e-5, "{estimate:?} {expected}");
            }
            assert!((fitted.log_likelihood.unwrap() - log_likelihood).abs() < 5e-4, "{fitted:?}");
            assert_eq!((fitted.customers, fitted.cells), (1000.0, 7));
            let model = fitted.model().unwrap();
            for (year, expected) in (8..).zip(projected) {
                assert!((100.0 * model.survival(year) - expected).abs() < 0.05, "{year}");
            }
        }
    }

    #[test]
    fn fits_cohorts_of_several_ages_together() {
        // Fader and Hardie (2007), "Fitting the sBG Model to Multi-Cohort Data", note 017: α = 3.80, β = 15.19.
        let survivors: [&[f64]; 4] = [
            &[10_000.0, 8_000.0, 6_480.0, 5_307.0, 4_391.0],
            &[10_000.0, 8_000.0, 6_480.0, 5_307.0],
            &[10_000.0, 8_000.0, 6_480.0],
            &[10_000.0, 8_000.0],
        ];
        let mut renewals: Vec<_> = survivors.iter().flat_map(|cohort| renewals_of_cohort(cohort)).collect();
        let fitted = fit(&renewals);
        assert!((fitted.estimates[0].value - 3.80).abs() < 5e-3, "{fitted:?}");
        assert!((fitted.estimates[1].value - 15.19).abs() < 6e-3, "{fitted:?}");
        assert_eq!(fitted.customers, 40_000.0);
        renewals.reverse();
        assert_eq!(fitted, fit(&renewals));
    }

    #[test]
    fn values_of_customers_agree_with_references() {
        // High End at 10 %: ₂F₁ computed with 50 digits (mpmath); DERL for n = 0 and 4.
        let model = SBg::from_parameters([0.6681, 3.8061]).unwrap();
        let close = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-13;
        assert!(close(model.discounted_lifetime(0.1), 5.922_204_559_206_98));
        assert!(close(model.discounted_residual_lifetime(0, 0.1), 1.1 * 4.922_204_559_206_98));
        assert!(close(model.discounted_residual_lifetime(4, 0.1), 6.896_658_524_387_689));
        assert_eq!(model.expected_further_renewals(3), None);
        assert!(close(SBg::from_parameters([3.0, 5.0]).unwrap().expected_further_renewals(1).unwrap(), 3.0));
        assert_eq!(model.discounted_lifetime(0.0), f64::INFINITY);
    }

    #[test]
    fn likelihood_is_that_of_the_lifetimes() {
        // α = 1, β = 2: P(T = 1) = 1/3, P(T = 2) = 2/3 · 1/4, S(2) = 1/2. Two, three and five customers of each.
        let renewals = renewals_of_cohort(&[10.0, 8.0, 5.0]);
        let found = log_likelihood(&renewals, &SVector::from([0.0, 2_f64.ln()])).value;
        let expected = 2.0 * (1.0_f64 / 3.0).ln() + 3.0 * (1.0_f64 / 6.0).ln() + 5.0 * 0.5_f64.ln();
        assert!((found - expected).abs() < 1e-13, "{found} {expected}");
    }

    /// Cohorts drawn from the model, each observed for fewer renewals than the one before.
    fn simulate([alpha, beta]: [f64; 2], cohorts: u32, customers: u32, seed: u64) -> Vec<Renewal> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let churn = Beta::new(alpha, beta).unwrap();
        let mut renewals = Vec::new();
        for watched in 1..=cohorts {
            let mut left = vec![0.0; watched as usize + 1];
            for _ in 0..customers {
                let theta: f64 = churn.sample(&mut random);
                let stays = (0..watched).take_while(|_| random.random::<f64>() >= theta).count();
                left[..=stays].iter_mut().for_each(|left| *left += 1.0);
            }
            renewals.extend(renewals_of_cohort(&left));
        }
        renewals
    }

    #[test]
    fn recovers_the_parameters_of_a_simulation() {
        for truth in [[0.7, 1.2], [3.8, 15.2]] {
            let fitted = fit(&simulate(truth, 10, 1500, 6));
            assert_eq!(fitted.ending, Ending::Converged);
            for (estimate, truth) in fitted.estimates.iter().zip(truth) {
                let error = estimate.standard_error.unwrap();
                assert!(
                    (estimate.value - truth).abs() < 3.0 * error && error < 0.5 * truth,
                    "{estimate:?} {truth}"
                );
            }
            let (model, truth) = (fitted.model().unwrap(), SBg::from_parameters(truth).unwrap());
            assert!((model.survival(20) / truth.survival(20) - 1.0).abs() < 0.15);
        }
    }

    #[test]
    fn standard_errors_are_those_of_chance() {
        // The spread of estimates over samples, as logarithms, compared with the errors that the fits state.
        let (mut sums, mut squares, mut stated) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        let samples = 100;
        for seed in 0..samples {
            let fitted = fit(&simulate([1.5, 4.0], 6, 500, 100 + seed));
            for (i, estimate) in fitted.estimates.iter().enumerate() {
                sums[i] += estimate.value.ln();
                squares[i] += estimate.value.ln().powi(2);
                stated[i] += estimate.standard_error.unwrap() / estimate.value;
            }
        }
        let count = samples as f64;
        for i in 0..2 {
            let spread = (squares[i] / count - (sums[i] / count).powi(2)).sqrt();
            let stated = stated[i] / count;
            assert!((spread / stated - 1.0).abs() < 0.2, "{i}: {spread} {stated}");
        }
    }

    #[test]
    fn later_renewals_serve_without_the_first() {
        // Cohorts observed only after two renewals: the model is the same.
        let truth = [0.9, 2.5];
        let renewals: Vec<_> =
            simulate(truth, 12, 1500, 3).into_iter().filter(|renewal| renewal.period > 2).collect();
        let fitted = fit(&renewals);
        assert_eq!(fitted.ending, Ending::Converged);
        for (estimate, truth) in fitted.estimates.iter().zip(truth) {
            assert!((estimate.value - truth).abs() < 3.0 * estimate.standard_error.unwrap(), "{estimate:?}");
        }
    }

    fn ended_at(survivors: &[f64]) -> (&'static str, Meaning) {
        let fitted = fit(&renewals_of_cohort(survivors));
        assert_eq!(fitted.model().is_some(), fitted.ending.predicts());
        match fitted.ending {
            Ending::Boundary { parameter, meaning, .. } => (parameter, meaning),
            other => panic!("{other:?} {:?}", fitted.estimates),
        }
    }

    #[test]
    fn boundaries_are_named() {
        // No churn seen; everyone gone at the first renewal; a constant rate; some at once, then nobody.
        assert_eq!(ended_at(&[500.0, 500.0, 500.0]).1, Meaning::NoDropout);
        assert_eq!(ended_at(&[500.0, 500.0]).1, Meaning::NoDropout);
        assert_eq!(ended_at(&[500.0, 0.0]).1, Meaning::NoRenewal);
        assert_eq!(ended_at(&[500.0, 0.0, 0.0]).1, Meaning::NoRenewal);
        assert_eq!(ended_at(&[10_000.0, 8_000.0, 6_400.0, 5_120.0, 4_096.0]).1, Meaning::EqualDropout);
        assert_eq!(ended_at(&[10_000.0, 8_000.0, 6_300.0, 4_900.0, 3_700.0]).1, Meaning::EqualDropout);
        assert_eq!(ended_at(&[1000.0, 600.0, 600.0, 600.0]).1, Meaning::AllOrNothingDropout);
    }

    #[test]
    fn too_little_or_impossible_input_is_said() {
        let ended = |survivors: &[f64]| fit(&renewals_of_cohort(survivors)).ending;
        let losses = Ending::NotIdentified { why: Lacking::Losses };
        assert_eq!(fit(&[]).ending, losses);
        assert_eq!(ended(&[0.0, 0.0]), losses);
        assert_eq!(ended(&[500.0, 495.0, 491.0]), losses);
        assert_eq!(ended(&[500.0, 400.0]), Ending::NotIdentified { why: Lacking::Curvature });
        let bad = Ending::Failed { why: Failure::BadCell };
        assert_eq!(ended(&[500.0, 400.0, 450.0]), bad);
        assert_eq!(ended(&[500.0, f64::NAN, 450.0]), bad);
        assert_eq!(ended(&[f64::INFINITY, 400.0, 300.0]), bad);
        assert_eq!(fit(&[Renewal { period: 0, at_risk: 50.0, lost: 20.0 }]).ending, bad);
    }

    proptest! {
        #[test]
        fn gradient_and_hessian_agree_with_differences(
            theta in prop::array::uniform2(-4.0..4.0_f64),
            periods in prop::collection::vec((1..40_u32, 0.0..50.0_f64, 0.0..50.0_f64), 1..6),
        ) {
            let periods: Vec<_> = periods
                .into_iter()
                .map(|(period, kept, lost)| Renewal { period, at_risk: kept + lost, lost })
                .collect();
            let at = SVector::<f64, 2>::from(theta);
            let here = log_likelihood(&periods, &at);
            let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
            for i in 0..2 {
                let mut shift = SVector::<f64, 2>::zeros();
                shift[i] = 1e-5;
                let (up, down) = (log_likelihood(&periods, &(at + shift)), log_likelihood(&periods, &(at - shift)));
                let slope = (up.value - down.value) / 2e-5;
                prop_assert!((slope - here.gradient[i]).abs() < 1e-6 * scale);
                let bend = (up.gradient - down.gradient) / 2e-5;
                prop_assert!((bend - here.hessian.column(i)).amax() < 1e-6 * scale);
            }
        }

        #[test]
        fn the_figures_of_one_model_agree(
            theta in prop::array::uniform2(-7.0..7.0_f64), n in 0..300_u32, t in 1..300_u32, rate in 0.01..2.0_f64,
        ) {
            let model = SBg::from_parameters(theta.map(f64::exp)).unwrap();
            // Retention rises with every renewal, and survival is its product.
            prop_assert!(model.retention(t + 1) > model.retention(t) || model.retention(t) > 1.0 - 1e-12);
            prop_assert!((model.survival(t) - model.survival(t - 1) * model.retention(t)).abs() < 1e-14);
            let both = model.survival(n) * model.survival_after(n, t);
            prop_assert!((model.survival(n + t) - both).abs() < 1e-13);
            let left: f64 = (0..=t).map(|t| model.probability_of(t)).sum();
            prop_assert!((left + model.survival(t) - 1.0).abs() < 1e-12);
            let due: f64 = (1..=t).map(|t| model.survival_after(n, t)).sum();
            prop_assert!((model.expected_renewals(n, t) - due).abs() < 1e-11 * (1.0 + due));
            if let Some(all) = model.expected_further_renewals(n) {
                prop_assert!(all >= due * (1.0 - 1e-12));
            }
            // The next renewal counts in full: one more period of discount, and the first term is r.
            let residual = model.discounted_residual_lifetime(n, rate);
            let later = model.retention(n + 1) * (1.0 + model.discounted_residual_lifetime(n + 1, rate) / (1.0 + rate));
            prop_assert!((residual / later - 1.0).abs() < 1e-12, "{residual} {later}");
            prop_assert!(model.discounted_lifetime(rate) >= 1.0);
        }

        #[test]
        fn wild_parameters_give_finite_numbers(
            theta in prop::array::uniform2(-14.0..14.0_f64),
            period in prop_oneof![1..5_u32, 1..10_000_u32],
            share in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64],
        ) {
            let renewal = Renewal { period, at_risk: 1000.0, lost: 1000.0 * share };
            let here = log_likelihood(&[renewal], &SVector::from(theta));
            prop_assert!(here.value.is_finite());
            prop_assert!(here.gradient.iter().chain(here.hessian.iter()).all(|v| v.is_finite()));
        }

        #[test]
        fn any_renewals_end_a_fit_without_panic(
            periods in prop::collection::vec((1..12_u32, 0..2000_u32, 0..2000_u32), 0..12),
        ) {
            let renewals: Vec<_> = periods
                .into_iter()
                .map(|(period, kept, lost)| Renewal {
                    period,
                    at_risk: f64::from(kept + lost),
                    lost: f64::from(lost),
                })
                .collect();
            let fitted = fit(&renewals);
            prop_assert_eq!(fitted.model().is_some(), fitted.ending.predicts());
            prop_assert!(!matches!(fitted.ending, Ending::Failed { .. }), "{:?}", fitted);
        }
    }
}
