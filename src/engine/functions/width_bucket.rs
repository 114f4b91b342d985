//! `width_bucket`: scores by fixed cut-offs.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// `width_bucket(value, cuts)`: how many of the ascending cuts are at or below the value, 0 to the number of cuts; NULL
/// for NULL. It means the same as `PostgreSQL`'s function of that name with an array of thresholds.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct WidthBucket {
    signature: Signature,
}

impl WidthBucket {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for WidthBucket {
    fn name(&self) -> &'static str {
        "width_bucket"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [values, cuts] = arrays.as_slice() else {
            return datafusion::common::exec_err!("width_bucket takes a value and a list of cuts");
        };
        let values = cast(values, &DataType::Float64)?;
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
        let cuts = cast(cuts, &list)?;
        let cuts = cuts.as_list::<i32>();
        let values: &Float64Array = values.as_primitive::<Float64Type>();
        let buckets: Int64Array = (0..values.len())
            .map(|row| {
                if values.is_null(row) || cuts.is_null(row) {
                    return None;
                }
                let value = values.value(row);
                let cuts = cuts.value(row);
                let below = cuts.as_primitive::<Float64Type>().iter().flatten().filter(|cut| *cut <= value);
                i64::try_from(below.count()).ok()
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(buckets)))
    }
}
