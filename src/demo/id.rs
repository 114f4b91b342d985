//! Ids of customers and transactions.

use super::calendar::Day;
use super::order::EventKind;

/// An identifier being built: the formatting machinery would cost more than the rest of a row.
#[derive(Default)]
pub(super) struct Id {
    bytes: Vec<u8>,
}

impl Id {
    /// `C0000123`.
    pub(super) fn customer(&mut self, number: u32, digits: usize) {
        self.bytes.clear();
        self.bytes.push(b'C');
        self.number(number, digits);
    }

    /// `T20261031-0000123`, with `R` for a return.
    pub(super) fn transaction(&mut self, kind: EventKind, day: &Day, number: u32) {
        let date = day.date;
        let stamp = u32::from(date.year().unsigned_abs()) * 10_000
            + u32::from(date.month().unsigned_abs()) * 100
            + u32::from(date.day().unsigned_abs());
        self.bytes.clear();
        self.bytes.push(if kind == EventKind::Return { b'R' } else { b'T' });
        self.number(stamp, 8);
        self.bytes.push(b'-');
        self.number(number, 7);
    }

    fn number(&mut self, number: u32, digits: usize) {
        let mut scale = 10_u32.pow(digits.clamp(1, 9) as u32);
        while number / scale >= 10 {
            scale *= 10;
        }
        // The first division must not print more digits than requested.
        if number < scale {
            scale /= 10;
        }
        while scale > 0 {
            self.bytes.push(b'0' + (number / scale % 10) as u8);
            scale /= 10;
        }
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_padded_and_grow_when_they_must() {
        let mut id = Id::default();
        let mut text = |number, digits| {
            id.customer(number, digits);
            id.text().to_owned()
        };
        assert_eq!(text(123, 7), "C0000123");
        assert_eq!(text(9_999_999, 7), "C9999999");
        assert_eq!(text(12_345_678, 7), "C12345678");
        assert_eq!(text(4_294_967_294, 10), "C4294967294");
        assert_eq!(text(5, 1), "C5");
    }
}
