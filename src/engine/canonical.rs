//! The canonical columns of `transactions`: which there are, the types that they are brought to, and the business day.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, ExprSchemable, cast, col, lit};
use datafusion::prelude::DataFrame;

use crate::pipeline::Spanned;
use crate::problem::{Problem, closest};

use super::functions::business_day;
use super::source::Mapper;
use super::sql::{plain, sql_types};

/// The canonical columns of `transactions` in their order, each with whether a source must map it.
const CANONICAL: [(&str, bool); 12] = [
    ("customer_id", true),
    ("transaction_id", true),
    ("occurred_at", true),
    ("amount", true),
    ("quantity", false),
    ("cost", false),
    ("discount", false),
    ("product_id", false),
    ("category", false),
    ("channel", false),
    ("store_id", false),
    ("currency", false),
];

impl Mapper<'_> {
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

    /// The business day of `occurred_at`: in the pipeline's time zone where the timestamp has one; a timestamp without
    /// one is the shop's own clock.
    pub(super) fn day(&self, frame: &DataFrame) -> EngineResult<Expr> {
        let at = col("occurred_at");
        let zone = self.pipeline.timezone.iana_name().unwrap_or("UTC");
        Ok(match at.get_type(frame.schema())? {
            DataType::Timestamp(_, Some(_)) => business_day(at, zone),
            _ => cast(at, DataType::Date32),
        })
    }

    /// A canonical column's expression, brought to the column's type.
    pub(super) fn canonical(
        &self,
        name: &str,
        expr: Expr,
        schema: &DFSchema,
        sql: &Spanned<String>,
    ) -> Result<Expr, Problem> {
        let wrong =
            |what: String, help: &str| Err(Problem::new(what).at(self.pipeline.place(&sql.at)).help(help));
        let data_type = match expr.get_type(schema) {
            Ok(data_type) => data_type,
            Err(error) => return wrong(plain(&error), "check the types of the columns in this expression"),
        };
        let known = CANONICAL.iter().any(|(column, _)| *column == name);
        if !self.is_transactions() || !known {
            return Ok(expr);
        }
        match name {
            "occurred_at" => match data_type {
                DataType::Date32 | DataType::Timestamp(..) => Ok(expr),
                _ => wrong(
                    format!(
                        "`occurred_at` is {}, not a date or timestamp",
                        sql_types(&data_type.to_string())
                    ),
                    "convert it, as in `to_timestamp(column)` or `CAST(column AS DATE)`",
                ),
            },
            "amount" | "cost" | "discount" => match data_type {
                DataType::Decimal128(_, scale) => Ok(cast(expr, DataType::Decimal128(MONEY_DIGITS, scale))),
                _ if data_type.is_integer() => Ok(cast(expr, DataType::Decimal128(MONEY_DIGITS, 0))),
                DataType::Null => Ok(cast(expr, optional_type(name))),
                _ => wrong(
                    format!("`{name}` is {}; money must be exact", sql_types(&data_type.to_string())),
                    "convert it to a decimal of the cents you mean, as in `CAST(column AS DECIMAL(12, 2))`",
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
            _ => Ok(cast(expr, DataType::Utf8View)),
        }
    }
}

/// Whether a column's name is a canonical one's, misspelt.
fn is_typo(written: &str, canonical: &str) -> bool {
    closest(written, [canonical]).is_some() && !CANONICAL.iter().any(|(name, _)| *name == written)
}

/// The digits of money: the most that leave room for sums of many rows.
const MONEY_DIGITS: u8 = 28;

fn optional_type(name: &str) -> DataType {
    match name {
        "quantity" => DataType::Decimal128(18, 3),
        "cost" | "discount" => DataType::Decimal128(MONEY_DIGITS, 2),
        _ => DataType::Utf8View,
    }
}
