//! The SQL expressions of the pipeline file, for columns and rules.

use std::ops::ControlFlow;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ExprSchema};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use crate::pipeline::Spanned;
use crate::problem::{Problem, suggestion};

use super::clock::on_clock;
use super::exact::{exact, exact_products};
use super::explained::explain;
use super::failing::Unreadable;
use super::functions::{is_uuid, uuid_text};
use super::mapper::Mapper;
use super::remedy::{quoted, text_in_arithmetic};
use super::span::bytes;
use super::sql::{bind, chains};

impl Mapper<'_> {
    /// Plans an expression of the pipeline file. Names match columns as written, or else without regard to case:
    /// `CustomerID` needs no quotes.
    pub(super) fn expression(&self, sql: &Spanned<String>, schema: &DFSchema) -> Result<Expr, Vec<Problem>> {
        self.expression_of(sql, schema, None)
    }

    /// As [`Mapper::expression`]; names without a source are those of a source that is joined, where one is given.
    pub(super) fn expression_of(
        &self,
        sql: &Spanned<String>,
        schema: &DFSchema,
        of: Option<&str>,
    ) -> Result<Expr, Vec<Problem>> {
        self.planned(sql, schema, of).map_err(|problems| {
            let names = schema.fields().iter().map(|field| field.name().as_str());
            let Some(quoted) = quoted(&sql.value, names) else { return problems };
            // SQL's error about the parts of such a name does not help.
            let what = "a column's name that is not one word needs double quotes";
            vec![Problem::new(what).at(self.pipeline.place(&sql.at)).help(format!("write {quoted}"))]
        })
    }

    fn planned(
        &self,
        sql: &Spanned<String>,
        schema: &DFSchema,
        of: Option<&str>,
    ) -> Result<Expr, Vec<Problem>> {
        let file = self.pipeline.file();
        // The value may be quoted or folded in YAML; then the caret is at its beginning.
        let offset = file
            .text
            .get(sql.at.clone())
            .map_or(sql.at.start, |text| sql.at.start + usize::from(text.starts_with(['"', '\''])));
        let verbatim = file.text.get(offset..).is_some_and(|text| text.starts_with(&sql.value));
        let narrow =
            |problem: Problem| if verbatim { problem } else { problem.at(self.pipeline.place(&sql.at)) };
        chains(&sql.value, file, offset).map_err(|problem| vec![narrow(problem)])?;
        let dialect = GenericDialect {};
        let parsed = DFParserBuilder::new(sql.value.as_str())
            .with_dialect(&dialect)
            .build()
            .and_then(|mut parser| parser.parse_into_expr());
        let mut parsed = parsed.map_err(|error| vec![narrow(explain(&error, file, offset))])?;
        self.one_row(&parsed.expr, sql).map_err(|problem| vec![problem])?;
        bind(&mut parsed.expr, self.parameters, file, offset)
            .map_err(|problems| problems.into_iter().map(narrow).collect::<Vec<_>>())?;
        self.resolve(&mut parsed.expr, schema, sql, of)?;
        let expr = self
            .context
            .state()
            .create_logical_expr_from_sql_expr(parsed, schema)
            .map_err(|error| vec![narrow(explain(&error, file, offset))])?;
        self.settled_by_row(&expr, sql).map_err(|problem| vec![problem])?;
        if let Some(unreadable) = Unreadable::of(&expr) {
            return Err(vec![unreadable.problem().at(self.pipeline.place(&sql.at))]);
        }
        let expr = uuids(expr, schema).map_err(|error| vec![narrow(explain(&error, file, offset))])?;
        if expr.get_type(schema).is_err() {
            if let Some(name) = text_in_arithmetic(&expr, schema) {
                let problem = Problem::new(format!("`{name}` is text, and cannot be calculated with"));
                let help = format!(
                    "make it a number, as in `CAST({name} AS DECIMAL(18, 4))`; all columns of CSV files are text"
                );
                return Err(vec![problem.at(self.pipeline.place(&sql.at)).help(help)]);
            }
            // The code that needs its type reports the error.
            return Ok(expr);
        }
        self.exactly(expr, schema).map_err(|error| vec![narrow(explain(&error, file, offset))])
    }

    /// The expression with instants on the shop's clock and arithmetic that cannot wrap.
    fn exactly(&self, expr: Expr, schema: &DFSchema) -> EngineResult<Expr> {
        let expr = on_clock(expr, schema, self.zone())?;
        exact_products(exact(expr, schema)?.data, schema)
    }

    fn resolve(
        &self,
        expr: &mut SqlExpr,
        schema: &DFSchema,
        sql: &Spanned<String>,
        of: Option<&str>,
    ) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let _ = visit_expressions_mut(expr, |expr: &mut SqlExpr| {
            if let (Some(source), SqlExpr::Identifier(name)) = (of, &*expr)
                && source != self.source.name.value
            {
                *expr = SqlExpr::CompoundIdentifier(vec![Ident::new(source), name.clone()]);
            }
            if let Some(name) = self.of_partner(expr) {
                *expr = SqlExpr::Identifier(name);
            }
            if let SqlExpr::Identifier(name) = expr
                && name.quote_style.is_none()
            {
                match self.match_column(name, schema, sql, of) {
                    Ok(column) => *name = Ident { quote_style: Some('"'), value: column, span: name.span },
                    Err(problem) => problems.push(problem),
                }
            }
            ControlFlow::<()>::Continue(())
        });
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn match_column(
        &self,
        ident: &Ident,
        schema: &DFSchema,
        sql: &Spanned<String>,
        of: Option<&str>,
    ) -> Result<String, Problem> {
        let name = ident.value.as_str();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let names: Vec<&str> = names.filter(|name| self.is_shown(name)).collect();
        if names.contains(&name) {
            return Ok(name.to_owned());
        }
        let alike: Vec<&&str> = names.iter().filter(|column| column.eq_ignore_ascii_case(name)).collect();
        if let [one] = alike.as_slice() {
            return Ok((**one).to_owned());
        }
        let bare = of.and_then(|of| name.strip_prefix(of)?.strip_prefix('.')).unwrap_or(name);
        // Where the parser found it, if the file has the expression as it is; else where its letters stand.
        let text = self.pipeline.file().text.get(sql.at.clone()).unwrap_or_default();
        let quote = usize::from(text.starts_with(['"', '\'']));
        let spanned = bytes(&self.pipeline.file().text, ident.span, sql.at.start + quote);
        let verbatim = self.pipeline.file().text.get(spanned.clone()) == Some(bare);
        let at = if verbatim {
            spanned
        } else {
            let found = text.find(bare);
            found.map_or(sql.at.clone(), |start| sql.at.start + start..sql.at.start + start + bare.len())
        };
        let (what, help) =
            if let (true, Some((source, column))) = (alike.is_empty(), self.partner_named(name)) {
                let of_source = names.iter().filter_map(|name| self.partner_named(name));
                let of_source = of_source.filter(|(other, _)| *other == source).map(|(_, column)| column);
                (format!("`{source}` has no column `{column}`"), suggestion(column, of_source))
            } else if let (true, Some(of)) = (alike.is_empty(), of) {
                (format!("`{of}` has no column `{name}`"), suggestion(name, names.iter().copied()))
            } else if alike.is_empty() {
                let what = format!("the files of `{}` have no column `{name}`", self.source.name.value);
                let joined = self.elsewhere(name, &names).map(|column| format!("write `{column}`"));
                (what, joined.or_else(|| suggestion(name, names)))
            } else {
                let what = format!("`{name}` could be several columns of the files");
                (what, Some(format!("quote the one you mean, as in \"{}\"", alike[0])))
            };
        Err(Problem::new(what).at(self.pipeline.place(&at)).help_if(help))
    }
}

/// An expression with UUIDs as text.
pub(super) fn uuids(expr: Expr, schema: &DFSchema) -> EngineResult<Expr> {
    let text = expr.transform_up(|expr| {
        let uuid = match &expr {
            Expr::Column(column) => schema.field_from_column(column).is_ok_and(|field| is_uuid(field)),
            _ => false,
        };
        Ok(if uuid { Transformed::yes(uuid_text(expr)) } else { Transformed::no(expr) })
    });
    Ok(text?.data)
}
