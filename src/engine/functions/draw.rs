//! `draw(text)`: a number for each text, for samples that are the same in every run.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// `draw(text)`: DOUBLE, at least 0 and less than 1, evenly distributed over texts and determined by the text alone;
/// NULL for NULL. `where draw(customer_id) < 0.1` gives about a tenth of the customers, the same in every run.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Draw {
    signature: Signature,
}

impl Draw {
    pub(super) fn new() -> Self {
        Self { signature: Signature::string(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Draw {
    fn name(&self) -> &'static str {
        "draw"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [texts] = arrays.as_slice() else {
            return datafusion::common::exec_err!("draw takes a text");
        };
        let texts = cast(texts, &DataType::Utf8View)?;
        let texts = texts.as_string_view();
        let drawn: Float64Array =
            (0..texts.len()).map(|row| texts.is_valid(row).then(|| number_of(texts.value(row)))).collect();
        Ok(ColumnarValue::Array(Arc::new(drawn)))
    }
}

/// FNV-1a (Fowler, Noll and Vo). Similar short texts leave its upper bits similar, so the bits are mixed once more, as
/// `SplitMix64` does (Steele, Lea and Flood 2014).
fn number_of(text: &str) -> f64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    // The 53 bits of a double.
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_spread_evenly_and_stay() {
        let mut tenths = [0; 10];
        for customer in 0..20_000 {
            let drawn = number_of(&format!("C{customer:09}"));
            tenths[(drawn * 10.0) as usize] += 1;
        }
        // Within four standard deviations of 2,000.
        assert!(tenths.iter().all(|count| (1830..2170).contains(count)), "{tenths:?}");
        // A sample is the same in every version: FNV-1a of "" is its offset basis, 0xcbf29ce484222325.
        assert!((number_of("") - 0.957_673_425_242_056_1).abs() < 1e-15, "{}", number_of(""));
    }
}
