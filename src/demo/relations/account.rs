//! Which customers are businesses, which group they belong to, and how they pay.

use super::super::chance::{Chance, Mix, between};
use super::super::customer::{Customer, People, SPEND_MEAN};
use super::{Use, stream};

/// The share of businesses among customers who buy in a steady rhythm, those whose orders are of high value, and others.
const BUSINESS: (f64, f64, f64) = (0.5, 0.16, 0.02);
/// Mean orders of this many times the usual value count as high.
const HIGH: f64 = 2.0;
/// The share of businesses that belong to a group, that pay on invoice, and that have a contract.
const GROUPED: f64 = 0.42;
const INVOICED: f64 = 0.8;
const CONTRACT: f64 = 0.7;
/// Customers with successive numbers among which one business is the head of a group.
const NEIGHBOURS: u32 = 400;
/// The grades of credit, best first, each with its share.
const GRADES: [(Grade, f64); 4] = [(Grade::A, 0.35), (Grade::B, 0.35), (Grade::C, 0.2), (Grade::D, 0.1)];

/// How reliably a business pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    A,
    B,
    C,
    D,
}

impl Grade {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// What kind of account a customer has.
pub(super) struct Account {
    /// A business, as opposed to a person.
    pub(super) business: bool,
    /// The number of the customer at the head of the group.
    pub(super) parent: Option<u32>,
    /// Whether purchases are invoiced and paid later.
    pub(super) invoiced: bool,
    /// How a business pays, known to the shop or not.
    pub(super) grade: Grade,
    /// The length of a business's contract in days, which is renewed at its end.
    pub(super) contract: Option<i32>,
}

impl Account {
    /// The account of a customer of a shop with `count` customers.
    pub(super) fn new(people: &People, customer: &Customer, count: u32) -> Self {
        let head = head(people.seed, customer.number, count);
        let mut rng = stream(people.seed, customer.number, Use::Account);
        let high = f64::from(customer.spend) >= HIGH * SPEND_MEAN;
        let chosen = rng.happens(match (customer.is_regular(), high) {
            (true, _) => BUSINESS.0,
            (false, true) => BUSINESS.1,
            (false, false) => BUSINESS.2,
        });
        let business = chosen || head == customer.number;
        let grouped = rng.happens(GROUPED);
        let invoiced = rng.happens(INVOICED);
        let grade = grade(&mut rng);
        let contract = rng.happens(CONTRACT).then(|| 365 * between(1, 3, &mut rng));
        Self {
            business,
            parent: (business && grouped && head != customer.number).then_some(head),
            invoiced: business && invoiced,
            grade,
            contract: contract.filter(|_| business),
        }
    }
}

fn grade(rng: &mut Mix) -> Grade {
    let mut left = rng.uniform();
    for (grade, share) in GRADES {
        left -= share;
        if left < 0.0 {
            return grade;
        }
    }
    Grade::D
}

/// The customer at the head of the group among the neighbours of a number.
fn head(seed: u64, number: u32, count: u32) -> u32 {
    let first = (number - 1) / NEIGHBOURS * NEIGHBOURS + 1;
    let last = first.saturating_add(NEIGHBOURS - 1).min(count);
    // Drawn for the neighbourhood: the stream of its first customer would be that customer's own.
    first + Mix::new(seed ^ u64::from(first), 400).below(last + 1 - first)
}
