//! From SQL text to a plan: parsing, the tables it names, and binding parameters.
//!
//! Parameters are the placeholders of DataFusion's SQL (`$as_of`). They are bound in the syntax tree, as literals of
//! their type. So they work wherever SQL takes a value, even inside `interval`, `limit` and window frames, where the
//! planner itself accepts no placeholder. Nothing is ever pasted into text.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    self, Array, DataType as SqlType, Expr as SqlExpr, Spanned, UnaryOperator, Value as SqlValue,
    visit_expressions, visit_expressions_mut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, Tokenizer};

use crate::pipeline::{Parameters, Value};
use crate::problem::{Place, Problem, SourceText, suggestion};

use super::comparison::odd_in;
use super::depth::{TooLong, too_long};
use super::exact::exact_plan;
use super::explained::explain;
use super::hidden_order::told_apart;
use super::span::bytes;

/// One query of a SQL file.
#[derive(Debug, Clone)]
pub struct Query {
    /// The file.
    pub source: Arc<SourceText>,
    statement: Box<ast::Statement>,
}

impl Query {
    /// Parses a file that holds one query.
    ///
    /// # Errors
    /// What is not SQL, or not one query.
    pub fn parse(source: &Arc<SourceText>) -> Result<Self, Problem> {
        chains(&source.text, source, 0)?;
        let dialect = GenericDialect {};
        let statements = DFParserBuilder::new(source.text.as_str())
            .with_dialect(&dialect)
            .build()
            .and_then(|mut parser| parser.parse_statements())
            .map_err(|error| explain(&error, source, 0))?;
        let whole = || Place::new(source, 0..0);
        if statements.is_empty() {
            let problem = Problem::new(format!("{} holds no query", source.name)).at(whole());
            return Err(problem.help("write one `select`: its result is the step's table"));
        }
        let mut statements = statements.into_iter();
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            let what = format!("{} must hold one query", source.name);
            return Err(Problem::new(what)
                .at(second(source).unwrap_or_else(whole))
                .help("put each query in a file and a step of its own"));
        };
        let Some(statement) = query(statement) else {
            let what = format!("{} is not a query", source.name);
            let help = "a step is one `select` (or `with ... select`): its result is the step's table";
            return Err(Problem::new(what).at(whole()).help(help));
        };
        let query = Self { source: Arc::clone(source), statement };
        super::suspicious::forgotten(&query).map_or(Ok(query), Err)
    }

    /// The tables that the query names, except those it defines itself (`with`).
    ///
    /// # Errors
    /// A name that cannot be a table name.
    pub fn tables(&self) -> Result<Vec<TableReference>, Problem> {
        datafusion::sql::resolve::resolve_table_references(
            &Statement::Statement(self.statement.clone()),
            true,
        )
        .map(|(tables, _)| tables)
        .map_err(|error| explain(&error, &self.source, 0))
    }

    /// Where the query first names a table. Names in comments are skipped.
    pub fn place_of(&self, table: &str) -> Place {
        let named = ast::visit_relations(&*self.statement, |name| {
            let plain = |text: &str| text.replace(['"', '\'', '`'], "");
            if plain(&name.to_string()).eq_ignore_ascii_case(&plain(table)) {
                return ControlFlow::Break(name.span());
            }
            ControlFlow::Continue(())
        });
        let span = match named {
            ControlFlow::Break(span) => bytes(&self.source.text, span, 0),
            ControlFlow::Continue(()) => 0..0,
        };
        Place::new(&self.source, span)
    }

    /// Where the query first writes a text in quotes, or its beginning if it has the text from a parameter.
    pub fn place_of_text(&self, text: &str) -> Place {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.source.text).tokenize_with_location();
        let is = |token: &Token| matches!(token, Token::SingleQuotedString(found) if found == text);
        let found = tokens.unwrap_or_default().into_iter().find(|token| is(&token.token));
        Place::new(&self.source, found.map_or(0..0, |token| bytes(&self.source.text, token.span, 0)))
    }

    /// The texts that the query writes as a column of a name: `'answer' as place`, each with its place. In a `union` only its
    /// first query names columns.
    pub fn texts_of(&self, column: &str) -> Vec<(String, Place)> {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.source.text).tokenize_with_location();
        let tokens: Vec<_> = tokens
            .unwrap_or_default()
            .into_iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)))
            .collect();
        let is = |token: Option<&Token>, name: &str| matches!(token, Some(Token::Word(word)) if word.value.eq_ignore_ascii_case(name));
        let at = |index: usize| tokens.get(index).map(|token| &token.token);
        let found = tokens.iter().enumerate().filter_map(|(index, token)| {
            let Token::SingleQuotedString(text) = &token.token else { return None };
            (is(at(index + 1), "as") && is(at(index + 2), column))
                .then(|| (text.clone(), Place::new(&self.source, bytes(&self.source.text, token.span, 0))))
        });
        found.collect()
    }

    /// The texts that the query chooses among for a column: those behind `then` and `else` of `case ... end as column`.
    pub fn choices_of(&self, column: &str) -> Vec<(String, Place)> {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.source.text).tokenize_with_location();
        let tokens: Vec<_> = tokens
            .unwrap_or_default()
            .into_iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)))
            .collect();
        let is = |index: usize, name: &str| matches!(tokens.get(index).map(|token| &token.token), Some(Token::Word(word)) if word.value.eq_ignore_ascii_case(name));
        let Some(end) = (0..tokens.len()).find(|at| is(*at, "end") && is(at + 1, "as") && is(at + 2, column))
        else {
            return Vec::new();
        };
        let Some(begin) = (0..end).rev().find(|at| is(*at, "case")) else { return Vec::new() };
        let behind =
            |at: usize| at.checked_sub(1).is_some_and(|before| is(before, "then") || is(before, "else"));
        let chosen = (begin..end).filter(|at| behind(*at)).filter_map(|at| tokens.get(at));
        chosen
            .filter_map(|token| match &token.token {
                Token::SingleQuotedString(text) => {
                    Some((text.clone(), Place::new(&self.source, bytes(&self.source.text, token.span, 0))))
                }
                _ => None,
            })
            .collect()
    }

    /// Where the query first has a word, or its beginning.
    pub fn place_of_word(&self, name: &str) -> Place {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.source.text).tokenize_with_location();
        let is = |token: &Token| matches!(token, Token::Word(word) if word.value.eq_ignore_ascii_case(name));
        let found = tokens.unwrap_or_default().into_iter().find(|token| is(&token.token));
        Place::new(&self.source, found.map_or(0..0, |token| bytes(&self.source.text, token.span, 0)))
    }

    /// Where the query divides, if it does so once.
    pub fn place_of_division(&self) -> Option<Place> {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.source.text).tokenize_with_location().ok()?;
        let mut signs = tokens.into_iter().filter(|token| matches!(token.token, Token::Div | Token::Mod));
        let (Some(sign), None) = (signs.next(), signs.next()) else { return None };
        Some(Place::new(&self.source, bytes(&self.source.text, sign.span, 0)))
    }

    /// The parameters that the query names, without `$`.
    pub fn placeholders(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let _ = visit_expressions(&*self.statement, |expr: &SqlExpr| {
            if let Some((name, _)) = placeholder(expr) {
                names.insert(name.to_owned());
            }
            ControlFlow::<()>::Continue(())
        });
        names
    }

    /// The words of the query that can be column names, as the engine reads them: in lower case unless quoted.
    pub fn words(&self) -> BTreeSet<String> {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.source.text).tokenize().unwrap_or_default();
        let word = |token: Token| match token {
            Token::Word(word) if word.quote_style.is_some() => Some(word.value),
            Token::Word(word) => Some(word.value.to_ascii_lowercase()),
            _ => None,
        };
        tokens.into_iter().filter_map(word).collect()
    }

    /// Binds the parameters and plans the query in a session.
    ///
    /// # Errors
    /// Unknown parameters, tables, columns and functions, and types that do not fit, each with its place.
    pub async fn plan(
        &self,
        context: &SessionContext,
        parameters: &Parameters,
    ) -> Result<LogicalPlan, Vec<Problem>> {
        let mut statement = self.statement.clone();
        bind(&mut *statement, parameters, &self.source, 0)?;
        let state = context.state();
        told_apart(&mut statement, &|function| state.aggregate_functions().contains_key(function));
        let planned = state.statement_to_plan(Statement::Statement(statement)).await;
        // Checked as written in the text: later a number that is compared with a date is a date too.
        let planned = planned.and_then(|plan| odd_in(&plan).map_or(Ok(plan), Err));
        planned
            .and_then(exact_plan)
            .map_err(|error| error.iter().map(|error| explain(error, &self.source, 0)).collect())
    }
}

