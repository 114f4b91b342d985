//! `model: nbd`, `bg_nbd` and the others: fits a model of purchases ([`Kind`]) to purchase days and Gamma-Gamma to spend a
//! purchase day, and yields `<step>`, one row a customer, and `<step>_fit`, one row a parameter. `model: best` takes who
//! did best in a contest: one of these models, or a rule that managers go by.
//!
//! Where a fit cannot predict and a simpler model takes its place, `<step>_fit` has both; where none predicts, predictions are
//! NULL and it says why. A customer without a purchase day has no prediction either.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Float64Builder, Int64Builder, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::civil::Date;

use crate::analysis::clv::cell::{Cells, History};
use crate::analysis::clv::contest::{Contender, Rule};
use crate::analysis::clv::fit::{Ending, Fit};
use crate::analysis::clv::gamma_gamma::{self, GammaGamma, SpendCell};
use crate::analysis::clv::purchases::{Chain, Kind};
use crate::analysis::clv::uncertainty::{
    self, CustomerInterval, LEVEL, NoSpread, Spend, Totals, customer_intervals,
};
use crate::analysis::clv::value::{Discounting, Scores, Timing};
use crate::analysis::special::Sum;
use crate::pipeline::Value;
use crate::problem::counted;

use super::contest::{surprises, verdict};
use super::forecast::{self, Certainty, Sums};
use super::given::{Given, SPEND};
use super::months::Ahead;
use super::record::{Ended, Record};
use super::{
    AT_LIMIT, PurchaseDays, Read, Unset, column, count_at, months, number, numbers, unit_days, whole_numbers,
};

/// Who predicts purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// This model.
    Model(Kind),
    /// Who did best in the contest.
    Best,
}

/// Who predicts where a contest says nothing.
const UNTRIED: Kind = Kind::BgNbd;

/// The step's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// Who predicts purchases.
    pub asked: Asked,
    /// `horizon_days`: whole days ahead, ascending. Default 30, 90, 365.
    pub horizon_days: Vec<i64>,
    /// `unit_days`: the model's unit of time in days. Default 7.
    pub unit_days: f64,
    /// `discount_rate`: a year, 0.1 for 10 %. Default 0.1.
    pub discount_rate: f64,
    /// `margin`: the share of spend that is profit. Default 1: value is then revenue.
    pub margin: f64,
    /// `interval`: the share of cases that intervals are to hold. Default 0.8.
    pub interval: f64,
}

const KEYS: [&str; 5] = ["horizon_days", "unit_days", "discount_rate", "margin", "interval"];

/// The columns that a model reads, beside `customer_id`: all whole numbers but the last.
const NEEDS: [&str; 5] = ["active_days", "repeat_days", "span_days", "tenure_days", "mean_repeat_spend"];
/// The column that models read which ask how regular purchases are.
const LN_GAPS: &str = "ln_gaps";
/// The column of what is expected after the longest horizon.
pub(super) const RESIDUAL: &str = "residual";
/// The columns that rules read: the days with a purchase within the last so many days.
const RECENT: [&str; 2] = ["recent_days", "window_days"];

/// What a model may read beside its own table, and the day of it all.
pub(super) struct Beside<'a> {
    /// The table that says who did best, where that is who predicts.
    pub contest: Option<&'a RecordBatch>,
    /// Parameters that were fitted before: with them nothing is fitted.
    pub given: Option<&'a Read>,
    /// What was bought in each month past, where the season is asked for.
    pub season: Option<&'a RecordBatch>,
    /// The day of the report.
    pub as_of: Date,
}

/// What is wanted beside predictions.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is wanted or not whatever the others are")]
pub(super) struct Wanted {
    /// The ends between which customers' purchases lie.
    pub ends: bool,
    /// The sums over all customers, and how sure they are.
    pub forecast: bool,
    /// What is expected month by month.
    pub months: bool,
    /// What is expected after the longest horizon.
    pub residual: bool,
}

