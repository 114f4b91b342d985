//! Tables of what follows from customers' lives, written in one pass over the customers.
//!
//! A life is made once for all of these tables. Customers are made in blocks, and a bounded number of blocks is in
//! memory at a time. None of it changes what customers buy: each table draws from streams of chance of its own.

use std::path::Path;

use arrow::datatypes::SchemaRef;

use super::columns::Batch;
use super::day::Days;
use super::life::Life;
use super::months::{Months, Totals};
use super::parallel::parallel;
use super::programme::{CardEvent, Entry, Programme, Response};
use super::relations::{Assignment, Cost, Interaction, Receivable, Relations, Survey, Touch};
use super::write::Table;
use super::{BLOCK, DemoError};

/// Blocks of customers in memory at a time.
const BLOCKS: usize = 16;

/// A row of a table that has rows for many customers.
pub(super) trait Fact: Sized {
    /// The table's file.
    const FILE: &'static str;

    fn schema() -> SchemaRef;

    fn batch(rows: &[Self], shop: &Written) -> Batch;
}

/// What the tables are written with.
pub(super) struct Written<'a> {
    pub(super) days: &'a Days<'a>,
    pub(super) programme: Programme<'a>,
    pub(super) months: Months,
    /// Digits of a customer's number.
    pub(super) digits: usize,
}

/// The tables, each with the type of its rows.
macro_rules! facts {
    ($($table:ident: $row:ty,)*) => {
        /// The files of these tables.
        const FACTS: &[&str] = &[$(<$row as Fact>::FILE),*];

        /// The rows of some customers.
        #[derive(Default)]
        pub(super) struct Rows {
            $(pub(super) $table: Vec<$row>,)*
        }

        /// The rows of some customers as columns.
        struct Batches {
            $($table: Batch,)*
        }

        struct Files {
            $($table: Table,)*
        }

        impl Batches {
            fn new(rows: &Rows, shop: &Written) -> Self {
                Self { $($table: <$row>::batch(&rows.$table, shop),)* }
            }
        }

        impl Files {
            fn create(stage: &Path) -> Result<Self, DemoError> {
                Ok(Self { $($table: Table::create(&stage.join(<$row>::FILE), <$row>::schema())?,)* })
            }

            fn push(&mut self, batches: Batches) -> Result<(), DemoError> {
                $(self.$table.push(batches.$table)?;)*
                Ok(())
            }

            fn close(self) -> Result<u64, DemoError> {
                let mut bytes = 0;
                $(bytes += self.$table.close()?;)*
                Ok(bytes)
            }
        }
    };
}

facts! {
    responses: Response,
    cards: CardEvent,
    entries: Entry,
    assignments: Assignment,
    interactions: Interaction,
    surveys: Survey,
    receivables: Receivable,
    touches: Touch,
    costs: Cost,
}

/// All files of this part.
pub(super) fn files() -> impl Iterator<Item = &'static str> {
    FACTS.iter().copied().chain(["campaigns.parquet", "managers.parquet", "targets.parquet"])
}

/// Writes the files; returns their size in bytes. `told` receives the progress in thousandths.
pub(super) fn write(days: &Days, stage: &Path, told: &dyn Fn(u32)) -> Result<u64, DemoError> {
    let shop = Written {
        days,
        programme: Programme::new(days),
        months: Months::new(days.calendar.first(), days.calendar.last()),
        digits: days.shop.customer_digits(),
    };
    let relations = Relations::new(days, &shop.months);
    let mut files = Files::create(stage)?;
    let mut totals = relations.totals();
    let count = days.shop.customers as u32;
    let blocks = count.div_ceil(BLOCK) as usize;
    for start in (0..blocks).step_by(BLOCKS) {
        let block = |(done, totals): &mut (Vec<(usize, Batches)>, Totals), number: usize| {
            let mut rows = Rows::default();
            let first = (start + number) as u32 * BLOCK + 1;
            for customer in first..=(first + BLOCK - 1).min(count) {
                let life = Life::new(days, customer);
                let entries = rows.entries.len();
                shop.programme.customer(&life, &mut rows);
                relations.customer(&life, entries, &mut rows, totals);
            }
            done.push((number, Batches::new(&rows, &shop)));
            Ok(())
        };
        let tasks = BLOCKS.min(blocks - start);
        let none = || (Vec::new(), relations.totals());
        let mut parts = Vec::new();
        for (done, sums) in parallel(days.shop.threads(), tasks, none, block, &|_| {})? {
            parts.extend(done);
            totals.add(&sums);
        }
        parts.sort_unstable_by_key(|(number, _)| *number);
        for (_, batches) in parts {
            files.push(batches)?;
        }
        told(((start + tasks) * 1000 / blocks) as u32);
    }
    let costs = relations.shop_costs(&totals);
    files.push(Batches::new(&Rows { costs, ..Rows::default() }, &shop))?;
    let mut bytes = files.close()?;
    bytes += shop.programme.write_campaigns(&stage.join("campaigns.parquet"))?;
    bytes += relations.write_managers(&stage.join("managers.parquet"))?;
    bytes += relations.write_targets(&stage.join("targets.parquet"), &totals)?;
    Ok(bytes)
}
