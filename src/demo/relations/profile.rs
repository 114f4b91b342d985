//! The further columns of `customers`: what a shop learns of its customers when somebody asks.
//!
//! How much is filled in depends on the account manager's diligence.

use jiff::civil::Date;

use super::super::calendar::{Calendar, epoch_days};
use super::super::catalogue::region;
use super::super::chance::{Chance, Mix, word};
use super::super::customer::{Customer, People, Profile, SPEND_MEAN};
use super::account::Account;
use super::{Use, stream};

/// Persons whom another customer brought.
const REFERRED: f64 = 0.16;
/// Customers who are tried as the one who brought them.
const TRIES: u32 = 5;
/// Incomes a month, in yuan, lowest first, with the share of persons below the upper end of each but the last.
const INCOMES: [(&str, f64); 5] = [
    ("below_5000", 0.2),
    ("5000_to_9999", 0.52),
    ("10000_to_19999", 0.8),
    ("20000_to_39999", 0.95),
    ("from_40000", 1.0),
];
const EDUCATIONS: [(&str, f64); 4] =
    [("secondary", 0.28), ("college", 0.56), ("bachelor", 0.88), ("postgraduate", 1.0)];
const INDUSTRIES: [(&str, f64); 8] = [
    ("hospitality", 0.2),
    ("catering", 0.18),
    ("offices", 0.2),
    ("education", 0.12),
    ("healthcare", 0.1),
    ("retail", 0.1),
    ("manufacturing", 0.06),
    ("logistics", 0.04),
];

/// What may be known of a customer beside the first things.
#[derive(Default)]
pub(in crate::demo) struct Further {
    pub(in crate::demo) parent: Option<u32>,
    pub(in crate::demo) region: Option<&'static str>,
    pub(in crate::demo) industry: Option<&'static str>,
    pub(in crate::demo) income_band: Option<&'static str>,
    pub(in crate::demo) education: Option<&'static str>,
    pub(in crate::demo) married: Option<bool>,
    pub(in crate::demo) credit_grade: Option<&'static str>,
    /// In days since 1970-01-01.
    pub(in crate::demo) contract_ends: Option<i32>,
    pub(in crate::demo) referred_by: Option<u32>,
}

impl Further {
    /// What is known of a customer of a shop with `count` customers.
    pub(in crate::demo) fn new(
        people: &People,
        customer: &Customer,
        profile: &Profile,
        calendar: &Calendar,
        count: u32,
    ) -> Self {
        let account = Account::new(people, customer, count);
        let mut rng = stream(people.seed, customer.number, Use::Profile);
        let manager = profile.manager.and_then(|manager| people.staff.get(manager));
        let diligence = manager.map_or(0.8, |manager| manager.diligence);
        let region = Some(region(profile.city)).filter(|_| rng.happens(0.96));
        let joined = epoch_days(profile.joined_on);
        let further = Self { parent: account.parent, region, ..Self::default() };
        if account.business {
            let industry = word(&INDUSTRIES, &mut rng);
            return Self {
                industry: Some(industry).filter(|_| rng.happens(0.5 + 0.5 * diligence)),
                credit_grade: Some(account.grade.name()).filter(|_| account.invoiced && rng.happens(0.93)),
                contract_ends: account.contract.map(|days| contract_end(joined, days, calendar)),
                ..further
            };
        }
        // Income goes with spending, education with income, marriage with age.
        let spending = libm::log(f64::from(customer.spend) / SPEND_MEAN);
        let income = 0.7 * spending + rng.normal();
        let learning = 0.5 * income + rng.normal();
        let born = profile.birthday.map_or(1986, Date::year);
        let age = f64::from(calendar.last().year() - born);
        let married = rng.happens(((age - 20.0) / 18.0).clamp(0.04, 0.84));
        let mut known = |chance: f64| rng.happens(chance * diligence);
        let (tells_income, tells_education, tells_marriage) = (known(0.75), known(0.7), known(0.65));
        Self {
            income_band: tells_income.then(|| level(&INCOMES, income / 1.13 + 0.24)),
            education: tells_education.then(|| level(&EDUCATIONS, learning / 1.15)),
            married: tells_marriage.then_some(married),
            referred_by: referrer(people, customer, profile, count, &mut rng),
            ..further
        }
    }
}

/// The level at which a standard normal value lies.
fn level(levels: &[(&'static str, f64)], value: f64) -> &'static str {
    let share = 0.5 * libm::erfc(-value / std::f64::consts::SQRT_2);
    levels.iter().find(|(_, below)| share < *below).or(levels.last()).map_or("", |(name, _)| name)
}

/// Somebody who was a customer before, sooner one of those who stay.
fn referrer(
    people: &People,
    customer: &Customer,
    profile: &Profile,
    count: u32,
    rng: &mut Mix,
) -> Option<u32> {
    if !rng.happens(REFERRED) {
        return None;
    }
    (0..TRIES).find_map(|_| {
        let other = people.customer(1 + rng.below(count));
        let stays = rng.happens((1.0 - other.leaving) * (1.0 - other.leaving));
        let before =
            stays && other.number != customer.number && people.profile(&other).joined_on < profile.joined_on;
        before.then_some(other.number)
    })
}

/// The end of the contract that runs on the last day, or that ended lately without a new one.
pub(super) fn contract_end(joined: i32, days: i32, calendar: &Calendar) -> i32 {
    let last = epoch_days(calendar.last());
    let periods = (last - 45 - joined).max(0) / days + 1;
    joined + periods * days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_ends_after_a_whole_number_of_terms() -> Result<(), jiff::Error> {
        let calendar = Calendar::new(jiff::civil::date(2026, 10, 31), 760)?;
        let last = epoch_days(calendar.last());
        for back in [0, 44, 45, 300, 364, 365, 366, 411, 1500] {
            let end = contract_end(last - back, 365, &calendar);
            assert_eq!((end - (last - back)) % 365, 0);
            assert!((last - 45..=last + 365).contains(&end), "{back} days ago: {}", end - last);
        }
        Ok(())
    }

    #[test]
    fn levels_have_their_shares() {
        assert_eq!(level(&EDUCATIONS, -9.0), "secondary");
        assert_eq!(level(&EDUCATIONS, -0.6), "secondary");
        assert_eq!(level(&EDUCATIONS, -0.5), "college");
        assert_eq!(level(&EDUCATIONS, 9.0), "postgraduate");
        assert_eq!(level(&INCOMES, 0.0), "5000_to_9999");
    }
}