/// What comes of it.
pub(super) struct Fitted {
    /// One row a customer.
    pub customers: RecordBatch,
    /// One row a model and parameter.
    pub fit: RecordBatch,
    /// One row a figure and horizon, if wanted.
    pub forecast: Option<RecordBatch>,
    /// One row a month ahead, if wanted.
    pub months: Option<RecordBatch>,
    /// What a reader of the log should know.
    pub remarks: Vec<String>,
}

impl Predictions {
    /// The defaults.
    pub(super) fn new(asked: Asked) -> Self {
        Self {
            asked,
            horizon_days: vec![30, 90, 365],
            unit_days: 7.0,
            discount_rate: 0.1,
            margin: 1.0,
            interval: LEVEL,
        }
    }

    /// Takes a setting; otherwise says what it must be, or that there is no such setting.
    pub(super) fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "horizon_days" => match horizons(value) {
                Some(days) => self.horizon_days = days,
                None => return Err(Unset::Not("ascending whole days from 1 to 3650, such as [30, 90, 365]")),
            },
            "unit_days" => self.unit_days = unit_days(value)?,
            "discount_rate" => match number(value) {
                Some(rate) if (0.0..=1.0).contains(&rate) => self.discount_rate = rate,
                _ => return Err(Unset::Not("a rate a year from 0 to 1, such as 0.1 for 10 %")),
            },
            "margin" => match number(value) {
                Some(margin) if margin > 0.0 && margin <= 1.0 => self.margin = margin,
                _ => return Err(Unset::Not("a share of spend above 0 and up to 1, such as 0.3")),
            },
            "interval" => match number(value) {
                Some(level) if (0.5..=0.99).contains(&level) => self.interval = level,
                _ => return Err(Unset::Not("a share of cases from 0.5 to 0.99, such as 0.8")),
            },
            _ => return Err(Unset::Unknown(&KEYS)),
        }
        Ok(())
    }

    /// The settings as they were resolved, for the record.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let days: Vec<String> = self.horizon_days.iter().map(ToString::to_string).collect();
        vec![
            ("horizon_days".into(), format!("[{}]", days.join(", "))),
            ("unit_days".into(), self.unit_days.to_string()),
            ("discount_rate".into(), self.discount_rate.to_string()),
            ("margin".into(), self.margin.to_string()),
            ("interval".into(), self.interval.to_string()),
        ]
    }

    /// The columns of the table with one row a customer.
    pub(super) fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("customer_id", DataType::Utf8View, false), number_field("p_alive")];
        fields
            .extend(self.horizon_days.iter().map(|days| number_field(&format!("expected_purchases_{days}"))));
        fields.extend(self.ends().into_iter().map(|name| Field::new(name, DataType::Int64, true)));
        fields.extend(["expected_spend", "clv", RESIDUAL].map(number_field));
        Arc::new(Schema::new(fields))
    }

    /// The names of the columns with the ends of a customer's purchases within the longest horizon.
    pub(super) fn ends(&self) -> [String; 2] {
        let longest = self.horizon_days.last().copied().unwrap_or_default();
        ["low", "high"].map(|end| format!("purchases_{end}_{longest}"))
    }

    /// The columns of its table that the model reads, all of them numbers but the first.
    pub(super) fn reads(&self) -> Vec<&'static str> {
        let own: &[&str] = match self.asked {
            Asked::Model(kind) if kind.reads_gaps() => &[LN_GAPS],
            Asked::Model(_) => &[],
            // Whoever predicts, all that it may need is there.
            Asked::Best => &[LN_GAPS, RECENT[0], RECENT[1]],
        };
        ["customer_id"].iter().chain(&NEEDS).chain(own).copied().collect()
    }

    /// Fits both models and scores every customer of the table, which has the columns of [`Predictions::reads`].
    ///
    /// # Errors
    /// Where a column cannot be read as numbers, or a history is impossible; the message says which.
    pub(super) fn run(
        &self,
        table: RecordBatch,
        Beside { contest, given: parameters, season, as_of }: Beside<'_>,
        wanted: Wanted,
    ) -> Result<Fitted, String> {
        let mut remarks = Vec::new();
        let contender = match (self.asked, contest) {
            (Asked::Model(kind), _) => Contender::Model(kind),
            (Asked::Best, None) => return Err("the model lost the contest's table".to_owned()),
            (Asked::Best, Some(contest)) => verdict(contest)?.unwrap_or_else(|| {
                remarks.push(format!("the contest has no winner; {} predicts, untried", UNTRIED.title()));
                Contender::Model(UNTRIED)
            }),
        };
        let given = match (contender, parameters) {
            (Contender::Model(kind), Some(table)) => {
                Some(Given::read(kind, self.unit_days, &table.name, &table.rows)?)
            }
            _ => None,
        };
        let customers = Customers::read(&table, contender).map_err(|error| error.to_string())?;
        // Of millions of customers most columns are read by now: what is fitted needs the room.
        drop(table);
        let horizons: Vec<f64> = self.horizon_days.iter().map(|days| *days as f64).collect();
        let longest = horizons.last().copied().unwrap_or_default();
        let terms =
            Discounting::new(longest, self.discount_rate, Timing::Middle).map_err(|e| e.to_string())?;
        let terms = if wanted.residual { terms.and_beyond() } else { terms };
        // Purchases and spend are independent models: each is fitted on a thread of its own.
        let (bought, spend) = std::thread::scope(|scope| {
            let spend = scope.spawn(|| match &given {
                None => gamma_gamma::fit(&customers.spend_cells()),
                Some(given) => {
                    let spent = customers.known().filter(|(history, mean)| history.x > 0 && mean.is_some());
                    given.spend(spent.count(), 0)
                }
            });
            let bought = match contender {
                Contender::Model(kind) => {
                    let bought = self.by_model(kind, given.as_ref(), &customers, &horizons, terms);
                    bought.map(|bought| if wanted.ends { self.with_intervals(bought) } else { bought })
                }
                Contender::Rule(rule) => by_rule(rule, &customers, &horizons, terms),
            };
            (bought, spend.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let bought = bought?;
        let observed = without_mean(&customers, spend.model(), &mut remarks);
        let (scored, sums) =
            self.score(&customers, &bought, spend.model(), observed).map_err(|error| error.to_string())?;
        remarks.extend(self::remarks(&customers, &bought.by, &spend.ending));
        let spent = bought.spent(&customers, &spend);
        let past = contest.map(surprises).unwrap_or_default();
        let forecast = || {
            let certainty = Certainty {
                totals: bought.totals(spent.as_ref(), &horizons, terms),
                past: &past,
                level: self.interval,
                margin: self.margin,
            };
            forecast::table(&self.horizon_days, &sums, &certainty).map_err(|error| error.to_string())
        };
        let months = || {
            let longest = self.horizon_days.last().copied().unwrap_or_default();
            let ahead = Ahead { as_of, horizon_days: longest, season, past: &past, level: self.interval };
            bought.months(spent.as_ref(), &ahead)
        };
        Ok(Fitted {
            customers: scored,
            forecast: wanted.forecast.then(forecast).transpose()?,
            months: wanted.months.then(months).transpose()?,
            fit: fit_table(&bought.by, &customers, &spend, self.unit_days)
                .map_err(|error| error.to_string())?,
            remarks,
        })
    }

    /// Forecasts by a model, fitted on the customers' cells.
    fn by_model(
        &self,
        kind: Kind,
        given: Option<&Given>,
        customers: &Customers,
        horizons: &[f64],
        terms: Discounting,
    ) -> Result<Bought, String> {
        let cells =
            Cells::collapse(&customers.histories, self.unit_days).map_err(|error| error.to_string())?;
        let chain = match given {
            None => Chain::fit(kind, &cells, customers.sum_ln_gaps(self.unit_days)),
            Some(given) => {
                let fit = given.purchases(customers.histories.len(), cells.cells().len());
                Chain { tried: vec![(given.kind, fit)] }
            }
        };
        let scores = chain.model().map(|(_, model)| Scores::compute(model, &cells, horizons, terms));
        let scores = scores.transpose().map_err(|error| error.to_string())?;
        Ok(Bought { of: Of::Cells(cells), scores, intervals: Vec::new(), by: By::Models(chain) })
    }

    /// Adds the ends between which the purchases of each cell's customers lie.
    fn with_intervals(&self, bought: Bought) -> Bought {
        let longest = self.horizon_days.last().map(|days| *days as f64).unwrap_or_default();
        let intervals = match (&bought.by, &bought.of) {
            (By::Models(chain), Of::Cells(cells)) => chain
                .model()
                .map(|(_, model)| customer_intervals(model, cells.cells(), longest, self.interval))
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        Bought { intervals, ..bought }
    }

    fn score(
        &self,
        customers: &Customers,
        bought: &Bought,
        spend: Option<&GammaGamma>,
        observed: Option<f64>,
    ) -> Result<(RecordBatch, Sums), ArrowError> {
        let rows = customers.ids.len();
        let column = || Float64Builder::with_capacity(rows);
        let (mut p_alive, mut spends, mut values, mut residuals) = (column(), column(), column(), column());
        let mut expected: Vec<Float64Builder> = self.horizon_days.iter().map(|_| column()).collect();
        let mut ends = [(); 2].map(|()| Int64Builder::with_capacity(rows));
        let mut sums = Sums::new(self.horizon_days.len());
        let population = spend.and_then(|model| model.population_mean().ok()).or(observed);
        let mut modelled = customers.histories.iter().enumerate();
        for row in 0..rows {
            let Some((place, history)) = customers.is_modelled(row).then(|| modelled.next()).flatten() else {
                let own = [&mut p_alive, &mut spends, &mut values, &mut residuals];
                own.into_iter().chain(&mut expected).for_each(Float64Builder::append_null);
                ends.iter_mut().for_each(Int64Builder::append_null);
                continue;
            };
            let score = bought.of.score_of(place);
            let forecast = bought.scores.as_ref().and_then(|scores| scores.of_cell(score));
            let interval = bought.intervals.get(score as usize);
            // One without repeat purchases is given the mean of all: that is what the model shrinks to where a
            // customer says nothing. A mean of 0 or less says nothing the model can use, so neither.
            let spend = match (spend, customers.positive_mean(row)) {
                (Some(model), Some(mean)) if history.x > 0 => model.expected_spend(history.x, mean).ok(),
                _ => population,
            };
            p_alive.append_option(forecast.and_then(|f| f.p_alive));
            for (horizon, column) in expected.iter_mut().enumerate() {
                column.append_option(forecast.and_then(|f| f.expected_purchases.get(horizon).copied()));
            }
            let value = forecast.zip(spend).map(|(f, spend)| f.value(spend, self.margin));
            sums.customers += u64::from(forecast.is_some());
            sums.valued += u64::from(value.is_some());
            sums.value.add(value.unwrap_or(0.0));
            for (horizon, purchases) in forecast.iter().flat_map(|f| f.expected_purchases.iter().enumerate())
            {
                if let (Some(all), Some(money)) =
                    (sums.purchases.get_mut(horizon), sums.revenue.get_mut(horizon))
                {
                    all.add(*purchases);
                    money.add(purchases * spend.unwrap_or(0.0));
                }
            }
            let [low, high] = &mut ends;
            low.append_option(interval.map(|interval| i64::from(interval.low)));
            high.append_option(interval.map(|interval| i64::from(interval.high)));
            values.append_option(value);
            residuals
                .append_option(forecast.zip(spend).and_then(|(f, spend)| f.residual(spend, self.margin)));
            spends.append_option(spend);
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::clone(&customers.ids)];
        columns.extend([p_alive].into_iter().chain(expected).map(finished));
        columns.extend(ends.map(|mut end| Arc::new(end.finish()) as ArrayRef));
        columns.extend([spends, values, residuals].map(finished));
        Ok((RecordBatch::try_new(self.schema(), columns)?, sums))
    }
}

/// The mean spend of all, as observed, where the model of spend has none: customers with a single purchase are given
/// that.
fn without_mean(customers: &Customers, spend: Option<&GammaGamma>, remarks: &mut Vec<String>) -> Option<f64> {
    spend?.population_mean().err()?;
    let observed = customers.observed_mean()?;
    remarks.push(
        "Gamma-Gamma: spend differs so much between customers that it has no mean; those without a repeat \
         purchase are given the mean that was observed"
            .to_owned(),
    );
    Some(observed)
}

/// Who forecast purchases.
enum By {
    /// Models: the one asked for, and those tried in its place.
    Models(Chain),
    /// A rule.
    Rule(Rule),
}

/// The forecasts of purchases.
struct Bought {
    by: By,
    of: Of,
    /// None where no model can predict.
    scores: Option<Scores>,
    /// Of each cell; none where no model can predict, or nobody asks.
    intervals: Vec<CustomerInterval>,
}

/// What a forecast is for.
enum Of {
    /// A cell, with all of its customers.
    Cells(Cells),
    /// One customer.
    Customers,
}

impl Of {
    /// The place of the forecast of a customer with a purchase day, by their number.
    fn score_of(&self, customer: usize) -> u32 {
        let place = match self {
            Self::Cells(cells) => cells.cell_of().get(customer).copied(),
            Self::Customers => u32::try_from(customer).ok(),
        };
        // No forecast has this place.
        place.unwrap_or(u32::MAX)
    }
}

impl Bought {
    /// What is expected month by month.
    fn months(&self, spent: Option<&Spend>, ahead: &Ahead<'_>) -> Result<RecordBatch, String> {
        match (&self.by, &self.of) {
            (By::Models(chain), Of::Cells(cells)) => match chain.fitted() {
                Some(fit) => months::table(fit, cells, spent, ahead),
                None => Ok(months::nothing()),
            },
            _ => Ok(months::nothing()),
        }
    }

    /// What the customers of each cell spend, where a model knows.
    fn spent(&self, customers: &Customers, spend: &Fit<GammaGamma>) -> Option<Spend> {
        let Of::Cells(cells) = &self.of else { return None };
        Spend::new(spend, cells, customers.known().map(|(_, mean)| mean))
    }

    /// How sure the totals are by the model alone; otherwise the key of why nobody knows.
    fn totals(
        &self,
        spent: Option<&Spend>,
        horizons: &[f64],
        terms: Discounting,
    ) -> Result<Totals, &'static str> {
        let (By::Models(chain), Of::Cells(cells)) = (&self.by, &self.of) else { return Err("rule") };
        let (Some(fit), Some(scores)) = (chain.fitted(), &self.scores) else { return Err("no_model") };
        if fit.covariance().is_none() {
            return Err("given");
        }
        let asked = uncertainty::Asked { horizons_days: horizons, discounting: Some(terms) };
        Totals::of(fit, cells, scores, asked, spent).map_err(NoSpread::key)
    }
}

/// Forecasts by a rule, under which customers go on at their rates.
fn by_rule(
    rule: Rule,
    customers: &Customers,
    horizons: &[f64],
    terms: Discounting,
) -> Result<Bought, String> {
    let rates = customers.histories.iter().zip(&customers.recent);
    let rates = rates.map(|(history, recent)| rule.forecast(history, recent.days, recent.of_days, 1.0));
    let scores = Scores::at_rates(rates, horizons, terms).map_err(|error| error.to_string())?;
    Ok(Bought { by: By::Rule(rule), of: Of::Customers, scores: Some(scores), intervals: Vec::new() })
}

fn finished(mut column: Float64Builder) -> ArrayRef {
    Arc::new(column.finish())
}

fn number_field(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

fn horizons(value: &Value) -> Option<Vec<i64>> {
    let days: Vec<i64> = match value {
        Value::Integer(days) => vec![*days],
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Integer(days) => Some(*days),
                _ => None,
            })
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let good =
        !days.is_empty() && days.iter().all(|d| (1..=3650).contains(d)) && days.is_sorted_by(|a, b| a < b);
    good.then_some(days)
}

/// The customers of a table as the models see them.
struct Customers {
    ids: ArrayRef,
    /// Of the customers with a purchase day, in the table's order.
    histories: Vec<History>,
    /// Which customers have a purchase day; `None` where all do.
    modelled: Option<BooleanBuffer>,
    mean_spend: Float64Array,
    /// Sums of ln gaps in days, where the model reads them.
    ln_gaps: Option<Float64Array>,
    /// What rules look at, of the same customers as the histories; empty where a model predicts.
    recent: Vec<Recent>,
}

/// The days with a purchase among the last so many days.
struct Recent {
    days: u32,
    of_days: u32,
}

impl Customers {
    fn read(table: &RecordBatch, contender: Contender) -> Result<Self, ArrowError> {
        let ids = column(table, "customer_id", &DataType::Utf8View)?;
        let purchases = PurchaseDays::read(table)?;
        let mean_spend = numbers(table, "mean_repeat_spend")?;
        let gaps = matches!(contender, Contender::Model(kind) if kind.reads_gaps());
        let ln_gaps = gaps.then(|| numbers(table, LN_GAPS)).transpose()?;
        let recent = match contender {
            Contender::Rule(_) => Some((whole_numbers(table, RECENT[0])?, whole_numbers(table, RECENT[1])?)),
            Contender::Model(_) => None,
        };
        let mut histories = Vec::with_capacity(table.num_rows());
        let mut recents = Vec::new();
        let modelled = BooleanBuffer::collect_bool(table.num_rows(), |row| {
            let history = purchases.history(row);
            histories.extend(history);
            if let (Some(_), Some((days, of_days))) = (&history, &recent) {
                // Without such days there is no window, and a rule that looks at one foretells nothing.
                let [days, of_days] =
                    [count_at(days, row), count_at(of_days, row)].map(Option::unwrap_or_default);
                recents.push(Recent { days, of_days });
            }
            history.is_some()
        });
        let modelled = (histories.len() < table.num_rows()).then_some(modelled);
        Ok(Self { ids, histories, modelled, mean_spend, ln_gaps, recent: recents })
    }

    fn is_modelled(&self, row: usize) -> bool {
        self.modelled.as_ref().is_none_or(|modelled| modelled.value(row))
    }

    /// The mean spend of a customer, where it is above 0.
    fn positive_mean(&self, row: usize) -> Option<f64> {
        let mean = if self.mean_spend.is_null(row) { f64::NAN } else { self.mean_spend.value(row) };
        (mean > 0.0).then_some(mean)
    }

    /// The customers with a purchase day: their histories and their mean spend, where it is above 0.
    fn known(&self) -> impl Iterator<Item = (&History, Option<f64>)> {
        let rows = (0..self.ids.len()).filter(|row| self.is_modelled(*row));
        self.histories.iter().zip(rows.map(|row| self.positive_mean(row)))
    }

    /// The mean spend of all repeat purchases of customers with a positive mean.
    fn observed_mean(&self) -> Option<f64> {
        let (mut money, mut purchases) = (Sum::default(), 0.0);
        for (history, mean) in self.known() {
            if let (1.., Some(mean)) = (history.x, mean) {
                money.add(mean * f64::from(history.x));
                purchases += f64::from(history.x);
            }
        }
        (purchases > 0.0).then(|| money.value() / purchases)
    }

    /// The distinct (x, mean spend) of the repeat buyers with a positive mean, in their order.
    fn spend_cells(&self) -> Vec<SpendCell> {
        // Nearly all differ, but in x: sorting the means of each x is less work than hashing them. Positive numbers
        // are in the order of their bits.
        let mut means: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for (history, mean) in self.known() {
            if let (1.., Some(mean)) = (history.x, mean) {
                means.entry(history.x).or_default().push(mean.to_bits());
            }
        }
        let mut cells = Vec::with_capacity(means.values().map(Vec::len).sum());
        for (x, mut means) in means {
            means.sort_unstable();
            cells.extend(means.chunk_by(|left, right| left == right).filter_map(|equal| {
                let z = f64::from_bits(*equal.first()?);
                Some(SpendCell { x, z, weight: equal.len() as f64 })
            }));
        }
        cells
    }

    /// Σ ln g over all gaps between purchases, in units of so many days; not a number where a customer with a gap has no
    /// sum, and 0 where nobody asks.
    fn sum_ln_gaps(&self, unit_days: f64) -> f64 {
        let Some(ln_gaps) = &self.ln_gaps else { return 0.0 };
        let mut sum = Sum::default();
        let rows = (0..self.ids.len()).filter(|row| self.is_modelled(*row));
        for (history, row) in self.histories.iter().zip(rows).filter(|(history, _)| history.x > 0) {
            let of_days = if ln_gaps.is_null(row) { f64::NAN } else { ln_gaps.value(row) };
            sum.add(of_days - f64::from(history.x) * libm::log(unit_days));
        }
        sum.value()
    }

    fn without_purchase(&self) -> usize {
        self.ids.len() - self.histories.len()
    }

    fn without_positive_spend(&self) -> usize {
        self.known().filter(|(history, mean)| history.x > 0 && mean.is_none()).count()
    }
}

fn remarks(customers: &Customers, by: &By, spend: &Ending) -> Vec<String> {
    let mut remarks = Vec::new();
    let tried = match by {
        By::Models(chain) => chain.tried.as_slice(),
        By::Rule(rule) => {
            let key = Contender::Rule(*rule).key();
            remarks.push(format!("purchases are predicted by the rule {key}, as no model foretold as well"));
            &[]
        }
    };
    for (place, (kind, fit)) in tried.iter().enumerate() {
        if matches!(fit.ending, Ending::Converged | Ending::Given) {
            continue;
        }
        let instead = match tried.get(place + 1) {
            Some((Kind::Nbd, _)) => "; NBD, which knows no dropout, takes its place".to_owned(),
            Some((simpler, _)) => format!("; the simpler {} takes its place", simpler.title()),
            None if fit.ending.predicts() => format!("; {AT_LIMIT}"),
            None => "; there are no predictions".to_owned(),
        };
        remarks.push(format!("{}: {}{instead}", kind.title(), fit.ending));
    }
    if !matches!(spend, Ending::Converged | Ending::Given) {
        let then = if spend.predicts() { AT_LIMIT } else { "there are no predictions of spend or value" };
        remarks.push(format!("Gamma-Gamma: {spend}; {then}"));
    }
    let (none, unpaid) = (customers.without_purchase(), customers.without_positive_spend());
    if none > 0 {
        let customers = counted(none as u64, "customer");
        let have = if none == 1 { "has" } else { "have" };
        remarks.push(format!("{customers} without a purchase day {have} no prediction"));
    }
    if unpaid > 0 {
        let customers = counted(unpaid as u64, "repeat customer");
        let are = if unpaid == 1 { "is" } else { "are" };
        remarks.push(format!("{customers} with a mean spend of 0 or less {are} left out of Gamma-Gamma"));
    }
    remarks
}

fn fit_table(
    by: &By,
    customers: &Customers,
    spend: &Fit<GammaGamma>,
    unit_days: f64,
) -> Result<RecordBatch, ArrowError> {
    let mut record = Record::default();
    match by {
        By::Models(chain) => {
            for (place, (kind, fit)) in chain.tried.iter().enumerate() {
                let simpler = chain.tried.get(place + 1).map(|(simpler, _)| simpler.key());
                record.add(kind.key(), fit, simpler, Some(unit_days));
            }
        }
        By::Rule(rule) => {
            let ended = Ended::rule(customers.histories.len());
            record.add(Contender::Rule(*rule).key(), ended, None, None);
        }
    }
    record.add(SPEND, spend, None, None);
    record.table()
}
