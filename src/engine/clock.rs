//! Expressions on the shop's clock. In a mapping and in rules, an instant is converted to local time in the pipeline's
//! time zone before it becomes a date, a part of one, or a time without a zone.
//!
//! Instants are: text with an offset or `Z`, numbers since 1970, columns with a zone, and the result of `AT TIME ZONE`.
//! The engine itself converts them to UTC, and so puts an evening in New York on the next day.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion, TreeNodeRewriter};
use datafusion::common::{DFSchema, ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    Between, BinaryExpr, Case, Cast, Expr, ExprSchemable, TryCast, cast, try_cast,
};

use arrow::datatypes::{DataType, TimeUnit};

use super::functions::{SHOP_CLOCK, Said, shop_clock};

/// An expression with instants on the clock of `zone`, an IANA name.
///
/// # Errors
/// Text formats that do not all have an offset, if some do.
pub fn on_clock(expr: Expr, schema: &DFSchema, zone: &str) -> Result<Expr> {
    let expr = expr.transform_up(|expr| Ok(plain_cast(expr)))?.data;
    Ok(expr.rewrite(&mut Clock { schema, zone, local: None })?.data)
}

/// A column's expression on the clock, if it is an instant.
///
/// # Errors
/// None that a user can cause.
pub fn instants_on_clock(expr: Expr, schema: &DFSchema, zone: &str) -> Result<Expr> {
    let zoned = is_zoned(&expr.get_type(schema)?);
    Ok(if zoned { shop_clock(expr, Said::Instant, zone, None) } else { expr })
}

/// `arrow_cast(x, 'type')` as an ordinary cast.
pub(super) fn plain_cast(expr: Expr) -> Transformed<Expr> {
    let Expr::ScalarFunction(function) = &expr else { return Transformed::no(expr) };
    let (name, [value, Expr::Literal(to, _)]) = (function.func.name(), function.args.as_slice()) else {
        return Transformed::no(expr);
    };
    let to = to.try_as_str().flatten().and_then(|to| to.parse::<DataType>().ok());
    match (name, to) {
        ("arrow_cast", Some(to)) => Transformed::yes(cast(value.clone(), to)),
        ("arrow_try_cast", Some(to)) => Transformed::yes(try_cast(value.clone(), to)),
        _ => Transformed::no(expr),
    }
}

struct Clock<'a> {
    schema: &'a DFSchema,
    zone: &'a str,
    /// The zone of values that name no zone, within `... AT TIME ZONE`.
    local: Option<String>,
}

fn is_zoned(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(_, Some(_)))
}

fn is_naive(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(_, None))
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => value.is_string(),
        other => other.is_string(),
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

