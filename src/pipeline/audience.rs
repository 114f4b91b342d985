//! Whose the rows of a source are, where a report of some customers is made of them.
//!
//! Such a report has the rows of its customers and no others. So each source says whose its rows are, or that they are
//! nobody's. Where it cannot be told, that is an error: a source that is shared by mistake would show each reader the
//! customers of all others.

use crate::problem::Problem;
use crate::tables::ColumnKind;

use super::variants::{CUSTOMERS, Variant};
use super::{Column, Join, Only, Pipeline, Source, Spanned, Unmatched};

/// The column with the ids of customers.
const CUSTOMER: &str = "customer_id";

/// A column of a source's files, or of their folders' names.
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// Whether its values may say who somebody is. Days, fractions, yes and no cannot.
    pub identifies: bool,
}

/// Whose the rows of a source are.
enum Owner {
    /// Those of the customer that the expression over the files' columns gives.
    Named(Spanned<String>),
    /// Those of the customer with whom the pipeline joins them.
    Joined,
    /// Nobody's: all reports have them.
    Nobody,
}

/// Joins each source that names customers with the source of customers, where a report of some customers is made: it has
/// only their rows. `columns` are those of a source's files, with those of their folders' names.
///
/// # Errors
/// The sources of which it cannot be told whose their rows are.
pub fn part_customers(
    pipeline: &mut Pipeline,
    columns: impl Fn(usize) -> Option<Vec<FileColumn>>,
) -> Result<(), Vec<Problem>> {
    if !pipeline.parts_customers {
        return Ok(());
    }
    let only = pipeline.variant.as_ref().and_then(Variant::of_customers);
    let mut problems = Vec::new();
    let mut sources = std::mem::take(&mut pipeline.sources);
    for (index, source) in sources.iter_mut().enumerate() {
        if source.name.value == CUSTOMERS {
            source.only.extend(only.clone());
            continue;
        }
        // What is wrong with its files is told elsewhere.
        let Some(columns) = columns(index) else { continue };
        match owner(source, &columns) {
            Ok(Owner::Nobody) => continue,
            Ok(Owner::Joined) => {}
            Ok(Owner::Named(sql)) => {
                let at = source.path.at.clone();
                let key = Column { name: Spanned { value: CUSTOMER.to_owned(), at: at.clone() }, sql };
                let customers = Spanned { value: CUSTOMERS.to_owned(), at };
                let unmatched = Unmatched::Keep;
                source.joins.push(Join { source: customers, on: vec![key], unmatched, implied: true });
            }
            Err((at, problem)) => {
                problems.push(problem.at(pipeline.place(&at)));
                continue;
            }
        }
        source.only.extend(only.clone().map(|only| Only { of: Some(CUSTOMERS.to_owned()), ..only }));
    }
    pipeline.sources = sources;
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

type Misplaced = (std::ops::Range<usize>, Problem);

fn owner(source: &Source, columns: &[FileColumn]) -> Result<Owner, Misplaced> {
    let name = &source.name;
    let named = expression(source, columns, CUSTOMER);
    let listed = source.customer_ids.as_deref().unwrap_or_default();
    let join = source.joins.iter().find(|join| join.source.value == CUSTOMERS);
    if let Some(at) = &source.shared {
        let names = if named.is_some() || !listed.is_empty() {
            "it has columns with customers' ids"
        } else if join.is_some() {
            "it joins `customers`"
        } else {
            return Ok(Owner::Nobody);
        };
        let what = format!("the rows of `{}` are not nobody's: {names}", name.value);
        let help = "remove `shared`: a report of some customers then has their rows alone";
        return Err((at.clone(), Problem::new(what).help(help)));
    }
    match (join, named, listed) {
        (Some(join), named, _) => {
            let Some(named) = named.filter(|named| !is_of_join(&named.value, join)) else {
                return Ok(Owner::Joined);
            };
            let keys: Vec<&str> = join.on.iter().map(|key| key.name.value.as_str()).collect();
            let what = format!(
                "a row of `{}` may be of two customers: `{CUSTOMER}` is `{}`, and `{CUSTOMERS}` is joined by `{}`",
                name.value,
                named.value,
                keys.join("`, `")
            );
            let help = format!(
                "a report of some customers must know whose a row is: write `{CUSTOMER}: {CUSTOMERS}.{CUSTOMER}` under \
                 `columns`, or join by `{CUSTOMER}: {}`",
                named.value
            );
            Err((join.source.at.clone(), Problem::new(what).help(help)))
        }
        (None, Some(named), _) => Ok(Owner::Named(named)),
        (None, None, [one]) => match expression(source, columns, &one.value) {
            Some(sql) => Ok(Owner::Named(sql)),
            // That it is no column is said where columns are.
            None => Ok(Owner::Nobody),
        },
        (None, None, []) if names_nobody(source, columns) => Ok(Owner::Nobody),
        (None, None, listed) => {
            let what = format!("nothing says whose the rows of `{}` are", name.value);
            let first = listed.first().map_or("column", |first| first.value.as_str());
            let help = format!(
                "a report of some customers has their rows alone: {}, or write `shared: true` beside `path` if the rows are \
                 nobody's, as those of products or stores",
                match listed.len() {
                    0 => format!(
                        "map `{CUSTOMER}`, or name the column with the customer by `customer_ids: [{first}]`"
                    ),
                    _ => format!("map `{CUSTOMER}`, such as `{CUSTOMER}: {first}`"),
                }
            );
            Err((name.at.clone(), Problem::new(what).help(help)))
        }
    }
}

/// The expression over the columns of a source's files for a column of its table.
fn expression(source: &Source, columns: &[FileColumn], name: &str) -> Option<Spanned<String>> {
    if !source.columns.is_empty() {
        let mapped = source.columns.iter().find(|column| column.name.value == name);
        return mapped.map(|column| column.sql.clone());
    }
    let found = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))?;
    let quoted = found.name.replace('"', "\"\"");
    Some(Spanned { value: format!("\"{quoted}\""), at: source.path.at.clone() })
}

/// Whether the expression of `customer_id` is the customer with whom the rows are joined.
fn is_of_join(sql: &str, join: &Join) -> bool {
    let plain = |sql: &str| sql.trim().replace('"', "").to_ascii_lowercase();
    if plain(sql) == join.column(CUSTOMER) {
        return true;
    }
    matches!(join.on.as_slice(), [key] if key.name.value == CUSTOMER && plain(&key.sql.value) == plain(sql))
}

/// Whether no column of a source can name a customer: modules read each for something else, or its values are days,
/// fractions or yes and no.
fn names_nobody(source: &Source, columns: &[FileColumn]) -> bool {
    let read = |name: &str| {
        let mut wanted =
            source.wanted.iter().filter(|wanted| wanted.name.eq_ignore_ascii_case(name)).peekable();
        wanted.peek().is_some()
            && wanted.all(|wanted| wanted.kind.is_some_and(|kind| kind != ColumnKind::Customer))
    };
    if !source.columns.is_empty() {
        return source.columns.iter().all(|column| read(&column.name.value));
    }
    columns.iter().all(|column| read(&column.name) || !column.identifies)
}
