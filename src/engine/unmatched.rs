//! Rows of a source for which a source that it joins has none: how they are marked, and what becomes of them.

use datafusion::logical_expr::{Expr, ident};

use crate::pipeline::{Join, Source, Unmatched};

/// The name of the column that says whether a row has none of the other source.
pub fn mark(join: &Join) -> String {
    format!("_without_{}", join.source.value)
}

/// The hidden columns of a source's rows that say which of them found none of another source.
pub fn marks(source: &Source) -> impl Iterator<Item = String> {
    source.joins.iter().map(mark)
}

/// The rules that set rows aside for which another source has none, each by name with when a row meets it; never NULL.
pub fn rules(source: &Source) -> impl Iterator<Item = (String, Expr)> {
    let aside = source.joins.iter().filter(|join| join.unmatched == Unmatched::SetAside);
    aside.map(|join| (join.rule(), ident(mark(join))))
}

/// The sources joined whose lack of a row is counted by a check.
pub fn kept(source: &Source) -> impl Iterator<Item = &Join> {
    source.joins.iter().filter(|join| join.unmatched == Unmatched::Keep && !join.implied)
}
