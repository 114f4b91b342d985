//! Values by name and series, of columns beside each other or of rows below each other.

use super::input::Input;
use crate::report::context::Stop;
use crate::report::shown::Column;

/// Values by name and series.
pub struct Pivot {
    /// The names, in the order of the table.
    pub labels: Vec<String>,
    /// The first row of each name.
    pub rows: Vec<usize>,
    /// The series, in the order of the columns, or of the table.
    pub series: Vec<Line>,
    /// The columns of the values.
    pub columns: Vec<Column>,
}

/// One series.
pub struct Line {
    /// What it is called.
    pub name: String,
    /// A value a name; not finite where there is none.
    pub values: Vec<f64>,
    /// The number of its column.
    pub column: usize,
}

impl Line {
    /// Whether any name has a value.
    pub fn is_known(&self) -> bool {
        self.values.iter().any(|value| value.is_finite())
    }
}

impl Pivot {
    /// The values of the setting `value` by those of `label`: a series a column, or a series for each text of the column `by`.
    ///
    /// # Errors
    /// Columns that the table does not have, or of another kind.
    pub fn of(input: &Input<'_, '_>) -> Result<Self, Stop> {
        let (label, columns) = (input.needed("label")?, input.columns("value")?);
        let by = input.column("by")?;
        let rows = input.table.rows();
        let Some(by) = by else {
            let mut series = Vec::with_capacity(columns.len());
            for (number, column) in columns.iter().enumerate() {
                series.push(Line {
                    name: input.title(column)?,
                    values: input.values(column),
                    column: number,
                });
            }
            return Ok(Self { labels: input.labels(&label), rows: (0..rows).collect(), series, columns });
        };
        let mut keys: Vec<Option<String>> = Vec::new();
        let mut pivot = Self { labels: Vec::new(), rows: Vec::new(), series: Vec::new(), columns };
        let mut names: Vec<Option<String>> = Vec::new();
        for row in 0..rows {
            let (key, name) = (label.raw(row), by.raw(row));
            if !keys.contains(&key) {
                keys.push(key);
                pivot.labels.push(label.label(input.context, row));
                pivot.rows.push(row);
            }
            if !names.contains(&name) {
                names.push(name);
                let name = by.label(input.context, row);
                pivot.series.push(Line { name, values: Vec::new(), column: 0 });
            }
        }
        for line in &mut pivot.series {
            line.values = vec![f64::NAN; keys.len()];
        }
        for row in 0..rows {
            let (key, name) = (label.raw(row), by.raw(row));
            let place =
                (names.iter().position(|known| *known == name), keys.iter().position(|known| *known == key));
            let (Some(line), Some(at)) = place else { continue };
            let value = pivot.columns.first().map_or(f64::NAN, |column| column.float(row));
            if let Some(cell) = pivot.series.get_mut(line).and_then(|line| line.values.get_mut(at)) {
                *cell = value;
            }
        }
        Ok(pivot)
    }

    /// Only so many names, from a place on.
    pub fn keep(&mut self, from: usize, most: usize) {
        let from = from.min(self.labels.len());
        self.labels.drain(..from);
        self.labels.truncate(most);
        self.rows.drain(..from);
        self.rows.truncate(most);
        for line in &mut self.series {
            line.values.drain(..from);
            line.values.truncate(most);
        }
    }

    /// Only the last so many series: of series in an order, the newest matter.
    pub fn keep_last_series(&mut self, most: usize) {
        let from = self.series.len().saturating_sub(most);
        self.series.drain(..from);
    }

    /// The column of the first values: it says how figures are written.
    pub fn column(&self) -> Option<&Column> {
        self.columns.first()
    }
}
