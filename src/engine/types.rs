//! The types of columns: how they are read, which types hold the same values, and how they are unified.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::functions::{as_uuid, is_uuid};

/// The most digits of a decimal that is 128 bits wide.
const DIGITS: u8 = 38;
/// The most digits of any decimal.
const WIDE_DIGITS: u8 = 76;

/// The type of a column's values, however they are stored.
pub fn held(of: &DataType) -> &DataType {
    match of {
        DataType::Dictionary(_, value) => held(value),
        other => other,
    }
}

/// A file's column as it is read. Of the types for the same values, it has the one used everywhere here. A column's
/// metadata is dropped, except that its bytes are UUIDs.
pub fn as_read(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Decimal32(digits, scale) | DataType::Decimal64(digits, scale) => {
            DataType::Decimal128(*digits, *scale)
        }
        DataType::Decimal256(digits, scale) if *digits <= DIGITS => DataType::Decimal128(*digits, *scale),
        // Days, although counted in milliseconds.
        DataType::Date64 => DataType::Date32,
        DataType::Float16 => DataType::Float32,
        other => other.clone(),
    };
    let read = field.clone().with_nullable(true).with_data_type(data_type).with_metadata(HashMap::default());
    if is_uuid(field) { as_uuid(&read) } else { read }
}

/// The narrowest type that holds all values of both exactly; none if there is no such type.
///
/// Times are exact to the microsecond, which leaves room for all years of the calendar.
pub fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{
        Binary, BinaryView, Date32, Decimal128, Decimal256, Float32, Float64, LargeBinary, LargeUtf8, Null,
        Timestamp, Utf8, Utf8View,
    };
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => Some(Utf8View),
        (Binary | LargeBinary | BinaryView, Binary | LargeBinary | BinaryView) => Some(BinaryView),
        (DataType::Dictionary(_, value), other) | (other, DataType::Dictionary(_, value)) => {
            wider(value, other)
        }
        (Float32, Float64) | (Float64, Float32) => Some(Float64),
        (Decimal128(p, s) | Decimal256(p, s), Decimal128(q, t) | Decimal256(q, t)) => {
            decimal((*p, *s), (*q, *t))
        }
        (Decimal128(p, s) | Decimal256(p, s), whole) | (whole, Decimal128(p, s) | Decimal256(p, s))
            if whole.is_integer() =>
        {
            decimal((*p, *s), (digits(whole)?, 0))
        }
        (Date32, Timestamp(unit, zone)) | (Timestamp(unit, zone), Date32) if zone.is_none() => {
            Some(Timestamp(*unit, None))
        }
        (Timestamp(u, None), Timestamp(v, None)) => Some(Timestamp(shared(*u, *v), None)),
        // An instant is the same in any zone.
        (Timestamp(u, Some(z)), Timestamp(v, Some(w))) => {
            let zone = if z == w { std::sync::Arc::clone(z) } else { "UTC".into() };
            Some(Timestamp(shared(*u, *v), Some(zone)))
        }
        (a, b) => whole(a, b),
    }
}

/// The decimal type for all values of two decimals, given by digits and decimals.
fn decimal((p, s): (u8, i8), (q, t): (u8, i8)) -> Option<DataType> {
    let scale = s.max(t);
    let whole = (i16::from(p) - i16::from(s)).max(i16::from(q) - i16::from(t));
    let precision = u8::try_from(whole + i16::from(scale)).ok()?;
    if precision <= DIGITS {
        Some(DataType::Decimal128(precision, scale))
    } else {
        (precision <= WIDE_DIGITS).then_some(DataType::Decimal256(precision, scale))
    }
}

/// The integer type for all values of two integer types.
fn whole(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    let rank = |of: &DataType| match of {
        Int8 => Some(0),
        UInt8 | Int16 => Some(1),
        UInt16 | Int32 => Some(2),
        UInt32 | Int64 => Some(3),
        _ => None,
    };
    let signed = [Int8, Int16, Int32, Int64];
    match (a, b) {
        (UInt64, other) | (other, UInt64) if other.is_unsigned_integer() => Some(UInt64),
        (UInt64, other) | (other, UInt64) if other.is_signed_integer() => Some(DataType::Decimal128(20, 0)),
        _ => {
            let (a, b) = (rank(a)?, rank(b)?);
            signed.get(a.max(b)).cloned()
        }
    }
}

/// The most digits of an integer type's values.
fn digits(whole: &DataType) -> Option<u8> {
    Some(match whole {
        DataType::Int8 | DataType::UInt8 => 3,
        DataType::Int16 | DataType::UInt16 => 5,
        DataType::Int32 | DataType::UInt32 => 10,
        DataType::Int64 => 19,
        DataType::UInt64 => 20,
        _ => return None,
    })
}

/// The common unit of two time units: the finer one, except nanoseconds, which only reach from 1677 to 2262.
fn shared(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    if a == b { a } else { a.max(b).min(TimeUnit::Microsecond) }
}

/// Whether values of a type may say who somebody is. Days, fractions, yes and no cannot.
pub fn may_identify(kind: &DataType) -> bool {
    match kind {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => *scale <= 0,
        kind => {
            !kind.is_temporal() && !kind.is_floating() && !matches!(kind, DataType::Boolean | DataType::Null)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DataType::{Date32, Decimal128, Decimal256, Int8, Int32, Int64, Timestamp, UInt64, Utf8};

    #[test]
    fn types_that_hold_the_same_values_are_read_as_one() {
        let read = |data_type| as_read(&Field::new("a", data_type, false)).data_type().clone();
        assert_eq!(read(DataType::Decimal32(9, 2)), Decimal128(9, 2));
        assert_eq!(read(DataType::Decimal64(18, 4)), Decimal128(18, 4));
        assert_eq!(read(Decimal256(38, 18)), Decimal128(38, 18));
        assert_eq!(read(Decimal256(40, 2)), Decimal256(40, 2));
        assert_eq!(read(DataType::Date64), Date32);
        assert_eq!(read(DataType::Float16), DataType::Float32);
    }

    #[test]
    fn the_wider_type_holds_all_values_of_both() {
        let none = |unit| Timestamp(unit, None);
        let at = |unit, zone: &str| Timestamp(unit, Some(zone.into()));
        let (milli, micro, nano) = (TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond);
        let cases = [
            (Int8, Int64, Some(Int64)),
            (UInt64, Int8, Some(Decimal128(20, 0))),
            (UInt64, DataType::UInt8, Some(UInt64)),
            (Int32, Decimal128(10, 2), Some(Decimal128(12, 2))),
            (Decimal128(38, 18), Decimal128(12, 2), Some(Decimal128(38, 18))),
            (Decimal128(38, 0), Decimal128(12, 2), Some(Decimal256(40, 2))),
            (none(milli), none(nano), Some(none(micro))),
            (at(milli, "UTC"), at(nano, "Asia/Shanghai"), Some(at(micro, "UTC"))),
            (at(milli, "UTC"), none(milli), None),
            (Date32, none(milli), Some(none(milli))),
            (Date32, at(milli, "UTC"), None),
            (Int64, DataType::Float64, None),
            (Utf8, Int64, None),
        ];
        for (a, b, expected) in cases {
            assert_eq!(wider(&a, &b), expected, "{a} and {b}");
            assert_eq!(wider(&b, &a), expected, "{b} and {a}");
        }
    }
}
