//! A demo shop: simulated transactions with the habits and the errors of real ones, made from a seed.
//!
//! Customers arrive, buy at their own pace, return goods, and leave. There are festivals, and interfaces send rows
//! twice. The same [`Shop`] gives the same bytes on every machine and with any number of threads: a report on it can be
//! compared with one made elsewhere. The faults are counted by kind: a quarantine can be checked against these counts.
//!
//! Memory does not grow with the number of rows. A customer's life comes from the customer's own random stream, at a
//! fraction of the cost of writing its rows. Therefore no events are spilled to disk: the days are divided into
//! stretches with a bounded number of events, and all lives are generated again for each stretch. Only the result is
//! written to disk.

mod calendar;
mod campaigns;
mod catalogue;
mod chance;
mod columns;
mod customer;
mod day;
mod error;
mod fact;
mod facts;
mod id;
mod life;
mod months;
mod order;
mod parallel;
mod programme;
mod relations;
mod staff;
mod table;
mod transactions;
mod write;

use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::civil::{Date, date};

use calendar::Calendar;
use catalogue::Catalogue;
use chance::{Chance, Mix};
use customer::People;
use day::Days;
pub use error::DemoError;
use order::Event;
use parallel::parallel;

/// Events (20 bytes each, with spare capacity) in memory at a time; a single larger day may exceed this.
const EVENTS_IN_MEMORY: u64 = 12_000_000;
/// Customers generated in one task.
const BLOCK: u32 = 4096;
/// Customers generated to estimate how many events each day has.
const SAMPLE: u32 = 20_000;
/// Staging folder, inside the shop's folder, until the shop is complete.
const STAGE: &str = ".demo-unfinished";

/// The cost of new customers through a channel in a month.
struct AcquisitionCost {
    month: Date,
    /// The position in [`catalogue::CHANNELS`].
    channel: usize,
    /// In cents.
    cost: i64,
}

/// The files and folders of a shop.
const PARTS: [&str; 5] =
    ["transactions", "customers.parquet", "products.parquet", "stores.parquet", "acquisition_costs.parquet"];

/// All of them: those of tables that follow from customers' lives too.
fn parts() -> impl Iterator<Item = &'static str> {
    PARTS.into_iter().chain(facts::files())
}

/// The settings of a demo shop. `Shop::default()` makes one of about 35,000 rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Shop {
    /// Customers known by name, each with at least one purchase; 1 to 100,000,000, default 5,000. With the other
    /// defaults there are about seven rows per customer, rows without a customer included.
    pub customers: u64,
    /// Days of history, 1 to 7,300; default 760: two years and a month. Then the last month, the one before it and the
    /// same month a year ago are complete, and a year-on-year comparison has a year of history behind it.
    pub days: u32,
    /// Any number; another seed gives another shop with the same habits. Default 42.
    pub seed: u64,
    /// The last day of the history, a business day in Asia/Shanghai, in the years 2000 to 2090. Default 2026-10-31, the
    /// end of a month. It is fixed: the same settings must always give the same shop. Set it to get a history up to
    /// yesterday.
    pub last_day: Date,
    /// Mean number of rows of an order, 1 to 20; default 1.6. At 1 every order has exactly one row.
    pub lines: f64,
    /// Threads to use; 0, the default, takes as many as the machine has. The result does not depend on it.
    pub threads: usize,
}

impl Default for Shop {
    fn default() -> Self {
        Self { customers: 5_000, days: 760, seed: 42, last_day: date(2026, 10, 31), lines: 1.6, threads: 0 }
    }
}

/// Progress of the writing, reported on the thread that called [`Shop::write`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Days written so far.
    pub days_done: u32,
    /// Days in all.
    pub days: u32,
    /// The share of customers generated for the current stretch of days, in thousandths.
    pub thousandths: u32,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of `transactions`, faulty ones included.
    pub rows: u64,
    /// Rows that are returns, second copies not counted.
    pub returns: u64,
    /// Customers, each with a row in `customers` and at least one valid purchase.
    pub customers: u64,
    /// Day files of `transactions`: days with rows.
    pub files: u64,
    /// Bytes of all files, the other tables included.
    pub bytes: u64,
    /// Faulty rows by kind. A row has one fault at most.
    pub defects: Defects,
}

