//! Customer lifetime value: how often customers will buy again, for how much, and what that is worth today.
//!
//! [`cell`] groups customers into distinct cells. [`pareto_nbd`], [`bg_nbd`], [`bg_cnbd`] and [`nbd`] fit purchases on
//! them, [`purchases`] selects these by name, and [`covariates`] fits two of them with further data on customers.
//! [`gamma_gamma`] fits the spend per purchase, [`value`] scores customers and discounts. If purchases are possible
//! only at set opportunities, [`bg_bb`] and [`beta_binomial`] fit them on the cells of [`discrete`]. If customers are
//! under contract and leaving is observed, [`s_bg`] fits the renewals. [`fit`] defines how a fit may end;
//! [`predictive`] the use of the probabilities of 0, 1, 2, … purchases; [`parameters`] the values that a model may be
//! rebuilt from; [`uncertainty`] how certain forecasts are; and [`seasonal`] how they follow the calendar.

pub mod beta_binomial;
mod beta_geometric;
pub mod bg_bb;
pub mod bg_cnbd;
pub mod bg_nbd;
pub mod cell;
pub mod contest;
pub mod covariates;
pub mod discrete;
pub mod fit;
pub mod gamma_gamma;
mod layout;
pub mod nbd;
mod pace;
pub mod parameters;
pub mod pareto_nbd;
pub mod population;
pub mod predictive;
pub mod purchases;
mod residual;
pub mod s_bg;
pub mod seasonal;
mod terms;
pub mod uncertainty;
pub mod value;

/// A model of repeat purchases that can predict a customer from (x, tₓ, T).
///
/// Times are in the unit of the fitted cells, [`Repurchase::unit_days`] days each.
pub trait Repurchase {
    /// Days in one unit of time.
    fn unit_days(&self) -> f64;

    /// The parameters by the symbols of the paper, in the order of the model's `from_parameters`.
    fn parameters(&self) -> Vec<(&'static str, f64)>;

    /// The probability that a customer with x repeat purchases, the last at tₓ, is still a customer at t, the end of
    /// the observation.
    fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64;

    /// The number of stages in the wait for a purchase. It is 1 if purchases come at random: then the time since the
    /// last purchase does not matter for a live customer's next one.
    fn stages(&self) -> usize {
        1
    }

    /// The probability of each stage for a customer with x repeat purchases, the last at tₓ, who is alive at t.
    /// They sum to 1; there are [`Repurchase::stages`] of them.
    fn stage_weights(&self, _x: u32, _t_x: f64, _t: f64, weights: &mut [f64]) {
        weights.fill(1.0);
    }

    /// Expected purchases in the `horizon` after t of a customer with x repeat purchases who is alive at t and in this
    /// stage, counted from 0. The time of the last purchase only matters for the stage: customers with one x and T
    /// share these figures.
    fn expected_if_alive(&self, x: u32, stage: usize, t: f64, horizon: f64) -> f64;

    /// The same in every stage, for models that share work between stages.
    fn expected_by_stage(&self, x: u32, t: f64, horizon: f64, expected: &mut [f64]) {
        for (stage, expected) in expected.iter_mut().enumerate() {
            *expected = self.expected_if_alive(x, stage, t, horizon);
        }
    }

    /// Expected purchases in the `horizon` after t, whether alive or not.
    fn expected_purchases(&self, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
        let mut weights = vec![0.0; self.stages()];
        let mut expected = weights.clone();
        self.stage_weights(x, t_x, t, &mut weights);
        self.expected_by_stage(x, t, horizon, &mut expected);
        self.p_alive(x, t_x, t) * mix(&weights, &expected)
    }

    /// Expected purchases of a new customer in the time t after the first purchase, E\[X(t)\].
    fn expected_of_new_customer(&self, t: f64) -> f64 {
        self.expected_purchases(0, 0.0, 0.0, t)
    }

    /// P(X(t) = n): the probability that a new customer makes n repeat purchases in the time t after the first
    /// purchase.
    fn probability_of(&self, n: u32, t: f64) -> f64 {
        self.probability_of_next(n, 0, 0.0, 0.0, t)
    }

    /// The probability that a customer with x repeat purchases, the last at tₓ, makes n more in the `horizon` after t,
    /// whether alive or not. Its mean over n is [`Repurchase::expected_purchases`].
    fn probability_of_next(&self, n: u32, x: u32, t_x: f64, t: f64, horizon: f64) -> f64;

    /// Lists the same for n = 0, 1, 2, …, until less than [`predictive::REST`] is left or n reaches
    /// [`predictive::MOST_PURCHASES`]. The rest goes into the last place: the list sums to 1. Each place is right to
    /// 10⁻¹².
    fn predictive(&self, x: u32, t_x: f64, t: f64, horizon: f64, probabilities: &mut Vec<f64>) {
        let (mut left, mut n) = (1.0, 0);
        let beyond = || {
            left -= self.probability_of_next(n, x, t_x, t, horizon);
            n += 1;
            left
        };
        predictive::list(1.0, beyond, probabilities);
    }

    /// Expected purchases from t on without end, each with weight e^(−rate · time after t): discounted expected
    /// residual transactions (DERT; Fader, Hardie and Lee 2005b, "RFM and CLV: Using Iso-Value Curves for Customer Base
    /// Analysis", Journal of Marketing Research 42, 415–430). `rate` is a continuous discount rate per unit of time.
    ///
    /// Without a discount (a rate of 0) these are all future purchases, infinite if some customers stay too long for a
    /// mean. A rate below 0 gives NaN.
    fn discounted_residual(&self, x: u32, t_x: f64, t: f64, rate: f64) -> f64;
}

/// The mean over stages.
fn mix(weights: &[f64], by_stage: &[f64]) -> f64 {
    weights.iter().zip(by_stage).map(|(weight, value)| weight * value).sum()
}
