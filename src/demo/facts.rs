//! Tables of what follows from customers' lives, written in one pass over the customers.
//!
//! A life is made once for all of these tables. Customers are made in blocks, and a bounded number of blocks is in
//! memory at a time. None of it changes what customers buy: each table draws from streams of chance of its own.

use std::path::Path;

use super::campaigns::{self, campaigns};
use super::columns::Batch;
use super::day::Days;
use super::fact::{Fact, Written};
use super::life::Life;
use super::months::{Months, Totals};
use super::parallel::parallel;
use super::programme::{self, CardEvent, Entry, Programme, Response};
use super::relations::{self, Assignment, Cost, Interaction, Receivable, Relations, Survey, Touch};
use super::table::Table;
use super::{BLOCK, DemoError};

/// Blocks of customers in memory at a time.
const BLOCKS: usize = 16;

/// The rows of some customers.
#[derive(Default)]
struct Rows {
    programme: programme::Rows,
    relations: relations::Rows,
}

/// The tables, each with the type of its rows and the part that they are of.
macro_rules! facts {
    ($($part:ident.$table:ident: $row:ty,)*) => {
        /// The files of these tables.
        const FACTS: &[&str] = &[$(<$row as Fact>::FILE),*];

        /// The rows of some customers as columns.
        struct Batches {
            $($table: Batch,)*
        }

        struct Files {
            $($table: Table,)*
        }

        impl Batches {
            fn new(rows: &Rows, shop: &Written) -> Self {
                Self { $($table: <$row>::batch(&rows.$part.$table, shop),)* }
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
    programme.responses: Response,
    programme.cards: CardEvent,
    programme.entries: Entry,
    relations.assignments: Assignment,
    relations.interactions: Interaction,
    relations.surveys: Survey,
    relations.receivables: Receivable,
    relations.touches: Touch,
    relations.costs: Cost,
}

/// All files of this part.
pub(super) fn files() -> impl Iterator<Item = &'static str> {
    FACTS.iter().copied().chain(["campaigns.parquet", "managers.parquet", "targets.parquet"])
}

/// Writes the files; returns their size in bytes. `told` receives the progress in thousandths.
pub(super) fn write(days: &Days, stage: &Path, progress: &dyn Fn(u32)) -> Result<u64, DemoError> {
    let shop = Written {
        days,
        campaigns: campaigns(days.calendar.first(), days.shop.last_day),
        months: Months::new(days.calendar.first(), days.calendar.last()),
        digits: days.shop.customer_digits(),
    };
    let programme = Programme::new(days, &shop.campaigns);
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
                let before = rows.programme.entries.len();
                programme.customer(&life, &mut rows.programme);
                let entries = rows.programme.entries.get(before..).unwrap_or_default();
                relations.customer(&life, entries, &mut rows.relations, totals);
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
        progress(((start + tasks) * 1000 / blocks) as u32);
    }
    let costs = relations.shop_costs(&totals);
    let costs = relations::Rows { costs, ..relations::Rows::default() };
    files.push(Batches::new(&Rows { relations: costs, ..Rows::default() }, &shop))?;
    let mut bytes = files.close()?;
    bytes += campaigns::write(&stage.join("campaigns.parquet"), &shop.campaigns)?;
    bytes += relations.write_managers(&stage.join("managers.parquet"))?;
    bytes += relations.write_targets(&stage.join("targets.parquet"), &totals)?;
    Ok(bytes)
}
