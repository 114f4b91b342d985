//! `+`, `-` and `*` of whole numbers that never wrap.
//!
//! The engine's own keep the type of the wider operand and wrap around: two 8-bit quantities give -1 instead of 255.
//! Here all are 64-bit numbers, and an overflow is an error.

use arrow::array::Datum;
use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Whether values of a type are whole numbers.
pub fn is_whole(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => value.is_integer(),
        other => other.is_integer(),
    }
}

/// `left op right` of whole numbers, where `op` is `+`, `-` or `*`; none for another operator.
pub fn whole(left: Expr, op: Operator, right: Expr) -> Option<Expr> {
    let op = match op {
        Operator::Plus => Op::Plus,
        Operator::Minus => Op::Minus,
        Operator::Multiply => Op::Times,
        _ => return None,
    };
    let text = format!("{} {} {}", words(&left), op.sign(), words(&right));
    let signature = Signature::user_defined(Volatility::Immutable);
    Some(ScalarUDF::from(Whole { op, text, signature }).call(vec![left, right]))
}

/// An operand as an analyst wrote it.
fn words(expr: &Expr) -> String {
    if let Expr::ScalarFunction(function) = expr
        && let Some(inner) = function.func.inner().downcast_ref::<Whole>()
    {
        return format!("({})", inner.text);
    }
    expr.human_display().to_string()
}

/// An arithmetic error: the result does not fit.
pub fn overflow(what: String) -> DataFusionError {
    DataFusionError::ArrowError(Box::new(ArrowError::ArithmeticOverflow(what)), None)
}

/// Whether an error is one of [`overflow`].
pub fn is_overflow(error: &DataFusionError) -> bool {
    let DataFusionError::ArrowError(root, _) = error.find_root() else { return false };
    matches!(root.as_ref(), ArrowError::ArithmeticOverflow(_))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Op {
    Plus,
    Minus,
    Times,
}

impl Op {
    fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Whole {
    op: Op,
    /// The expression as an analyst wrote it, for the error.
    text: String,
    signature: Signature,
}

impl ScalarUDFImpl for Whole {
    fn name(&self) -> &'static str {
        match self.op {
            Op::Plus => "whole_plus",
            Op::Minus => "whole_minus",
            Op::Times => "whole_times",
        }
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        // The name that the column would have without this function.
        let names: Vec<String> = args.iter().map(|arg| arg.schema_name().to_string()).collect();
        Ok(names.join(&format!(" {} ", self.op.sign())))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![DataType::Int64; types.len()])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        let [left, right] = inputs else { return Ok(SortProperties::Unordered) };
        Ok(match self.op {
            Op::Plus => left.sort_properties.add(&right.sort_properties),
            Op::Minus => left.sort_properties.sub(&right.sort_properties),
            Op::Times => SortProperties::Unordered,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return datafusion::common::exec_err!("`{}` takes two numbers", self.op.sign());
        };
        let (l, r) = (datum(left)?, datum(right)?);
        let of = match self.op {
            Op::Plus => add,
            Op::Minus => sub,
            Op::Times => mul,
        };
        let result = of(l.as_ref(), r.as_ref()).map_err(|error| match error {
            ArrowError::ArithmeticOverflow(_) => overflow(format!(
                "`{}` is beyond what a whole number can hold (9,223,372,036,854,775,807); make it a decimal, as in \
                 `CAST(... AS DECIMAL(38, 0))`",
                self.text
            )),
            other => other.into(),
        })?;
        match (left, right) {
            (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)) => {
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?))
            }
            _ => Ok(ColumnarValue::Array(result)),
        }
    }
}

fn datum(value: &ColumnarValue) -> Result<Box<dyn Datum>> {
    Ok(match value {
        ColumnarValue::Array(array) => Box::new(std::sync::Arc::clone(array)),
        ColumnarValue::Scalar(scalar) => Box::new(scalar.to_scalar()?),
    })
}
