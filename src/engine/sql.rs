//! From SQL text to a plan: parsing, the tables it names, binding parameters, and errors that point into the text.
//!
//! Parameters are the placeholders of DataFusion's SQL (`$as_of`). They are bound in the syntax tree, as literals of
//! their type. So they work wherever SQL takes a value, even inside `interval`, `limit` and window frames, where the
//! planner itself accepts no placeholder. Nothing is ever pasted into text.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Diagnostic, SchemaError, TableReference};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    self, Array, DataType as SqlType, Expr as SqlExpr, Spanned, UnaryOperator, Value as SqlValue,
    visit_expressions, visit_expressions_mut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, Tokenizer};

use crate::pipeline::{Parameters, Value};
use crate::problem::{Place, Problem, SourceText, closest, suggestion};
use crate::tables::sql_types;

use super::comparison::odd_in;
use super::depth::{TooLong, too_long};
use super::dialects;
use super::exact::exact_plan;
use super::hidden_order::told_apart;
use super::judged::unlike;
use super::reworded::{place, reworded, word_of_sql};
use super::span::bytes;
use super::syntax;

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

/// An engine's error as a problem in a SQL text, with a caret if the engine gives a place. `offset` is where the parsed
/// text begins in its source.
pub(super) fn explain(error: &DataFusionError, source: &Arc<SourceText>, offset: usize) -> Problem {
    if let Some(diagnostic) = error.diagnostic() {
        return from_diagnostic(diagnostic, error, source, offset);
    }
    let text = plain(error);
    if text.starts_with("recursionLimitExceeded") {
        let problem = Problem::new("parentheses, calls or queries are nested more than 50 deep");
        return problem
            .at(Place::new(source, offset..offset))
            .help("give the inner parts names with `with ... as (...)`, or steps of their own");
    }
    let sql = source.text.get(offset..).unwrap_or_default();
    // Behind an expression of the pipeline file the rest of that file follows.
    let sql = if offset == 0 { sql } else { sql.lines().next().unwrap_or_default() };
    if let Some(said) = reworded(&text, sql) {
        return said.problem(source, offset);
    }
    let (text, span) = match parser_location(&text) {
        Some((at, location)) => {
            let span = bytes(&source.text, Span::new(location, location), offset);
            let message = text[..at].trim_end().to_owned();
            return unread(&message, span, source, offset);
        }
        None => {
            let of_query = || {
                let at = place(&text, sql);
                // An expression of the pipeline file is the whole of what is meant.
                if offset == 0 { at } else { offset..offset }
            };
            (text.clone(), called(&text, &source.text, offset).unwrap_or_else(of_query))
        }
    };
    let twice = text.contains("duplicate") && text.len() < 300;
    let help = twice.then(|| "give each column a name of its own with `as`".to_owned());
    Problem::new(text).at(Place::new(source, span)).help_if(help)
}

/// What the parser says of a text that it cannot read on, in other words.
fn unread(message: &str, span: Range<usize>, source: &Arc<SourceText>, offset: usize) -> Problem {
    let rest = source.text.get(offset..).unwrap_or_default();
    let sql = if offset == 0 { rest } else { rest.lines().next().unwrap_or_default() };
    let at = span.start.saturating_sub(offset);
    if message.starts_with("unterminated string literal") {
        let hidden = offset > 0
            && source.text.get(span.start..).is_some_and(|text| {
                text.lines().next().is_some_and(|line| line.contains(" #") || line.contains("'#"))
            });
        let help = if hidden {
            "in YAML `#` begins a comment: put the whole expression in double quotes"
        } else {
            "write `'` at the end of the text; a quote within it is written twice: `''`"
        };
        let problem = Problem::new("the quote that begins here is not closed");
        return problem.at(Place::new(source, span.start..span.start + 1)).help(help);
    }
    if message.contains("multi-line comment") {
        let begins = rest.find("/*").map_or(span.start, |at| offset + at);
        let problem = Problem::new("the comment that begins here is not closed");
        return problem.at(Place::new(source, begins..begins + 2)).help("write `*/` at its end");
    }
    if offset > 0 && sql.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("select ")) {
        let problem = Problem::new("a column is an expression over the columns of the files, and no query");
        return problem
            .at(Place::new(source, offset..offset + 6))
            .help("write the expression alone, such as `upper(channel)`; a query is a step");
    }
    if let Some(said) = word_of_sql(sql, at) {
        return said.problem(source, offset);
    }
    if message.contains("xpected: ") {
        return syntax::stopped(sql, at, &lower_first(message)).problem(source, offset);
    }
    let help = "look at this word and the one before it";
    Problem::new(message.to_owned()).at(Place::new(source, span)).help(help)
}

