//! Times on the shop's clock: instants are converted to it; times without a zone are on it already.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, TimestampMicrosecondArray,
};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The name of the function; no query can call it.
pub const SHOP_CLOCK: &str = "shop_clock";

/// How a value states its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Said {
    /// A timestamp that is an instant, with a zone or in UTC.
    Instant,
    /// A timestamp on another clock.
    Clock,
    /// A number of units since 1970 in UTC.
    Since(TimeUnit),
    /// Text, with or without an offset; if not strict, NULL for text that is not a time.
    Text {
        /// Whether text that is not a time is an error.
        strict: bool,
    },
    /// Text that is only used for its day.
    Day {
        /// Whether text that is not a date is an error.
        strict: bool,
    },
}

/// `value`, with its time stated as `said`, as a timestamp on the clock of `zone`; for [`Said::Day`] as a date. A value
/// without a zone is on the clock of `local`, or on that of `zone` if `local` is none.
///
/// A time beyond the years -9999 to 9999 is left unchanged: it has no day.
pub fn shop_clock(value: Expr, said: Said, zone: &str, local: Option<&str>) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    let function = ShopClock { said, zone: zone.to_owned(), local: local.map(ToOwned::to_owned), signature };
    ScalarUDF::from(function).call(vec![value])
}

/// `clock_day(value)`: the day of a date or of a timestamp on the shop's clock; NULL beyond the years -9999 to 9999.
pub fn clock_day(value: Expr) -> Expr {
    ScalarUDF::from(ClockDay { signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

/// A zone by its IANA name, or by an offset such as `+08:00`.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().or_else(|| {
        let (sign, rest) = match name.as_bytes().first()? {
            b'+' => (1, name.get(1..)?),
            b'-' => (-1, name.get(1..)?),
            _ => return None,
        };
        let (hours, minutes) = match rest.split_once(':') {
            Some((hours, minutes)) => (hours, minutes),
            None if rest.len() == 4 => (rest.get(..2)?, rest.get(2..)?),
            None => (rest, "0"),
        };
        let seconds = (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?) * 60;
        Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ShopClock {
    said: Said,
    zone: String,
    local: Option<String>,
    signature: Signature,
}

impl ScalarUDFImpl for ShopClock {
    fn name(&self) -> &'static str {
        SHOP_CLOCK
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.said {
            Said::Day { .. } => DataType::Date32,
            _ => DataType::Timestamp(TimeUnit::Microsecond, None),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else { return exec_err!("shop_clock takes one value") };
        let known = |name: &str| match zone(name) {
            Some(zone) => Ok(zone),
            None => exec_err!("`{name}` is not a time zone"),
        };
        let shop = known(&self.zone)?;
        let local = self.local.as_deref().map(known).transpose()?;
        let clocks = Clocks { shop: Clock::new(shop), local: local.map(Clock::new) };
        match value {
            ColumnarValue::Array(array) => Ok(ColumnarValue::Array(clocks.read(self.said, array)?)),
            ColumnarValue::Scalar(scalar) => {
                let found = clocks.read(self.said, &scalar.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?))
            }
        }
    }
}

/// The clocks for reading a column.
struct Clocks {
    shop: Clock,
    local: Option<Clock>,
}

impl Clocks {
    fn read(mut self, said: Said, values: &ArrayRef) -> Result<ArrayRef> {
        Ok(match said {
            Said::Instant => timestamps(&micros(values)?, |instant| self.shop.time(instant)),
            Said::Clock => timestamps(&micros(values)?, |time| self.moved(time)),
            Said::Since(unit) => timestamps(&since(values, unit)?, |instant| self.shop.time(instant)),
            Said::Text { strict } => {
                let times = self.text(&cast(values, &DataType::Utf8View)?, strict)?;
                Arc::new(times) as ArrayRef
            }
            Said::Day { strict } => self.days(&cast(values, &DataType::Utf8View)?, strict)?,
        })
    }

    /// A time without a zone, on the shop's clock.
    fn moved(&mut self, time: i64) -> i64 {
        match &mut self.local {
            Some(local) => self.shop.time(local.instant(time)),
            None => time,
        }
    }

    fn text(&mut self, texts: &ArrayRef, strict: bool) -> Result<TimestampMicrosecondArray> {
        let options = CastOptions { safe: !strict, ..CastOptions::default() };
        let read = cast_with_options(texts, &DataType::Timestamp(TimeUnit::Microsecond, None), &options)?;
        let (read, texts) = (read.as_primitive::<TimestampMicrosecondType>(), texts.as_string_view());
        Ok(read
            .iter()
            .zip(texts)
            .map(|(time, text)| {
                let (time, text) = (time?, text?);
                Some(if has_zone(text) { self.shop.time(time) } else { self.moved(time) })
            })
            .collect())
    }

    fn days(&mut self, texts: &ArrayRef, strict: bool) -> Result<ArrayRef> {
        let options = CastOptions { safe: !strict, ..CastOptions::default() };
        let read = cast_with_options(texts, &DataType::Date32, &options)?;
        if !texts.as_string_view().iter().flatten().any(has_zone) && self.local.is_none() {
            return Ok(read);
        }
        // A day without a time is the same day in every zone.
        let times = self.text(texts, false)?;
        let read = read.as_primitive::<Date32Type>().iter().zip(times.iter()).zip(texts.as_string_view());
        let days: Date32Array = read
            .map(|((day, time), text)| match (time, text) {
                (Some(time), Some(text)) if text.len() > 10 => day_of(time),
                _ => day,
            })
            .collect();
        Ok(Arc::new(days))
    }
}

fn timestamps(times: &Int64Array, time: impl FnMut(i64) -> i64) -> ArrayRef {
    let found = times.values().iter().copied().map(time).collect();
    Arc::new(TimestampMicrosecondArray::new(found, times.nulls().cloned()))
}

/// Whether a timestamp text names its zone: after date and time (digits, colons and a point) stands an offset, `Z` or a
/// name.
fn has_zone(text: &str) -> bool {
    text.as_bytes()
        .get(11..)
        .is_some_and(|rest| rest.iter().any(|byte| !matches!(byte, b'0'..=b'9' | b':' | b'.')))
}

/// Timestamps and dates as microseconds; values beyond 64 bits are set to the limits, which have no day.
fn micros(values: &ArrayRef) -> Result<Int64Array> {
    Ok(match values.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            values.as_primitive::<TimestampSecondType>().unary(|time| time.saturating_mul(SECOND))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            values.as_primitive::<TimestampMillisecondType>().unary(|time| time.saturating_mul(1000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            values.as_primitive::<TimestampMicrosecondType>().unary(|time| time)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            values.as_primitive::<TimestampNanosecondType>().unary(|time| time.div_euclid(1000))
        }
        DataType::Date32 => values.as_primitive::<Date32Type>().unary(|day| i64::from(day) * DAY),
        DataType::Null => Int64Array::new_null(values.len()),
        other => return exec_err!("{other} is no time"),
    })
}

/// Numbers of units since 1970 as microseconds.
fn since(values: &ArrayRef, unit: TimeUnit) -> Result<Int64Array> {
    let (times, over): (i128, i128) = match unit {
        TimeUnit::Second => (1_000_000, 1),
        TimeUnit::Millisecond => (1000, 1),
        TimeUnit::Microsecond => (1, 1),
        TimeUnit::Nanosecond => (1, 1000),
    };
    let within = |micros: i128| i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX });
    let exactly = CastOptions { safe: false, ..CastOptions::default() };
    Ok(match values.data_type() {
        number if number.is_floating() => {
            let numbers = cast(values, &DataType::Float64)?;
            let numbers: &Float64Array = numbers.as_primitive::<Float64Type>();
            let micros = |number: f64| number * times as f64 / over as f64;
            // NaN is not a time; `as` limits values beyond the range.
            numbers
                .iter()
                .map(|number| number.filter(|n| !n.is_nan()).map(|n| micros(n).floor() as i64))
                .collect()
        }
        DataType::Decimal128(_, scale) => {
            let unit = 10_i128.pow(u32::from(scale.unsigned_abs()));
            let micros = |number: i128| match number.checked_mul(times) {
                Some(number) if *scale >= 0 => within(number.div_euclid(unit).div_euclid(over)),
                Some(number) => within(number.saturating_mul(unit).div_euclid(over)),
                None => within(number),
            };
            values.as_primitive::<Decimal128Type>().unary(micros)
        }
        _ => {
            let numbers = cast_with_options(values, &DataType::Int64, &exactly)?;
            numbers
                .as_primitive::<Int64Type>()
                .unary(|number| within((i128::from(number) * times).div_euclid(over)))
        }
    })
}

