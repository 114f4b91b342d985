//! Parameter values: what `params`, `with` and `--param` can hold.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

/// A value that can be bound to a query's placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal, as digits with at most one point and sign.
    Decimal(String),
    /// A day; written as text `YYYY-MM-DD`.
    Date(Date),
    /// Any other text.
    Text(String),
    /// A list of values of one kind.
    List(Vec<Value>),
}

impl Value {
    /// The kind's name, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Decimal(_) => "a number",
            Self::Date(_) => "a date (YYYY-MM-DD)",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
        }
    }

    /// Text as a pipeline's value: a day where it is written as one, else text.
    pub fn from_text(text: &str) -> Self {
        let looks_like_day = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
        match text.parse::<Date>() {
            Ok(day) if looks_like_day => Self::Date(day),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// A number that is not whole, with all digits that were written.
    ///
    /// # Errors
    /// What it is instead: no number, not finite, or of more digits than an exact decimal has.
    pub fn from_number(written: &str) -> Result<Self, &'static str> {
        let Some(digits) = decimal(written) else { return Err("a finite number") };
        let count = digits.bytes().filter(u8::is_ascii_digit).count();
        if count > MOST_DIGITS { Err("a number of at most 38 digits") } else { Ok(Self::Decimal(digits)) }
    }

    /// Which of two values of one kind comes first; none for values that have no order between them.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Integer(_) | Self::Decimal(_), Self::Integer(_) | Self::Decimal(_)) => {
                Some(in_order(&self.to_string(), &other.to_string()))
            }
            _ => None,
        }
    }

    /// The words of a command line as a value of the same kind as `self`.
    ///
    /// # Errors
    /// The kind that was asked for, where the words are of another.
    pub fn like(&self, words: &str) -> Result<Self, String> {
        let wrong = || format!("`{words}` is not {}", self.kind());
        match self {
            Self::Bool(_) => words.parse().map(Self::Bool).map_err(|_| wrong()),
            Self::Integer(_) => words.parse().map(Self::Integer).map_err(|_| wrong()),
            Self::Decimal(_) => decimal(words).map(Self::Decimal).ok_or_else(wrong),
            Self::Date(_) => words.parse().map(Self::Date).map_err(|_| wrong()),
            Self::Text(_) => Ok(Self::Text(words.to_owned())),
            Self::List(items) => {
                let Some(first) = items.first() else { return Ok(Self::List(items_of(words))) };
                words.split(',').map(|word| first.like(word.trim())).collect::<Result<_, _>>().map(Self::List)
            }
        }
    }
}

/// The items of a list whose own value has none that would say what they are: whole numbers or texts.
fn items_of(words: &str) -> Vec<Value> {
    let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_or_else(|_| Value::Text(word.to_owned()), Value::Integer)).collect()
}

/// The most digits that an exact decimal has.
const MOST_DIGITS: usize = 38;

/// A number as it was written (`1e3`, `.5`, `+2.50`) in one form: a sign where it is negative, no zeros that say
/// nothing, and a point: SQL then takes it for a decimal and not for a whole number.
fn decimal(written: &str) -> Option<String> {
    let (sign, unsigned) = match written.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", written.strip_prefix('+').unwrap_or(written)),
    };
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all(whole) || !all(fraction) || exponent.abs() > 40 {
        return None;
    }
    let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
    for _ in 0..exponent {
        whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
    }
    for _ in exponent..0 {
        fraction.insert(0, whole.pop().unwrap_or('0'));
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let or_zero = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
    Some(format!("{sign}{}.{}", or_zero(whole), or_zero(fraction)))
}

/// The order of two numbers, by their digits: exact whatever their length.
fn in_order(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| {
        let text = decimal(text).unwrap_or_default();
        let (negative, text) =
            text.strip_prefix('-').map_or((false, text.clone()), |rest| (true, rest.to_owned()));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.trim_start_matches('0').is_empty() && fraction.is_empty();
        (negative && !zero, whole.trim_start_matches('0').to_owned(), fraction.to_owned())
    };
    let ((below, whole, fraction), (other_below, other_whole, other_fraction)) = (parts(a), parts(b));
    let size =
        whole.len().cmp(&other_whole.len()).then(whole.cmp(&other_whole)).then(fraction.cmp(&other_fraction));
    match (below, other_below) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (true, true) => size.reverse(),
        (false, false) => size,
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) | Self::Text(value) => f.write_str(value),
            Self::Date(value) => write!(f, "{value}"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// Named values in the order of their names.
pub type Parameters = BTreeMap<String, Value>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_digits() {
        let written = |text: &str| Value::from_number(text).map(|value| value.to_string());
        assert_eq!(written("1234567890123456.78"), Ok("1234567890123456.78".into()));
        assert_eq!(written("-0.10"), Ok("-0.1".into()));
        assert_eq!(written("+.5"), Ok("0.5".into()));
        assert_eq!(written("2.0"), Ok("2.0".into()));
        assert_eq!(written("1.25e2"), Ok("125.0".into()));
        assert_eq!(written("1e-3"), Ok("0.001".into()));
        assert_eq!(written("99999999999999999999"), Ok("99999999999999999999.0".into()));
        assert_eq!(written(".inf"), Err("a finite number"));
        assert_eq!(written("1e400"), Err("a finite number"));
        assert_eq!(written(&"9".repeat(39)), Err("a number of at most 38 digits"));
    }

    #[test]
    fn numbers_are_ordered_by_all_their_digits() {
        let order = |a: &str, b: &str| {
            let value =
                |text: &str| text.parse().map_or_else(|_| Value::Decimal(text.into()), Value::Integer);
            value(a).order(&value(b))
        };
        assert_eq!(order("1234567890123456.78", "1234567890123456.79"), Some(Ordering::Less));
        assert_eq!(order("-2", "-1.5"), Some(Ordering::Less));
        assert_eq!(order("10", "9.5"), Some(Ordering::Greater));
        assert_eq!(order("0.50", "0.5"), Some(Ordering::Equal));
        assert_eq!(order("-0.0", "0"), Some(Ordering::Equal));
        assert_eq!(Value::Bool(true).order(&Value::Integer(1)), None);
    }
}
