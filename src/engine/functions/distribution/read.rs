//! What can be read from a distribution.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, StructArray};
use arrow::array::{Decimal128Builder, Float64Builder, ListBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type, Int64Type};
use datafusion::common::{exec_datafusion_err, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::run::{Bytes, Run};
use super::{DIGITS, scale_of};
use crate::analysis::special::Sum;

/// One of the functions that read a distribution. All are NULL for a NULL distribution or argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) enum Reading {
    /// `percentile(distribution, p)`, `p` from 0 to 1: DOUBLE in the values' unit, interpolated between the two values
    /// around position `p (n - 1)`, like SQL's `percentile_cont`; 0.5 is the median.
    Percentile,
    /// `gini(distribution)`: DOUBLE, 2 Σ i xᵢ / (n Σ x) - (n + 1) / n with x ascending; NULL if the total is not above
    /// zero.
    Gini,
    /// `hhi(distribution)`: DOUBLE, the Herfindahl-Hirschman index, the sum of squared shares of the total, each to 18
    /// decimals; NULL if the total is not above zero.
    Hhi,
    /// `top_sum(distribution, n)`: DECIMAL of the values' scale, the sum of the `n` highest values.
    TopSum,
    /// `top_share(distribution, p)`, `p` from 0 to 1: DOUBLE, the share of the total held by the highest `p` of the
    /// values, their number rounded up; NULL if the total is not above zero.
    TopShare,
    /// `top_count(distribution, s)`, `s` from 0 to 1: BIGINT, the fewest of the highest values that together reach the
    /// share `s` of the total; NULL if the total is not above zero.
    TopCount,
    /// `ln_sum(distribution)`: DOUBLE, the sum of the values' natural logarithms; NULL if one is not above zero.
    LnSum,
    /// `lorenz(distribution, k)`: LIST of k + 1 DOUBLEs, `top_share` of 0/k, 1/k and so on to k/k.
    Lorenz,
    /// `quantile_cuts(distribution, k)`: LIST of k - 1 DECIMALs of the values' scale. A value is above the j-th cut
    /// exactly if its place is at least j in k. Its place is `below / (below + above)`: the values below it and above
    /// it, without its equals; a half if all are equal. So the highest value is above all cuts and the lowest above
    /// none, with any number of ties; see `score`.
    QuantileCuts,
}

impl Reading {
    pub(in super::super) const ALL: [Self; 9] = [
        Self::Percentile,
        Self::Gini,
        Self::Hhi,
        Self::TopSum,
        Self::TopShare,
        Self::TopCount,
        Self::LnSum,
        Self::Lorenz,
        Self::QuantileCuts,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Percentile => "percentile",
            Self::Gini => "gini",
            Self::Hhi => "hhi",
            Self::TopSum => "top_sum",
            Self::TopShare => "top_share",
            Self::TopCount => "top_count",
            Self::LnSum => "ln_sum",
            Self::Lorenz => "lorenz",
            Self::QuantileCuts => "quantile_cuts",
        }
    }

    /// The type of the second argument; none if there is none.
    fn argument(self) -> Option<DataType> {
        match self {
            Self::Gini | Self::Hhi | Self::LnSum => None,
            Self::Percentile => Some(DataType::Float64),
            // Exact: a fifth of five is one, whatever the argument's type was.
            Self::TopShare | Self::TopCount => Some(DataType::Decimal128(SHARE_DIGITS, SHARE_SCALE)),
            Self::TopSum | Self::Lorenz | Self::QuantileCuts => Some(DataType::Int64),
        }
    }

    fn returns(self, scale: i8) -> DataType {
        let list = |of| DataType::List(Arc::new(Field::new_list_field(of, true)));
        match self {
            Self::Percentile | Self::Gini | Self::Hhi | Self::TopShare | Self::LnSum => DataType::Float64,
            Self::TopCount => DataType::Int64,
            Self::TopSum => DataType::Decimal128(DIGITS, scale),
            Self::Lorenz => list(DataType::Float64),
            Self::QuantileCuts => list(DataType::Decimal128(DIGITS, scale)),
        }
    }
}

const SHARE_DIGITS: u8 = 18;
const SHARE_SCALE: i8 = 9;
const SHARE_ONE: i128 = 1_000_000_000;

/// More points or bins are useless and would use up the memory.
const MOST_STEPS: i64 = 1_000_000;

/// A [`Reading`] as a function of SQL.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct ReadDistribution {
    reading: Reading,
    signature: Signature,
}

