//! `order by` a column that the result does not show, but that has the name of one it does.
//!
//! In `select -amount as amount from sales order by sales.amount` the engine adds the hidden column to the result, sorts, and
//! takes it off again. Two columns of one name are too many for it. And in `select sum(amount) as amount ... order by
//! max(amount)` it takes the name for the result's, and would add up sums.
//!
//! So the hidden columns get names of their own: the query becomes `select * except (hidden) from (select ..., sales.amount
//! as hidden from sales) order by hidden`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, Spanned, Statement, TableFactor, Visit,
    VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// Gives hidden columns of `order by` names of their own, in the query and in all within it, where theirs are taken.
/// `aggregates` says which functions are aggregates.
pub(super) fn told_apart(statement: &mut Statement, aggregates: &dyn Fn(&str) -> bool) {
    struct Queries<'a>(&'a dyn Fn(&str) -> bool);
    impl VisitorMut for Queries<'_> {
        type Break = ();

        fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            in_query(query, self.0);
            ControlFlow::Continue(())
        }
    }
    let _ = VisitMut::visit(statement, &mut Queries(aggregates));
}

fn in_query(query: &mut Query, aggregates: &dyn Fn(&str) -> bool) {
    let Some(OrderByKind::Expressions(keys)) = query.order_by.as_mut().map(|order| &mut order.kind) else {
        return;
    };
    let SetExpr::Select(select) = query.body.as_ref() else { return };
    if select.distinct.is_some() {
        return;
    }
    let shown = Shown::of(select);
    let clash = |expr: &Expr| shown.clashes(expr, aggregates);
    if keys.iter().any(|key| has_query(&key.expr)) || !keys.iter().any(|key| any(&key.expr, &clash)) {
        return;
    }
    let mut hiding = Hiding { shown: &shown, aggregates, hidden: Vec::new() };
    let mut apart = keys.clone();
    for key in &mut apart {
        let _ = VisitMut::visit(&mut key.expr, &mut hiding);
    }
    let hidden = hiding.hidden;
    let Some(mut outer) = outer(hidden.iter().map(|(name, _)| name)) else { return };
    let SetExpr::Select(around) = &mut *outer.body else { return };
    let Some(TableFactor::Derived { subquery, .. }) = around.from.first_mut().map(|from| &mut from.relation)
    else {
        return;
    };
    let mut inner = Select::clone(select);
    inner
        .projection
        .extend(hidden.into_iter().map(|(alias, expr)| SelectItem::ExprWithAlias { expr, alias }));
    *subquery.body = SetExpr::Select(Box::new(inner));
    *keys = apart;
    query.body = outer.body;
}

/// The columns of a result, as far as the text names them.
struct Shown<'a> {
    /// Those with a name of their own, and what they are.
    named: Vec<(String, &'a Expr)>,
    /// All names.
    names: BTreeSet<String>,
}

impl<'a> Shown<'a> {
    fn of(select: &'a Select) -> Self {
        let mut named = Vec::new();
        let mut names = BTreeSet::new();
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { expr, alias } => {
                    named.push((name(alias), expr));
                    names.insert(name(alias));
                }
                SelectItem::UnnamedExpr(Expr::Identifier(column)) => {
                    names.insert(name(column));
                }
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                    names.extend(parts.last().map(name));
                }
                _ => {}
            }
        }
        Self { named, names }
    }

    /// Whether a part of `order by` means a column that the result does not show, by a name that it shows.
    fn clashes(&self, expr: &Expr, aggregates: &dyn Fn(&str) -> bool) -> bool {
        match expr {
            Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|last| {
                let last = name(last);
                self.named.iter().any(|(named, shown)| *named == last && *shown != expr)
            }),
            call if is_aggregate(call, aggregates) => any(call, &|part: &Expr| match part {
                Expr::Identifier(column) => self.named.iter().any(|(named, _)| *named == name(column)),
                _ => false,
            }),
            _ => false,
        }
    }
}

/// Replaces what the result does not show by names.
struct Hiding<'a> {
    shown: &'a Shown<'a>,
    aggregates: &'a dyn Fn(&str) -> bool,
    hidden: Vec<(Ident, Expr)>,
}

impl VisitorMut for Hiding<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let hide = match &*expr {
            Expr::CompoundIdentifier(_) => true,
            Expr::Identifier(column) => {
                let ours = self.hidden.iter().any(|(hidden, _)| hidden.value == column.value);
                !ours && !self.shown.names.contains(&name(column))
            }
            other => is_aggregate(other, self.aggregates),
        };
        if hide {
            let span = expr.span();
            let mut alias = Ident::with_quote('"', format!("order {}", self.hidden.len() + 1));
            alias.span = span;
            let hidden = std::mem::replace(expr, Expr::Identifier(alias.clone()));
            self.hidden.push((alias, hidden));
        }
        ControlFlow::Continue(())
    }
}

/// A query that shows all but the hidden columns of another.
fn outer<'a>(hidden: impl Iterator<Item = &'a Ident>) -> Option<Box<Query>> {
    let names: Vec<String> = hidden.map(ToString::to_string).collect();
    let text = format!("SELECT * EXCEPT ({}) FROM (SELECT 1) AS \"ordered\"", names.join(", "));
    match Parser::parse_sql(&GenericDialect {}, &text).ok()?.pop()? {
        Statement::Query(query) => Some(query),
        _ => None,
    }
}

/// A name as the engine reads it.
fn name(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn is_aggregate(expr: &Expr, aggregates: &dyn Fn(&str) -> bool) -> bool {
    match expr {
        Expr::Function(call) => call.over.is_none() && aggregates(&call.name.to_string().to_lowercase()),
        _ => false,
    }
}

/// Whether a part of an expression is of a kind.
fn any(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    struct Parts<'a>(&'a dyn Fn(&Expr) -> bool);
    impl Visitor for Parts<'_> {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if (self.0)(expr) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    Visit::visit(expr, &mut Parts(is)).is_break()
}

fn has_query(expr: &Expr) -> bool {
    any(expr, &|part: &Expr| {
        matches!(part, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. })
    })
}
