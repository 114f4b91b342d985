//! The models of repeat purchases by name: how each is fitted, and which simpler one replaces it if it cannot predict.

use super::Repurchase;
use super::bg_cnbd::{self, BgCnbd, Dropout};
use super::bg_nbd::{self, BgNbd};
use super::cell::Cells;
use super::fit::{Ending, Failure, Fit, Lacking};
use super::nbd::{self, Nbd};
use super::parameters::{ParameterError, of_length};
use super::pareto_nbd::{self, ParetoNbd};

/// A model of repeat purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PurchaseModel {
    /// NBD: nobody leaves.
    Nbd,
    /// BG/NBD: dropout after repeat purchases.
    BgNbd,
    /// MBG/NBD: dropout after any purchase.
    MbgNbd,
    /// Pareto/NBD: dropout at any time.
    ParetoNbd,
    /// BG/CNBD-k: like BG/NBD, for customers who buy more regularly than at random.
    BgCnbd,
    /// MBG/CNBD-k: like MBG/NBD, for the same customers.
    MbgCnbd,
}

impl PurchaseModel {
    /// All models, the simplest first.
    pub const ALL: [Self; 6] =
        [Self::Nbd, Self::BgNbd, Self::MbgNbd, Self::ParetoNbd, Self::BgCnbd, Self::MbgCnbd];

    /// Its stable name, for files and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Nbd => "nbd",
            Self::BgNbd => "bg_nbd",
            Self::MbgNbd => "mbg_nbd",
            Self::ParetoNbd => "pareto_nbd",
            Self::BgCnbd => "bg_cnbd",
            Self::MbgCnbd => "mbg_cnbd",
        }
    }

    /// The model of this name.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Its name in the literature.
    pub fn title(self) -> &'static str {
        match self {
            Self::Nbd => "NBD",
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
            Self::BgCnbd => "BG/CNBD-k",
            Self::MbgCnbd => "MBG/CNBD-k",
        }
    }

    /// Its parameters by the symbols of the paper, in the order of [`PurchaseModel::with_parameters`].
    pub fn symbols(self) -> &'static [&'static str] {
        match self {
            Self::Nbd => &["r", "alpha"],
            Self::BgNbd | Self::MbgNbd => &["r", "alpha", "a", "b"],
            Self::ParetoNbd => &["r", "alpha", "s", "beta"],
            Self::BgCnbd | Self::MbgCnbd => &["r", "alpha", "a", "b", "k"],
        }
    }

    /// The model with these parameters ([`PurchaseModel::symbols`]), with time in units of `unit_days` days.
    ///
    /// # Errors
    /// [`ParameterError`] names the first invalid value; a missing value counts as NaN.
    pub fn with_parameters(self, values: &[f64], unit_days: f64) -> Result<Purchases, ParameterError> {
        let regular = |dropout, values| BgCnbd::from_parameters(dropout, values, unit_days);
        Ok(match self {
            Self::Nbd => Purchases::Nbd(Nbd::from_parameters(of_length(values), unit_days)?),
            Self::BgNbd => Purchases::BgNbd(BgNbd::from_parameters(of_length(values), unit_days)?),
            Self::ParetoNbd => {
                Purchases::ParetoNbd(ParetoNbd::from_parameters(of_length(values), unit_days)?)
            }
            Self::MbgNbd => {
                let [r, alpha, a, b] = of_length(values);
                Purchases::BgCnbd(regular(Dropout::AfterAny, [r, alpha, a, b, 1.0])?)
            }
            Self::BgCnbd => Purchases::BgCnbd(regular(Dropout::AfterRepeat, of_length(values))?),
            Self::MbgCnbd => Purchases::BgCnbd(regular(Dropout::AfterAny, of_length(values))?),
        })
    }

    /// Whether it uses the regularity of purchases.
    pub fn reads_gaps(self) -> bool {
        matches!(self, Self::BgCnbd | Self::MbgCnbd)
    }

    /// Fits it. `sum_ln_gaps` is Σ ln g over all gaps g between purchases, in the cells' unit of time; models that do
    /// not [read gaps](Self::reads_gaps) ignore it.
    pub fn fit(self, cells: &Cells, sum_ln_gaps: f64) -> Fit<Purchases> {
        match self {
            Self::Nbd => nbd::fit(cells).map(Purchases::Nbd),
            Self::BgNbd => bg_nbd::fit(cells).map(Purchases::BgNbd),
            Self::MbgNbd => bg_cnbd::fit_mbg_nbd(cells).map(Purchases::BgCnbd),
            Self::ParetoNbd => pareto_nbd::fit(cells).map(Purchases::ParetoNbd),
            Self::BgCnbd => bg_cnbd::fit(cells, Dropout::AfterRepeat, sum_ln_gaps).map(Purchases::BgCnbd),
            Self::MbgCnbd => bg_cnbd::fit(cells, Dropout::AfterAny, sum_ln_gaps).map(Purchases::BgCnbd),
        }
    }

    /// The simpler model that predicts instead after a fit with this ending, if there is one.
    ///
    /// For a model with regularity, it is the model without it. Without visible dropout, or if the parameters are not
    /// determined, it is the one without dropout; Pareto/NBD, with the hardest search, is first replaced by BG/NBD. Too
    /// few repeat buyers are too few for any model.
    fn simpler(self, ending: &Ending) -> Option<Self> {
        let lacks_data = matches!(
            ending,
            Ending::NotIdentified { why: Lacking::RepeatBuyers } | Ending::Failed { why: Failure::BadCell }
        );
        if ending.predicts() || lacks_data {
            return None;
        }
        match (self, ending) {
            (Self::Nbd, _) => None,
            (Self::BgCnbd, _) | (Self::ParetoNbd, Ending::NotIdentified { .. } | Ending::Failed { .. }) => {
                Some(Self::BgNbd)
            }
            (Self::MbgCnbd, _) => Some(Self::MbgNbd),
            (Self::ParetoNbd | Self::BgNbd | Self::MbgNbd, _) => Some(Self::Nbd),
        }
    }
}

