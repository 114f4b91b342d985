//! What a text probably is, if the engine cannot read it as a number or a date.

use super::SCALE;
use super::date::Pattern;
use super::decimal::Format;

/// What a text looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looks {
    /// A number with this decimal mark and thousands separators.
    Decimal(char),
    /// A date of this pattern; if day and month could be exchanged, the other pattern too.
    Date(String, Option<String>),
    /// The same with a time of day.
    Time(String, Option<String>),
    /// Nothing known.
    Other,
}

/// Says what a text looks like.
pub fn looks(text: &str) -> Looks {
    let text = text.trim();
    for separator in ['/', '.', '-'] {
        for year in ["yyyy", "yy"] {
            for time in ["", " hh:mi", " hh:mi:ss", " hh12:mi am", " hh12:mi:ss am"] {
                let of =
                    |first: &str, second: &str| format!("{first}{separator}{second}{separator}{year}{time}");
                let fits = |pattern: &String| {
                    Pattern::new(pattern).is_ok_and(|pattern| pattern.parse(text).is_some())
                };
                let mut found = [of("dd", "mm"), of("mm", "dd")].into_iter().filter(fits);
                if let Some(first) = found.next() {
                    let other = found.next();
                    return if time.is_empty() {
                        Looks::Date(first, other)
                    } else {
                        Looks::Time(first, other)
                    };
                }
            }
        }
    }
    let format = |mark: u8| Format { mark, scale: SCALE, digits: super::DIGITS };
    [b',', b'.']
        .into_iter()
        .find(|mark| format(*mark).parse(text).is_some())
        .map_or(Looks::Other, |mark| Looks::Decimal(char::from(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_told_apart() {
        assert_eq!(looks("1.234,56"), Looks::Decimal(','));
        assert_eq!(looks("12,5"), Looks::Decimal(','));
        assert_eq!(looks("1,234.56"), Looks::Decimal('.'));
        assert_eq!(looks("31/12/2024"), Looks::Date("dd/mm/yyyy".into(), None));
        assert_eq!(looks("12/31/2024"), Looks::Date("mm/dd/yyyy".into(), None));
        assert_eq!(looks("1.2.2024"), Looks::Date("dd.mm.yyyy".into(), Some("mm.dd.yyyy".into())));
        assert_eq!(looks("31/12/2024 9:30"), Looks::Time("dd/mm/yyyy hh:mi".into(), None));
        assert_eq!(looks("n/a"), Looks::Other);
        assert_eq!(looks("€ 5,00"), Looks::Other);
    }
}
