//! `score`: scores by quantile.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type};
use datafusion::common::{exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// `score(value, cuts)`: 1 + the number of cuts below the value, BIGINT; NULL for NULL.
///
/// With the cuts of `quantile_cuts(distribution, k)` this is 1 + floor(k × p), and k at most. Here p = below / (below +
/// above) counts the values below and above this one, without its equals. The highest value scores k and the lowest 1,
/// with any ties; if all are equal p is a half. Whole numbers and decimals only: no score depends on rounding.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Score {
    signature: Signature,
}

impl Score {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Score {
    fn name(&self) -> &'static str {
        "score"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [value, DataType::List(of)] = types else {
            return plan_err!("score takes a value and a list of cuts");
        };
        let exact = |found: &DataType| found.is_integer() || found.is_decimal() || found.is_null();
        match of.data_type() {
            cuts @ DataType::Decimal128(..) if exact(value) => {
                Ok(vec![cuts.clone(), DataType::List(Arc::clone(of))])
            }
            _ => plan_err!("score takes a whole number or decimal, and the cuts of quantile_cuts"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, cuts] = args.args.as_slice() else {
            return exec_err!("score takes a value and a list of cuts");
        };
        let values = value.to_array(args.number_rows)?;
        // Nearly always all rows have the same cuts, from a subquery; else each row has a list.
        let same = matches!(cuts, ColumnarValue::Scalar(_));
        let cuts = cuts.to_array(if same { 1 } else { args.number_rows })?;
        let Some(cuts) = cuts.as_list_opt::<i32>() else {
            return exec_err!("score takes a list of cuts");
        };
        let values = cast(&values, &cuts.value_type())?;
        let (Some(values), Some(all)) =
            (values.as_primitive_opt::<Decimal128Type>(), cuts.values().as_primitive_opt::<Decimal128Type>())
        else {
            return exec_err!("score takes decimal cuts");
        };
        let cuts_of = |row: usize| {
            let span = cuts.value_offsets().get(row..row + 2)?;
            let [from, to] = *span else { return None };
            if cuts.is_null(row) { None } else { all.values().get(from as usize..to as usize) }
        };
        let of_all = cuts_of(0);
        let scores: Int64Array = values
            .iter()
            .enumerate()
            .map(|(row, value)| {
                let cuts = if same { of_all } else { cuts_of(row) };
                let (value, cuts) = (value?, cuts?);
                i64::try_from(1 + cuts.iter().filter(|cut| **cut < value).count()).ok()
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(scores)))
    }
}
