//! `show PIPELINE [TABLE]`: the tables that a run left, and what queries make of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::civil::Date;
use unicode_width::UnicodeWidthStr;

use super::{block_on, load};
use crate::cli::{Form, Show};
use crate::console::Console;
use crate::engine::last_run::{LastRun, unreadable};
use crate::engine::plan::private;
use crate::pipeline::{Parameters, Value};
use crate::problem::{Failure, Problem, SourceText, counted, suggestion, thousands};
use crate::run::published;
use crate::visible::visible;

/// The rows that a terminal shows where nothing is said.
const ROWS: usize = 20;
/// The widest column of a terminal's table; what is longer is cut.
const WIDEST: usize = 40;

pub(super) fn show(args: &Show, console: &Console) -> Result<(), Failure> {
    let pipeline = load(&args.pipeline, &args.params)?;
    let name = match &args.variant {
        Some(variant) => format!("{}-{variant}", pipeline.name.value),
        None => pipeline.name.value.clone(),
    };
    let (day, folder) = run_of(&private(&pipeline).join(&name), &name, args.as_of, &args.pipeline)?;
    let run = LastRun::open(&folder).map_err(|error| unreadable(&folder, &error))?;
    let text = match (&args.table, &args.sql) {
        (_, Some(sql)) => sql.clone(),
        (Some(table), None) => {
            if !run.tables().iter().any(|known| known.name == *table) {
                let known = run.tables().iter().map(|known| known.name.as_str());
                let help = suggestion(table, known);
                let what = format!("the run of {day} left no table `{table}`");
                let list = format!("`regulars show {}` lists its tables", args.pipeline.display());
                return Err(Failure::configuration(Problem::new(what).help(help.unwrap_or(list))));
            }
            format!("select * from \"{table}\"")
        }
        (None, None) => {
            list(&run, console);
            console.say(&format!("tables of {name} as of {day}"));
            return Ok(());
        }
    };
    let source = Arc::new(SourceText { name: "--sql".to_owned(), text });
    let parameters = Parameters::from([("as_of".to_owned(), Value::Date(day))]);
    let most = match (args.limit, args.format) {
        (Some(0), _) | (None, Form::Csv | Form::Json) => None,
        (Some(rows), _) => Some(rows),
        (None, Form::Table) => Some(ROWS),
    };
    // One row more tells whether there are more.
    let batches = block_on(run.ask(&source, &parameters, most.map(|rows| rows.saturating_add(1))))?;
    let grid = Grid::of(&batches, most).map_err(|what| Failure::run(Problem::new(what)))?;
    let lines = match args.format {
        Form::Table => grid.table(),
        Form::Csv => grid.csv(),
        Form::Json => grid.json(),
    };
    for line in lines {
        console.print(&line);
    }
    if let Some(rows) = most.filter(|_| grid.more) {
        console.say(&format!("the first {}; --limit 0 shows all", counted(rows as u64, "row")));
    }
    Ok(())
}

/// The folder with the tables of a run, and its day: that of the day that is asked for, or the last one.
fn run_of(runs: &Path, name: &str, day: Option<Date>, pipeline: &Path) -> Result<(Date, PathBuf), Failure> {
    let days = match published(runs) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let what = format!("{} cannot be read: {error}", runs.display());
            return Err(Failure::run(Problem::new(what).help("check the folder's permissions")));
        }
        days => days.unwrap_or_default(),
    };
    let found = match day {
        Some(day) => days.iter().find(|known| **known == day),
        None => days.first(),
    };
    if let Some(found) = found {
        return Ok((*found, runs.join(found.to_string()).join("tables")));
    }
    let run = format!("regulars run {}", pipeline.display());
    let problem = match (day, days.first()) {
        (Some(day), Some(last)) => {
            let help = format!("the last run is of {last}; `{run} --as-of {day}` makes this one");
            Problem::new(format!("there is no run of {name} as of {day}")).help(help)
        }
        _ => Problem::new(format!("there is no run of {name} yet")).help(format!("`{run}` makes one")),
    };
    Err(Failure::configuration(problem))
}

/// The tables, each with its rows and columns.
fn list(run: &LastRun, console: &Console) {
    let widest = run.tables().iter().map(|table| table.name.len()).max().unwrap_or_default();
    for table in run.tables() {
        let (rows, columns) = (thousands(table.rows), table.columns.join(", "));
        console.print(&format!("{:widest$}  {rows:>11}  {columns}", table.name));
    }
}

