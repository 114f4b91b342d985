//! `checks` of sources and steps: the tests, a file each, and what they ask of a table's rows.
//!
//! A test is a type that is a [`Test`], and its entry of [`TESTS`]; one that only steps have is a [`StepTest`], and its
//! entry of [`STEP_TESTS`]. The rest of the program knows what a test asks ([`Question`]): sources measure it row by row,
//! steps by a query ([`step`]), and the answer is told in the same words.

mod accepted_range;
mod accepted_values;
mod expression;
mod freshness;
mod not_null;
mod reconcile;
mod relationships;
mod row_count;
pub mod step;
mod unique;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::reader::{Fields, Reader};
use super::yaml::Node;
use super::{Spanned, Value};

use step::{OfRows, StepTest, StepTestKind};

/// One entry of a source's `checks`.
#[derive(Debug, Clone)]
pub struct Check {
    /// Where it stands.
    pub at: Range<usize>,
    /// `severity`: `error` (the default: nothing is published) or `warn`.
    pub severity: CheckSeverity,
    /// What must hold.
    pub test: Arc<dyn Test>,
}

/// How much a failed check weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckSeverity {
    /// The report says so.
    Warn,
    /// The run ends with exit code 1 and publishes nothing.
    Error,
}

impl CheckSeverity {
    /// The word as it is written in a pipeline.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What a check asks of the rows of a table.
pub trait Test: fmt::Debug + Send + Sync {
    /// Its name in the pipeline file.
    fn key(&self) -> &'static str;

    /// The columns that it looks at.
    fn columns(&self) -> Vec<&Spanned<String>>;

    /// What it asks, one after the other.
    fn questions(&self) -> Vec<Question>;

    /// The values that its column is compared with.
    fn compared(&self) -> Vec<&Value> {
        Vec::new()
    }

    /// Whether its column must hold dates or timestamps.
    fn is_of_days(&self) -> bool {
        false
    }
}

/// A test by its name, and how its value is read.
pub struct TestKind {
    /// The name.
    pub key: &'static str,
    read: fn(&mut Reader, &Node) -> Option<Arc<dyn Test>>,
}

/// All tests that sources and steps have.
pub const TESTS: [TestKind; 6] = [
    not_null::KIND,
    unique::KIND,
    accepted_range::KIND,
    accepted_values::KIND,
    row_count::KIND,
    freshness::KIND,
];

/// The tests that only steps have.
pub const STEP_TESTS: [StepTestKind; 3] = [relationships::KIND, expression::KIND, reconcile::KIND];

/// One thing that is asked of the rows of a table.
#[derive(Debug, Clone)]
pub struct Question {
    /// The check in words, such as `not_null amount`.
    pub name: String,
    /// What is measured.
    pub measured: Measured,
    /// What the answer means.
    pub asks: Asks,
}

/// What is measured of the rows of a table.
#[derive(Debug, Clone)]
pub enum Measured {
    /// The number of rows without a value in a column.
    Missing(String),
    /// The number of rows with a value outside of bounds, both of which belong to them.
    Outside {
        /// The column.
        column: String,
        /// The least value.
        min: Option<Value>,
        /// The greatest value.
        max: Option<Value>,
    },
    /// The number of rows with a value that is none of these; NULL is always accepted.
    Other {
        /// The column.
        column: String,
        /// The values.
        values: Vec<Value>,
    },
    /// The number of keys that more than one row has.
    Repeats(Vec<String>),
    /// The number of rows.
    Rows,
    /// The newest day of a column, up to the day after the as-of date: a day of some far future does not make old data
    /// fresh.
    Newest(String),
}

/// What an answer means.
#[derive(Debug, Clone)]
pub enum Asks {
    /// A number of rows that should be zero; how they are wrong, and what was expected.
    NoRows {
        /// The text after "3 rows": `without a value`.
        how: String,
        /// What was expected.
        expected: String,
    },
    /// The number of keys with more than one row.
    NoRepeats,
    /// The number of rows.
    Rows {
        /// The fewest.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
    /// The newest day.
    Newest {
        /// A warning, if it is more days than this before the as-of date.
        warn_after: Option<i64>,
        /// A failure, if it is more days than this.
        fail_after: Option<i64>,
    },
    /// Two sums or numbers of rows, as texts, and whether they agree.
    Agree {
        /// What the second one describes.
        with: String,
    },
}

/// Bounds in words.
pub fn bounds(min: Option<&Value>, max: Option<&Value>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "anything".into(),
    }
}

impl Reader {
    /// A test by its name.
    pub(super) fn test(&mut self, key: &str, node: &Node) -> Option<Arc<dyn Test>> {
        let kind = TESTS.iter().find(|kind| kind.key == key)?;
        (kind.read)(self, node)
    }

    /// A test of a step by its name.
    pub(super) fn step_test(&mut self, key: &str, node: &Node) -> Option<Arc<dyn StepTest>> {
        match STEP_TESTS.iter().find(|kind| kind.key == key) {
            Some(kind) => (kind.read)(self, node),
            None => Some(Arc::new(OfRows(self.test(key, node)?))),
        }
    }

    /// `column` of a test.
    pub(super) fn column(&mut self, fields: &Fields<'_>, test: &str) -> Option<Spanned<String>> {
        if let Some(node) = fields.get("column") {
            return self.text(node, "column");
        }
        self.problem(&fields.at, format!("`{test}` has no `column`"), Some("add `column: name`".into()));
        None
    }

    fn needs_one_of(&mut self, fields: &Fields<'_>, test: &str, keys: [&str; 2]) {
        if keys.iter().all(|key| fields.get(key).is_none()) {
            let help = format!("add `{}:`, `{}:` or both", keys[0], keys[1]);
            self.problem(&fields.at, format!("`{test}` sets no bound"), Some(help));
        }
    }

    /// Nothing passes if the lower bound is above the upper one.
    fn ascend(&mut self, fields: &Fields<'_>, min: &Value, max: &Value) {
        if min.order(max) == Some(std::cmp::Ordering::Greater) {
            let what = format!("`min` is {min}, which is above `max`, {max}");
            self.problem(&fields.key("min"), what, Some("no value lies between; exchange them".into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The manual has each by name, and no two have one name.
    #[test]
    fn the_manual_names_all() {
        let manual = include_str!("../../../docs/pipeline.md");
        for (number, kind) in TESTS.iter().enumerate() {
            assert!(manual.contains(&format!("`{}", kind.key)), "{}", kind.key);
            assert!(TESTS.iter().take(number).all(|other| other.key != kind.key), "{}", kind.key);
        }
        for kind in STEP_TESTS {
            assert!(manual.contains(&format!("`{}", kind.key)), "{}", kind.key);
        }
    }
}