/// Two queries of a `union` and the like with different numbers of columns.
fn set_of_columns(diagnostic: &Diagnostic, source: &Arc<SourceText>, offset: usize) -> Option<Problem> {
    let (set, _) = diagnostic.message.split_once(" queries have different number of columns")?;
    let counts: Vec<&str> = diagnostic
        .notes
        .iter()
        .filter_map(|note| note.message.strip_prefix("this side has ")?.split(' ').next())
        .collect();
    let [first, second] = counts.as_slice() else { return None };
    // A query behind `minus` was mostly meant to be something else.
    if set == "MINUS" {
        let said = reworded(&diagnostic.message, source.text.get(offset..).unwrap_or_default())?;
        return Some(said.problem(source, offset));
    }
    let span = diagnostic.notes.last().and_then(|note| note.span).or(diagnostic.span);
    let at = span.map_or(offset..offset, |span| {
        let location = |at: datafusion::common::Location| Location::new(at.line, at.column);
        bytes(&source.text, Span::new(location(span.start), location(span.end)), offset)
    });
    let what = format!(
        "the queries of `{}` have different numbers of columns: {first}, and {second} here",
        set.to_ascii_lowercase()
    );
    let help = "give them the same columns in the same order; where one has nothing to say, `cast(null as varchar) as name`";
    Some(Problem::new(what).at(Place::new(source, at)).help(help))
}

/// Where the function named in a message ("function 'sum' expects ...") is first called.
fn called(message: &str, text: &str, offset: usize) -> Option<Range<usize>> {
    let name = between(message, "unction '", "'").or_else(|| between(message, "no function `", "("))?;
    let rest = text.get(offset..)?.to_ascii_lowercase();
    let at = offset + rest.find(&format!("{}(", name.to_ascii_lowercase()))?;
    Some(at..at + name.len())
}

fn from_diagnostic(
    diagnostic: &Diagnostic,
    error: &DataFusionError,
    source: &Arc<SourceText>,
    offset: usize,
) -> Problem {
    if let Some(problem) = set_of_columns(diagnostic, source, offset) {
        return problem;
    }
    let span = diagnostic.span.map_or(offset..offset, |span| {
        let start = Location::new(span.start.line, span.start.column);
        let end = Location::new(span.end.line, span.end.column);
        bytes(&source.text, Span::new(start, end), offset)
    });
    if diagnostic.message.starts_with("- cannot be used with UInt") {
        let what = "a number that is never negative has no `-`";
        let help = "convert it first, as in `-cast(row_number() over (...) as bigint)`";
        return Problem::new(what).at(Place::new(source, span)).help(help);
    }
    if diagnostic.message.contains("xpected: ") && diagnostic.message.contains("found: ") {
        let message = parser_location(&diagnostic.message)
            .map_or(diagnostic.message.as_str(), |(at, _)| diagnostic.message[..at].trim_end());
        return unread(message, span, source, offset);
    }
    if let Some(problem) = told(diagnostic, error, span.clone(), source, offset) {
        return problem;
    }
    let helps = diagnostic.helps.iter().map(|help| (help.message.as_str(), help.span));
    let notes = diagnostic.notes.iter().map(|note| (note.message.as_str(), note.span));
    let mut help: Vec<String> = Vec::new();
    for (text, span) in helps.chain(notes) {
        let mut text = lower_first(&sql_types(text));
        // "has type DATE" refers to the expression at its span.
        if let Some(span) = span.filter(|_| text.starts_with("has type")) {
            let start = Location::new(span.start.line, span.start.column);
            let end = Location::new(span.end.line, span.end.column);
            let of = bytes(&source.text, Span::new(start, end), offset);
            text = format!("`{}` {text}", source.text.get(of).unwrap_or("it"));
        }
        if !help.contains(&text) {
            help.push(text);
        }
    }
    let help = (!help.is_empty()).then(|| help.join("; "));
    let message = parser_location(&diagnostic.message)
        .map_or(diagnostic.message.as_str(), |(at, _)| diagnostic.message[..at].trim_end());
    Problem::new(lower_first(&sql_types(message))).at(Place::new(source, span)).help_if(help)
}

