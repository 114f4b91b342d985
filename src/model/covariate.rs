//! What a coefficient of a fit is of: a column, or a value of a column of text beside the one that it is compared with.

/// A covariate, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Covariate {
    /// The column of the table.
    pub column: String,
    /// For text: the value that is 1.
    pub level: Option<Level>,
}

/// A value of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    /// The value, or what rare ones are called together.
    pub name: String,
    /// The most frequent one, to compare with.
    pub base: String,
}

impl Covariate {
    /// As people read it.
    pub fn name(&self) -> String {
        match &self.level {
            Some(Level { name, base }) => format!("{} = {name}, not {base}", self.column),
            None => self.column.clone(),
        }
    }
}
