//! The arguments of scoring functions, and the errors for impossible values.

use crate::analysis::clv::discrete::MOST_OPPORTUNITIES;

/// One argument.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument {
    /// Its name, as in the documentation.
    pub name: &'static str,
    /// What it is, for the error message.
    means: &'static str,
    is: Is,
}

/// Which numbers are allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Is {
    /// Whole numbers from 0 to this.
    Count(u32),
    /// Finite numbers from 0 on.
    Amount,
    /// Finite numbers above 0; ignored if the first argument, a count, is 0.
    Spend,
}

/// More purchases than this are taken for a mistake.
const MOST_PURCHASES: u32 = 1_000_000;

/// For more purchases than this, adding up the probability would take too long.
const MOST_COUNTED: u32 = 10_000;

const fn argument(name: &'static str, is: Is, means: &'static str) -> Argument {
    Argument { name, means, is }
}

pub(super) const X: Argument =
    argument("x", Is::Count(MOST_PURCHASES), "repeat purchases are days with one after the first such day");
pub(super) const T_X: Argument =
    argument("t_x", Is::Amount, "it is the time from the first purchase to the last");
pub(super) const T: Argument = argument("t", Is::Amount, "it is the time from the first purchase until now");
pub(super) const HORIZON: Argument = argument("horizon", Is::Amount, "it is the time ahead");
pub(super) const RATE: Argument = argument(
    "rate",
    Is::Amount,
    "it is a continuous discount rate per unit of time: ln(1.1) / 52 is 10 % a year where time is in weeks",
);
pub(super) const COUNT: Argument = argument(
    "n",
    Is::Count(MOST_COUNTED),
    "it is a number of purchases; the result is the probability of that number",
);
pub(super) const SPENT_ON: Argument =
    argument("x", Is::Count(MOST_PURCHASES), "it is the number of purchases in the mean spend");
pub(super) const MEAN_SPEND: Argument = argument(
    "mean_spend",
    Is::Spend,
    "the model knows no other spend; give x as 0 for such a customer: the result is the mean of all",
);

pub(super) const BOUGHT: Argument =
    argument("x", Is::Count(MOST_OPPORTUNITIES), "it is the number of opportunities with a purchase");
pub(super) const LAST: Argument = argument(
    "t_x",
    Is::Count(MOST_OPPORTUNITIES),
    "it is the last opportunity with a purchase, counted from 1; 0 where there was none",
);
pub(super) const OPPORTUNITIES: Argument =
    argument("n", Is::Count(MOST_OPPORTUNITIES), "it is the number of opportunities so far");
pub(super) const AHEAD: Argument =
    argument("horizon", Is::Count(MOST_OPPORTUNITIES), "it is the number of opportunities ahead");
pub(super) const PERIOD_RATE: Argument =
    argument("rate", Is::Amount, "it is the discount rate of one opportunity or period, 0.1 for 10 %");
pub(super) const PURCHASES: Argument = argument(
    "purchases",
    Is::Count(MOST_COUNTED),
    "it is a number of purchases ahead; the result is the probability of that number",
);

pub(super) const RENEWED: Argument =
    argument("n", Is::Count(MOST_OPPORTUNITIES), "it is the number of renewals that the customer has behind");
pub(super) const RENEWAL: Argument =
    argument("t", Is::Count(MOST_OPPORTUNITIES), "it is a number of renewals, counted from the start");
pub(super) const RENEWALS_AHEAD: Argument =
    argument("horizon", Is::Count(MOST_OPPORTUNITIES), "it is the number of renewals ahead");

impl Argument {
    /// Whether the function uses it, given all arguments.
    pub fn is_looked_at(&self, row: &[f64]) -> bool {
        self.is != Is::Spend || row.first() != Some(&0.0)
    }

    /// Whether a customer can have this value. An unused value is NaN; only a spend may be NaN.
    #[inline]
    pub fn allows(&self, value: f64) -> bool {
        match self.is {
            Is::Count(most) => {
                (0.0..=f64::from(most)).contains(&value) && value.trunc().total_cmp(&value).is_eq()
            }
            Is::Amount => value >= 0.0 && value.is_finite(),
            Is::Spend => value.is_nan() || (value > 0.0 && value.is_finite()),
        }
    }

    /// The error for a value that is not allowed.
    pub fn refuse(&self, value: f64) -> String {
        let Self { name, means, is } = self;
        let wanted = match is {
            Is::Count(most) => format!("a whole number from 0 to {most}"),
            Is::Amount => "a number of 0 or more".to_owned(),
            Is::Spend => "a number above 0".to_owned(),
        };
        format!("{name} must be {wanted}, not {value}; {means}")
    }
}

/// The three arguments that describe a customer's history.
#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    /// The position of the first of them.
    at: usize,
    end: &'static str,
    discrete: bool,
}

impl History {
    /// The history among the arguments, if there is one.
    pub fn among(takes: &[Argument]) -> Option<Self> {
        let three = takes.windows(3).enumerate();
        three.into_iter().find_map(|(at, three)| match three {
            [x, last, end] if x.name == X.name && last.name == T_X.name => {
                Some(Self { at, end: end.name, discrete: end.name == OPPORTUNITIES.name })
            }
            _ => None,
        })
    }

    /// The error for an impossible history.
    #[inline]
    pub fn refuse(self, row: &[f64]) -> Option<String> {
        let Some([x, last, end]) = row.get(self.at..self.at + 3) else { return None };
        let too_late = last > end;
        let first_is_last = *x == 0.0 && *last > 0.0;
        let crowded = self.discrete && x > last;
        if !(too_late || first_is_last || crowded) {
            return None;
        }
        Some(if too_late {
            let means = if self.discrete {
                "both count opportunities, t_x up to the last one with a purchase, n all there have been"
            } else {
                "both begin with the first purchase, t_x ends with the last one, t now"
            };
            format!("t_x is {last}, beyond {}, which is {end}; {means}", self.end)
        } else if first_is_last {
            format!("x is 0, yet t_x is {last}; without a purchase to count, t_x is 0")
        } else {
            format!("x is {x}, more than t_x, which is {last}; there is one purchase an opportunity at most")
        })
    }
}
