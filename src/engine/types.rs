//! The types of columns: which of them hold the same values, and how they are brought together.

use arrow::datatypes::{DataType, TimeUnit};

/// The narrower of the types that hold all values of both exactly; none where there is no such type.
pub fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{
        Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, LargeUtf8, Null, Timestamp, UInt8,
        UInt16, UInt32, Utf8, Utf8View,
    };
    const SIGNED: [DataType; 4] = [Int8, Int16, Int32, Int64];
    let rank = |of: &DataType| match of {
        Int8 => Some(0),
        UInt8 | Int16 => Some(1),
        UInt16 | Int32 => Some(2),
        UInt32 | Int64 => Some(3),
        _ => None,
    };
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => Some(Utf8View),
        (DataType::Dictionary(_, value), other) | (other, DataType::Dictionary(_, value)) => {
            wider(value, other)
        }
        (Float32, Float64) | (Float64, Float32) => Some(Float64),
        (Decimal128(p, s), Decimal128(q, t)) => {
            let scale = *s.max(t);
            let whole = (i16::from(*p) - i16::from(*s)).max(i16::from(*q) - i16::from(*t));
            let precision = u8::try_from(whole + i16::from(scale)).ok()?;
            (precision <= 38).then_some(Decimal128(precision, scale))
        }
        (Date32, Timestamp(unit, zone)) | (Timestamp(unit, zone), Date32) if zone.is_none() => {
            Some(Timestamp(*unit, None))
        }
        (Timestamp(u, z), Timestamp(v, w)) if z == w => Some(Timestamp(finer(*u, *v), z.clone())),
        _ => {
            let (a, b) = (rank(a)?, rank(b)?);
            SIGNED.get(a.max(b)).cloned()
        }
    }
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    a.max(b)
}