impl TreeNodeRewriter for Clock<'_> {
    type Node = Expr;

    fn f_down(&mut self, expr: Expr) -> Result<Transformed<Expr>> {
        // `... AT TIME ZONE 'x'`: values below it without a zone are on clock `x`; the result is on the shop's clock.
        let zoned = match &expr {
            Expr::Cast(Cast { expr: inner, field }) | Expr::TryCast(TryCast { expr: inner, field }) => {
                match field.data_type() {
                    DataType::Timestamp(_, Some(zone)) => Some((inner.as_ref().clone(), zone.to_string())),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((inner, zone)) = zoned else { return Ok(Transformed::no(expr)) };
        let strict = matches!(expr, Expr::Cast(_));
        let mut below = Clock { schema: self.schema, zone: self.zone, local: Some(zone) };
        let inner = inner.rewrite(&mut below)?.data;
        let data_type = inner.get_type(self.schema)?;
        let on_clock = if is_text(&data_type) {
            below.said(inner, Said::Text { strict })
        } else if is_number(&data_type) {
            below.said(inner, Said::Since(TimeUnit::Nanosecond))
        } else if is_zoned(&data_type) {
            below.said(inner, Said::Instant)
        } else if data_type == DataType::Date32 {
            below.said(inner, Said::Clock)
        } else {
            inner
        };
        Ok(Transformed::new(on_clock, true, TreeNodeRecursion::Jump))
    }

    fn f_up(&mut self, expr: Expr) -> Result<Transformed<Expr>> {
        Ok(match expr {
            Expr::Cast(Cast { expr, field }) => {
                Transformed::yes(self.converted(*expr, field.data_type(), true)?)
            }
            Expr::TryCast(TryCast { expr, field }) => {
                Transformed::yes(self.converted(*expr, field.data_type(), false)?)
            }
            Expr::ScalarFunction(function) => Transformed::yes(self.called(function)?),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let (left, right) = self.compared(*left, *right)?;
                Transformed::yes(Expr::BinaryExpr(BinaryExpr {
                    left: Box::new(left),
                    op,
                    right: Box::new(right),
                }))
            }
            Expr::Between(Between { expr, negated, low, high }) => {
                let (value, low) = self.compared(*expr, *low)?;
                let (value, high) = self.compared(value, *high)?;
                Transformed::yes(Expr::Between(Between {
                    expr: Box::new(value),
                    negated,
                    low: Box::new(low),
                    high: Box::new(high),
                }))
            }
            Expr::InList(mut list) => {
                list.expr = Box::new(self.instant(*list.expr)?);
                list.list = list.list.into_iter().map(|item| self.instant(item)).collect::<Result<_>>()?;
                Transformed::yes(Expr::InList(list))
            }
            Expr::Case(Case { expr, when_then_expr, else_expr }) => {
                let branches = when_then_expr.into_iter();
                let branches = branches.map(|(when, then)| Ok((when, Box::new(self.instant(*then)?))));
                Transformed::yes(Expr::Case(Case {
                    expr: expr.map(|expr| self.instant(*expr).map(Box::new)).transpose()?,
                    when_then_expr: branches.collect::<Result<_>>()?,
                    else_expr: else_expr.map(|expr| self.instant(*expr).map(Box::new)).transpose()?,
                }))
            }
            Expr::Column(column) => {
                let expr = Expr::Column(column);
                if self.local.is_some() && is_naive(&expr.get_type(self.schema)?) {
                    Transformed::yes(self.said(expr, Said::Clock))
                } else {
                    Transformed::no(expr)
                }
            }
            other => Transformed::no(other),
        })
    }
}

impl Clock<'_> {
    fn said(&self, expr: Expr, said: Said) -> Expr {
        shop_clock(expr, said, self.zone, self.local.as_deref())
    }

    fn type_of(&self, expr: &Expr) -> Result<DataType> {
        expr.get_type(self.schema)
    }

    /// An instant on the clock; any other value unchanged.
    fn instant(&self, expr: Expr) -> Result<Expr> {
        Ok(if is_zoned(&self.type_of(&expr)?) { self.said(expr, Said::Instant) } else { expr })
    }

    /// `CAST(expr AS to)`, or `TRY_CAST` if it is not strict.
    fn converted(&self, expr: Expr, to: &DataType, strict: bool) -> Result<Expr> {
        let from = self.type_of(&expr)?;
        let convert = |expr: Expr| if strict { cast(expr, to.clone()) } else { try_cast(expr, to.clone()) };
        Ok(match to {
            // Done on the way down the tree.
            DataType::Timestamp(_, Some(_)) => expr,
            DataType::Timestamp(unit, None) => match &from {
                text if is_text(text) => self.said(expr, Said::Text { strict }),
                zoned if is_zoned(zoned) => self.said(expr, Said::Instant),
                number if is_number(number) => self.said(expr, Said::Since(*unit)),
                _ => convert(expr),
            },
            DataType::Date32 | DataType::Date64 if is_text(&from) => self.said(expr, Said::Day { strict }),
            number if is_number(number) => convert(expr),
            _ => convert(self.instant(expr)?),
        })
    }

    /// Two values that are compared.
    fn compared(&self, left: Expr, right: Expr) -> Result<(Expr, Expr)> {
        let (left, right) = (self.instant(left)?, self.instant(right)?);
        let (l, r) = (self.type_of(&left)?, self.type_of(&right)?);
        let beside = |text: Expr, other: &DataType| {
            let literal = matches!(text, Expr::Literal(..));
            match other {
                time if is_naive(time) => self.said(text, Said::Text { strict: true }),
                DataType::Date32 if !literal => self.said(text, Said::Day { strict: true }),
                _ => text,
            }
        };
        Ok(if is_text(&l) {
            (beside(left, &r), right)
        } else if is_text(&r) {
            let right = beside(right, &l);
            (left, right)
        } else {
            (left, right)
        })
    }

    fn called(&self, mut function: ScalarFunction) -> Result<Expr> {
        let name = function.func.name().to_owned();
        let unit = match name.as_str() {
            // The arguments of these functions are right already; the others handle instants themselves.
            SHOP_CLOCK | "business_day" | "to_unixtime" | "arrow_typeof" | "arrow_metadata"
            | "arrow_field" => {
                return Ok(Expr::ScalarFunction(function));
            }
            "to_timestamp" | "to_timestamp_seconds" | "from_unixtime" => Some(TimeUnit::Second),
            "to_timestamp_millis" => Some(TimeUnit::Millisecond),
            "to_timestamp_micros" => Some(TimeUnit::Microsecond),
            "to_timestamp_nanos" => Some(TimeUnit::Nanosecond),
            _ => None,
        };
        let of_text = unit.is_some() || name == "to_date";
        if let (true, [value, formats @ ..]) = (of_text, function.args.as_slice()) {
            let from = self.type_of(value)?;
            if is_text(&from) {
                return self.parsed(&name, &function, value.clone(), formats);
            }
            if let Some(unit) = unit.filter(|_| is_number(&from)) {
                return Ok(self.said(value.clone(), Said::Since(unit)));
            }
            if let (Some(_), true) = (unit, is_zoned(&from)) {
                return Ok(self.said(value.clone(), Said::Instant));
            }
        }
        if name.starts_with("date") && function.args.first().is_some_and(is_epoch) {
            // Seconds since 1970 are those of the instant itself.
            return Ok(Expr::ScalarFunction(function));
        }
        if name == "to_local_time" {
            return match function.args.pop() {
                Some(value) => self.instant(value),
                None => plan_err!("to_local_time takes a timestamp"),
            };
        }
        let timely =
            ["date_trunc", "datetrunc", "date_part", "datepart", "date_bin"].contains(&name.as_str());
        let mut args = Vec::new();
        for (place, arg) in function.args.into_iter().enumerate() {
            let text = timely && place == 1 && is_text(&self.type_of(&arg)?);
            args.push(if text { self.said(arg, Said::Text { strict: true }) } else { self.instant(arg)? });
        }
        function.args = args;
        Ok(Expr::ScalarFunction(function))
    }

    /// `to_timestamp(text, formats...)` or `to_date(text, formats...)`.
    fn parsed(&self, name: &str, function: &ScalarFunction, text: Expr, formats: &[Expr]) -> Result<Expr> {
        let day = name == "to_date";
        if formats.is_empty() {
            let strict = true;
            return Ok(self.said(text, if day { Said::Day { strict } } else { Said::Text { strict } }));
        }
        let call = Expr::ScalarFunction(function.clone());
        let formats: Vec<Option<bool>> = formats.iter().map(of_instant).collect();
        if formats.iter().all(|instant| *instant == Some(false)) {
            // On its own clock, as written.
            return Ok(if self.local.is_some() { self.said(call, Said::Clock) } else { call });
        }
        if !day && formats.iter().all(|instant| *instant == Some(true)) {
            return Ok(self.said(
                cast(call, DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into()))),
                Said::Instant,
            ));
        }
        if day {
            return plan_err!(
                "`to_date` with an offset in its format gives the day in UTC; write CAST(to_timestamp(...) AS DATE)"
            );
        }
        plan_err!(
            "`{name}` must know of all its formats whether they have an offset (%z, %Z, %+, %s); write the formats as text, \
             and those with an offset in a call of their own, as in coalesce(...)"
        )
    }
}

fn is_epoch(part: &Expr) -> bool {
    let Expr::Literal(part, _) = part else { return false };
    part.try_as_str().flatten().is_some_and(|part| part.eq_ignore_ascii_case("epoch"))
}

/// Whether text of this format is an instant; none if the format is unknown before a run.
fn of_instant(format: &Expr) -> Option<bool> {
    let Expr::Literal(format, _) = format else { return None };
    if format.is_null() {
        return Some(false);
    }
    let format = ScalarValue::try_as_str(format).flatten()?;
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            continue;
        }
        // `%:z` and `%#z` have a symbol before the letter.
        let letter =
            characters.by_ref().find(|character| !matches!(character, ':' | '#' | '.' | '-' | '_' | '0'));
        if matches!(letter, Some('z' | 'Z' | '+' | 's')) {
            return Some(true);
        }
    }
    Some(false)
}