/// Numbers of rows of `transactions` that were made faulty, by kind. The rows without a fault are exactly the shop's
/// true history: setting aside the faulty rows loses nothing and leaves nothing extra.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defects {
    /// Purchases without a `customer_id`, otherwise valid.
    pub no_customer: u64,
    /// Second copies of a valid row, equal in every column, in the file of the same day or the next.
    pub duplicate: u64,
    /// Rows with a NULL `amount`.
    pub amount_missing: u64,
    /// Rows with an `amount` of 0 although quantity and price are not 0.
    pub amount_zero: u64,
    /// Rows with a NULL `occurred_at`.
    pub time_missing: u64,
    /// Rows with an `occurred_at` at the end of 2099.
    pub time_outside: u64,
    /// Rows with a negative `unit_price`, hence a negative `amount`, that are not returns: the transaction's id does
    /// not begin with `R`.
    pub price_negative: u64,
}

impl Defects {
    /// All faulty rows.
    pub fn total(&self) -> u64 {
        let broken = self.amount_missing + self.amount_zero + self.time_missing + self.time_outside;
        self.no_customer + self.duplicate + broken + self.price_negative
    }
}

impl AddAssign for Defects {
    fn add_assign(&mut self, other: Self) {
        self.no_customer += other.no_customer;
        self.duplicate += other.duplicate;
        self.amount_missing += other.amount_missing;
        self.amount_zero += other.amount_zero;
        self.time_missing += other.time_missing;
        self.time_outside += other.time_outside;
        self.price_negative += other.price_negative;
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.returns += other.returns;
        self.customers += other.customers;
        self.files += other.files;
        self.bytes += other.bytes;
        self.defects += other.defects;
    }
}

impl Shop {
    /// Writes the shop into `dir`, which is made if it does not exist.
    ///
    /// Files: `transactions/YYYY-MM-DD.parquet`, one file for each business day with rows, `customers.parquet`,
    /// `products.parquet`, `stores.parquet`, `acquisition_costs.parquet`, `campaigns.parquet`, `responses.parquet`,
    /// `members.parquet`, `points.parquet`, `managers.parquet`, `assignments.parquet`, `interactions.parquet`,
    /// `surveys.parquet`, `receivables.parquet`, `costs.parquet`, `targets.parquet` and `events.parquet`. The files
    /// appear together when all are complete.
    ///
    /// # Errors
    /// [`DemoError::Setting`] for a value out of its range, [`DemoError::Occupied`] if `dir` already holds one of those
    /// files, else the reason why a file could not be written. After an error `dir` holds no part of the shop.
    pub fn write(&self, dir: &Path, progress: &dyn Fn(Progress)) -> Result<Summary, DemoError> {
        self.check()?;
        if let Some(path) = parts().map(|part| dir.join(part)).find(|path| path.exists()) {
            return Err(DemoError::Occupied { path });
        }
        let stage = dir.join(STAGE);
        let written = self.fill(&stage, progress).and_then(|summary| {
            for part in parts() {
                on_disk(&dir.join(part), |path| fs::rename(stage.join(part), path))?;
            }
            Ok(summary)
        });
        // The stage is empty or useless now; the next run removes what remains.
        let _ = fs::remove_dir_all(&stage);
        written
    }

    /// Writes everything into `stage`.
    fn fill(&self, stage: &Path, progress: &dyn Fn(Progress)) -> Result<Summary, DemoError> {
        if stage.exists() {
            on_disk(stage, |path| fs::remove_dir_all(path))?;
        }
        on_disk(&stage.join("transactions"), |path| fs::create_dir_all(path))?;
        let calendar = Calendar::new(self.last_day, self.days).map_err(|_| self.wrong_last_day())?;
        let catalogue = Catalogue::new(self.seed, calendar.first(), self.last_day);
        let people = People::new(self.seed, self.lines, &calendar, &catalogue);
        let days = Days { shop: self, people: &people, calendar: &calendar, catalogue: &catalogue };
        let mut summary = Summary { customers: self.customers, ..Summary::default() };
        summary.bytes += write::products(&stage.join("products.parquet"), &catalogue)?;
        summary.bytes += write::stores(&stage.join("stores.parquet"), &catalogue)?;
        let costs = self.acquisition_costs(calendar.first());
        summary.bytes += write::acquisition_costs(&stage.join("acquisition_costs.parquet"), &costs)?;
        let report = |thousandths| progress(Progress { days_done: 0, days: self.days, thousandths });
        summary.bytes += facts::write(&days, stage, &report)?;
        for (from, to) in self.stretches(&people) {
            summary += self.stretch(&days, from, to, stage, progress)?;
        }
        Ok(summary)
    }

