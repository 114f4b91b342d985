//! Dates and times by a pattern with the words of other systems' `to_date`: `dd`, `mm`, `yyyy`, `hh`, `mi`, `ss`.

use std::fmt;

use jiff::civil::DateTime;

/// A pattern, such as `dd/mm/yyyy hh:mi`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    /// Two digits: 69 to 99 belong to the last century.
    ShortYear,
    Month,
    /// By its English name or the first three letters of it.
    MonthName,
    Day,
    Hour,
    /// 1 to 12, with `am` or `pm`.
    Hour12,
    Minute,
    Second,
    /// Up to nine digits after the point of the seconds.
    Fraction,
    Half,
    Character(char),
}

/// Longer words come before their prefixes.
const WORDS: [(&str, Part); 13] = [
    ("yyyy", Part::Year),
    ("yy", Part::ShortYear),
    ("month", Part::MonthName),
    ("mon", Part::MonthName),
    ("mm", Part::Month),
    ("mi", Part::Minute),
    ("dd", Part::Day),
    ("hh24", Part::Hour),
    ("hh12", Part::Hour12),
    ("hh", Part::Hour),
    ("ss", Part::Second),
    ("ff", Part::Fraction),
    ("am", Part::Half),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let mut rest = lower.as_str();
        let mut parts = Vec::new();
        while let Some(c) = rest.chars().next() {
            let word =
                WORDS.iter().find_map(|(word, part)| rest.strip_prefix(word).map(|after| (*part, after)));
            let (part, after) = match word {
                Some(found) => found,
                // `pm` means the same as `am`.
                None if rest.starts_with("pm") => (Part::Half, rest.get(2..).unwrap_or_default()),
                // The letter T between date and time in ISO 8601.
                None if c.is_ascii_alphabetic() && c != 't' => {
                    return Err("a pattern is written with yyyy, yy, mm, mon, dd, hh, hh12, mi, ss, ff and am, as in 'dd/mm/yyyy'".into());
                }
                None => (Part::Character(c), rest.get(c.len_utf8()..).unwrap_or_default()),
            };
            if parts.contains(&part) && !matches!(part, Part::Character(_)) {
                return Err("a word of it stands there twice".into());
            }
            parts.push(part);
            rest = after;
        }
        let has = |part: Part| parts.contains(&part);
        let missing = match (
            has(Part::Year) != has(Part::ShortYear),
            has(Part::Month) != has(Part::MonthName),
            has(Part::Day),
            has(Part::Hour12) == has(Part::Half) && !(has(Part::Hour) && has(Part::Hour12)),
        ) {
            (false, ..) => "it needs the year, `yyyy` or `yy`",
            (_, false, ..) => "it needs the month, `mm` or `mon` (minutes are `mi`)",
            (_, _, false, _) => "it needs the day, `dd`",
            (_, _, _, false) => "`hh12` and `am` go together",
            _ => return Ok(Self { text: text.to_owned(), parts }),
        };
        Err(missing.to_owned())
    }

    /// Whether it includes the time of day.
    pub fn has_time(&self) -> bool {
        self.parts.contains(&Part::Hour) || self.parts.contains(&Part::Hour12)
    }

    /// The time in a text; all of the text must fit. Parts of the day that the pattern lacks are 0.
    pub fn parse(&self, text: &str) -> Option<DateTime> {
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second, mut nanosecond) = (0, 0, 0, 0);
        let mut half: Option<bool> = None;
        let mut rest = text;
        for (index, part) in self.parts.iter().enumerate() {
            // Without a separator between two numbers, the first must have all its digits.
            let least = match self.parts.get(index + 1) {
                Some(Part::Character(_) | Part::MonthName | Part::Half) | None => 1,
                Some(_) => 2,
            };
            match part {
                Part::Year => year = number(&mut rest, 4, 4)?,
                Part::ShortYear => {
                    let two = number(&mut rest, 2, 2)?;
                    year = if two < 69 { 2000 + two } else { 1900 + two };
                }
                Part::Month => month = number(&mut rest, least, 2)?,
                Part::MonthName => month = month_name(&mut rest)?,
                Part::Day => day = number(&mut rest, least, 2)?,
                Part::Hour | Part::Hour12 => hour = number(&mut rest, least, 2)?,
                Part::Minute => minute = number(&mut rest, 2, 2)?,
                Part::Second => second = number(&mut rest, 2, 2)?,
                Part::Fraction => nanosecond = fraction(&mut rest)?,
                Part::Half => {
                    let word = rest.get(..2)?.to_ascii_lowercase();
                    half = Some(match word.as_str() {
                        "am" => false,
                        "pm" => true,
                        _ => return None,
                    });
                    rest = rest.get(2..)?;
                }
                Part::Character(c) => {
                    let first = rest.chars().next()?;
                    if !first.eq_ignore_ascii_case(c) {
                        return None;
                    }
                    rest = rest.get(first.len_utf8()..)?;
                }
            }
        }
        if let Some(afternoon) = half {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        let small = |n: i32| i8::try_from(n).ok();
        let time = DateTime::new(
            i16::try_from(year).ok()?,
            small(month)?,
            small(day)?,
            small(hour)?,
            small(minute)?,
            small(second)?,
            nanosecond,
        );
        if rest.is_empty() { time.ok() } else { None }
    }
}

