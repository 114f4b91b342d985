//! The account managers: two for each store, and one who has left and handed over.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;

use super::DemoError;
use super::calendar::{Calendar, epoch_days};
use super::catalogue::{Catalogue, region};
use super::chance::{Chance, Mix, between};
use super::columns::{days, managers, optional_days, schema, texts};
use super::table::Table;

/// All are invented.
const FAMILY: [&str; 10] = ["Li", "Wang", "Zhang", "Chen", "Liu", "Zhao", "Huang", "Zhou", "Wu", "Lin"];
const GIVEN: [&str; 7] = ["Na", "Wei", "Min", "Jie", "Fang", "Lei", "Yan"];
/// The store, by its position, of which somebody has left.
const LEFT_STORE: u32 = 1;
/// The days from the last day of somebody who left to the last day of the history: this many, or a third of it.
const LEFT_BEFORE: i32 = 150;
/// Of the customers of that store, the share that was in the hands of the one who left: those who come back to the shop
/// later, and those who do not.
pub(super) const HANDED: (f64, f64) = (0.5, 0.7);

/// How far the skill of the two account managers of a store decides who of them has customers that stay: the logarithm
/// of the odds for one more of skill and one standard deviation less of leaving.
const SORTING: f64 = 4.0;
/// The mean and the standard deviation over customers of the probability of leaving after a repeat purchase.
const MEAN_LEAVING: f64 = 0.19;
const LEAVING_SPREAD: f64 = 0.17;
/// The share of customers for whom no account manager was ever named.
const NOBODY: f64 = 0.05;

/// An account manager.
pub(super) struct Manager {
    pub(super) number: u32,
    name: String,
    team: &'static str,
    role: &'static str,
    /// In days since 1970-01-01.
    pub(super) active_from: i32,
    pub(super) active_to: Option<i32>,
    /// How well complaints and wishes to leave are dealt with, and how far customers stay: 1 in the mean, 0.55 to 1.45.
    pub(super) skill: f64,
    /// How much is asked of customers, and written down: 0.55 to 1.
    pub(super) diligence: f64,
}

/// All account managers.
pub(super) struct Staff {
    /// In the order of their numbers, from 1 on; the last is the one who left.
    pub(super) managers: Vec<Manager>,
}

impl Staff {
    pub(super) fn new(seed: u64, calendar: &Calendar, catalogue: &Catalogue) -> Self {
        let (first, last) = (epoch_days(calendar.first()), epoch_days(calendar.last()));
        let stores = (0..).zip(&catalogue.stores);
        let mut managers: Vec<Manager> = Vec::new();
        for (store, at) in stores {
            for second in [false, true] {
                let number = store * 2 + u32::from(second) + 1;
                let team = region(at.city);
                let leads = managers.iter().all(|manager| manager.team != team);
                let mut rng = Mix::new(seed ^ u64::from(number), 421);
                let mut manager = manager(number, team, first, &mut rng);
                manager.role = if leads { "team_lead" } else { "account_manager" };
                // One in eight has come lately.
                if rng.happens(0.125) && !leads && store != LEFT_STORE {
                    manager.active_from = between(first, last - (last - first) / 4, &mut rng);
                }
                managers.push(manager);
            }
        }
        let number = managers.len() as u32 + 1;
        let team = catalogue.stores.get(LEFT_STORE as usize).map_or("East", |store| region(store.city));
        let mut gone = manager(number, team, first, &mut Mix::new(seed ^ u64::from(number), 421));
        gone.active_to = Some(last - LEFT_BEFORE.min((last - first) / 3 + 1));
        managers.push(gone);
        Self { managers }
    }

    /// How many there are, the one who left included.
    #[cfg(test)]
    pub(super) fn count(&self) -> u32 {
        self.managers.len() as u32
    }

    /// The skill of the account manager with this number; 1 if there is none.
    pub(super) fn skill(&self, number: u32) -> f64 {
        self.get(number).map_or(1.0, |manager| manager.skill)
    }

    /// The account manager with this number.
    pub(super) fn get(&self, number: u32) -> Option<&Manager> {
        self.managers.get((number as usize).checked_sub(1)?)
    }

    /// Into whose hands a customer of a store comes: of its two account managers the more skilled has more of those who
    /// are likely to stay. Nobody was ever named for some.
    pub(super) fn chosen(&self, store: u8, leaving: f64, rng: &mut Mix) -> Option<u32> {
        let first = u32::from(store) * 2 + 1;
        let stays = ((MEAN_LEAVING - leaving) / LEAVING_SPREAD).clamp(-2.0, 2.0);
        let odds = libm::exp(SORTING * (self.skill(first) - self.skill(first + 1)) * stays);
        let manager = if rng.happens(odds / (1.0 + odds)) { first } else { first + 1 };
        (!rng.happens(NOBODY)).then_some(manager)
    }

    /// The one who has left and the day, if the account manager with this number belongs to the same store.
    pub(super) fn before(&self, number: u32) -> Option<(u32, i32)> {
        let gone = self.managers.last().filter(|_| number.saturating_sub(1) / 2 == LEFT_STORE)?;
        Some((gone.number, gone.active_to?))
    }

    /// The other account manager of the same store.
    pub(super) fn partner(&self, number: u32) -> Option<&Manager> {
        self.get((number.checked_sub(1)? ^ 1) + 1)
    }

    pub(super) fn write(&self, path: &Path) -> Result<u64, DemoError> {
        let schema = schema(&[
            ("account_manager", DataType::Utf8, false),
            ("name", DataType::Utf8, false),
            ("team", DataType::Utf8, false),
            ("role", DataType::Utf8, false),
            ("active_from", DataType::Date32, false),
            ("active_to", DataType::Date32, true),
        ]);
        let list = &self.managers;
        let columns = vec![
            managers(list.iter().map(|manager| Some(manager.number))),
            texts(list.iter().map(|manager| manager.name.as_str())),
            texts(list.iter().map(|manager| manager.team)),
            texts(list.iter().map(|manager| manager.role)),
            days(list.iter().map(|manager| manager.active_from)),
            optional_days(list.iter().map(|manager| manager.active_to)),
        ];
        let mut table = Table::create(path, Arc::clone(&schema))?;
        table.push(RecordBatch::try_new(schema, columns))?;
        table.close()
    }
}

/// An account manager since before anybody joined whom the history knows.
fn manager(number: u32, team: &'static str, first: i32, rng: &mut Mix) -> Manager {
    let at = number as usize - 1;
    let family = FAMILY.get(at % FAMILY.len()).copied().unwrap_or_default();
    let given = GIVEN.get(at % GIVEN.len()).copied().unwrap_or_default();
    Manager {
        number,
        name: format!("{family} {given}"),
        team,
        role: "account_manager",
        active_from: first - between(1_100, 3_500, rng),
        active_to: None,
        skill: 0.55 + 0.9 * rng.uniform(),
        diligence: 0.55 + 0.45 * rng.uniform(),
    }
}
