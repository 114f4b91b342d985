//! Customer lifetime value: how often customers will buy again, for how much, and what that is worth today.
//!
//! [`cell`] collapses customers into distinct cells, [`bg_nbd`], [`pareto_nbd`] and [`nbd`] fit purchases on them,
//! [`gamma_gamma`] fits the spend a purchase, [`value`] scores customers and discounts. How a fit may end is
//! in [`fit`].

pub mod bg_nbd;
pub mod cell;
pub mod fit;
pub mod gamma_gamma;
pub mod nbd;
mod pace;
pub mod pareto_nbd;
pub mod value;

/// A model of repeat purchases that can forecast a customer from (x, tₓ, T).
///
/// Times are in the unit of the cells that the model was fitted on, [`Repurchase::unit_days`] days each.
pub trait Repurchase {
    /// Days in one unit of time.
    fn unit_days(&self) -> f64;

    /// The probability that a customer with x repeat purchases, the last at tₓ, is still a customer at t, the
    /// end of the observation.
    fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64;

    /// Expected purchases in the `horizon` after t of a customer with x repeat purchases who is alive at t.
    fn expected_if_alive(&self, x: u32, t: f64, horizon: f64) -> f64;

    /// Expected purchases in the `horizon` after t, whether alive or not.
    fn expected_purchases(&self, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
        self.p_alive(x, t_x, t) * self.expected_if_alive(x, t, horizon)
    }
}