/// The day of a time as the engine counts days; none beyond the years -9999 to 9999.
fn day_of(time: i64) -> Option<i32> {
    i32::try_from(time.div_euclid(DAY)).ok().filter(|day| calendar().contains(day))
}

fn calendar() -> Range<i32> {
    crate::tables::days(Date::MIN)..crate::tables::days(Date::MAX) + 1
}

/// A zone's clock, with its last offset: files of transactions are nearly sorted by time.
struct Clock {
    zone: TimeZone,
    /// The instants between two clock changes, and the offset from UTC between them, in microseconds.
    last: Option<(Range<i64>, i64)>,
}

impl Clock {
    fn new(zone: TimeZone) -> Self {
        Self { zone, last: None }
    }

    /// The local time at an instant.
    fn time(&mut self, instant: i64) -> i64 {
        if let Some((span, offset)) = &self.last
            && span.contains(&instant)
        {
            return instant.saturating_add(*offset);
        }
        let Ok(at) = Timestamp::from_microsecond(instant) else { return instant };
        let offset = i64::from(self.zone.to_offset(at).seconds()) * SECOND;
        self.last = Some((self.span(instant), offset));
        instant.saturating_add(offset)
    }

    /// The instant of a local time. If the clock was put back, the first of two. If it was put forward and the time is
    /// in the gap, as far after the gap as the time is within it.
    fn instant(&mut self, time: i64) -> i64 {
        if let Some((span, offset)) = &self.last {
            let instant = time.saturating_sub(*offset);
            // Within a day of a change, the offset before it or after it may apply.
            if span.contains(&instant.saturating_sub(DAY)) && span.contains(&instant.saturating_add(DAY)) {
                return instant;
            }
        }
        let Some(civil) = civil(time) else { return time };
        let Ok(at) = self.zone.to_ambiguous_timestamp(civil).compatible() else { return time };
        let instant = at.as_microsecond();
        self.time(instant);
        instant
    }

