//! Money in words, for records, pages and messages.

use crate::engine::intake::AMOUNT_SCALE;

/// Money as a plain decimal, without zeros after the cents.
pub(super) fn money(amount: i128) -> String {
    let unit = 10_i128.pow(u32::from(AMOUNT_SCALE.unsigned_abs()));
    let (sign, amount) = if amount < 0 { ("-", amount.unsigned_abs()) } else { ("", amount.unsigned_abs()) };
    let (whole, fraction) = (amount / unit.unsigned_abs(), amount % unit.unsigned_abs());
    let mut fraction = format!("{fraction:0width$}", width = usize::from(AMOUNT_SCALE.unsigned_abs()));
    while fraction.len() > 2 && fraction.ends_with('0') {
        fraction.pop();
    }
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_keeps_what_it_has_and_at_least_cents() {
        assert_eq!(money(97_477_479_340_000_000), "9747747.934");
        assert_eq!(money(-15_000_000_000), "-1.50");
        assert_eq!(money(0), "0.00");
        assert_eq!(money(-1), "-0.0000000001");
        assert_eq!(money(490_000), "0.000049");
    }
}