/// A fitted model of repeat purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Purchases {
    /// See [`nbd`].
    Nbd(Nbd),
    /// See [`bg_nbd`].
    BgNbd(BgNbd),
    /// See [`pareto_nbd`].
    ParetoNbd(ParetoNbd),
    /// See [`bg_cnbd`].
    BgCnbd(BgCnbd),
}

macro_rules! with {
    ($self:expr, $model:ident => $call:expr) => {
        match $self {
            Self::Nbd($model) => $call,
            Self::BgNbd($model) => $call,
            Self::ParetoNbd($model) => $call,
            Self::BgCnbd($model) => $call,
        }
    };
}

impl Repurchase for Purchases {
    fn unit_days(&self) -> f64 {
        with!(self, model => model.unit_days())
    }

    fn p_alive(&self, x: u32, t_x: f64, t: f64) -> f64 {
        with!(self, model => model.p_alive(x, t_x, t))
    }

    fn stages(&self) -> usize {
        with!(self, model => model.stages())
    }

    fn stage_weights(&self, x: u32, t_x: f64, t: f64, weights: &mut [f64]) {
        with!(self, model => model.stage_weights(x, t_x, t, weights));
    }

    fn expected_if_alive(&self, x: u32, stage: usize, t: f64, horizon: f64) -> f64 {
        with!(self, model => model.expected_if_alive(x, stage, t, horizon))
    }

    fn expected_by_stage(&self, x: u32, t: f64, horizon: f64, expected: &mut [f64]) {
        with!(self, model => model.expected_by_stage(x, t, horizon, expected));
    }

    fn expected_of_new_customer(&self, t: f64) -> f64 {
        with!(self, model => model.expected_of_new_customer(t))
    }

    fn probability_of(&self, n: u32, t: f64) -> f64 {
        with!(self, model => model.probability_of(n, t))
    }

    fn probability_of_next(&self, n: u32, x: u32, t_x: f64, t: f64, horizon: f64) -> f64 {
        with!(self, model => model.probability_of_next(n, x, t_x, t, horizon))
    }

    fn predictive(&self, x: u32, t_x: f64, t: f64, horizon: f64, probabilities: &mut Vec<f64>) {
        with!(self, model => model.predictive(x, t_x, t, horizon, probabilities));
    }

    fn discounted_residual(&self, x: u32, t_x: f64, t: f64, rate: f64) -> f64 {
        with!(self, model => model.discounted_residual(x, t_x, t, rate))
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        with!(self, model => model.parameters())
    }
}

