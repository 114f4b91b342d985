//! Parameters as data: the values to rebuild a fitted model from.

use std::fmt;

/// A value that makes no valid model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterError {
    /// A parameter that is not a finite number above 0.
    OutOfRange {
        /// The parameter, by the symbol of the paper.
        symbol: &'static str,
        /// The given value.
        value: f64,
    },
    /// A k that is not a whole number from 1 to the largest.
    Regularity {
        /// The given value.
        value: f64,
        /// The largest k.
        most: u32,
    },
    /// A unit of time that is not a positive number of days.
    Unit(f64),
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { symbol, value } => {
                write!(f, "{symbol} must be a finite number above 0, not {value}")
            }
            Self::Regularity { value, most } => {
                write!(f, "k must be a whole number from 1 to {most}, not {value}")
            }
            Self::Unit(days) => write!(f, "the unit of time must be a positive number of days, not {days}"),
        }
    }
}

impl std::error::Error for ParameterError {}

/// The parameters, if all of them and the unit of time are finite and above 0.
pub(super) fn checked<const N: usize>(
    symbols: [&'static str; N],
    values: [f64; N],
    unit_days: f64,
) -> Result<[f64; N], ParameterError> {
    let values = positive(symbols, values)?;
    if is_positive(unit_days) { Ok(values) } else { Err(ParameterError::Unit(unit_days)) }
}

/// The parameters of a model without a unit of time, if all of them are finite and above 0.
pub(super) fn positive<const N: usize>(
    symbols: [&'static str; N],
    values: [f64; N],
) -> Result<[f64; N], ParameterError> {
    for (symbol, value) in symbols.into_iter().zip(values) {
        if !is_positive(value) {
            return Err(ParameterError::OutOfRange { symbol, value });
        }
    }
    Ok(values)
}

/// The first values of a list, as many as a model needs; missing ones are NaN, which makes no valid model.
pub fn of_length<const N: usize>(values: &[f64]) -> [f64; N] {
    std::array::from_fn(|place| values.get(place).copied().unwrap_or(f64::NAN))
}

fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::clv::Repurchase;
    use crate::analysis::clv::bg_cnbd::{BgCnbd, Dropout};
    use crate::analysis::clv::bg_nbd::BgNbd;
    use crate::analysis::clv::nbd::Nbd;
    use crate::analysis::clv::pareto_nbd::ParetoNbd;

    #[test]
    fn a_model_is_rebuilt_from_its_parameters() {
        fn kept<const N: usize>(model: &impl Repurchase, symbols: [&str; N]) -> [f64; N] {
            let parameters = model.parameters();
            assert_eq!(parameters.iter().map(|(symbol, _)| *symbol).collect::<Vec<_>>(), symbols);
            let values: Vec<f64> = parameters.into_iter().map(|(_, value)| value).collect();
            values.try_into().unwrap()
        }
        let model = BgNbd::from_parameters([0.1, 0.2, 0.3, 0.4], 7.0).unwrap();
        assert_eq!(BgNbd::from_parameters(kept(&model, ["r", "alpha", "a", "b"]), 7.0), Ok(model));
        let model = Nbd::from_parameters([0.1, 0.2], 1.0).unwrap();
        assert_eq!(Nbd::from_parameters(kept(&model, ["r", "alpha"]), 1.0), Ok(model));
        let model = ParetoNbd::from_parameters([0.1, 0.2, 0.3, 0.4], 7.0).unwrap();
        assert_eq!(ParetoNbd::from_parameters(kept(&model, ["r", "alpha", "s", "beta"]), 7.0), Ok(model));
        let model = BgCnbd::from_parameters(Dropout::AfterAny, [0.1, 0.2, 0.3, 0.4, 5.0], 7.0).unwrap();
        let values = kept(&model, ["r", "alpha", "a", "b", "k"]);
        assert_eq!(BgCnbd::from_parameters(model.dropout(), values, 7.0), Ok(model));
    }

    #[test]
    fn values_without_a_model_are_named() {
        for value in [0.0, -1.0, f64::INFINITY] {
            let refused = BgNbd::from_parameters([1.0, 1.0, value, 1.0], 7.0);
            assert_eq!(refused, Err(ParameterError::OutOfRange { symbol: "a", value }));
            let refused = ParetoNbd::from_parameters([1.0, 1.0, 1.0, value], 7.0);
            assert_eq!(refused, Err(ParameterError::OutOfRange { symbol: "beta", value }));
            assert_eq!(Nbd::from_parameters([1.0, 1.0], value), Err(ParameterError::Unit(value)));
        }
        let refused = Nbd::from_parameters([f64::NAN, 1.0], 7.0).unwrap_err();
        assert_eq!(refused.to_string(), "r must be a finite number above 0, not NaN");
        for value in [0.0, 0.5, 1.5, 13.0, -1.0, 1e300] {
            let refused =
                BgCnbd::from_parameters(Dropout::AfterAny, [1.0, 1.0, 1.0, 1.0, value], 7.0).unwrap_err();
            assert_eq!(refused, ParameterError::Regularity { value, most: 12 });
        }
    }
}
