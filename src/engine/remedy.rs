//! Suggestions for two common mistakes in expressions: column names with blanks, and arithmetic with text.

use std::borrow::Cow;

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator};

/// The corrected value for the pipeline file, if an expression names columns without the quotes that SQL needs
/// (`Customer ID`); none if there is no such column.
pub(super) fn quoted<'a>(sql: &str, columns: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut odd: Vec<&str> = columns.filter(|name| is_odd(name)).collect();
    // `Unit Price` before `Unit`, if both are columns.
    odd.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let (mut written, mut rest, mut open, mut found) = (String::new(), sql, None, false);
    while let Some(letter) = rest.chars().next() {
        let begins = open.is_none() && !written.ends_with(is_of_name);
        let ends = |name: &str| !rest.get(name.len()..).is_some_and(|after| after.starts_with(is_of_name));
        let name = odd.iter().find(|name| begins && rest.starts_with(**name) && ends(name));
        if let Some(name) = name {
            written.push_str(&identifier(name));
            rest = rest.get(name.len()..).unwrap_or_default();
            found = true;
            continue;
        }
        match open {
            Some(quote) if quote == letter => open = None,
            None if letter == '"' || letter == '\'' => open = Some(letter),
            _ => {}
        }
        written.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    found.then(|| format!("'{}'", written.replace('\'', "''")))
}

/// Whether a name needs quotes in SQL. Names of one or two letters are excluded, as their meaning is unclear.
fn is_odd(name: &str) -> bool {
    let plain = name.chars().all(is_of_name) && !name.starts_with(|first: char| first.is_ascii_digit());
    !plain && name.len() > 2 && name.contains(char::is_alphanumeric)
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// A column's name in SQL; its case does not matter in expressions of the pipeline file.
fn identifier(name: &str) -> Cow<'_, str> {
    if is_odd(name) {
        return Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")));
    }
    Cow::Borrowed(name)
}

/// The first text column that an expression adds, subtracts, multiplies or divides, as written in SQL.
pub(super) fn text_in_arithmetic(expr: &Expr, schema: &DFSchema) -> Option<String> {
    let mut found = None;
    let _ = expr.apply(|expr| {
        if let Expr::BinaryExpr(binary) = expr
            && matches!(
                binary.op,
                Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
            )
        {
            for side in [&binary.left, &binary.right] {
                if let Expr::Column(column) = side.as_ref()
                    && matches!(
                        side.get_type(schema),
                        Ok(DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
                    )
                {
                    found = Some(identifier(&column.name).into_owned());
                    return Ok(TreeNodeRecursion::Stop);
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn names_with_blanks_get_quotes() {
        let columns = ["Customer ID", "Unit Price (£)", "Unit", "Order No.", "2nd", "Qty", "%", "a-b"];
        let cases = [
            ("Customer ID", Some(r#"'"Customer ID"'"#)),
            ("Qty * Unit Price (£)", Some(r#"'Qty * "Unit Price (£)"'"#)),
            ("CAST(Order No. AS VARCHAR)", Some(r#"'CAST("Order No." AS VARCHAR)'"#)),
            ("Customer ID IS NULL OR Qty = 'a'", Some(r#"'"Customer ID" IS NULL OR Qty = ''a'''"#)),
            ("a-b", Some(r#"'"a-b"'"#)),
            // Names that have quotes, are text, or are part of another name.
            (r#""Customer ID" = 'Customer ID'"#, None),
            ("Unit Price", None),
            ("aa-b + a-bb + x2nd", None),
            ("Qty % 2", None),
        ];
        for (sql, wanted) in cases {
            assert_eq!(quoted(sql, columns.into_iter()).as_deref(), wanted, "{sql}");
        }
    }
}