impl Purchases {
    /// The same model with its parameters multiplied by e to the power of these shifts, in the order of
    /// [`Repurchase::parameters`]; parameters after the last shift, such as *k*, stay. `None` if a parameter would
    /// leave the range of an `f64`.
    #[must_use]
    pub fn shifted(&self, by: &[f64]) -> Option<Self> {
        let mut values: Vec<f64> = self.parameters().into_iter().map(|(_, value)| value).collect();
        for (value, by) in values.iter_mut().zip(by) {
            *value *= libm::exp(*by);
        }
        let unit = self.unit_days();
        let model = match self {
            Self::Nbd(_) => Self::Nbd(Nbd::from_parameters(values.try_into().ok()?, unit).ok()?),
            Self::BgNbd(_) => Self::BgNbd(BgNbd::from_parameters(values.try_into().ok()?, unit).ok()?),
            Self::ParetoNbd(_) => {
                Self::ParetoNbd(ParetoNbd::from_parameters(values.try_into().ok()?, unit).ok()?)
            }
            Self::BgCnbd(model) => {
                let values = values.try_into().ok()?;
                Self::BgCnbd(BgCnbd::from_parameters(model.dropout(), values, unit).ok()?)
            }
        };
        Some(model)
    }
}

/// A requested model, and the models tried instead; the last one predicts if any does.
#[derive(Debug, Clone)]
pub struct Chain {
    /// In the order of trying; none if other parameters were given.
    pub tried: Vec<(PurchaseModel, Fit<Purchases>)>,
}

impl Chain {
    /// Fits a model, then simpler ones until one can predict.
    pub fn fit(kind: PurchaseModel, cells: &Cells, sum_ln_gaps: f64) -> Self {
        Self::after(kind, kind.fit(cells, sum_ln_gaps), cells, sum_ln_gaps)
    }

    /// The same if the first fit exists already.
    pub fn after(kind: PurchaseModel, fit: Fit<Purchases>, cells: &Cells, sum_ln_gaps: f64) -> Self {
        let mut next = kind.simpler(&fit.ending);
        let mut tried = vec![(kind, fit)];
        while let Some(kind) = next {
            let fit = kind.fit(cells, sum_ln_gaps);
            next = kind.simpler(&fit.ending);
            tried.push((kind, fit));
        }
        Self { tried }
    }

    /// The fit of the model that predicts.
    pub fn fitted(&self) -> Option<&Fit<Purchases>> {
        self.tried.last().map(|(_, fit)| fit).filter(|fit| fit.model().is_some())
    }

