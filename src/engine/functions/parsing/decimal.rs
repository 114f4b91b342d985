//! Exact numbers with a decimal mark and thousands separators.

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// `,` or `.`.
    pub mark: u8,
    /// The most decimals.
    pub scale: u8,
    /// The most digits, with `scale` of them after the mark.
    pub digits: u8,
}

impl Format {
    /// A number times ten to the power of the scale. None if the text is not such a number, has more decimals that are
    /// not 0, or does not fit.
    pub fn parse(self, text: &str) -> Option<i128> {
        let (negative, text) = sign(text.trim())?;
        let (whole, decimals) = match text.split_once(char::from(self.mark)) {
            Some((whole, decimals)) => (whole, decimals),
            None => (text, ""),
        };
        if whole.is_empty() && decimals.is_empty() {
            return None;
        }
        let mut value: i128 = 0;
        let mut add = |digit: u8| {
            value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
            Some(())
        };
        let mut groups = Groups::default();
        for c in whole.chars() {
            match c.to_digit(10) {
                Some(digit) => {
                    groups.digit();
                    add(digit as u8)?;
                }
                None => groups.separator(c, self.mark)?,
            }
        }
        if !groups.are_right() {
            return None;
        }
        let kept = decimals.trim_end_matches('0');
        if kept.len() > usize::from(self.scale) || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        for place in 0..usize::from(self.scale) {
            add(kept.as_bytes().get(place).map_or(0, |byte| byte - b'0'))?;
        }
        let most = 10i128.checked_pow(u32::from(self.digits))?;
        (value < most).then_some(if negative { -value } else { value })
    }
}

/// A minus stands before the number or, as in accounting, after it.
fn sign(text: &str) -> Option<(bool, &str)> {
    const MINUS: [char; 2] = ['-', '\u{2212}'];
    if let Some(rest) = text.strip_prefix(MINUS) {
        return (!rest.ends_with(MINUS)).then(|| (true, rest.trim_start()));
    }
    match text.strip_suffix(MINUS) {
        Some(rest) if !rest.starts_with('+') => Some((true, rest.trim_end())),
        Some(_) => None,
        None => Some((false, text.strip_prefix('+').unwrap_or(text))),
    }
}

/// The groups of digits between separators: of three, or as in India of two before the last three.
#[derive(Default)]
struct Groups {
    separator: Option<char>,
    /// Digits since the last separator.
    digits: usize,
    /// The lengths of the groups before.
    before: Vec<usize>,
}

impl Groups {
    fn digit(&mut self) {
        self.digits += 1;
    }

    fn separator(&mut self, c: char, mark: u8) -> Option<()> {
        let other = if mark == b',' { '.' } else { ',' };
        let known = [other, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'].contains(&c);
        if !known || self.separator.is_some_and(|first| first != c) {
            return None;
        }
        self.separator = Some(c);
        self.before.push(std::mem::take(&mut self.digits));
        Some(())
    }

    fn are_right(&self) -> bool {
        let Some((first, middle)) = self.before.split_first() else { return true };
        let of = |length: usize| (1..=length).contains(first) && middle.iter().all(|group| *group == length);
        self.digits == 3 && (of(3) || of(2))
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn numbers_are_exact() {
        let comma = Format { mark: b',', scale: 2, digits: 28 };
        let point = Format { mark: b'.', ..comma };
        for (text, cents) in [
            ("12,50", Some(1250)),
            ("1.234,56", Some(123_456)),
            ("1 234,56", Some(123_456)),
            ("1\u{202f}234\u{202f}567,8", Some(123_456_780)),
            ("1'234", Some(123_400)),
            ("-0,05", Some(-5)),
            ("\u{2212}1,00", Some(-100)),
            ("12,50-", Some(-1250)),
            ("+3", Some(300)),
            (",5", Some(50)),
            ("5,", Some(500)),
            ("1,500000", Some(150)),
            ("0,1,2", None),
            ("1,005", None),
            ("1.23", None),
            ("1.2345,00", None),
            ("1234.567,00", None),
            ("1.234 567,00", None),
            (".123", None),
            ("1,2.3", None),
            ("--1", None),
            ("-1-", None),
            ("+-1", None),
            ("€ 5", None),
            ("(5)", None),
            ("", None),
            (",", None),
            ("-", None),
            ("1e3", None),
            ("NaN", None),
            ("١", None),
            ("99999999999999999999999999,99", Some(9_999_999_999_999_999_999_999_999_999)),
            ("100000000000000000000000000,00", None),
        ] {
            assert_eq!(comma.parse(text), cents, "{text}");
        }
        assert_eq!(point.parse("1,234.56"), Some(123_456));
        assert_eq!(point.parse("12,34,567.89"), Some(123_456_789));
        assert_eq!(point.parse("1,23,4567"), None);
        assert_eq!(point.parse("12,5"), None);
    }
}
