//! The columns that modules need from a source: each is present and of the kind that the module's queries expect, or
//! NULL if it may be absent.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{Expr, ExprSchemable, cast, ident, lit};

use super::explained::plain;
use super::functions::{clock_day, exact_decimal};
use super::mapper::Mapper;
use super::transactions::{MONEY_DIGITS, MONEY_SCALE, is_canonical};
use crate::pipeline::WantedColumn;
use crate::problem::{Place, Problem};
use crate::tables::{ColumnKind, sql_types};

/// The business day of a row of another source, if it states when its rows happened. No query sees it.
pub(super) const ROW_DAY: &str = "_row_day";

impl Mapper<'_> {
    /// Converts the columns that modules need to their kinds, and adds optional columns that are absent.
    pub(super) fn wanted(
        &self,
        schema: &DFSchema,
        columns: &mut Vec<(String, Expr)>,
        problems: &mut Vec<Problem>,
    ) {
        // What the columns of the fact table hold is settled already.
        let settled = |name: &str| self.is_transactions() && is_canonical(name);
        for wanted in self.source.wanted.iter().filter(|wanted| !settled(&wanted.name)) {
            let Some((_, expr)) = columns.iter_mut().find(|(name, _)| *name == wanted.name) else {
                if wanted.optional {
                    let null = cast(lit(ScalarValue::Null), absent(wanted.kind));
                    columns.push((wanted.name.clone(), null));
                } else if self.source.columns.is_empty() {
                    problems.push(self.absent(wanted, columns));
                }
                continue;
            };
            let Some(kind) = wanted.kind else { continue };
            let found = match expr.get_type(schema) {
                Ok(found) => found,
                Err(error) => {
                    problems.push(Problem::new(plain(&error)).at(self.place_of(&wanted.name)));
                    continue;
                }
            };
            match of_kind(expr.clone(), kind, &found, &wanted.name) {
                Some(brought) => *expr = brought,
                None => problems.push(self.unfit(wanted, kind, &found)),
            }
        }
    }

    fn place_of(&self, column: &str) -> Place {
        let mapped = self.source.columns.iter().find(|mapped| mapped.name.value == column);
        self.pipeline.place(mapped.map_or(&self.source.path.at, |mapped| &mapped.sql.at))
    }

    fn unfit(&self, wanted: &WantedColumn, kind: ColumnKind, found: &DataType) -> Problem {
        let what = format!(
            "`{}` of the source `{}` is {}, and the module `{}` needs {}",
            wanted.name,
            self.source.name.value,
            sql_types(&found.to_string()),
            wanted.module,
            needed(kind)
        );
        let mapped = self.source.columns.iter().find(|mapped| mapped.name.value == wanted.name);
        let column = mapped.map_or(wanted.name.as_str(), |mapped| mapped.sql.value.as_str());
        let cast = match kind {
            ColumnKind::Date | ColumnKind::Month => format!("CAST({column} AS DATE)"),
            ColumnKind::Instant => format!("to_timestamp({column})"),
            ColumnKind::Money | ColumnKind::Estimate | ColumnKind::MoneyChange => {
                format!("CAST({column} AS DECIMAL(18, 4))")
            }
            ColumnKind::Count | ColumnKind::CountChange | ColumnKind::Days => {
                format!("CAST({column} AS BIGINT)")
            }
            ColumnKind::Share | ColumnKind::Points | ColumnKind::Growth => {
                format!("CAST({column} AS DOUBLE) / 100")
            }
            ColumnKind::Number => format!("CAST({column} AS DOUBLE)"),
            ColumnKind::Flag => format!("{column} = 'yes'"),
            ColumnKind::Customer | ColumnKind::Word | ColumnKind::Text => {
                format!("CAST({column} AS VARCHAR)")
            }
        };
        let help = if self.source.columns.is_empty() {
            format!(
                "map the columns of the source, and convert this one: `columns: {{ {}: {cast}, ... }}`",
                wanted.name
            )
        } else {
            format!("convert it, as in `{cast}`")
        };
        Problem::new(what).at(self.place_of(&wanted.name)).help(help)
    }

    /// The error for a column that is missing in the files of a source without `columns`.
    fn absent(&self, wanted: &WantedColumn, columns: &[(String, Expr)]) -> Problem {
        let what = format!(
            "the files of `{}` have no column `{}`, which the module `{}` needs",
            self.source.name.value, wanted.name, wanted.module
        );
        let known: Vec<&str> = columns.iter().take(10).map(|(name, _)| name.as_str()).collect();
        let help = format!(
            "say which column it is: `columns: {{ {}: <SQL over the file's columns>, ... }}`; the files have {}",
            wanted.name,
            known.join(", ")
        );
        Problem::new(what).at(self.pipeline.place(&self.source.path.at)).help(help)
    }

    /// The business day of a row, by the column that the source names; none if it names none, or the column is missing.
    ///
    /// # Errors
    /// A column that is not a date.
    pub(super) fn row_day(&self, schema: &DFSchema) -> Result<Option<Expr>, Problem> {
        let Some(by_day) = &self.source.by_day else { return Ok(None) };
        let Ok(field) = schema.field_with_unqualified_name(&by_day.value) else { return Ok(None) };
        row_day(&by_day.value, field.data_type()).map(Some).ok_or_else(|| {
            let found = sql_types(&field.data_type().to_string());
            let what = format!("`{}` is {found}, not a date or timestamp", by_day.value);
            let help = "`by_day` names the column that says on which day a row happened; convert it under `columns`, as in \
                        `CAST(day AS DATE)`";
            Problem::new(what).at(self.pipeline.place(&by_day.at)).help(help)
        })
    }
}

