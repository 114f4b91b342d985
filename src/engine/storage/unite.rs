//! The common schema of a source's files.
//!
//! Columns are the same if their names are equal, or else equal without regard to case. If one file has two columns
//! with names that differ only in case, these are two columns, and each file's columns are matched to them as written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};

use crate::engine::types::{as_read, wider};
use crate::problem::{counted, thousands};
use crate::tables::sql_types;

use super::{Columns, Files};

/// A column that some files of a source lack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The source's column.
    pub column: String,
    /// How many files lack it.
    pub files: usize,
    /// How many rows these have, if they state it.
    pub rows: Option<u64>,
    /// The name of one of them.
    pub example: String,
}

impl Lack {
    /// In words: how many of how many files, with an example.
    pub fn summary(&self, all: usize) -> String {
        let rows = self.rows.map(|rows| format!(" ({})", counted(rows, "row"))).unwrap_or_default();
        let of = format!("{} of {}", thousands(self.files as u64), counted(all as u64, "file"));
        let lack = if self.files == 1 { "lacks" } else { "lack" };
        format!("{of}{rows} {lack} the column `{}`, such as {}", self.column, self.example)
    }
}

/// A column of files that is not read, because folder names give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlaid {
    /// The partition's name.
    pub partition: String,
    /// How many files have a column of this name.
    pub files: usize,
    /// The name of one of them.
    pub example: String,
}

impl Overlaid {
    /// In words.
    pub fn summary(&self) -> String {
        let have = if self.files == 1 { "has" } else { "have" };
        format!(
            "{} {have} a column `{1}`, such as {2}, and so do the names of folders: `{1}` is what the folders say",
            counted(self.files as u64, "file"),
            self.partition,
            self.example
        )
    }
}

/// A column with types that have no common type for all values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The source's column.
    pub column: String,
    /// What two of the files state.
    pub summary: String,
}

/// A column of the source, while files are examined.
struct Column {
    field: Field,
    /// The file that has it first.
    first: usize,
    files: usize,
}

/// The one schema that fits all files' columns, by name, without the columns from folder names. It sets in each file
/// which of the source's columns it has, and under which names. In `files` it sets which columns some files lack, and
/// which are left out because their types conflict.
pub fn unite(files: &mut Files) -> Schema {
    let distinct = distinct(files);
    let key = |name: &str| {
        let lower = name.to_lowercase();
        if distinct.contains(&lower) { name.to_owned() } else { lower }
    };
    let partitions: HashMap<String, usize> =
        files.partitions.iter().enumerate().map(|(number, name)| (name.to_lowercase(), number)).collect();
    let mut overlaid: Vec<Option<Overlaid>> = vec![None; files.partitions.len()];
    let mut columns: Vec<Column> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut conflicts: Vec<Conflict> = Vec::new();
    for (at, file) in files.files.iter().enumerate() {
        for field in file.schema.fields() {
            if let Some(partition) = partitions.get(&field.name().to_lowercase()) {
                if let (Some(place), Some(name)) =
                    (overlaid.get_mut(*partition), files.partitions.get(*partition))
                {
                    let new = || Overlaid { partition: name.clone(), files: 0, example: file.name.clone() };
                    place.get_or_insert_with(new).files += 1;
                }
                continue;
            }
            let number = *numbers.entry(key(field.name())).or_insert(columns.len());
            let Some(column) = columns.get_mut(number) else {
                columns.push(Column { field: as_read(field), first: at, files: 1 });
                continue;
            };
            column.files += 1;
            let known = &mut column.field;
            match wider(known.data_type(), as_read(field).data_type()) {
                Some(data_type) => *known = known.clone().with_data_type(data_type),
                None => {
                    let first = files.files.get(column.first).map_or("", |file| file.name.as_str());
                    let in_words = |data_type: &DataType| sql_types(&data_type.to_string());
                    let summary = format!(
                        "the column `{}` of {} is {}, but in {first} it is {}",
                        field.name(),
                        file.name,
                        in_words(field.data_type()),
                        in_words(known.data_type())
                    );
                    let column = known.name().clone();
                    if !conflicts.iter().any(|known| known.column == column) {
                        conflicts.push(Conflict { column, summary });
                    }
                }
            }
        }
    }
    let agreed = |column: &Column| !conflicts.iter().any(|known| known.column == *column.field.name());
    files.overlaid = overlaid.into_iter().flatten().collect();
    // Files with the same columns share the list of names.
    let mut known: HashMap<Vec<String>, Arc<Columns>> = HashMap::new();
    for file in &mut files.files {
        let own: Vec<String> = file.schema.fields().iter().map(|field| field.name().clone()).collect();
        let named = known.entry(own).or_insert_with_key(|own| {
            let name = |own: &String| {
                let column = columns.get(*numbers.get(&key(own))?)?;
                let overlaid = partitions.contains_key(&own.to_lowercase());
                (!overlaid && agreed(column)).then(|| (column.field.name().clone(), own.clone()))
            };
            Arc::new(own.iter().filter_map(name).collect())
        });
        file.columns = Arc::clone(named);
    }
    columns.retain(agreed);
    let partial = columns.iter().filter(|column| column.files < files.files.len());
    files.lacking = partial.map(|column| lack(files, column.field.name())).collect();
    files.conflicts = conflicts;
    Schema::new(columns.into_iter().map(|column| column.field).collect::<Vec<_>>())
}

/// The lower-case names that one file has several times, differing only in case.
fn distinct(files: &Files) -> HashSet<String> {
    let mut distinct = HashSet::new();
    for file in &files.files {
        let mut seen = HashSet::new();
        let lower = file.schema.fields().iter().map(|field| field.name().to_lowercase());
        distinct.extend(lower.filter(|name| !seen.insert(name.clone())));
    }
    distinct
}

fn lack(files: &Files, column: &str) -> Lack {
    let lacks = files.files.iter().filter(|file| !file.columns.iter().any(|(name, _)| name == column));
    let mut lack = Lack { column: column.to_owned(), files: 0, rows: Some(0), example: String::new() };
    for file in lacks {
        if lack.files == 0 {
            lack.example.clone_from(&file.name);
        }
        lack.files += 1;
        lack.rows = lack.rows.zip(file.rows).map(|(all, rows)| all + rows);
    }
    lack
}