impl ReadDistribution {
    pub(in super::super) fn new(reading: Reading) -> Self {
        Self { reading, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ReadDistribution {
    fn name(&self) -> &'static str {
        self.reading.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.name();
        let wanted = usize::from(self.reading.argument().is_some()) + 1;
        let Some(distribution) = types.first().filter(|_| types.len() == wanted) else {
            return plan_err!(
                "{name} takes a distribution{}",
                if wanted == 1 { "" } else { " and a number" }
            );
        };
        if scale_of(distribution).is_none() {
            return plan_err!("{name} takes a distribution, as in {name}(distribution(revenue)...)");
        }
        if types.iter().skip(1).any(|given| !given.is_numeric() && !given.is_null()) {
            return plan_err!("{name} takes a number beside the distribution");
        }
        Ok([distribution.clone()].into_iter().chain(self.reading.argument()).collect())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(self.reading.returns(types.first().and_then(scale_of).unwrap_or(0)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let name = self.name();
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let table = arrays.first().and_then(|array| array.as_struct_opt());
        let column = table.and_then(|table| Column::new(table).map(|column| (table, column)));
        let Some((table, column)) = column else {
            return exec_err!("{name} takes a distribution");
        };
        let argument = match (arrays.get(1), self.reading.argument()) {
            (Some(array), Some(wanted)) => Some(cast(array, &wanted)?),
            _ => None,
        };
        let present = |row: usize| {
            table.is_valid(row) && argument.as_ref().is_none_or(|argument| argument.is_valid(row))
        };
        let rows = || (0..table.len()).map(|row| present(row).then(|| (column.distribution(row), row)));
        let number = |row: usize| argument.as_ref().map_or(0, |a| a.as_primitive::<Int64Type>().value(row));
        let share = |row: usize| {
            let share = argument.as_ref().map_or(0, |a| a.as_primitive::<Decimal128Type>().value(row));
            if (0..=SHARE_ONE).contains(&share) {
                Ok(share)
            } else {
                exec_err!("{name} takes a share from 0 to 1")
            }
        };
        let steps = |row: usize| match number(row) {
            steps @ 1..=MOST_STEPS => Ok(steps),
            _ => exec_err!("{name} takes a number from 1 to {MOST_STEPS}"),
        };
        let result: ArrayRef = match self.reading {
            Reading::Percentile => {
                let places = argument.as_ref().map(|a| a.as_primitive::<Float64Type>().values().clone());
                let place = |row: usize| {
                    let place = places.as_ref().and_then(|places| places.get(row)).copied().unwrap_or(0.0);
                    if (0.0..=1.0).contains(&place) {
                        Ok(place)
                    } else {
                        exec_err!("{name} takes a place from 0 to 1")
                    }
                };
                let values = rows().map(|found| match found {
                    Some((distribution, row)) => Ok(distribution.percentile(place(row)?)),
                    None => Ok(None),
                });
                Arc::new(values.collect::<Result<Float64Array>>()?)
            }
            Reading::Gini => doubles(rows(), |distribution, _| distribution.gini())?,
            Reading::Hhi => doubles(rows(), |distribution, _| distribution.hhi())?,
            Reading::LnSum => doubles(rows(), |distribution, _| Ok(distribution.ln_sum()))?,
            Reading::TopShare => doubles(rows(), |distribution, row| distribution.top_share(share(row)?))?,
            Reading::TopCount => {
                let values = rows().map(|found| match found {
                    Some((distribution, row)) => distribution.top_count(share(row)?),
                    None => Ok(None),
                });
                Arc::new(values.collect::<Result<Int64Array>>()?)
            }
            Reading::TopSum => {
                let values = rows().map(|found| match found {
                    Some((distribution, row)) => distribution.top_sum(number(row)).map(Some),
                    None => Ok(None),
                });
                let sums = values.collect::<Result<Decimal128Array>>()?;
                Arc::new(sums.with_precision_and_scale(DIGITS, column.scale)?)
            }
            Reading::Lorenz => {
                let mut lists = ListBuilder::new(Float64Builder::new());
                for found in rows() {
                    match found {
                        Some((distribution, row)) => {
                            lists.values().extend(distribution.lorenz(steps(row)?)?);
                            lists.append(true);
                        }
                        None => lists.append(false),
                    }
                }
                Arc::new(lists.finish())
            }
            Reading::QuantileCuts => {
                let of = DataType::Decimal128(DIGITS, column.scale);
                let mut lists = ListBuilder::new(Decimal128Builder::new().with_data_type(of));
                for found in rows() {
                    match found {
                        Some((distribution, row)) => {
                            lists
                                .values()
                                .extend(distribution.quantile_cuts(steps(row)?).into_iter().map(Some));
                            lists.append(true);
                        }
                        None => lists.append(false),
                    }
                }
                Arc::new(lists.finish())
            }
        };
        Ok(ColumnarValue::Array(result))
    }
}

fn doubles<'a>(
    rows: impl Iterator<Item = Option<(One<'a>, usize)>>,
    read: impl Fn(&One<'a>, usize) -> Result<Option<f64>>,
) -> Result<ArrayRef> {
    let values = rows.map(|found| match found {
        Some((distribution, row)) => read(&distribution, row),
        None => Ok(None),
    });
    Ok(Arc::new(values.collect::<Result<Float64Array>>()?))
}

/// A column of distributions.
struct Column<'a> {
    counts: &'a Int64Array,
    totals: &'a Decimal128Array,
    packed: &'a arrow::array::LargeBinaryArray,
    scale: i8,
}

impl<'a> Column<'a> {
    fn new(table: &'a StructArray) -> Option<Self> {
        let scale = scale_of(table.data_type())?;
        let [counts, totals, packed] = table.columns() else { return None };
        Some(Self {
            counts: counts.as_primitive_opt::<Int64Type>()?,
            totals: totals.as_primitive_opt::<Decimal128Type>()?,
            packed: packed.as_binary_opt::<i64>()?,
            scale,
        })
    }

    fn distribution(&self, row: usize) -> One<'a> {
        One {
            count: self.counts.value(row),
            total: self.totals.value(row),
            packed: self.packed.value(row),
            scale: self.scale,
        }
    }
}

/// The value at a place, from 0 to 1, among `count` values in ascending order, in the unit that `double` gives; none of none.
pub(in super::super) fn percentile(
    ascending: impl Iterator<Item = i128>,
    count: usize,
    place: f64,
    double: impl Fn(i128) -> f64,
) -> Option<f64> {
    // In whole numbers: 131 days are exactly 131, and a customer who has waited as long is not late. The engine's own
    // percentile_cont rounds the weight to six decimals.
    let place = (place * SHARE_ONE as f64).round() as i128 * count.checked_sub(1)? as i128;
    let (below, weight) = (usize::try_from(place / SHARE_ONE).ok()?, place % SHARE_ONE);
    let mut values = ascending.skip(below);
    let lower = values.next()?;
    if weight == 0 {
        return Some(double(lower));
    }
    let upper = values.next()?;
    let exact = upper.checked_sub(lower).and_then(|step| step.checked_mul(weight));
    let exact = exact.zip(lower.checked_mul(SHARE_ONE)).and_then(|(step, base)| base.checked_add(step));
    match exact {
        Some(exact) => Some(double(exact) / SHARE_ONE as f64),
        None => {
            let (lower, upper) = (double(lower), double(upper));
            Some(lower + (upper - lower) * (weight as f64 / SHARE_ONE as f64))
        }
    }
}

/// One distribution.
struct One<'a> {
    count: i64,
    total: i128,
    packed: &'a [u8],
    scale: i8,
}

impl<'a> One<'a> {
    fn ascending(&self) -> Run<'a> {
        Run::read(Bytes::new(self.packed, 0))
    }

    /// A whole number of the smallest unit, converted as the engine casts a decimal to a double.
    fn double(&self, value: i128) -> f64 {
        value as f64 / 10_f64.powi(i32::from(self.scale))
    }

    /// The total as a double, if shares of it have a meaning.
    fn base(&self) -> Option<f64> {
        (self.total > 0).then(|| self.double(self.total))
    }

    fn percentile(&self, place: f64) -> Option<f64> {
        percentile(self.ascending(), usize::try_from(self.count).ok()?, place, |value| self.double(value))
    }

    fn gini(&self) -> Result<Option<f64>> {
        let Some(base) = self.base() else { return Ok(None) };
        let count = self.count as f64;
        let places_times_values = self.ascending().zip(1_i128..).try_fold(0_i128, |sum, (value, place)| {
            place.checked_mul(value).and_then(|product| sum.checked_add(product))
        });
        let sum = places_times_values.ok_or_else(|| too_large("gini"))?;
        Ok(Some(2.0 * self.double(sum) / (count * base) - (count + 1.0) / count))
    }

    fn hhi(&self) -> Result<Option<f64>> {
        let Some(base) = self.base() else { return Ok(None) };
        let one = 10_f64.powi(18);
        // Squared shares are added as whole numbers: the sum does not depend on the order.
        let sum = self.ascending().try_fold(0_i128, |sum, value| {
            sum.checked_add((one * (self.double(value) / base).powf(2.0)).round() as i128)
        });
        Ok(Some(sum.ok_or_else(|| too_large("hhi"))? as f64 / one))
    }

    fn ln_sum(&self) -> Option<f64> {
        let mut sum = Sum::default();
        for value in self.ascending() {
            if value <= 0 {
                return None;
            }
            sum.add(libm::log(self.double(value)));
        }
        Some(sum.value())
    }

    fn top_sum(&self, highest: i64) -> Result<i128> {
        let rest = usize::try_from(self.count.saturating_sub(highest.max(0))).unwrap_or(0);
        let rest = self.ascending().take(rest).try_fold(0_i128, i128::checked_add);
        rest.and_then(|rest| self.total.checked_sub(rest)).ok_or_else(|| too_large("top_sum"))
    }

    fn top_share(&self, share: i128) -> Result<Option<f64>> {
        let Some(base) = self.base() else { return Ok(None) };
        let highest = (i128::from(self.count) * share + SHARE_ONE - 1) / SHARE_ONE;
        let sum = self.top_sum(i64::try_from(highest).unwrap_or(i64::MAX))?;
        Ok(Some(self.double(sum) / base))
    }

    fn top_count(&self, share: i128) -> Result<Option<i64>> {
        if self.total <= 0 {
            return Ok(None);
        }
        // A reduced fraction leaves the most room for the total.
        let divisor = common_divisor(share, SHARE_ONE);
        let (share, one) = (share / divisor, SHARE_ONE / divisor);
        let bound = self.total.checked_mul(share).ok_or_else(|| too_large("top_count"))?;
        // From the lowest value on: is it needed, or do the higher values reach the share without it?
        let mut higher = self.total;
        let mut needed = self.count;
        for value in self.ascending() {
            higher = higher.checked_sub(value).ok_or_else(|| too_large("top_count"))?;
            if higher.checked_mul(one).ok_or_else(|| too_large("top_count"))? < bound {
                break;
            }
            needed -= 1;
        }
        Ok(Some(needed))
    }

    fn lorenz(&self, steps: i64) -> Result<Vec<Option<f64>>> {
        let Some(base) = self.base() else { return Ok(vec![None; steps as usize + 1]) };
        let count = i128::from(self.count);
        // From the last point to the first, as the highest values come last.
        let mut shares = Vec::with_capacity(steps as usize + 1);
        let mut values = self.ascending();
        let (mut left, mut sum) = (count, self.total);
        for step in (0..=i128::from(steps)).rev() {
            let highest = (count * step + i128::from(steps) - 1) / i128::from(steps);
            while left > highest {
                let Some(value) = values.next() else { break };
                sum = sum.checked_sub(value).ok_or_else(|| too_large("lorenz"))?;
                left -= 1;
            }
            shares.push(Some(if step == 0 { 0.0 } else { self.double(sum) / base }));
        }
        shares.reverse();
        Ok(shares)
    }

    fn quantile_cuts(&self, bins: i64) -> Vec<i128> {
        let (count, bins) = (i128::from(self.count), i128::from(bins));
        let mut cuts = Vec::new();
        let mut values = self.ascending().peekable();
        let (mut below, mut previous) = (0_i128, None);
        while let Some(value) = values.next() {
            let mut equal = 1;
            while values.next_if_eq(&value).is_some() {
                equal += 1;
            }
            let above = count - below - equal;
            let (place, of) = if below + above == 0 { (1, 2) } else { (below, below + above) };
            // The cuts that this value is the first to exceed: between it and the value before, or below all values.
            while (cuts.len() as i128) < bins - 1 && bins * place >= (cuts.len() as i128 + 1) * of {
                cuts.push(previous.unwrap_or_else(|| value.saturating_sub(1)));
            }
            below += equal;
            previous = Some(value);
        }
        // If all values are equal, none is above the upper cuts.
        if let Some(highest) = previous {
            cuts.resize(usize::try_from(bins - 1).unwrap_or(0), highest);
        }
        cuts
    }
}

fn too_large(name: &str) -> datafusion::error::DataFusionError {
    exec_datafusion_err!("{name}: a sum has more than {DIGITS} digits")
}

fn common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