    /// The instants around this one without a clock change. A range that is too narrow only costs time.
    fn span(&self, instant: i64) -> Range<i64> {
        let next = instant.saturating_add(1);
        let narrow = instant..next;
        let Ok(after) = Timestamp::from_microsecond(next) else { return narrow };
        let start = self.zone.preceding(after).next().map(|change| change.timestamp().as_microsecond());
        let end = self.zone.following(after).next().map(|change| change.timestamp().as_microsecond());
        let (least, most) = (Timestamp::MIN.as_microsecond(), Timestamp::MAX.as_microsecond());
        let span = start.unwrap_or(least)..end.unwrap_or(most);
        if span.contains(&instant) { span } else { narrow }
    }
}

/// A local time as date and time of day.
fn civil(time: i64) -> Option<DateTime> {
    // Computed as if the clock were in UTC.
    let at = Timestamp::from_microsecond(time).ok()?;
    Some(TimeZone::UTC.to_datetime(at))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ClockDay {
    signature: Signature,
}

impl ScalarUDFImpl for ClockDay {
    fn name(&self) -> &'static str {
        "clock_day"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Date32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else { return exec_err!("clock_day takes one value") };
        let values = value.to_array(args.number_rows)?;
        let calendar = calendar();
        let days: Date32Array = if *values.data_type() == DataType::Date32 {
            let days = values.as_primitive::<Date32Type>();
            if days.iter().flatten().all(|day| calendar.contains(&day)) {
                days.clone()
            } else {
                days.iter().map(|day| day.filter(|day| calendar.contains(day))).collect()
            }
        } else {
            let times = micros(&values)?;
            let day =
                |time: i64| i32::try_from(time.div_euclid(DAY)).ok().filter(|day| calendar.contains(day));
            times.unary_opt(day)
        };
        Ok(ColumnarValue::Array(Arc::new(days)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;

    fn read(said: Said, zone_name: &str, local: Option<&str>, values: &ArrayRef) -> Vec<String> {
        let clocks = Clocks {
            shop: Clock::new(zone(zone_name).unwrap()),
            local: local.map(|name| Clock::new(zone(name).unwrap())),
        };
        let found = cast(&clocks.read(said, values).unwrap(), &DataType::Utf8).unwrap();
        let found = found.as_string::<i32>();
        found.iter().map(|value| value.unwrap_or("NULL").to_owned()).collect()
    }

    fn texts(values: &[&str]) -> ArrayRef {
        Arc::new(values.iter().map(|value| Some(*value)).collect::<StringArray>())
    }

    #[test]
    fn text_with_an_offset_is_an_instant_and_text_without_one_is_the_shops_clock() {
        let values = texts(&[
            "2024-03-01T23:30:00-05:00",
            "2024-03-01T23:30:00.25Z",
            "2024-03-01 23:30:00 +09:00",
            "2024-03-01 23:30:00",
            "2024-03-01",
            "2024-03-01 233000",
            "2024-03-01 12:00:00 America/New_York",
        ]);
        let found = read(Said::Text { strict: true }, "Asia/Shanghai", None, &values);
        assert_eq!(
            found,
            [
                "2024-03-02T12:30:00",
                "2024-03-02T07:30:00.250",
                "2024-03-01T22:30:00",
                "2024-03-01T23:30:00",
                "2024-03-01T00:00:00",
                "2024-03-01T23:30:00",
                "2024-03-02T01:00:00",
            ]
        );
    }

    #[test]
    fn what_is_no_time_is_null_or_an_error() {
        let values = texts(&["yesterday", "2024-02-30", "2024-02-29"]);
        let found = read(Said::Text { strict: false }, "UTC", None, &values);
        assert_eq!(found, ["NULL", "NULL", "2024-02-29T00:00:00"]);
        let clocks = Clocks { shop: Clock::new(TimeZone::UTC), local: None };
        let error = clocks.read(Said::Text { strict: true }, &values).unwrap_err().to_string();
        assert!(error.contains("yesterday"), "{error}");
    }

    #[test]
    fn a_day_of_text_is_the_day_in_the_shops_zone() {
        let values = texts(&["2024-03-01T23:30:00-05:00", "2024-03-01", "2024-03-01 23:30:00"]);
        let found = read(Said::Day { strict: true }, "Europe/London", None, &values);
        assert_eq!(found, ["2024-03-02", "2024-03-01", "2024-03-01"]);
    }

    #[test]
    fn numbers_are_instants_of_their_unit() {
        let seconds: ArrayRef = Arc::new(Int64Array::from(vec![1_709_335_800, -1, 1_700_000_000_000]));
        let found = read(Said::Since(TimeUnit::Second), "America/New_York", None, &seconds);
        assert_eq!(&found[..2], ["2024-03-01T18:30:00", "1969-12-31T18:59:59"]);
        // Milliseconds taken for seconds are in the year 55840, beyond the calendar.
        let beyond =
            since(&(Arc::new(Int64Array::from(vec![1_700_000_000_000])) as ArrayRef), TimeUnit::Second);
        assert_eq!(day_of(beyond.unwrap().value(0)), None);
        let nanos: ArrayRef = Arc::new(Int64Array::from(vec![-1]));
        assert_eq!(
            read(Said::Since(TimeUnit::Nanosecond), "UTC", None, &nanos),
            ["1969-12-31T23:59:59.999999"]
        );
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.5, f64::NAN]));
        assert_eq!(
            read(Said::Since(TimeUnit::Second), "UTC", None, &floats),
            ["1970-01-01T00:00:01.500", "NULL"]
        );
    }

    #[test]
    fn a_clock_that_is_put_forward_and_back() {
        let utc = texts(&[
            "2024-03-31T00:59:59Z",
            "2024-03-31T01:00:00Z",
            "2024-10-27T00:59:59Z",
            "2024-10-27T01:00:00Z",
        ]);
        let found = read(Said::Text { strict: true }, "Europe/London", None, &utc);
        assert_eq!(
            found,
            ["2024-03-31T00:59:59", "2024-03-31T02:00:00", "2024-10-27T01:59:59", "2024-10-27T01:00:00"]
        );
        // The other direction: of two instants the first; in the gap, an hour later.
        let london = texts(&[
            "2024-10-27 01:30:00",
            "2024-03-31 01:30:00",
            "2024-07-01 12:00:00",
            "2024-07-02 12:00:00",
        ]);
        let found = read(Said::Text { strict: true }, "UTC", Some("Europe/London"), &london);
        assert_eq!(
            found,
            ["2024-10-27T00:30:00", "2024-03-31T01:30:00", "2024-07-01T11:00:00", "2024-07-02T11:00:00"]
        );
    }

    #[test]
    fn beyond_the_calendar_there_is_no_day() {
        assert_eq!(day_of(0), Some(0));
        assert_eq!(day_of(-1), Some(-1));
        assert_eq!(day_of(i64::MAX), None);
        assert_eq!(day_of(i64::MIN), None);
        let last = crate::tables::days(jiff::civil::date(9999, 12, 31));
        assert_eq!(day_of(i64::from(last) * DAY), Some(last));
        assert_eq!(day_of(i64::from(last + 1) * DAY), None);
    }

    #[test]
    fn offsets_are_zones() {
        let seconds = |name: &str| zone(name).map(|zone| zone.to_offset(Timestamp::UNIX_EPOCH).seconds());
        assert_eq!(seconds("+08:00"), Some(28_800));
        assert_eq!(seconds("-0330"), Some(-12_600));
        assert_eq!(seconds("Asia/Shanghai"), Some(28_800));
        assert_eq!(seconds("Nowhere/Atall"), None);
    }
}
