//! A source's columns as the canonical ones of `transactions`, and the business day.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::logical_expr::{Expr, ExprSchemable, cast, col, lit};

use crate::pipeline::Spanned;
use crate::problem::{Problem, closest};
use crate::tables::{ColumnKind, sql_types};

use super::clock::instants_on_clock;
use super::explained::plain;
use super::functions::{clock_day, exact_decimal, is_pattern};
use super::lineage::{self, CUSTOMER_ID, Ids};
use super::mapper::{Mapped, Mapper};
use super::storage::{DataFile, Format};
use super::transactions::{CANONICAL, DAY, MONEY_DIGITS, MONEY_SCALE, optional_type};

/// Whether a canonical column cannot hold customers' ids, whatever its values look like.
fn is_of_others(name: &str) -> bool {
    name == DAY || CANONICAL.iter().any(|(column, _)| *column == name && name != CUSTOMER_ID)
}

impl Mapper<'_> {
    /// Which columns of the table hold customers' ids: as the source says, else as the mapping shows.
    pub(super) fn ids(&self, mapped: &Mapped) -> BTreeMap<String, Ids> {
        let shown = lineage::of_source(mapped.frame.logical_plan());
        let of_others = |name: &str| self.is_transactions() && is_of_others(name);
        // A module reads it as one.
        let wanted = |name: &str| {
            let mut wanted = self.source.wanted.iter();
            wanted.any(|column| column.name == name && column.kind == Some(ColumnKind::Customer))
        };
        let ids = |name: &String| match &self.source.customer_ids {
            _ if name == CUSTOMER_ID || wanted(name) => Ids::Whole,
            Some(listed) if listed.iter().any(|column| column.value == *name) => Ids::Whole,
            Some(_) => Ids::Other,
            None if of_others(name) => Ids::Other,
            None => match shown.get(name) {
                Some(Ids::Whole | Ids::Mixed | Ids::Made) => Ids::Whole,
                _ => Ids::Unknown,
            },
        };
        mapped.columns.iter().map(|name| (name.clone(), ids(name))).collect()
    }

    /// Adds the optional columns that are not mapped, as NULL, and the business day.
    pub(super) fn complete(&self, columns: &mut Vec<(String, Expr)>, problems: &mut Vec<Problem>) {
        for (name, required) in CANONICAL {
            if columns.iter().any(|(column, _)| column == name) {
                continue;
            }
            if self.makes(name) {
                continue;
            }
            if required {
                let what = format!("the source `transactions` maps no `{name}`");
                let other = match name {
                    "transaction_id" => {
                        "; without order ids, `orders: one_per_customer_day` beside `path` makes them"
                    }
                    "amount" => "; without money, `amounts: none` beside `path` counts each row as 1",
                    _ => "",
                };
                let help = format!("add `{name}: <SQL over the file's columns>` under `columns`{other}");
                let place = self.pipeline.place(&self.source.name.at);
                if let Some(typo) =
                    self.source.columns.iter().find(|column| is_typo(&column.name.value, name))
                {
                    let what = format!("`{}` is not a canonical column", typo.name.value);
                    let problem = Problem::new(what).at(self.pipeline.place(&typo.name.at));
                    problems.push(problem.help(format!("did you mean `{name}`?")));
                    continue;
                }
                let mapped_wrongly = self.source.columns.iter().any(|column| column.name.value == name);
                if !mapped_wrongly {
                    problems.push(Problem::new(what).at(place).help(help));
                }
            } else {
                let null = cast(lit(datafusion::scalar::ScalarValue::Null), optional_type(name));
                columns.push((name.to_owned(), null));
            }
        }
    }

    /// The business day of `occurred_at`, a time on the shop's clock.
    pub(super) fn day() -> Expr {
        clock_day(col("occurred_at"))
    }

    /// The pipeline's time zone by its name.
    pub(super) fn zone(&self) -> &str {
        self.pipeline.timezone.iana_name().unwrap_or("UTC")
    }

    /// The end of an error about a column of the files: where it is found. All columns of CSV are text.
    fn column_of_file(&self, expr: &Expr) -> Option<String> {
        let Expr::Column(column) = expr else { return None };
        let files = self.files.filter(|files| files.format == Format::Parquet)?;
        let has = |file: &&DataFile| file.columns.iter().any(|(name, _)| *name == column.name);
        let file = files.files.iter().find(has)?;
        Some(format!(" (the column `{}` of {})", column.name, file.name))
    }

    /// A canonical column's expression, converted to the column's type.
    pub(super) fn canonical(
        &self,
        name: &str,
        expr: Expr,
        schema: &DFSchema,
        sql: &Spanned<String>,
    ) -> Result<Expr, Problem> {
        let column = self.column_of_file(&expr);
        let wrong = |what: String, help: &str| {
            let what = format!("{what}{}", column.as_deref().unwrap_or_default());
            Err(Problem::new(what).at(self.pipeline.place(&sql.at)).help(help))
        };
        let data_type = match expr.get_type(schema) {
            Ok(data_type) => data_type,
            Err(error) => {
                let what = plain(&error);
                let help = remedy(&what);
                return wrong(what, &help);
            }
        };
        let known = CANONICAL.iter().any(|(column, _)| *column == name);
        if !self.is_transactions() || !known {
            return Ok(expr);
        }
        match name {
            "occurred_at" => match data_type {
                DataType::Date32 | DataType::Timestamp(..) => instants_on_clock(expr, schema, self.zone())
                    .or_else(|error| {
                        wrong(plain(&error), "check the types of the columns in this expression")
                    }),
                _ => wrong(
                    format!(
                        "`occurred_at` is {}, not a date or timestamp",
                        sql_types(&data_type.to_string())
                    ),
                    "convert it, as in `to_timestamp(column)` or `CAST(column AS DATE)`",
                ),
            },
            "amount" | "cost" | "discount" => match data_type {
                DataType::Decimal128(_, scale) if (0..=MONEY_SCALE).contains(&scale) => {
                    Ok(cast(expr, DataType::Decimal128(MONEY_DIGITS, scale)))
                }
                DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
                    Ok(exact_decimal(expr, (MONEY_DIGITS, scale.clamp(0, MONEY_SCALE)), name))
                }
                _ if data_type.is_integer() => Ok(cast(expr, DataType::Decimal128(MONEY_DIGITS, 0))),
                DataType::Null => Ok(cast(expr, optional_type(name))),
                _ => wrong(
                    format!("`{name}` is {}; money must be exact", sql_types(&data_type.to_string())),
                    "convert it to a decimal with all decimals that your prices have, as in `CAST(column AS DECIMAL(18, \
                     4))`; rows that lose digits by it are counted, and a run says how many",
                ),
            },
            "quantity" => {
                let exact = matches!(data_type, DataType::Decimal128(..)) || data_type.is_integer();
                if exact || data_type.is_floating() || data_type == DataType::Null {
                    return Ok(cast(expr, optional_type(name)));
                }
                wrong(
                    format!("`quantity` is {}, not a number", sql_types(&data_type.to_string())),
                    "convert it, as in `CAST(column AS BIGINT)`",
                )
            }
            _ if is_texts(&data_type) => Ok(cast(expr, DataType::Utf8View)),
            _ => wrong(
                format!("`{name}` is {}, which is no text", kind(&data_type)),
                "give a column of text or numbers; a part of a structure is written as in `column['field']`",
            ),
        }
    }
}