/// An expression converted to a kind; none if its type does not say what its values are.
fn of_kind(expr: Expr, kind: ColumnKind, found: &DataType, name: &str) -> Option<Expr> {
    if matches!(found, DataType::Null) {
        return Some(cast(expr, absent(Some(kind))));
    }
    match kind {
        ColumnKind::Money | ColumnKind::Estimate | ColumnKind::MoneyChange => match found {
            DataType::Decimal128(_, scale) if (0..=MONEY_SCALE).contains(scale) => {
                Some(cast(expr, DataType::Decimal128(MONEY_DIGITS, *scale)))
            }
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
                Some(exact_decimal(expr, (MONEY_DIGITS, (*scale).clamp(0, MONEY_SCALE)), name))
            }
            found if found.is_integer() => Some(cast(expr, DataType::Decimal128(MONEY_DIGITS, 0))),
            _ => None,
        },
        ColumnKind::Date | ColumnKind::Month => match found {
            DataType::Date32 | DataType::Date64 => Some(cast(expr, DataType::Date32)),
            DataType::Timestamp(..) => Some(clock_day(expr)),
            _ => None,
        },
        ColumnKind::Instant => matches!(found, DataType::Timestamp(..) | DataType::Date32).then_some(expr),
        ColumnKind::Count | ColumnKind::CountChange | ColumnKind::Days => match found {
            found if found.is_integer() => Some(cast(expr, DataType::Int64)),
            DataType::Decimal128(_, 0) => Some(cast(expr, DataType::Int64)),
            _ => None,
        },
        // 35 is not a share of 35 %, but one of 3,500 %.
        ColumnKind::Share | ColumnKind::Points | ColumnKind::Growth => kind.fits(found).then_some(expr),
        ColumnKind::Number => found.is_numeric().then_some(expr),
        ColumnKind::Flag => matches!(found, DataType::Boolean).then_some(expr),
        ColumnKind::Customer | ColumnKind::Word | ColumnKind::Text => {
            (found.is_string() || found.is_integer() || matches!(found, DataType::Dictionary(..)))
                .then(|| cast(expr, DataType::Utf8View))
        }
    }
}

/// The business day of a column's values; none if they are not times.
pub(super) fn row_day(column: &str, found: &DataType) -> Option<Expr> {
    match found {
        DataType::Date32 => Some(ident(column)),
        DataType::Date64 | DataType::Null => Some(cast(ident(column), DataType::Date32)),
        DataType::Timestamp(..) => Some(clock_day(ident(column))),
        _ => None,
    }
}

/// The type of an absent column.
fn absent(kind: Option<ColumnKind>) -> DataType {
    match kind {
        Some(ColumnKind::Money | ColumnKind::Estimate | ColumnKind::MoneyChange) => {
            DataType::Decimal128(MONEY_DIGITS, 0)
        }
        Some(ColumnKind::Date | ColumnKind::Month) => DataType::Date32,
        Some(ColumnKind::Instant) => DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None),
        Some(ColumnKind::Count | ColumnKind::CountChange | ColumnKind::Days) => DataType::Int64,
        Some(ColumnKind::Share | ColumnKind::Points | ColumnKind::Growth | ColumnKind::Number) => {
            DataType::Float64
        }
        Some(ColumnKind::Flag) => DataType::Boolean,
        Some(ColumnKind::Customer | ColumnKind::Word | ColumnKind::Text) | None => DataType::Utf8View,
    }
}

/// A kind, in words for what a module needs.
fn needed(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Money | ColumnKind::Estimate | ColumnKind::MoneyChange => "money, as an exact decimal",
        ColumnKind::Date | ColumnKind::Month => "a date",
        ColumnKind::Instant => "a date or a time",
        ColumnKind::Count | ColumnKind::CountChange | ColumnKind::Days => "a whole number",
        ColumnKind::Share | ColumnKind::Points | ColumnKind::Growth => "a share with decimals: 0.35 is 35 %",
        ColumnKind::Number => "a number",
        ColumnKind::Flag => "true or false",
        ColumnKind::Customer | ColumnKind::Word | ColumnKind::Text => "a text",
    }
}
