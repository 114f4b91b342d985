//! The one schema of a source's files.

use arrow::datatypes::{Field, Schema};

use crate::engine::types::{as_read, wider};
use crate::problem::Problem;

use super::{DataFile, Files};

/// The one schema that all files' columns fit, by name, and the partitions' columns as text at its end.
///
/// # Errors
/// A column whose types cannot be brought together, with the two files.
pub fn unite(files: &Files) -> Result<Schema, Vec<Problem>> {
    let mut columns: Vec<(Field, &DataFile)> = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for file in &files.files {
        for field in file.schema.fields() {
            let Some((known, first)) = columns.iter_mut().find(|(known, _)| known.name() == field.name())
            else {
                columns.push((as_read(field), file));
                continue;
            };
            match wider(known.data_type(), as_read(field).data_type()) {
                Some(data_type) => *known = known.clone().with_data_type(data_type),
                None => {
                    let what = format!(
                        "the column `{}` of {} is {}, but in {} it is {}",
                        field.name(),
                        file.name,
                        field.data_type(),
                        first.name,
                        known.data_type()
                    );
                    let help = "files of one source must agree on a column's type; write the file again with the other type";
                    problems.push(Problem::new(what).help(help));
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(Schema::new(columns.into_iter().map(|(field, _)| field).collect::<Vec<_>>()))
    } else {
        Err(problems)
    }
}
