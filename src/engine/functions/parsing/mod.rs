//! Functions that read text as written in other countries: `parse_decimal`, `parse_date`, `parse_timestamp`. Each
//! exists with the prefix `try_` too, which gives NULL for text that does not fit.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, Decimal128Array, StringArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use jiff::civil::DateTime;

mod date;
mod decimal;
mod looks;

pub use looks::{Looks, looks};

use date::Pattern;
use decimal::Format;

/// The default number of decimals: enough for money of any currency.
const SCALE: u8 = 4;
/// The most digits, the same as for all money.
const DIGITS: u8 = 28;

/// What a function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted {
    Decimal,
    Date,
    Timestamp,
}

/// A function that reads text.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Parse {
    kind: Wanted,
    /// Whether text that does not fit gives NULL instead of an error.
    lenient: bool,
    signature: Signature,
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = Parse> {
    [Wanted::Decimal, Wanted::Date, Wanted::Timestamp].into_iter().flat_map(|kind| {
        [false, true].map(|lenient| Parse {
            kind,
            lenient,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    })
}

impl Parse {
    fn usage(&self) -> String {
        let arguments = match self.kind {
            Wanted::Decimal => {
                "text and the decimal mark, as in parse_decimal(price, ','), and the number of decimals if not 4"
            }
            Wanted::Date => "text and how it is written, as in parse_date(day, 'dd/mm/yyyy')",
            Wanted::Timestamp => {
                "text and how it is written, as in parse_timestamp(time, 'dd/mm/yyyy hh:mi')"
            }
        };
        format!("{} takes {arguments}", self.name())
    }

    /// The decimal mark and the number of decimals.
    fn format(&self, arguments: &[Option<&ScalarValue>]) -> Result<Format> {
        let mark = match arguments.get(1) {
            Some(Some(mark)) => mark.try_as_str().flatten().and_then(|mark| match mark {
                "," => Some(b','),
                "." => Some(b'.'),
                _ => None,
            }),
            _ => None,
        };
        let scale = match arguments.get(2) {
            None => Some(SCALE),
            Some(Some(ScalarValue::Int64(Some(scale)))) => {
                u8::try_from(*scale).ok().filter(|scale| *scale <= 18)
            }
            Some(_) => None,
        };
        match (mark, scale) {
            (None, _) => plan_err!("the decimal mark of {} is ',' or '.'", self.name()),
            (_, None) => plan_err!("the number of decimals of {} is 0 to 18", self.name()),
            (Some(mark), Some(scale)) => Ok(Format { mark, scale, digits: DIGITS }),
        }
    }

    fn pattern(&self, arguments: &[Option<&ScalarValue>]) -> Result<Pattern> {
        let Some(Some(text)) = arguments.get(1).map(|text| text.and_then(|text| text.try_as_str().flatten()))
        else {
            return plan_err!("{}", self.usage());
        };
        match Pattern::new(text) {
            Ok(pattern) => Ok(pattern),
            Err(reason) => plan_err!("{}('{text}'): {reason}", self.name()),
        }
    }

    fn values<T>(
        &self,
        texts: &StringArray,
        how: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<Option<T>>> {
        texts
            .iter()
            .map(|text| match text.map(str::trim).filter(|text| !text.is_empty()) {
                None => Ok(None),
                Some(text) => match read(text) {
                    None if !self.lenient => {
                        exec_err!("{} cannot read '{}' as {how}", self.name(), text.escape_debug())
                    }
                    value => Ok(value),
                },
            })
            .collect()
    }
}

impl ScalarUDFImpl for Parse {
    fn name(&self) -> &'static str {
        match (self.kind, self.lenient) {
            (Wanted::Decimal, false) => "parse_decimal",
            (Wanted::Decimal, true) => "try_parse_decimal",
            (Wanted::Date, false) => "parse_date",
            (Wanted::Date, true) => "try_parse_date",
            (Wanted::Timestamp, false) => "parse_timestamp",
            (Wanted::Timestamp, true) => "try_parse_timestamp",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let text = |found: &DataType| {
            found.is_string()
                || found.is_null()
                || matches!(found, DataType::Dictionary(_, of) if of.is_string())
        };
        match (self.kind, types) {
            (_, [value, how]) if text(value) && text(how) => Ok(vec![DataType::Utf8, DataType::Utf8]),
            (Wanted::Decimal, [value, mark, scale]) if text(value) && text(mark) && scale.is_integer() => {
                Ok(vec![DataType::Utf8, DataType::Utf8, DataType::Int64])
            }
            _ => plan_err!("{}", self.usage()),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{}", self.usage())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let returned = match self.kind {
            Wanted::Decimal => {
                let format = self.format(args.scalar_arguments)?;
                DataType::Decimal128(format.digits, format.scale.cast_signed())
            }
            Wanted::Date => {
                self.pattern(args.scalar_arguments)?;
                DataType::Date32
            }
            Wanted::Timestamp => {
                if !self.pattern(args.scalar_arguments)?.has_time() {
                    let name = self.name();
                    return plan_err!(
                        "{name} reads a time of the day, such as 'dd/mm/yyyy hh:mi'; parse_date reads a date"
                    );
                }
                DataType::Timestamp(TimeUnit::Microsecond, None)
            }
        };
        Ok(Arc::new(Field::new(self.name(), returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((values, hows)) = args.args.split_first() else { return exec_err!("{}", self.usage()) };
        let mut arguments: Vec<Option<&ScalarValue>> = vec![None];
        arguments.extend(hows.iter().map(|how| match how {
            ColumnarValue::Scalar(how) => Some(how),
            ColumnarValue::Array(_) => None,
        }));
        let texts = cast(&values.to_array(args.number_rows)?, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        let array: ArrayRef = match self.kind {
            Wanted::Decimal => {
                let format = self.format(&arguments)?;
                let (mark, decimals) = (char::from(format.mark), format.scale);
                let how = format!("a number with the decimal mark '{mark}' and at most {decimals} decimals");
                let values = self.values(texts, &how, |text| format.parse(text))?;
                let values = Decimal128Array::from(values);
                Arc::new(values.with_precision_and_scale(format.digits, format.scale.cast_signed())?)
            }
            Wanted::Date => {
                let pattern = self.pattern(&arguments)?;
                let day = |time: DateTime| crate::tables::days(time.date());
                let how = format!("a date written '{pattern}'");
                Arc::new(Date32Array::from(self.values(texts, &how, |text| pattern.parse(text).map(day))?))
            }
            Wanted::Timestamp => {
                let pattern = self.pattern(&arguments)?;
                let how = format!("a time written '{pattern}'");
                let values = self.values(texts, &how, |text| pattern.parse(text).map(microseconds))?;
                Arc::new(TimestampMicrosecondArray::from(values))
            }
        };
        Ok(ColumnarValue::Array(array))
    }
}

/// Whether a text is a pattern for dates or times.
pub fn is_pattern(text: &str) -> bool {
    Pattern::new(text).is_ok()
}

/// Microseconds on a clock since its 1970-01-01 00:00.
fn microseconds(time: DateTime) -> i64 {
    let seconds = i64::from(crate::tables::days(time.date())) * 86_400
        + i64::from(time.hour()) * 3600
        + i64::from(time.minute()) * 60
        + i64::from(time.second());
    seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000
}
