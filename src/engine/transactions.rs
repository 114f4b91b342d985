//! The canonical columns of `transactions`: their names and types.

use arrow::datatypes::DataType;

/// The canonical columns of `transactions` in order, each with whether a source must map it.
pub(super) const CANONICAL: [(&str, bool); 12] = [
    ("customer_id", true),
    ("transaction_id", true),
    ("occurred_at", true),
    ("amount", true),
    ("quantity", false),
    ("cost", false),
    ("discount", false),
    ("product_id", false),
    ("category", false),
    ("channel", false),
    ("store_id", false),
    ("currency", false),
];

/// The business day of a transaction.
pub const DAY: &str = "day";

/// Whether a name is that of a canonical column.
pub(super) fn is_canonical(name: &str) -> bool {
    CANONICAL.iter().any(|(known, _)| *known == name)
}

/// The number of decimals of quantities.
pub(super) const QUANTITY_SCALE: i8 = 3;
/// The digits of money: the most that leave room for sums of many rows.
pub(super) const MONEY_DIGITS: u8 = 28;
/// The most decimals of money: shares and averages need many.
pub(super) const MONEY_SCALE: i8 = 10;

/// The type of a column that a source need not map.
pub(super) fn optional_type(name: &str) -> DataType {
    match name {
        "quantity" => DataType::Decimal128(18, QUANTITY_SCALE),
        "cost" | "discount" => DataType::Decimal128(MONEY_DIGITS, 2),
        _ => DataType::Utf8View,
    }
}
