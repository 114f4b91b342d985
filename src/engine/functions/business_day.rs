//! `business_day`: the day of a timestamp in a time zone.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{AsArray, Date32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `business_day(timestamp, zone)`: the day of a timestamp in a time zone, by its IANA name; NULL for NULL and for
/// times beyond the years -9999 to 9999.
///
/// The engine's own conversion looks up the zone for each row. Here a row on the same day as the row before costs one
/// comparison, and files of transactions are nearly sorted by time.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct BusinessDay {
    signature: Signature,
}

impl BusinessDay {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for BusinessDay {
    fn name(&self) -> &'static str {
        "business_day"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(DataType::Timestamp(_, Some(_)) | DataType::Null) => Ok(DataType::Date32),
            _ => datafusion::common::plan_err!(
                "business_day takes a timestamp with a zone; one without is on the shop's own clock, and its day is \
                 CAST(... AS DATE)"
            ),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [timestamps, ColumnarValue::Scalar(zone)] = args.args.as_slice() else {
            return datafusion::common::exec_err!(
                "business_day takes a timestamp and the name of a time zone"
            );
        };
        let zone = zone.try_as_str().flatten().and_then(|name| TimeZone::get(name).ok());
        let Some(zone) = zone else {
            return datafusion::common::exec_err!("business_day takes the IANA name of a time zone");
        };
        let timestamps = timestamps.to_array(args.number_rows)?;
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let timestamps = cast(&timestamps, &utc)?;
        let mut last: Option<(Range<i64>, i32)> = None;
        let days: Date32Array = timestamps
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|instant| {
                let instant = instant?;
                match &last {
                    Some((span, day)) if span.contains(&instant) => Some(*day),
                    _ => {
                        let found = day_of(instant, &zone)?;
                        let day = found.1;
                        last = Some(found);
                        Some(day)
                    }
                }
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(days)))
    }
}

/// The day of an instant (in microseconds since 1970 in UTC) as the engine counts days, and the instants of that day.
fn day_of(instant: i64, zone: &TimeZone) -> Option<(Range<i64>, i32)> {
    let date = Timestamp::from_microsecond(instant).ok()?.to_zoned(zone.clone()).date();
    let day = crate::tables::days(date);
    let begins = |date: Date| date.to_zoned(zone.clone()).ok().map(|day| day.timestamp().as_microsecond());
    let span = begins(date).zip(date.tomorrow().ok().and_then(begins));
    // At the limits of time a day has no next day; then only the instant itself is known.
    Some((span.map_or(instant..instant.saturating_add(1), |(start, end)| start..end), day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn day(instant: &str, zone: &str) -> Option<i32> {
        let instant = instant.parse::<Timestamp>().unwrap().as_microsecond();
        day_of(instant, &TimeZone::get(zone).unwrap()).map(|(span, day)| {
            assert!(span.contains(&instant));
            day
        })
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let day_number = |y, m, d| Some(crate::tables::days(date(y, m, d)));
        assert_eq!(day("2024-03-01T15:59:59Z", "Asia/Shanghai"), day_number(2024, 3, 1));
        assert_eq!(day("2024-03-01T16:00:00Z", "Asia/Shanghai"), day_number(2024, 3, 2));
        assert_eq!(day("1969-12-31T23:59:59.999999Z", "UTC"), Some(-1));
    }

    #[test]
    fn days_of_23_and_25_hours_have_their_own_length() {
        let length = |instant: &str| {
            let instant = instant.parse::<Timestamp>().unwrap().as_microsecond();
            let zone = TimeZone::get("Europe/London").unwrap();
            day_of(instant, &zone).map(|(span, _)| (span.end - span.start) / 3_600_000_000)
        };
        assert_eq!(length("2024-03-31T12:00:00Z"), Some(23));
        assert_eq!(length("2024-10-27T12:00:00Z"), Some(25));
        assert_eq!(length("2024-06-01T12:00:00Z"), Some(24));
    }
}
