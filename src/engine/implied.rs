//! The rules implied by the required columns of `transactions`. A row without a customer, an order, a day or an amount
//! is in no table, so it must not be counted as used.
//!
//! They come after the pipeline's own rules. A pipeline's rule of the same name takes the row under its name.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::exec_err;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, ident,
};

use crate::pipeline::{Source, TRANSACTIONS};

use super::transactions::DAY;
use super::unmatched;

/// The names of the implied rules, in the order of checking.
pub const NAMES: [&str; 5] =
    ["no_customer_id", "no_transaction_id", "no_occurred_at", "day_out_of_range", "no_amount"];

/// The implied rules of a source by name, each with the condition for a row of its table; never NULL.
pub fn rules(source: &Source) -> Vec<(&'static str, Expr)> {
    if source.name.value != TRANSACTIONS {
        return Vec::new();
    }
    let blank = |name: &str| ScalarUDF::from(IsBlank::new()).call(vec![ident(name)]);
    let conditions = [
        blank("customer_id"),
        blank("transaction_id"),
        ident("occurred_at").is_null(),
        // An instant beyond the limits of the calendar.
        ident(DAY).is_null(),
        ident("amount").is_null(),
    ];
    NAMES.into_iter().zip(conditions).collect()
}

/// Whether a row of the source's table meets one of its implied rules, or found no row of a source that it joins; none for a
/// source without any such rule.
pub fn unusable(source: &Source) -> Option<Expr> {
    let implied = rules(source).into_iter().map(|(_, condition)| condition);
    unmatched::rules(source).map(|(_, condition)| condition).chain(implied).reduce(Expr::or)
}

/// Whether a text is missing or only blanks: then it is no id.
#[derive(Debug, PartialEq, Eq, Hash)]
struct IsBlank {
    signature: Signature,
}

impl IsBlank {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for IsBlank {
    fn name(&self) -> &'static str {
        "is_blank"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let [texts] = args.args.as_slice() else { return exec_err!("is_blank takes a text") };
        let texts = texts.to_array(args.number_rows)?;
        Ok(ColumnarValue::Array(Arc::new(blank(&texts))))
    }
}

fn blank(texts: &ArrayRef) -> BooleanArray {
    let is_blank = |text: Option<&str>| Some(text.is_none_or(|text| text.trim_start().is_empty()));
    match texts.data_type() {
        DataType::Utf8View => texts.as_string_view().iter().map(is_blank).collect(),
        DataType::Utf8 => texts.as_string::<i32>().iter().map(is_blank).collect(),
        DataType::LargeUtf8 => texts.as_string::<i64>().iter().map(is_blank).collect(),
        _ => (0..texts.len()).map(|row| Some(texts.is_null(row))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;

    #[test]
    fn blanks_are_no_ids() {
        let ids =
            vec![Some("a"), None, Some(""), Some("  \t"), Some("\u{3000}\u{a0}"), Some(" b"), Some("0")];
        let ids: ArrayRef = Arc::new(StringViewArray::from(ids));
        let found: Vec<bool> = blank(&ids).iter().flatten().collect();
        assert_eq!(found, [false, true, true, true, true, false, false]);
    }
}
