//! The SQL expressions of the pipeline file: of columns and of rules.

use std::ops::ControlFlow;

use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Ident, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use crate::pipeline::Spanned;
use crate::problem::{Problem, suggestion};

use super::source::Mapper;
use super::sql::{bind, chains, explain, fickle, fickleness};

impl Mapper<'_> {
    /// Plans an expression of the pipeline file. Names are matched to columns as written, or else without regard to
    /// case, so that `CustomerID` needs no quotes.
    pub(super) fn expression(&self, sql: &Spanned<String>, schema: &DFSchema) -> Result<Expr, Vec<Problem>> {
        let file = &self.pipeline.file;
        // The value may be quoted or folded in YAML; the caret then falls on its beginning.
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
        bind(&mut parsed.expr, self.parameters, file, offset)
            .map_err(|problems| problems.into_iter().map(narrow).collect::<Vec<_>>())?;
        self.resolve(&mut parsed.expr, schema, sql)?;
        let expr = self
            .context
            .state()
            .create_logical_expr_from_sql_expr(parsed, schema)
            .map_err(|error| vec![narrow(explain(&error, file, offset))])?;
        match fickle(&expr) {
            Some(function) => Err(vec![fickleness(&function).at(self.pipeline.place(&sql.at))]),
            None => Ok(expr),
        }
    }

    fn resolve(
        &self,
        expr: &mut SqlExpr,
        schema: &DFSchema,
        sql: &Spanned<String>,
    ) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let _ = visit_expressions_mut(expr, |expr: &mut SqlExpr| {
            if let SqlExpr::Identifier(name) = expr
                && name.quote_style.is_none()
            {
                match self.match_column(&name.value, schema, sql) {
                    Ok(column) => *name = Ident { quote_style: Some('"'), value: column, span: name.span },
                    Err(problem) => problems.push(problem),
                }
            }
            ControlFlow::<()>::Continue(())
        });
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn match_column(&self, name: &str, schema: &DFSchema, sql: &Spanned<String>) -> Result<String, Problem> {
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        if names.contains(&name) {
            return Ok(name.to_owned());
        }
        let alike: Vec<&&str> = names.iter().filter(|column| column.eq_ignore_ascii_case(name)).collect();
        if let [one] = alike.as_slice() {
            return Ok((**one).to_owned());
        }
        let at = self.pipeline.file.text.get(sql.at.clone()).and_then(|text| text.find(name));
        let at = at.map_or(sql.at.clone(), |start| sql.at.start + start..sql.at.start + start + name.len());
        let (what, help) = if alike.is_empty() {
            let what = format!("the files of `{}` have no column `{name}`", self.source.name.value);
            (what, suggestion(name, names))
        } else {
            let what = format!("`{name}` could be several columns of the files");
            (what, Some(format!("quote the one you mean, as in \"{}\"", alike[0])))
        };
        Err(Problem::new(what).at(self.pipeline.place(&at)).help_if(help))
    }
}