fn number(rest: &mut &str, least: usize, most: usize) -> Option<i32> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    number.parse().ok()
}

fn fraction(rest: &mut &str) -> Option<i32> {
    let digits = rest.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let value = number(rest, 1, 9)?;
    Some(value * 10i32.pow(u32::try_from(9 - digits).ok()?))
}

fn month_name(rest: &mut &str) -> Option<i32> {
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, after) = rest.split_at_checked(letters)?;
    let word = word.to_ascii_lowercase();
    let month = MONTHS.iter().position(|month| *month == word || month.get(..3) == Some(word.as_str()))?;
    *rest = after;
    i32::try_from(month + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn read(pattern: &str, text: &str) -> Option<String> {
        Pattern::new(pattern).unwrap().parse(text).map(|time| time.to_string())
    }

    #[test]
    fn dates_are_read_as_the_pattern_says() {
        let day = |text: &str| Some(format!("{text}T00:00:00"));
        assert_eq!(read("dd/mm/yyyy", "03/04/2024"), day("2024-04-03"));
        assert_eq!(read("mm/dd/yyyy", "03/04/2024"), day("2024-03-04"));
        assert_eq!(read("dd.mm.yyyy", "3.4.2024"), day("2024-04-03"));
        assert_eq!(read("DD-MON-YY", "31-Dec-24"), day("2024-12-31"));
        assert_eq!(read("dd month yyyy", "1 september 1999"), day("1999-09-01"));
        assert_eq!(read("yyyymmdd", "20240229"), day("2024-02-29"));
        assert_eq!(read("yyyy年mm月dd日", "2024年4月3日"), day("2024-04-03"));
        assert_eq!(read("dd/mm/yyyy hh:mi", "3/4/2024 7:05"), Some("2024-04-03T07:05:00".into()));
        assert_eq!(
            read("mm/dd/yyyy hh12:mi:ss am", "3/4/2024 12:05:09 AM"),
            Some("2024-03-04T00:05:09".into())
        );
        assert_eq!(read("mm/dd/yyyy hh12:mi pm", "3/4/2024 12:05 pm"), Some("2024-03-04T12:05:00".into()));
        assert_eq!(
            read("yyyy-mm-ddThh:mi:ss.ff", "2024-03-04T01:02:03.5"),
            Some("2024-03-04T01:02:03.5".into())
        );
    }

    #[test]
    fn what_does_not_fit_is_no_date() {
        for (pattern, text) in [
            ("dd/mm/yyyy", "31/02/2024"),
            ("dd/mm/yyyy", "12/31/2024"),
            ("dd/mm/yyyy", "1/2/24"),
            ("dd/mm/yyyy", "1/2/2024 10:00"),
            ("dd/mm/yyyy", "1-2-2024"),
            ("dd/mm/yyyy", "+1/2/2024"),
            ("yyyymmdd", "2024229"),
            ("dd/mm/yyyy hh:mi", "1/2/2024 24:00"),
            ("dd/mm/yyyy hh12:mi am", "1/2/2024 13:00 pm"),
            ("dd mon yyyy", "1 Mae 2024"),
            ("dd/mm/yyyy", ""),
        ] {
            assert_eq!(read(pattern, text), None, "{pattern}: {text}");
        }
        for pattern in ["dd/mm", "dd/mi/yyyy", "%d/%m/%Y", "dd/mm/yyyy hh12", "dd/dd/mm/yyyy", "tt.mm.jjjj"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }
}