    /// The cost of new customers in each month of the history that began on `first_day`, by channel.
    fn acquisition_costs(&self, first_day: Date) -> Vec<AcquisitionCost> {
        let mut rng = Mix::new(self.seed, 211);
        let mut costs = Vec::new();
        let months = f64::from(self.days) / 30.4;
        let mut month = first_day.first_of_month();
        while month <= self.last_day {
            for (channel, (share, cents)) in catalogue::ACQUISITION.iter().enumerate() {
                let newcomers = self.customers as f64 / months * share;
                let cost = newcomers * cents * (0.85 + 0.3 * rng.uniform());
                costs.push(AcquisitionCost { month, channel, cost: cost.round() as i64 });
            }
            let Ok(next) = month.checked_add(jiff::Span::new().months(1)) else { break };
            month = next;
        }
        costs
    }

    /// Whether every setting lies in its range.
    ///
    /// # Errors
    /// [`DemoError::Setting`] for the first setting that does not.
    pub fn check(&self) -> Result<(), DemoError> {
        let wrong = |name, value, allowed| Err(DemoError::Setting { name, value, allowed });
        if !(1..=100_000_000).contains(&self.customers) {
            return wrong("customers", self.customers.to_string(), "from 1 to 100000000");
        }
        if !(1..=7300).contains(&self.days) {
            return wrong("days", self.days.to_string(), "from 1 to 7300");
        }
        if !(1.0..=20.0).contains(&self.lines) {
            return wrong("lines", self.lines.to_string(), "from 1 to 20");
        }
        if !(2000..=2090).contains(&self.last_day.year()) {
            return Err(self.wrong_last_day());
        }
        Ok(())
    }

    fn wrong_last_day(&self) -> DemoError {
        DemoError::Setting {
            name: "last_day",
            value: self.last_day.to_string(),
            allowed: "in the years 2000 to 2090",
        }
    }

    /// Digits of a customer's number: seven, or more if needed.
    fn customer_digits(&self) -> usize {
        self.customers.to_string().len().max(7)
    }

    fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    /// Divides the days into stretches with events that fit into memory, estimated from a sample of customers.
    fn stretches(&self, people: &People) -> Vec<(u32, u32)> {
        let count = self.customers as u32;
        let step = count.div_ceil(SAMPLE).max(1);
        let mut events = vec![0_u64; self.days as usize];
        for number in (1..=count).step_by(step as usize) {
            people.live(number, 0, self.days, |day, _| {
                if let Some(events) = events.get_mut(day as usize) {
                    *events += u64::from(step);
                }
            });
        }
        let mut stretches = Vec::new();
        let (mut from, mut sum) = (0, 0);
        for (day, events) in (0..).zip(events) {
            if sum + events > EVENTS_IN_MEMORY && day > from {
                stretches.push((from, day));
                (from, sum) = (day, 0);
            }
            sum += events;
        }
        stretches.push((from, self.days));
        stretches
    }

