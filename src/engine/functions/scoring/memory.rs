//! Figures that are computed once per batch, because several customers share them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::analysis::clv::Repurchase;
use crate::analysis::clv::purchases::Purchases;

use super::Score;

/// No function has more arguments than this.
const MOST: usize = 5;

/// A figure computed for each row.
pub(super) fn fresh<const N: usize>(mut figure: impl FnMut([f64; N]) -> f64 + 'static) -> Score {
    Box::new(move |row| row.try_into().map_or(f64::NAN, &mut figure))
}

/// An expensive figure, computed once for rows with the same arguments: customers without repeat purchases differ only
/// in their tenure.
pub(super) fn remembered<const N: usize>(mut figure: impl FnMut([f64; N]) -> f64 + 'static) -> Score {
    let mut known: HashMap<[u64; MOST], f64, FixedState> = HashMap::default();
    fresh(move |row: [f64; N]| {
        let mut key = [0; MOST];
        for (bits, value) in key.iter_mut().zip(row) {
            *bits = value.to_bits();
        }
        *known.entry(key).or_insert_with(|| figure(row))
    })
}

/// P(alive): a few logarithms, and for Pareto/NBD values that customers of one x share.
pub(super) fn p_alive(model: Purchases) -> Score {
    match model {
        Purchases::ParetoNbd(model) => {
            let mut p_alive = model.p_alive_of_each();
            fresh(move |[x, t_x, t]| p_alive(x as u32, t_x, t))
        }
        model => fresh(move |[x, t_x, t]| model.p_alive(x as u32, t_x, t)),
    }
}

/// Expected purchases. Those of a live customer depend only on x, T and the horizon, which many customers share, and on
/// the stage of the wait.
pub(super) fn expected_purchases(model: Purchases) -> Score {
    let mut p_alive = p_alive(model);
    if matches!(model, Purchases::Nbd(_) | Purchases::ParetoNbd(_)) {
        // At most a logarithm: computing it is faster than a lookup.
        return fresh(move |[x, t_x, t, horizon]| {
            p_alive(&[x, t_x, t]) * model.expected_if_alive(x as u32, 0, t, horizon)
        });
    }
    let stages = model.stages();
    let mut places: HashMap<(u32, u64, u64), usize, FixedState> = HashMap::default();
    // By stage, for one (x, T, horizon) after the other.
    let mut alive: Vec<f64> = Vec::new();
    let mut weights = vec![1.0; stages];
    fresh(move |[x, t_x, t, horizon]| {
        let x = x as u32;
        let start = *places.entry((x, t.to_bits(), horizon.to_bits())).or_insert_with(|| {
            let start = alive.len();
            alive.resize(start + stages, 0.0);
            model.expected_by_stage(x, t, horizon, alive.get_mut(start..).unwrap_or_default());
            start
        });
        if stages > 1 {
            model.stage_weights(x, t_x, t, &mut weights);
        }
        let by_stage = alive.get(start..).unwrap_or_default();
        let mean: f64 = weights.iter().zip(by_stage).map(|(weight, value)| weight * value).sum();
        p_alive(&[f64::from(x), t_x, t]) * mean
    })
}