/// What the engine tells with a place, in other words.
fn told(
    diagnostic: &Diagnostic,
    error: &DataFusionError,
    span: Range<usize>,
    source: &Arc<SourceText>,
    offset: usize,
) -> Option<Problem> {
    let rest = source.text.get(offset..).unwrap_or_default();
    let sql = if offset == 0 { rest } else { rest.lines().next().unwrap_or_default() };
    let message = lower_first(&sql_types(&diagnostic.message));
    let here =
        |what: String, help: String| Some(Problem::new(what).at(Place::new(source, span.clone())).help(help));
    let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned();
    let named = |start: &str| -> Vec<String> {
        let helps = diagnostic.helps.iter().map(|help| help.message.as_str());
        let notes = diagnostic.notes.iter().map(|note| note.message.as_str());
        helps
            .chain(notes)
            .filter_map(|text| Some(lower_first(text).strip_prefix(start)?.trim_matches('\'').to_owned()))
            .collect()
    };
    if let Some(name) = between(&message, "column '", "' not found") {
        return Some(no_column(name, error, &named("possible column "), span, source, offset));
    }
    if let Some(name) = between(&message, "column '", "' is ambiguous") {
        let tables: Vec<String> = named("possible column ").iter().map(|name| format!("`{name}`")).collect();
        return here(
            format!("`{name}` is a column of several tables"),
            format!("write {}", tables.join(" or ")),
        );
    }
    if let Some(name) = between(&message, "invalid function '", "'") {
        let near = named("possible function ");
        let near: Vec<&str> = near.iter().map(String::as_str).collect();
        return here(format!("there is no function `{name}`"), dialects::instead(name, &near));
    }
    if let Some(name) = between(&message, "'", "' must appear in GROUP BY") {
        let name = bare(name);
        return here(
            format!("`{name}` differs among the rows that are put together"),
            format!("add `{name}` to `group by`, or take one value of it: `max({name})`, `sum({name})`"),
        );
    }
    if message == "expressions have incompatible types" {
        let mut types: Vec<String> = Vec::new();
        for note in diagnostic.notes.iter().filter_map(|note| note.message.strip_prefix("has type ")) {
            types.push(sql_types(note));
        }
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let (what, help) = unlike(&types);
        let at = diagnostic.notes.iter().find_map(|note| note.span).or(diagnostic.span);
        let at = at.map_or(span.clone(), |span| bytes(&source.text, of_engine(span), offset));
        return Some(Problem::new(what).at(Place::new(source, at)).help(help));
    }
    let said = reworded(&message, sql)?;
    Some(said.problem(source, offset))
}

/// A span of the engine's as one of the parser's.
fn of_engine(span: datafusion::common::Span) -> Span {
    let location = |at: datafusion::common::Location| Location::new(at.line, at.column);
    Span::new(location(span.start), location(span.end))
}