/// What to do about an expression without a known type.
fn remedy(what: &str) -> String {
    let parsing = |kind: &str| what.starts_with(kind) || what.starts_with(&format!("try_{kind}"));
    let times = ["parse_date", "parse_timestamp"];
    if let Some(name) = times.into_iter().find(|name| parsing(name))
        && let Some((_, rest)) = what.split_once("('")
        && let Some((pattern, _)) = rest.split_once("'): ")
    {
        return match in_our_words(pattern) {
            Some(meant) => format!("write '{meant}' for '{pattern}'"),
            None => format!(
                "the pattern is one text of the file with its digits put into words: 'dd.mm.yyyy' reads 31.12.2024, \
                 'yyyy-mm-dd hh:mi:ss' reads 2024-12-31 18:30:00{}",
                if name == "parse_date" { "" } else { ", 'mm/dd/yyyy hh12:mi am' reads 12/31/2024 6:30 PM" }
            ),
        };
    }
    if what.contains("decimal mark") {
        return "write `','` for 1.234,56 and `'.'` for 1,234.56".to_owned();
    }
    match what.split_once("there is no function `").and_then(|(_, rest)| rest.split('(').next()) {
        Some(name) => super::dialects::call(name),
        None => "check the types of the columns in this expression".to_owned(),
    }
}

/// A pattern of `strftime` or of Java, translated into ours.
fn in_our_words(pattern: &str) -> Option<String> {
    const PERCENT: [(&str, &str); 11] = [
        ("%d", "dd"),
        ("%m", "mm"),
        ("%Y", "yyyy"),
        ("%y", "yy"),
        ("%H", "hh"),
        ("%I", "hh12"),
        ("%M", "mi"),
        ("%S", "ss"),
        ("%b", "mon"),
        ("%f", "ff"),
        ("%p", "am"),
    ];
    // In Java, only capital letters distinguish months from minutes.
    const JAVA: [(&str, &str); 3] = [("mm", "mi"), ("MM", "mm"), ("HH", "hh")];
    let put = |names: &[(&str, &str)]| {
        names.iter().fold(pattern.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    };
    let meant = if pattern.contains('%') { put(&PERCENT) } else { put(&JAVA) };
    is_pattern(&meant).then_some(meant)
}

/// Whether a column's name is a misspelt canonical name.
fn is_typo(written: &str, canonical: &str) -> bool {
    closest(written, [canonical]).is_some() && !CANONICAL.iter().any(|(name, _)| *name == written)
}

/// What the values of a type are, if they are not text.
fn kind(data_type: &DataType) -> String {
    match data_type {
        DataType::FixedSizeBinary(bytes) => format!("{bytes} bytes a row"),
        DataType::Struct(_) => "a structure".into(),
        DataType::Map(..) => "a map".into(),
        list if list.is_nested() => "a list".into(),
        other => sql_types(&other.to_string()),
    }
}

/// Whether each value of a type is one text.
fn is_texts(data_type: &DataType) -> bool {
    let known = data_type.is_string() || data_type.is_numeric() || data_type.is_temporal();
    known
        || match data_type {
            DataType::Dictionary(_, value) => is_texts(value),
            DataType::Boolean | DataType::Null => true,
            // Binary columns are text without a type annotation of the writer.
            other => matches!(other, DataType::Binary | DataType::LargeBinary | DataType::BinaryView),
        }
}