/// Where the second query of a file begins.
fn second(source: &Arc<SourceText>) -> Option<Place> {
    let tokens = Tokenizer::new(&GenericDialect {}, &source.text).tokenize_with_location().ok()?;
    let mut behind = tokens.into_iter().skip_while(|token| token.token != Token::SemiColon).skip(1);
    let first = behind.find(|token| !matches!(token.token, Token::Whitespace(_) | Token::SemiColon))?;
    Some(Place::new(source, bytes(&source.text, first.span, 0)))
}

/// Reports a chain of operators or queries that is too long to plan. `offset` is where `sql` begins in its source.
pub(super) fn chains(sql: &str, source: &Arc<SourceText>, offset: usize) -> Result<(), Problem> {
    let Some(TooLong { span, what, help }) = too_long(sql) else { return Ok(()) };
    let place = Place::new(source, bytes(&source.text, span, offset));
    Err(Problem::new(what).at(place).help(help))
}

/// A function in an expression that depends on more than its arguments, such as `now` or `random`.
pub(super) fn fickle(expr: &Expr) -> Option<String> {
    let mut found = None;
    let _ = expr.apply(|expr| {
        if let Expr::ScalarFunction(function) = expr
            && function.func.signature().volatility != Volatility::Immutable
        {
            found = Some(function.func.name().to_owned());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// The same for all expressions of a plan.
pub(super) fn fickle_in(plan: &LogicalPlan) -> Option<String> {
    let mut found = None;
    let _ = plan.apply_with_subqueries(|plan| {
        let _ = plan.apply_expressions(|expr| {
            found = found.take().or_else(|| fickle(expr));
            Ok(TreeNodeRecursion::Continue)
        });
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// The error for such a function.
pub(super) fn fickleness(function: &str) -> Problem {
    let what = format!("`{function}()` gives something else on every run");
    Problem::new(what)
        .help("the same files and as-of date must give the same figures; `$as_of` is the date of the run")
}

/// The statement, if it is a query.
fn query(statement: Statement) -> Option<Box<ast::Statement>> {
    match statement {
        Statement::Statement(inner) if matches!(*inner, ast::Statement::Query(_)) => Some(inner),
        _ => None,
    }
}

/// A placeholder's name without `$`, and its place.
fn placeholder(expr: &SqlExpr) -> Option<(&str, Span)> {
    match expr {
        SqlExpr::Value(value) => match &value.value {
            SqlValue::Placeholder(name) => Some((name.strip_prefix('$').unwrap_or(name), value.span)),
            _ => None,
        },
        _ => None,
    }
}

/// Replaces placeholders by literals. `offset` is where the parsed text begins in its source.
pub(super) fn bind<T: ast::VisitMut>(
    tree: &mut T,
    parameters: &Parameters,
    source: &Arc<SourceText>,
    offset: usize,
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let _ = visit_expressions_mut(tree, |expr: &mut SqlExpr| {
        let Some((name, span)) = placeholder(expr) else { return ControlFlow::<()>::Continue(()) };
        if let Some(value) = parameters.get(name) {
            *expr = literal(value, span);
        } else {
            let place = Place::new(source, bytes(&source.text, span, offset));
            let plain = name.trim_start_matches([':', '?', '@']);
            let (what, help) = if plain.len() == name.len() {
                let help = suggestion(name, parameters.keys().map(String::as_str));
                let help = if name == "as_of" {
                    Some(
                        "expressions of sources do not see `as_of`: rows after it are left out anyway"
                            .to_owned(),
                    )
                } else {
                    help
                };
                (format!("no parameter `${name}` is set"), help)
            } else {
                let written = if plain.is_empty() { "$as_of" } else { &format!("${plain}") };
                (format!("`{name}` is no parameter"), Some(format!("a parameter is written `{written}`")))
            };
            problems.push(Problem::new(what).at(place).help_if(help));
        }
        ControlFlow::Continue(())
    });
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// A value as a typed literal of the syntax tree.
fn literal(value: &Value, span: Span) -> SqlExpr {
    let of = |value: SqlValue| SqlExpr::Value(value.with_span(span));
    match value {
        Value::Bool(value) => of(SqlValue::Boolean(*value)),
        Value::Integer(value) => number(&value.to_string(), span),
        Value::Decimal(value) => number(value, span),
        Value::Text(value) => of(SqlValue::SingleQuotedString(value.clone())),
        Value::Date(value) => SqlExpr::TypedString(ast::TypedString {
            data_type: SqlType::Date,
            value: SqlValue::SingleQuotedString(value.to_string()).with_span(span),
            uses_odbc_syntax: false,
        }),
        Value::List(items) => SqlExpr::Array(Array {
            elem: items.iter().map(|item| literal(item, span)).collect(),
            named: false,
        }),
    }
}

fn number(digits: &str, span: Span) -> SqlExpr {
    let of = |digits: &str| SqlExpr::Value(SqlValue::Number(digits.to_owned(), false).with_span(span));
    match digits.strip_prefix('-') {
        Some(positive) => SqlExpr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(of(positive)) },
        None => of(digits),
    }
}