/// A column that is not there: what was meant, or which there are.
fn no_column(
    name: &str,
    error: &DataFusionError,
    possible: &[String],
    span: Range<usize>,
    source: &Arc<SourceText>,
    offset: usize,
) -> Problem {
    let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned();
    let mut known: Vec<String> = Vec::new();
    let mut tables: Vec<String> = Vec::new();
    let mut of: Option<String> = None;
    if let DataFusionError::SchemaError(failed, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, valid_fields } = failed.as_ref()
    {
        of = field.relation.as_ref().map(|table| table.table().to_owned());
        for field in valid_fields {
            let table = field.relation.as_ref().map(|table| table.table().to_owned());
            tables.extend(table.clone().filter(|table| !tables.contains(table)));
            let fits = of.is_none() || of == table;
            if fits && !known.contains(&field.name) {
                known.push(field.name.clone());
            }
        }
    }
    let (written, quoted) = {
        let text = source.text.get(span.clone()).unwrap_or_default();
        let before = source.text.get(..span.start).is_some_and(|before| before.ends_with('"'));
        (text.to_owned(), text.starts_with('"') || before)
    };
    let at = Place::new(source, span);
    let unknown_table = of.as_ref().filter(|of| !tables.is_empty() && !tables.contains(of));
    if let Some(of) = unknown_table {
        let help = suggestion(of, tables.iter().map(String::as_str));
        return Problem::new(format!("there is no table `{of}` in this query")).at(at).help_if(help);
    }
    let what = match &of {
        Some(of) => format!("`{of}` has no column `{name}`"),
        None => format!("there is no column `{name}` here"),
    };
    let sql = source.text.get(offset..).unwrap_or_default().to_ascii_lowercase();
    let near: Vec<String> = possible.iter().map(|name| bare(name)).collect();
    let all = known.iter().chain(&near).map(String::as_str);
    let help = if let Some(help) = dialects::word(name) {
        Some(help)
    } else if let Some(meant) = known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map(String::as_str)
        .or_else(|| closest(name, all))
    {
        Some(format!("did you mean `{meant}`?"))
    } else if quoted {
        Some(format!(
            "a text stands in single quotes: `'{}'`; double quotes are for names",
            written.trim_matches('"')
        ))
    } else if sql.contains(&format!(" as {}", name.to_ascii_lowercase())) {
        Some(format!(
            "`{name}` is a name that `select` gives: repeat its expression here, or name it in `with x as (...)`"
        ))
    } else if known.is_empty() && !sql.contains("from") {
        Some("a query names its table: `select ... from transactions`".to_owned())
    } else {
        suggestion(name, known.iter().map(String::as_str))
    };
    Problem::new(what).at(at).help_if(help)
}

/// An engine's message without its type names, backtraces and apologies.
pub fn plain(error: &DataFusionError) -> String {
    const PREFIXES: [&str; 17] = [
        "Parser error: ",
        "Arithmetic overflow: ",
        "Cast error: ",
        "Error during planning: ",
        "SQL error: ",
        "Schema error: ",
        "Execution error: ",
        "Arrow error: ",
        "Parquet error: ",
        "Parquet argument error: ",
        "Csv error: ",
        "External error: ",
        "External: ",
        "Object Store error: ",
        "Compute error: ",
        "Internal error: ",
        "This feature is not implemented: ",
    ];
    let text = error.strip_backtrace();
    let mut text = text.as_str();
    // The error of an optimiser's rule wraps a cause that a user can understand.
    if let Some((_, cause)) = text.rsplit_once("caused by\n") {
        text = cause;
    }
    text = text.split("\nThis issue was likely caused by").next().unwrap_or(text);
    text = text.split(".\nThis issue was likely caused by").next().unwrap_or(text);
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| {
        let alike = text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        alike.then(|| text.get(prefix.len()..)).flatten()
    }) {
        text = rest;
    }
    for wrapper in ["ParserError(\"", "TokenizerError(\""] {
        text = text.strip_prefix(wrapper).map_or(text, |inner| inner.strip_suffix("\")").unwrap_or(inner));
    }
    // "Function 'sum' failed to match any signature, errors: ... No function matches the given name and argument types
    // 'sum(Utf8View)'. ...": the part that says what was called.
    if let Some(call) = between(text, "argument types '", "'") {
        return format!("there is no function `{}`", sql_types(call));
    }
    // Or one error for each signature: the first is enough.
    if let Some((_, first)) = text.split_once("errors: Error during planning: ") {
        text = first.split(",Error during planning: ").next().unwrap_or(first);
    }
    lower_first(sql_types(text).trim_end_matches('.'))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.as_str()) {
        // A word in capitals (SQL, GROUP) is kept.
        (Some(first), rest) if !rest.starts_with(|c: char| c.is_uppercase()) => {
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => text.to_owned(),
    }
}

/// "... at Line: 3, Column: 5", as at the end of the parser's messages: where it begins, and the location.
fn parser_location(text: &str) -> Option<(usize, Location)> {
    let at = text.rfind("at Line: ")?;
    let mut numbers = text[at..]
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(line)), Some(Ok(column))) => Some((at, Location::new(line, column))),
        _ => None,
    }
}
