//! `uuid_text`: identifiers of 16 bytes in the usual text form.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use arrow::datatypes::{DataType, Field};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The metadata of a field with UUIDs of 16 bytes, as in Arrow's canonical extension types.
const EXTENSION: (&str, &str) = ("ARROW:extension:name", "arrow.uuid");

/// Whether a field's values are UUIDs.
pub fn is_uuid(field: &Field) -> bool {
    let noted = field.metadata().get(EXTENSION.0).is_some_and(|name| name == EXTENSION.1);
    noted && *field.data_type() == DataType::FixedSizeBinary(16)
}

/// The field with the metadata for UUIDs.
#[must_use]
pub fn as_uuid(field: &Field) -> Field {
    let note = [(EXTENSION.0.to_owned(), EXTENSION.1.to_owned())];
    field.clone().with_metadata(note.into_iter().collect())
}

/// UUIDs as text, such as `00112233-4455-6677-8899-aabbccddeeff`.
pub fn uuid_text(value: Expr) -> Expr {
    ScalarUDF::from(UuidText { signature: Signature::any(1, Volatility::Immutable) }).call(vec![value])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct UuidText {
    signature: Signature,
}

impl ScalarUDFImpl for UuidText {
    fn name(&self) -> &'static str {
        "uuid_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else {
            return datafusion::common::exec_err!("uuid_text takes one value");
        };
        let values = value.to_array(args.number_rows)?;
        let Some(values) = values.as_fixed_size_binary_opt() else {
            return datafusion::common::exec_err!("uuid_text takes 16 bytes");
        };
        let texts: StringArray = values.iter().map(|bytes| bytes.map(text)).collect();
        Ok(ColumnarValue::Array(Arc::new(texts)))
    }
}

fn text(bytes: &[u8]) -> String {
    let digits = crate::engine::storage::hexadecimal(bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    let parts: Vec<&str> = parts.into_iter().filter_map(|part| digits.get(part)).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn sixteen_bytes_are_read_in_their_order() {
        let bytes: Vec<u8> = (0..16).map(|n| n * 17).collect();
        assert_eq!(super::text(&bytes), "00112233-4455-6677-8899-aabbccddeeff");
    }
}
