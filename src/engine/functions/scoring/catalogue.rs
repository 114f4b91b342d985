//! The table of scoring functions: their names, their arguments, and which figure of which model they compute.

use crate::analysis::clv::Repurchase;
use crate::analysis::clv::bg_bb::{self, BgBb};
use crate::analysis::clv::gamma_gamma::{self, GammaGamma};
use crate::analysis::clv::parameters::of_length;
use crate::analysis::clv::purchases::{PurchaseModel, Purchases};
use crate::analysis::clv::s_bg::{self, SBg};

use super::arguments::{
    AHEAD, Argument, BOUGHT, COUNT, HORIZON, LAST, MEAN_SPEND, OPPORTUNITIES, PERIOD_RATE, PURCHASES, RATE,
    RENEWAL, RENEWALS_AHEAD, RENEWED, SPENT_ON, T, T_X, X,
};
use super::memory::{expected_purchases, fresh, p_alive, remembered};
use super::{Score, Scoring};

/// One figure of a model: the suffix of its function's name, its arguments, and its computation.
type Figure<M> = (&'static str, &'static [Argument], fn(M) -> Score);

const OF_PURCHASES: [Figure<Purchases>; 4] = [
    ("p_alive", &[X, T_X, T], p_alive),
    ("expected_purchases", &[X, T_X, T, HORIZON], expected_purchases),
    ("probability_of", &[COUNT, X, T_X, T, HORIZON], |model| {
        remembered(move |[n, x, t_x, t, horizon]| {
            model.probability_of_next(n as u32, x as u32, t_x, t, horizon)
        })
    }),
    ("discounted_residual", &[X, T_X, T, RATE], |model| {
        remembered(move |[x, t_x, t, rate]| model.discounted_residual(x as u32, t_x, t, rate))
    }),
];

const OF_OPPORTUNITIES: [Figure<BgBb>; 5] = [
    ("p_alive", &[BOUGHT, LAST, OPPORTUNITIES], |model| {
        remembered(move |[x, last, n]| model.p_alive(x as u32, last as u32, n as u32))
    }),
    ("p_alive_next", &[BOUGHT, LAST, OPPORTUNITIES], |model| {
        remembered(move |[x, last, n]| model.p_alive_next(x as u32, last as u32, n as u32))
    }),
    ("expected_purchases", &[BOUGHT, LAST, OPPORTUNITIES, AHEAD], |model| {
        remembered(move |[x, last, n, ahead]| {
            model.expected_purchases(x as u32, last as u32, n as u32, ahead as u32)
        })
    }),
    ("probability_of", &[PURCHASES, BOUGHT, LAST, OPPORTUNITIES, AHEAD], |model| {
        remembered(move |[purchases, x, last, n, ahead]| {
            model.probability_of_next(purchases as u32, ahead as u32, (x as u32, last as u32, n as u32))
        })
    }),
    ("discounted_residual", &[BOUGHT, LAST, OPPORTUNITIES, PERIOD_RATE], |model| {
        remembered(move |[x, last, n, rate]| model.discounted_residual(x as u32, last as u32, n as u32, rate))
    }),
];

const OF_CONTRACTS: [Figure<SBg>; 5] = [
    ("retention", &[RENEWAL], |model| fresh(move |[t]| model.retention(t as u32))),
    ("survival", &[RENEWAL], |model| remembered(move |[t]| model.survival(t as u32))),
    ("survival_after", &[RENEWED, RENEWALS_AHEAD], |model| {
        remembered(move |[n, ahead]| model.survival_after(n as u32, ahead as u32))
    }),
    ("expected_renewals", &[RENEWED, RENEWALS_AHEAD], |model| {
        remembered(move |[n, ahead]| model.expected_renewals(n as u32, ahead as u32))
    }),
    ("discounted_residual", &[RENEWED, PERIOD_RATE], |model| {
        remembered(move |[n, rate]| model.discounted_residual_lifetime(n as u32, rate))
    }),
];

const OF_SPEND: [Figure<GammaGamma>; 1] = [("expected_spend", &[SPENT_ON, MEAN_SPEND], |model| {
    // Without a mean there is no number: NULL.
    fresh(move |[x, mean_spend]| model.expected_spend(x as u32, mean_spend).unwrap_or(f64::NAN))
})];

/// All of them.
pub(in crate::engine::functions) fn all() -> impl Iterator<Item = Scoring> {
    let of_purchases = PurchaseModel::ALL.into_iter().flat_map(|kind| {
        OF_PURCHASES.into_iter().map(move |(figure, takes, score)| {
            let name = format!("{}_{figure}", kind.key());
            // The unit of time is that of the arguments.
            Scoring::new(name, takes, kind.symbols(), move |values| {
                kind.with_parameters(values, 1.0).map(score)
            })
        })
    });
    let of_opportunities = OF_OPPORTUNITIES.into_iter().map(|(figure, takes, score)| {
        Scoring::new(format!("bg_bb_{figure}"), takes, &bg_bb::SYMBOLS, move |values| {
            BgBb::from_parameters(of_length(values)).map(score)
        })
    });
    let of_contracts = OF_CONTRACTS.into_iter().map(|(figure, takes, score)| {
        Scoring::new(format!("s_bg_{figure}"), takes, &s_bg::SYMBOLS, move |values| {
            SBg::from_parameters(of_length(values)).map(score)
        })
    });
    let of_spend = OF_SPEND.into_iter().map(|(figure, takes, score)| {
        Scoring::new(format!("gamma_gamma_{figure}"), takes, &gamma_gamma::SYMBOLS, move |values| {
            GammaGamma::from_parameters(of_length(values)).map(score)
        })
    });
    of_purchases.chain(of_opportunities).chain(of_contracts).chain(of_spend)
}
