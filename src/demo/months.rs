//! The months of a history, and sums over them that targets and costs are made of.

use std::ops::AddAssign;

use jiff::ToSpan;
use jiff::civil::Date;

use super::calendar::epoch_days;
use super::catalogue::CHANNELS;

/// The months from that of the first day to that of the last.
pub(super) struct Months {
    /// The first day of each, in days since 1970-01-01.
    pub(super) starts: Vec<i32>,
}

impl Months {
    pub(super) fn new(first_day: Date, last_day: Date) -> Self {
        let months = first_day.first_of_month().series(1.month());
        Self { starts: months.take_while(|month| *month <= last_day).map(epoch_days).collect() }
    }

    /// The position of the month in which a day lies; days outside count to the first or the last month.
    pub(super) fn position(&self, day: i32) -> usize {
        self.starts.partition_point(|start| *start <= day).saturating_sub(1)
    }

    /// The first day of the month at a position.
    pub(super) fn start(&self, position: usize) -> i32 {
        self.starts.get(position).copied().unwrap_or_default()
    }
}

/// Sums over all customers in one month; money in cents. Sums of whole numbers do not depend on their order, and thus
/// not on the number of threads.
#[derive(Clone, Default)]
pub(super) struct Total {
    /// Net of returns.
    pub(super) revenue: i64,
    /// Customers with a purchase.
    pub(super) buyers: i64,
    /// Customers with their first purchase.
    pub(super) newcomers: i64,
    /// The cost of serving those who are no business customers, by channel.
    pub(super) service: [i64; CHANNELS.len()],
    /// The revenue by account manager; the position is the number.
    pub(super) managers: Vec<i64>,
}

impl AddAssign<&Total> for Total {
    fn add_assign(&mut self, other: &Self) {
        self.revenue += other.revenue;
        self.buyers += other.buyers;
        self.newcomers += other.newcomers;
        for (sum, cost) in self.service.iter_mut().zip(other.service) {
            *sum += cost;
        }
        for (sum, revenue) in self.managers.iter_mut().zip(&other.managers) {
            *sum += revenue;
        }
    }
}

/// The sums of each month.
pub(super) struct Totals(pub(super) Vec<Total>);

impl Totals {
    /// Nothing yet, for so many months and account managers.
    pub(super) fn new(months: &Months, managers: usize) -> Self {
        Self(vec![Total { managers: vec![0; managers + 1], ..Total::default() }; months.starts.len()])
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, total) in self.0.iter_mut().zip(&other.0) {
            *sum += total;
        }
    }
}