    /// The model that predicts.
    pub fn model(&self) -> Option<(PurchaseModel, &Purchases)> {
        self.tried.last().and_then(|(kind, fit)| Some((*kind, fit.model()?)))
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the same arithmetic gives the same bits")]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Gamma};

    use super::*;
    use crate::analysis::clv::cell::History;

    /// Customers with waits of `k` stages and mean chance `leave` of leaving at a purchase; with the sum of ln gaps in
    /// weeks.
    fn simulated(k: u32, leave: f64) -> (Cells, f64) {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let rates = Gamma::new(1.2, f64::from(k) / 40.0).unwrap();
        let (mut customers, mut sum_ln_gaps) = (Vec::new(), 0.0);
        for _ in 0..2000 {
            let t_days = random.random_range(150..210);
            let wait = Gamma::new(f64::from(k), 1.0 / f64::max(rates.sample(&mut random), 1e-9)).unwrap();
            let leaves = leave * 3.0 * random.random::<f64>().powi(2);
            let (mut x, mut last, mut now) = (0, 0, 0.0);
            loop {
                now += wait.sample(&mut random);
                let day = now as u32;
                if day > t_days {
                    break;
                }
                if day > last {
                    sum_ln_gaps += (f64::from(day - last) / 7.0).ln();
                    (x, last) = (x + 1, day);
                }
                if random.random::<f64>() < leaves {
                    break;
                }
            }
            customers.push(History { x, t_x_days: last, t_days });
        }
        (Cells::collapse(&customers, 7.0).unwrap(), sum_ln_gaps)
    }

    #[test]
    fn every_model_has_a_key_of_its_own() {
        for kind in PurchaseModel::ALL {
            assert_eq!(PurchaseModel::of_key(kind.key()), Some(kind));
        }
        assert_eq!(PurchaseModel::of_key("gamma_gamma"), None);
    }

    #[test]
    fn every_model_is_made_of_the_parameters_that_it_names() {
        let values = [0.7, 4.0, 0.9, 2.5, 3.0];
        for kind in PurchaseModel::ALL {
            let symbols = kind.symbols();
            let model = kind.with_parameters(&values[..symbols.len()], 7.0).unwrap();
            // MBG/NBD belongs to the larger family, which reports this.
            let found: Vec<_> =
                model.parameters().into_iter().filter(|(name, _)| symbols.contains(name)).collect();
            let expected: Vec<_> = symbols.iter().copied().zip(values).collect();
            assert_eq!(found, expected, "{}", kind.key());
            let refused = kind.with_parameters(&values[..symbols.len() - 1], 7.0).unwrap_err().to_string();
            assert!(refused.starts_with(symbols[symbols.len() - 1]), "{refused}");
            // A model without dropout after the first purchase is certain about customers who never came again.
            let unsure =
                matches!(kind, PurchaseModel::MbgNbd | PurchaseModel::ParetoNbd | PurchaseModel::MbgCnbd);
            assert_eq!(model.p_alive(0, 0.0, 50.0) < 1.0, unsure, "{}", kind.key());
        }
    }

    fn tried(chain: &Chain) -> Vec<&str> {
        chain.tried.iter().map(|(kind, _)| kind.key()).collect()
    }

    #[test]
    fn a_model_that_converges_predicts_itself() {
        let (cells, sum_ln_gaps) = simulated(3, 0.2);
        let chain = Chain::fit(PurchaseModel::MbgCnbd, &cells, sum_ln_gaps);
        assert_eq!(tried(&chain), ["mbg_cnbd"], "{:?}", chain.tried[0].1.ending);
        let (_, model) = chain.model().unwrap();
        assert!((2..=4).contains(&model.stages()), "{}", model.stages());
        let Purchases::BgCnbd(own) = model else { panic!("{model:?}") };
        assert_eq!(model.expected_purchases(3, 10.0, 30.0, 4.0), own.expected_purchases(3, 10.0, 30.0, 4.0));
    }

    #[test]
    fn a_shift_multiplies_the_parameters_and_leaves_k() {
        let model = Purchases::BgCnbd(
            BgCnbd::from_parameters(Dropout::AfterAny, [1.0, 2.0, 3.0, 4.0, 3.0], 7.0).unwrap(),
        );
        let shifted = model.shifted(&[2_f64.ln(), 0.0, 0.0, -2_f64.ln()]).unwrap();
        let values: Vec<f64> = shifted.parameters().into_iter().map(|(_, value)| value).collect();
        assert!(values.iter().zip([2.0, 2.0, 3.0, 2.0, 3.0]).all(|(one, other)| (one - other).abs() < 1e-15));
        assert_eq!(model.shifted(&[0.0; 4]), Some(model));
        assert_eq!(model.shifted(&[800.0]), None);
    }

    #[test]
    fn every_kind_keeps_the_covariance_of_its_logarithms() {
        let (cells, sum_ln_gaps) = simulated(2, 0.2);
        for kind in PurchaseModel::ALL {
            let fit = kind.fit(&cells, sum_ln_gaps);
            let Some(covariance) = fit.covariance() else { continue };
            assert_eq!(fit.ending == Ending::Converged, fit.estimates[0].standard_error.is_some());
            for (i, estimate) in fit.estimates.iter().take(covariance.nrows()).enumerate() {
                if fit.ending != Ending::Converged {
                    continue;
                }
                let error = estimate.standard_error.unwrap() / estimate.value;
                assert!((covariance[(i, i)].sqrt() - error).abs() < 1e-12, "{kind:?} {}", estimate.name);
            }
            assert_eq!(covariance.nrows(), if kind == PurchaseModel::Nbd { 2 } else { 4 });
            assert!((covariance - covariance.transpose()).amax() < 1e-9 * covariance.amax());
        }
        assert!(PurchaseModel::Nbd.fit(&cells, 0.0).covariance().is_some());
        assert!(PurchaseModel::MbgNbd.fit(&cells, 0.0).covariance().is_some());
    }

    #[test]
    fn simpler_models_take_over_by_name() {
        let (cells, sum_ln_gaps) = simulated(1, 0.0);
        let of = |kind| Chain::fit(kind, &cells, sum_ln_gaps);
        assert_eq!(tried(&of(PurchaseModel::ParetoNbd)), ["pareto_nbd", "nbd"]);
        assert_eq!(tried(&of(PurchaseModel::MbgCnbd)), ["mbg_cnbd", "mbg_nbd", "nbd"]);
        assert_eq!(tried(&of(PurchaseModel::BgCnbd)), ["bg_cnbd", "bg_nbd", "nbd"]);
        assert_eq!(of(PurchaseModel::BgCnbd).model().unwrap().0, PurchaseModel::Nbd);
    }

    #[test]
    fn too_few_customers_are_too_few_for_any_model() {
        let cells = Cells::collapse(&[History { x: 2, t_x_days: 9, t_days: 90 }; 5], 7.0).unwrap();
        let chain = Chain::fit(PurchaseModel::MbgCnbd, &cells, 0.0);
        assert_eq!(chain.tried.len(), 1);
        assert!(chain.model().is_none());
    }
}
