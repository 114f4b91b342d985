//! Decimals with fewer digits: exactly, or with a count of the rows that lose digits.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, DecimalType, Float64Type, i256};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::whole::overflow;

/// Rounding a float by a smaller share than this changes none of its digits.
const NOISE: f64 = 1e-9;

/// A decimal of so many digits, with at most this many decimals, if that is exact; else an error that names `of`.
pub fn exact_decimal(value: Expr, (digits, scale): (u8, i8), of: &str) -> Expr {
    call(DecimalCall::Narrow { digits, scale }, of, vec![value])
}

/// The product of two decimals with many decimals, with `scale` decimals, if that is exact; else an error that names
/// `of`. The engine's own keeps all decimals of both, and leaves no room before the point.
pub fn exact_product(left: Expr, right: Expr, scale: i8, of: &str) -> Expr {
    call(DecimalCall::Product { scale }, of, vec![left, right])
}

/// 1 if a number has digits beyond this many decimals, else 0.
pub fn digits_lost(value: Expr, scale: i8) -> Expr {
    call(DecimalCall::Lost { scale }, "", vec![value])
}

fn call(work: DecimalCall, of: &str, args: Vec<Expr>) -> Expr {
    let signature = Signature::any(args.len(), Volatility::Immutable);
    ScalarUDF::from(ExactDecimal { work, of: of.to_owned(), signature }).call(args)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum DecimalCall {
    Narrow { digits: u8, scale: i8 },
    Product { scale: i8 },
    Lost { scale: i8 },
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactDecimal {
    work: DecimalCall,
    of: String,
    signature: Signature,
}

impl ScalarUDFImpl for ExactDecimal {
    fn name(&self) -> &'static str {
        match self.work {
            DecimalCall::Narrow { .. } => "exact_decimal",
            DecimalCall::Product { .. } => "exact_product",
            DecimalCall::Lost { .. } => "digits_lost",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.work {
            DecimalCall::Narrow { digits, scale } => DataType::Decimal128(digits, scale),
            DecimalCall::Product { scale } => DataType::Decimal128(38, scale),
            DecimalCall::Lost { .. } => DataType::Int8,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let single = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if single { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let found: ArrayRef = match (self.work, arrays.as_slice()) {
            (DecimalCall::Narrow { digits, scale }, [values]) => {
                let (values, from) = decimals(values)?;
                Arc::new(narrow(&values, from, (digits, scale), &self.of)?)
            }
            (DecimalCall::Product { scale }, [left, right]) => {
                let ((left, l), (right, r)) = (decimals(left)?, decimals(right)?);
                // 76 digits hold any product of two 38-digit numbers.
                let product =
                    arrow::compute::binary::<_, _, _, Decimal256Type>(&left, &right, i256::wrapping_mul)?;
                Arc::new(narrow(&product, l + r, (38, scale), &self.of)?)
            }
            (DecimalCall::Lost { scale }, [values]) => cast(&lost(values, scale)?, &DataType::Int8)?,
            _ => return exec_err!("{} takes other arguments", self.name()),
        };
        if single {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?));
        }
        Ok(ColumnarValue::Array(found))
    }
}

type Wide = PrimitiveArray<Decimal256Type>;

/// Decimals of any width as the widest type, and their number of decimals.
fn decimals(values: &ArrayRef) -> Result<(Wide, i8)> {
    let scale = match values.data_type() {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => *scale,
        other => return exec_err!("{other} is no decimal"),
    };
    let wide = cast(values, &DataType::Decimal256(76, scale))?;
    Ok((wide.as_primitive::<Decimal256Type>().clone(), scale))
}

fn narrow(values: &Wide, from: i8, (digits, scale): (u8, i8), of: &str) -> Result<Decimal128Array> {
    let ten = i256::from_i128(10);
    let less = u32::try_from(from.saturating_sub(scale)).unwrap_or(0);
    let unit = ten.checked_pow(less).unwrap_or(i256::ONE);
    let more = u32::try_from(scale.saturating_sub(from)).unwrap_or(0);
    let more = ten.checked_pow(more).unwrap_or(i256::ONE);
    let shown = |value: i256| {
        Decimal256Type::format_decimal(value, 76, from).trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let narrow = |value: i256| {
        if value.wrapping_rem(unit) != i256::ZERO {
            return Err(overflow(format!(
                "`{of}` is {}, which has more than {scale} decimals; choose those that count, as in \
                 `CAST(... AS DECIMAL({digits}, {scale}))`",
                shown(value)
            )));
        }
        let most = 10_i128.pow(u32::from(digits)) - 1;
        match value.wrapping_div(unit).checked_mul(more).and_then(i256::to_i128) {
            Some(value) if (-most..=most).contains(&value) => Ok(value),
            _ => Err(overflow(format!("`{of}` is {}, which has too many digits", shown(value)))),
        }
    };
    let narrowed: Decimal128Array = values.try_unary(narrow)?;
    Ok(narrowed.with_precision_and_scale(digits, scale)?)
}

fn lost(values: &ArrayRef, scale: i8) -> Result<BooleanArray> {
    let beyond = |from: i8| u32::try_from(from.saturating_sub(scale)).ok().filter(|less| *less > 0);
    Ok(match values.data_type() {
        DataType::Decimal128(_, from) => {
            let Some(less) = beyond(*from) else { return Ok(none(values)) };
            let unit = 10_i128.pow(less.min(38));
            values.as_primitive::<Decimal128Type>().iter().map(|value| Some(value? % unit != 0)).collect()
        }
        DataType::Decimal256(_, from) => {
            let Some(less) = beyond(*from) else { return Ok(none(values)) };
            let Some(unit) = i256::from_i128(10).checked_pow(less) else { return Ok(none(values)) };
            let values = values.as_primitive::<Decimal256Type>().iter();
            values.map(|value| Some(value?.wrapping_rem(unit) != i256::ZERO)).collect()
        }
        number if number.is_floating() => {
            let floats = cast(values, &DataType::Float64)?;
            let floats = floats.as_primitive::<Float64Type>().iter();
            floats.map(|value| Some(float_lost(value?, scale))).collect()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = cast(values, &DataType::Utf8View)?;
            texts.as_string_view().iter().map(|text| Some(text_lost(text?, scale))).collect()
        }
        _ => none(values),
    })
}

fn none(values: &ArrayRef) -> BooleanArray {
    BooleanArray::from(vec![false; values.len()])
}

fn float_lost(value: f64, scale: i8) -> bool {
    let units = value * 10_f64.powi(i32::from(scale));
    units.is_finite() && (units - units.round()).abs() > NOISE * units.abs()
}

/// Whether a digit other than 0 stands beyond this many decimals.
fn text_lost(text: &str, scale: i8) -> bool {
    let Some((_, decimals)) = text.trim().split_once('.') else { return false };
    let kept = usize::try_from(scale).unwrap_or(0);
    decimals.bytes().skip(kept).any(|digit| (b'1'..=b'9').contains(&digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, StringArray};

    fn wide(values: &[&str], scale: i8) -> ArrayRef {
        let texts: ArrayRef = Arc::new(values.iter().map(|value| Some(*value)).collect::<StringArray>());
        cast(&texts, &DataType::Decimal256(76, scale)).unwrap()
    }

    fn narrowed(values: &[&str], from: i8, to: (u8, i8)) -> std::result::Result<Vec<i128>, String> {
        let (values, from) = decimals(&wide(values, from)).unwrap();
        let found = narrow(&values, from, to, "amount").map_err(|error| error.to_string())?;
        Ok(found.values().to_vec())
    }

    #[test]
    fn narrowing_is_exact_or_an_error() {
        assert_eq!(narrowed(&["19.99", "-0.0000000001"], 30, (28, 10)), Ok(vec![199_900_000_000, -1]));
        let error = narrowed(&["0.00000000001"], 30, (28, 10)).unwrap_err();
        assert!(error.contains("`amount` is 0.00000000001, which has more than 10 decimals"), "{error}");
        assert_eq!(narrowed(&["1500", "-2"], 0, (28, 2)), Ok(vec![150_000, -200]));
        let error = narrowed(&["1000000000000000000"], 10, (28, 10)).unwrap_err();
        assert!(error.contains("too many digits"), "{error}");
    }

    #[test]
    fn digits_beyond_the_decimals_are_lost() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![19.99, 3.0 * 19.99, 0.125, 1e17]));
        let found = lost(&floats, 2).unwrap();
        assert_eq!(found, BooleanArray::from(vec![false, false, true, false]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["1.239", "1.230", "7", "-0.001", " 5.5 "]));
        let found = lost(&texts, 2).unwrap();
        assert_eq!(found, BooleanArray::from(vec![true, false, false, true, false]));
        let found = lost(&wide(&["1.239", "1.230"], 6), 2).unwrap();
        assert_eq!(found, BooleanArray::from(vec![true, false]));
    }
}