    /// Writes the files of the days `from..to`; the first stretch also writes the customers.
    fn stretch(
        &self,
        days: &Days,
        from: u32,
        to: u32,
        stage: &Path,
        progress: &dyn Fn(Progress),
    ) -> Result<Summary, DemoError> {
        // On the first day some rows of the day before are sent again.
        let known_from = from.saturating_sub(1);
        let report = |thousandths| progress(Progress { days_done: from, days: self.days, thousandths });
        let events = self.settled(days, known_from, to, &report)?;
        let file = |summary: &mut Summary, number: usize| {
            let Some(day) = (from + number as u32).checked_sub(u32::from(from == 0)) else {
                let path = stage.join("customers.parquet");
                summary.bytes += write::customers(&path, days)?;
                return Ok(());
            };
            let of = |day: u32| events.get(day.checked_sub(known_from)? as usize).map(Vec::as_slice);
            let before = day.checked_sub(1).and_then(of);
            *summary += write_day(days, day, before, of(day).unwrap_or(&[]), stage)?;
            Ok(())
        };
        let done = |count: usize| {
            progress(Progress {
                days_done: (from + count as u32).min(to),
                days: self.days,
                thousandths: 1000,
            });
        };
        let tasks = (to - from) as usize + usize::from(from == 0);
        let parts = parallel(self.threads(), tasks, Summary::default, file, &done)?;
        Ok(parts.into_iter().fold(Summary::default(), |mut sum, part| {
            sum += part;
            sum
        }))
    }

    /// The events of each of the days `from..to`, complete and in order.
    fn settled(
        &self,
        days: &Days,
        from: u32,
        to: u32,
        report: &dyn Fn(u32),
    ) -> Result<Vec<Vec<Event>>, DemoError> {
        let count = self.customers as u32;
        let blocks = count.div_ceil(BLOCK);
        let length = (to - from) as usize;
        let live = |events: &mut Vec<Vec<Event>>, block: usize| {
            let first = block as u32 * BLOCK + 1;
            for number in first..=(first + BLOCK - 1).min(count) {
                days.people.live(number, from, to, |day, event| {
                    if let Some(events) = events.get_mut((day - from) as usize) {
                        events.push(event);
                    }
                });
            }
            Ok(())
        };
        let heard = |done: usize| report((done as u64 * 1000 / u64::from(blocks)) as u32);
        let workers = parallel(self.threads(), blocks as usize, || vec![Vec::new(); length], live, &heard)?;
        let mut parts: Vec<Vec<Vec<Event>>> = vec![Vec::new(); length];
        for worker in workers {
            parts.iter_mut().zip(worker).for_each(|(day, events)| day.push(events));
        }
        settle(days, from, parts)
    }
}

/// Joins the parts of each day's events and settles them.
fn settle(days: &Days, from: u32, parts: Vec<Vec<Vec<Event>>>) -> Result<Vec<Vec<Event>>, DemoError> {
    let slots: Vec<Mutex<Vec<Vec<Event>>>> = parts.into_iter().map(Mutex::new).collect();
    let join = |settled: &mut Vec<(usize, Vec<Event>)>, number: usize| {
        let parts =
            slots.get(number).and_then(|slot| slot.lock().ok().map(|mut slot| std::mem::take(&mut *slot)));
        let mut events = parts.unwrap_or_default().concat();
        days.settle(from + number as u32, &mut events);
        settled.push((number, events));
        Ok(())
    };
    let mut settled: Vec<(usize, Vec<Event>)> =
        parallel(days.shop.threads(), slots.len(), Vec::new, join, &|_| {})?.into_iter().flatten().collect();
    settled.sort_unstable_by_key(|(number, _)| *number);
    Ok(settled.into_iter().map(|(_, events)| events).collect())
}

/// Writes one day's file, unless it has no rows.
fn write_day(
    days: &Days,
    day: u32,
    before: Option<&[Event]>,
    events: &[Event],
    stage: &Path,
) -> Result<Summary, DemoError> {
    let (columns, defects, returns) = days.rows(day, before, events);
    let rows = columns.rows();
    let Some(today) = days.calendar.day(day).filter(|_| rows > 0) else { return Ok(Summary::default()) };
    let path = stage.join("transactions").join(format!("{}.parquet", today.date));
    let bytes = columns.write(&path)?;
    Ok(Summary { rows, returns, files: 1, bytes, defects, customers: 0 })
}

/// Runs an operation on a path, and names the path if it fails.
fn on_disk(path: &Path, act: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), DemoError> {
    act(path).map_err(|source| DemoError::Write { path: PathBuf::from(path), source })
}

#[cfg(test)]
mod tests;
