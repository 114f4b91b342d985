//! Rules as text: the common conditions of a group's customers. They can be read aloud, checked by hand, and read back
//! to the same numbers.

use std::fmt;

/// The rule of a tree of one leaf.
pub const EVERYONE: &str = "everyone";

/// Between two conditions, and between the two ends of a range.
const AND: &str = " and ";
const OR_MISSING: &str = " or missing";
const OR_MISSING_UNSEEN: &str = " (or missing)";

/// What a rule requires of one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The feature's name.
    pub feature: String,
    /// The values that pass; `None` if only a missing value passes.
    pub values: Option<Values>,
    /// Whether customers without a value pass.
    pub missing: Missing,
}

/// Whether customers pass if the feature is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// They do not.
    Fails,
    /// They would: no value was missing in the data, so it goes to the larger side.
    WouldPass,
    /// They do.
    Passes,
}

/// A range of values; without bounds, any value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Values {
    /// More than this.
    pub above: Option<f64>,
    /// This or less.
    pub at_most: Option<f64>,
}

impl Condition {
    /// Whether a value passes; NaN is a missing value.
    pub fn passes(&self, value: f64) -> bool {
        if value.is_nan() {
            return self.missing != Missing::Fails;
        }
        self.values.is_some_and(|Values { above, at_most }| {
            above.is_none_or(|above| value > above) && at_most.is_none_or(|at_most| value <= at_most)
        })
    }
}

/// A name stands between backticks; one within it is doubled. Numbers are the shortest that read back as the same.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.feature.replace('`', "``"))?;
        match self.values {
            None => return f.write_str("missing"),
            Some(Values { above: None, at_most: None }) => f.write_str("present")?,
            Some(Values { above: Some(above), at_most: None }) => write!(f, "above {above}")?,
            Some(Values { above: None, at_most: Some(at_most) }) => write!(f, "at most {at_most}")?,
            Some(Values { above: Some(above), at_most: Some(at_most) }) => {
                write!(f, "above {above}{AND}at most {at_most}")?;
            }
        }
        f.write_str(match self.missing {
            Missing::Fails => "",
            Missing::WouldPass => OR_MISSING_UNSEEN,
            Missing::Passes => OR_MISSING,
        })
    }
}

/// A rule as text: conditions that must all hold, or [`EVERYONE`].
pub fn written(conditions: &[Condition]) -> String {
    if conditions.is_empty() {
        return EVERYONE.to_owned();
    }
    conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(AND)
}

/// Reads text from [`written`]: `` `recency_days` above 30 and `lateness` at most 2 or missing ``. `None` if the text
/// has another form.
pub fn read(rule: &str) -> Option<Vec<Condition>> {
    if rule == EVERYONE {
        return Some(Vec::new());
    }
    let (mut conditions, mut rest) = (Vec::new(), rule);
    loop {
        let (condition, after) = condition(rest)?;
        conditions.push(condition);
        if after.is_empty() {
            return Some(conditions);
        }
        rest = after.strip_prefix(AND)?;
    }
}

/// The condition at the beginning of a text, and the rest.
fn condition(text: &str) -> Option<(Condition, &str)> {
    let (feature, after) = name(text)?;
    let text = after.strip_prefix(' ')?;
    if let Some(after) = text.strip_prefix("missing") {
        return Some((Condition { feature, values: None, missing: Missing::Passes }, after));
    }
    let (values, after) = if let Some(after) = text.strip_prefix("present") {
        (Values::default(), after)
    } else if let Some(above) = text.strip_prefix("above ") {
        let (above, after) = number(above)?;
        let most = after.strip_prefix(AND).and_then(|text| text.strip_prefix("at most "));
        let most = most.map(number);
        match most {
            Some(most) => {
                let (at_most, after) = most?;
                (Values { above: Some(above), at_most: Some(at_most) }, after)
            }
            None => (Values { above: Some(above), at_most: None }, after),
        }
    } else {
        let (at_most, after) = number(text.strip_prefix("at most ")?)?;
        (Values { above: None, at_most: Some(at_most) }, after)
    };
    let (missing, after) = [(OR_MISSING, Missing::Passes), (OR_MISSING_UNSEEN, Missing::WouldPass)]
        .into_iter()
        .find_map(|(words, missing)| Some((missing, after.strip_prefix(words)?)))
        .unwrap_or((Missing::Fails, after));
    Some((Condition { feature, values: Some(values), missing }, after))
}

/// The name at the beginning of a text, and the rest.
fn name(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('`')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('`')?;
        name += part;
        match after.strip_prefix('`') {
            Some(more) => {
                name.push('`');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

fn number(text: &str) -> Option<(f64, &str)> {
    let (digits, after) = text.split_at(text.find(' ').unwrap_or(text.len()));
    digits.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| (number, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_condition_by_condition() {
        let rule = "`recency_days` above 30.5 and at most 60 or missing and `lateness` missing and `spend_trend` present \
                    and `a and b` at most -0.25 (or missing) and `say ``x`` above 3` above 1e-7";
        let of = |feature: &str, values, missing| Condition { feature: feature.to_owned(), values, missing };
        let range = |above, at_most| Some(Values { above, at_most });
        let expected = [
            of("recency_days", range(Some(30.5), Some(60.0)), Missing::Passes),
            of("lateness", None, Missing::Passes),
            of("spend_trend", range(None, None), Missing::Fails),
            of("a and b", range(None, Some(-0.25)), Missing::WouldPass),
            of("say `x` above 3", range(Some(1e-7), None), Missing::Fails),
        ];
        assert_eq!(read(rule).as_deref(), Some(&expected[..]));
        assert_eq!(written(&expected), rule.replace("1e-7", "0.0000001"));
        assert_eq!((read(EVERYONE), written(&[])), (Some(Vec::new()), EVERYONE.to_owned()));
        for other in [
            "",
            "`a`",
            "`a` about 3",
            "`a` above three",
            "`a` above inf",
            "`a` at most NaN",
            "`a` above 1 and at most",
            "`a` above 1 and ",
            "`a` above 1 or missing or missing",
            "`a` missing or missing",
            "`a above 3",
            "x `a` missing",
            "everyone and `a` missing",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