/// Rows as texts and JSON values, by columns.
struct Grid {
    names: Vec<String>,
    /// Whether a column is of numbers.
    numbers: Vec<bool>,
    rows: Vec<Vec<Cell>>,
    /// Whether there are more rows.
    more: bool,
}

/// A value as text, and as JSON; none where it is NULL.
type Cell = Option<(String, serde_json::Value)>;

impl Grid {
    fn of(batches: &[RecordBatch], most: Option<usize>) -> Result<Self, String> {
        let fields = batches.first().map(RecordBatch::schema);
        let fields = fields.iter().flat_map(|schema| schema.fields().iter());
        let (names, numbers) =
            fields.map(|field| (field.name().clone(), field.data_type().is_numeric())).unzip();
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for batch in batches {
            let columns: Vec<Vec<Cell>> =
                batch.columns().iter().map(|column| cells(column.as_ref())).collect::<Result<_, _>>()?;
            let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
            for _ in 0..batch.num_rows() {
                rows.push(columns.iter_mut().map(|column| column.next().flatten()).collect());
            }
        }
        let more = most.is_some_and(|most| rows.len() > most);
        rows.truncate(most.unwrap_or(usize::MAX));
        Ok(Self { names, numbers, rows, more })
    }

    /// For a terminal: columns side by side, numbers to the right.
    fn table(&self) -> Vec<String> {
        let text = |cell: &Cell| cell.as_ref().map_or_else(|| "NULL".to_owned(), |(text, _)| cut(text));
        let mut lines: Vec<Vec<String>> = vec![self.names.iter().map(|name| cut(name)).collect()];
        lines.extend(self.rows.iter().map(|row| row.iter().map(text).collect()));
        let widths: Vec<usize> = (0..self.names.len())
            .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|text| text.width()).max())
            .map(Option::unwrap_or_default)
            .collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).zip(&self.numbers).map(|((text, width), number)| {
                let gap = " ".repeat(width.saturating_sub(text.width()));
                if *number { format!("{gap}{text}") } else { format!("{text}{gap}") }
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.iter().map(line).collect()
    }

    /// RFC 4180, with a line of names.
    fn csv(&self) -> Vec<String> {
        let quoted = |text: &str| {
            let plain = !text.contains([',', '"', '\n', '\r']);
            if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
        };
        let names = self.names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
        let row = |row: &Vec<Cell>| {
            // An empty text is not NULL.
            let text = |cell: &Cell| match cell {
                Some((text, _)) if text.is_empty() => "\"\"".to_owned(),
                Some((text, _)) => quoted(text),
                None => String::new(),
            };
            row.iter().map(text).collect::<Vec<_>>().join(",")
        };
        std::iter::once(names).chain(self.rows.iter().map(row)).collect()
    }

    /// A list of objects, one a line.
    fn json(&self) -> Vec<String> {
        let object = |row: &Vec<Cell>| {
            let value =
                |cell: &Cell| cell.as_ref().map_or(serde_json::Value::Null, |(_, value)| value.clone());
            let pairs =
                self.names.iter().zip(row).map(|(name, cell)| {
                    format!("{}: {}", serde_json::Value::from(name.as_str()), value(cell))
                });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        };
        let last = self.rows.len().saturating_sub(1);
        let lines = self.rows.iter().enumerate();
        let lines = lines.map(|(at, row)| format!("{}{}", object(row), if at == last { "" } else { "," }));
        std::iter::once("[".to_owned()).chain(lines).chain(["]".to_owned()]).collect()
    }
}

/// The values of a column. Decimals are texts in JSON too: its numbers would lose digits of money.
fn cells(column: &dyn Array) -> Result<Vec<Cell>, String> {
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(column, &options).map_err(|error| error.to_string())?;
    let cell = |row: usize| {
        if column.is_null(row) {
            return Ok(None);
        }
        let text = formatter.value(row).try_to_string().map_err(|error| error.to_string())?;
        let value = match column.data_type() {
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
            DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
            DataType::Boolean => column.as_boolean().value(row).into(),
            _ => serde_json::Value::from(text.as_str()),
        };
        Ok(Some((text, value)))
    };
    (0..column.len()).map(cell).collect()
}

/// A text in one line, cut where it is wide.
fn cut(text: &str) -> String {
    let text = visible(&text.replace(['\n', '\r', '\t'], " ")).into_owned();
    if text.width() <= WIDEST {
        return text;
    }
    let mut short = String::new();
    for letter in text.chars() {
        if short.width() + 2 > WIDEST {
            break;
        }
        short.push(letter);
    }
    short + "…"
}
