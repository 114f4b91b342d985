//! Substitutes for columns of `transactions` that a shop does not have: orders without ids, rows without money.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, cast, ident, lit};

use crate::pipeline::{Amounts, Orders};
use crate::problem::Problem;

use super::mapper::Mapper;
use super::transactions::DAY;

const TRANSACTION_ID: &str = "transaction_id";
const AMOUNT: &str = "amount";

impl Mapper<'_> {
    /// Whether `orders` or `amounts` makes a column of `transactions`; it then needs no mapping.
    pub(super) fn makes(&self, column: &str) -> bool {
        match column {
            TRANSACTION_ID => self.source.orders != Orders::ById,
            AMOUNT => self.source.amounts != Amounts::Mapped,
            _ => false,
        }
    }

    /// Adds an amount of 1 to rows that have none.
    pub(super) fn stand_ins(&self, columns: &mut Vec<(String, Expr)>, problems: &mut Vec<Problem>) {
        for (column, key) in [(TRANSACTION_ID, "orders"), (AMOUNT, "amounts")] {
            if self.makes(column) && columns.iter().any(|(name, _)| name == column) {
                let what = format!("the files have a column `{column}`, and `{key}` makes it");
                let help = format!("list the `columns` to use without `{column}`, or remove `{key}`");
                problems.push(Problem::new(what).at(self.pipeline.place(&self.source.name.at)).help(help));
                return;
            }
        }
        if self.makes(AMOUNT) {
            columns.push((AMOUNT.to_owned(), lit(ScalarValue::Decimal128(Some(100), 28, 2))));
        }
    }

    /// The id of an order if orders have none: the customer, and the day or the time. NULL without them.
    pub(super) fn order_id(&self) -> Option<(&'static str, Expr)> {
        let when = match self.source.orders {
            Orders::ById => return None,
            Orders::CustomerDay => DAY,
            Orders::CustomerTime => "occurred_at",
        };
        let text = |expr: Expr| cast(expr, DataType::Utf8View);
        let customer = binary_expr(ident("customer_id"), Operator::StringConcat, text(lit(" ")));
        let id = binary_expr(customer, Operator::StringConcat, text(ident(when)));
        Some((TRANSACTION_ID, text(id)))
    }
}
