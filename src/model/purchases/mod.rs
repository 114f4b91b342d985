//! `model: nbd`, `bg_nbd` and the others: fits a model of purchases ([`PurchaseModel`]) to purchase days, and
//! Gamma-Gamma to the spend per purchase day. Yields `<step>`, one row per customer; `<step>_fit`, one row per
//! parameter; and for all customers together `<step>_forecast` and `<step>_months`. `model: best` takes the winner of a
//! contest: one of these models, or a managers' rule of thumb. With covariates ([`Family`]) each customer has a model
//! of their own, and `<step>_effects` says what each covariate does.
//!
//! [`customers`] reads the table, [`covariates`] what else is known of each, [`forecaster`] predicts. If a fit cannot
//! predict and a simpler model takes its place, `<step>_fit` has both. If none predicts, predictions are NULL, and
//! `<step>_fit` says why. A customer without a purchase day has no prediction either.

mod covariates;
mod customers;
mod forecast;
mod forecaster;
mod months;

use std::cell::OnceCell;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Array, Int64Builder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::civil::Date;

use crate::analysis::clv::contest::Contender;
use crate::analysis::clv::covariates::Family;
use crate::analysis::clv::gamma_gamma::{self, GammaGamma};
use crate::analysis::clv::population::Population;
use crate::analysis::clv::purchases::PurchaseModel;
use crate::analysis::clv::uncertainty::{self, CustomerInterval, LEVEL, customer_intervals};
use crate::analysis::clv::value::{Discounting, Scores, Timing};
use crate::problem::Problem;
use crate::value::Value;

use super::columns::{InputColumn, Wants, number_field};
use super::contest::{past, verdict};
use super::given::{self, Given};
use super::record::Record;
use super::setting::{Unset, ascending, names, number, unit_days, written};
use super::{Fitted, InputTable, Model, ModelKind, ParameterColumns, Role, StepRun, Tables, Yielded};

pub(super) use months::reads as season_columns;

use covariates::{Known, effects_schema};
use customers::Customers;
use forecast::{Certainty, Sums};
use forecaster::Forecaster;
use months::{Ahead, Season};

/// The models as steps name them: those without covariates, and those with.
pub(super) fn kinds() -> Vec<ModelKind> {
    let of = |asked: Asked, key: &'static str| ModelKind {
        key,
        needs: &[Role::From],
        may_read: &[Role::Parameters, Role::Season],
        further: &FURTHER,
        declared: &["purchases"],
        make: Box::new(move |_| Box::new(Predictions::new(asked))),
    };
    let plain = PurchaseModel::ALL.into_iter().map(|kind| of(Asked::Model(kind), kind.key()));
    let with = Family::ALL.into_iter().map(|family| ModelKind {
        further: &FURTHER_WITH_COVARIATES,
        declared: &["covariates", "purchases"],
        ..of(Asked::Covariates(family), family.key())
    });
    plain.chain(with).collect()
}

/// The model that takes the winner of a contest.
pub(super) fn best() -> ModelKind {
    ModelKind {
        key: "best",
        needs: &[Role::From, Role::JudgedBy],
        may_read: &[Role::Season],
        further: &FURTHER,
        declared: &["purchases"],
        make: Box::new(|_| Box::new(Predictions::new(Asked::Best))),
    }
}

/// What is added to a step's name for its further tables.
const FURTHER: [&str; 3] = ["_fit", "_forecast", "_months"];
const FURTHER_WITH_COVARIATES: [&str; 4] = ["_fit", "_forecast", "_months", "_effects"];

/// The model or rule that predicts purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// This model.
    Model(PurchaseModel),
    /// The same with what else is known of customers.
    Covariates(Family),
    /// The winner of the contest.
    Best,
}

/// The model that predicts if a contest has no winner.
const UNTRIED: PurchaseModel = PurchaseModel::BgNbd;

/// The step's settings.
#[derive(Debug)]
struct Predictions {
    /// The model or rule that predicts purchases.
    asked: Asked,
    /// `horizon_days`: whole days ahead, ascending. Default 30, 90, 365.
    horizon_days: Vec<i64>,
    /// `unit_days`: the model's unit of time in days. Default 7.
    unit_days: f64,
    /// `discount_rate`: a year, 0.1 for 10 %. Default 0.1.
    discount_rate: f64,
    /// `margin`: the share of spend that is profit. Default 1: value is then revenue.
    margin: f64,
    /// `interval`: the share of cases that intervals should hold. Default 0.8.
    interval: f64,
    /// `covariates`: the columns with covariates. Default: all without another use.
    covariates: Option<Vec<String>>,
}

const KEYS: [&str; 6] = ["horizon_days", "unit_days", "discount_rate", "margin", "interval", COVARIATES];
/// The setting of models with covariates.
const COVARIATES: &str = "covariates";

const CUSTOMER: &str = "customer_id";
/// The columns that a model reads, beside `customer_id`: all whole numbers but the last.
const NEEDS: [&str; 5] = ["active_days", "repeat_days", "span_days", "tenure_days", "mean_repeat_spend"];
/// The column for models of how regular purchases are.
const LN_GAPS: &str = "ln_gaps";
/// The column of what is expected after the longest horizon.
const RESIDUAL: &str = "residual";
/// The columns with names that do not change with the horizons: the longest of them, what is expected over it, and what
/// that is worth before the margin. Queries use these.
const STABLE: [&str; 3] = ["horizon_days", "expected_purchases", "discounted_revenue"];
/// The columns that rules read: the days with a purchase within the last so many days.
const RECENT: [&str; 2] = ["recent_days", "window_days"];

/// What a model may read beside its own table, and the day of the report.
struct Beside<'a> {
    /// The table of the contest, if its winner predicts.
    contest: Option<&'a RecordBatch>,
    /// Parameters that were fitted before: with them nothing is fitted.
    given: Option<&'a InputTable>,
    /// What was bought in each past month, if the season is asked for. Every forecast then has it.
    season: Option<&'a RecordBatch>,
    /// The day of the report.
    as_of: Date,
}

/// What is wanted beside predictions.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is wanted or not whatever the others are")]
struct Wanted {
    /// The ends of the intervals of customers' purchases.
    ends: bool,
    /// The sums over all customers, and how sure they are.
    forecast: bool,
    /// What is expected month by month.
    months: bool,
    /// What is expected after the longest horizon.
    residual: bool,
}

/// What comes of it.
struct Made {
    /// One row a customer.
    customers: RecordBatch,
    /// One row a model and parameter.
    fit: RecordBatch,
    /// One row a figure and horizon, if wanted.
    forecast: Option<RecordBatch>,
    /// One row a month ahead, if wanted.
    months: Option<RecordBatch>,
    /// One row a covariate and process, where there are some.
    effects: Option<RecordBatch>,
    /// What a reader of the log should know.
    remarks: Vec<String>,
}

/// The customers for whom a model predicts, and the months ahead.
struct Expected<'a> {
    population: Population<'a>,
    season: Season,
}

/// The forecasts of purchases.
struct Forecasts {
    /// None if nothing can predict.
    scores: Option<Scores>,
    /// Of each cell; none if no model can predict, or if they are not needed.
    intervals: Vec<CustomerInterval>,
}

/// An error as the model step says it.
#[allow(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
fn message(error: impl std::error::Error) -> String {
    error.to_string()
}

impl Model for Predictions {
    fn set(&mut self, name: &str, value: &Value) -> Result<(), Unset> {
        match name {
            "horizon_days" => match ascending(value, 3650) {
                Some(days) => self.horizon_days = days.into_iter().map(i64::from).collect(),
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
            COVARIATES if matches!(self.asked, Asked::Covariates(_)) => match names(value) {
                Some(names) if !names.is_empty() => self.covariates = Some(names),
                _ => return Err(Unset::Not("a list of columns, such as [channel, region]")),
            },
            _ => {
                let own = if matches!(self.asked, Asked::Covariates(_)) { &KEYS[..] } else { &KEYS[..5] };
                return Err(Unset::Unknown(own));
            }
        }
        Ok(())
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("horizon_days".into(), written(&self.horizon_days)),
            ("unit_days".into(), self.unit_days.to_string()),
            ("discount_rate".into(), self.discount_rate.to_string()),
            ("margin".into(), self.margin.to_string()),
            ("interval".into(), self.interval.to_string()),
        ];
        settings.extend(self.covariates.iter().map(|names| (COVARIATES.into(), written(names))));
        settings
    }

    fn reads(&self, _: &Schema) -> Vec<InputColumn> {
        let own: &[&str] = match self.asked {
            Asked::Model(kind) if kind.reads_gaps() => &[LN_GAPS],
            Asked::Model(_) | Asked::Covariates(_) => &[],
            // All that any model or rule may need is there.
            Asked::Best => &[LN_GAPS, RECENT[0], RECENT[1]],
        };
        let numbers = NEEDS.iter().chain(own).map(|name| InputColumn::new(name, Wants::Numbers));
        [InputColumn::new(CUSTOMER, Wants::Anything)].into_iter().chain(numbers).collect()
    }

    fn columns(&self, table: &Schema) -> Vec<String> {
        let needed = self.reads(table).into_iter().map(|column| column.name);
        needed.chain(self.covariates(table)).collect()
    }

    fn order(&self) -> Vec<String> {
        vec![CUSTOMER.to_owned()]
    }

    fn check(&self, table: &Schema, name: &str) -> Result<(), Problem> {
        covariates::check(&self.covariates(table), table, name)
    }

    fn parameters(&self) -> &'static ParameterColumns {
        match self.asked {
            Asked::Covariates(_) => &given::WITH_COVARIATES,
            Asked::Model(_) | Asked::Best => &given::A_ROW_A_PARAMETER,
        }
    }

    fn schemas(&self, step: &str) -> Vec<(String, SchemaRef)> {
        let mut schemas = vec![
            (step.to_owned(), self.schema()),
            (format!("{step}_fit"), self.fit_schema()),
            (format!("{step}_forecast"), forecast::schema()),
            (format!("{step}_months"), months::schema()),
        ];
        if matches!(self.asked, Asked::Covariates(_)) {
            schemas.push((format!("{step}_effects"), effects_schema()));
        }
        schemas
    }

    fn run(&self, mut tables: Tables, run: &StepRun<'_>) -> Result<Fitted, String> {
        let table = tables.take_from()?;
        let beside = Beside {
            contest: tables.rows(Role::JudgedBy),
            given: tables.parameters(),
            season: tables.rows(Role::Season),
            as_of: run.as_of,
        };
        let wanted = Wanted {
            ends: run.required.any_column(run.step, &self.ends()),
            forecast: run.required.table(&format!("{}_forecast", run.step)),
            months: run.required.table(&format!("{}_months", run.step)),
            residual: run.required.any_column(run.step, &[RESIDUAL.to_owned()]),
        };
        let made = self.predict(table, beside, wanted)?;
        let customers = Yielded { name: run.step.to_owned(), rows: made.customers, order: self.order() };
        let further = [
            ("_fit", Some(made.fit)),
            ("_forecast", made.forecast),
            ("_months", made.months),
            ("_effects", made.effects),
        ];
        let further =
            further.into_iter().filter_map(|(suffix, rows)| Some(Yielded::further(run.step, suffix, rows?)));
        Ok(Fitted { tables: std::iter::once(customers).chain(further).collect(), remarks: made.remarks })
    }
}

impl Predictions {
    /// The defaults.
    fn new(asked: Asked) -> Self {
        Self {
            asked,
            horizon_days: vec![30, 90, 365],
            unit_days: 7.0,
            discount_rate: 0.1,
            margin: 1.0,
            interval: LEVEL,
            covariates: None,
        }
    }

    /// The columns of the table with one row a customer.
    fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("customer_id", DataType::Utf8View, false), number_field("p_alive")];
        fields
            .extend(self.horizon_days.iter().map(|days| number_field(&format!("expected_purchases_{days}"))));
        fields.extend(self.ends().into_iter().map(|name| Field::new(name, DataType::Int64, true)));
        fields.extend(["expected_spend", "clv", RESIDUAL].map(number_field));
        let [horizon, purchases, revenue] = STABLE;
        fields.push(Field::new(horizon, DataType::Int64, false));
        fields.extend([purchases, revenue].map(number_field));
        Arc::new(Schema::new(fields))
    }

    /// The names of the columns with the ends of a customer's purchases within the longest horizon.
    fn ends(&self) -> [String; 2] {
        let longest = self.horizon_days.last().copied().unwrap_or_default();
        ["low", "high"].map(|end| format!("purchases_{end}_{longest}"))
    }

    /// The columns of its table that are covariates: none where the model has none.
    fn covariates(&self, table: &Schema) -> Vec<String> {
        match self.asked {
            Asked::Covariates(_) => covariates::columns(self.covariates.as_deref(), table),
            Asked::Model(_) | Asked::Best => Vec::new(),
        }
    }

    /// The columns of the table of fits.
    fn fit_schema(&self) -> SchemaRef {
        match self.asked {
            Asked::Covariates(_) => Record::schema_with_covariates(),
            Asked::Model(_) | Asked::Best => Record::schema(),
        }
    }

    /// Fits both models and scores every customer of the table.
    ///
    /// # Errors
    /// Where a column cannot be read as numbers, or a history is impossible; the message says which.
    fn predict(
        &self,
        table: RecordBatch,
        Beside { contest, given: parameters, season, as_of }: Beside<'_>,
        wanted: Wanted,
    ) -> Result<Made, String> {
        let mut remarks = Vec::new();
        let (contender, family) = match (self.asked, contest) {
            (Asked::Model(kind), _) => (Contender::Model(kind), None),
            (Asked::Covariates(family), _) => (Contender::Model(family.kind()), Some(family)),
            (Asked::Best, None) => return Err("the model lost the contest's table".to_owned()),
            (Asked::Best, Some(contest)) => {
                let chosen = verdict(contest)?.unwrap_or_else(|| {
                    remarks.push(format!("the contest has no winner; {} predicts, untried", UNTRIED.title()));
                    Contender::Model(UNTRIED)
                });
                (chosen, None)
            }
        };
        let mut given = match (contender, family, parameters) {
            (_, Some(family), Some(InputTable { name, rows })) => {
                Some(Given::read_with_covariates(family, self.unit_days, name, rows)?)
            }
            (Contender::Model(kind), None, Some(InputTable { name, rows })) => {
                Some(Given::read(kind, self.unit_days, name, rows)?)
            }
            _ => None,
        };
        if let Some(with) = given.as_mut().and_then(|given| given.with.as_mut()) {
            with.sort_by(&self.covariates(&table.schema()));
        }
        let customers = Customers::read(&table, contender).map_err(message)?;
        let known = family.map(|_| self.known(&table, given.as_ref(), &customers)).transpose()?;
        remarks.extend(known.iter().flat_map(|known| known.remarks.iter().cloned()));
        // Most columns are read by now. With millions of customers, the fits need the memory.
        drop(table);
        let horizons: Vec<f64> = self.horizon_days.iter().map(|days| *days as f64).collect();
        let longest = horizons.last().copied().unwrap_or_default();
        let terms = Discounting::new(longest, self.discount_rate, Timing::Middle).map_err(message)?;
        let terms = if wanted.residual { terms.and_beyond() } else { terms };
        // It outlives the threads, and so does what refers to it.
        let made = OnceCell::new();
        let forecast = || -> Result<(&Forecaster, Option<Expected<'_>>, Forecasts), String> {
            let forecaster = match (contender, family, &known) {
                (_, Some(family), Some(known)) => {
                    Forecaster::with_covariates(family, given.as_ref(), &customers, known, self.unit_days)?
                }
                (Contender::Model(kind), ..) => {
                    Forecaster::of_model(kind, given.as_ref(), &customers, self.unit_days)?
                }
                (Contender::Rule(rule), ..) => Forecaster::of_rule(rule),
            };
            let forecaster = made.get_or_init(|| forecaster);
            let expected = match forecaster.population()? {
                Some(population) => Some(self.with_season(population, season, as_of)?),
                None => None,
            };
            let population = expected.as_ref().map(|of| &of.population);
            let scores = forecaster.scores(population, &customers, &horizons, terms).map_err(message)?;
            let intervals = population.filter(|_| wanted.ends);
            let intervals = intervals.map(|of| customer_intervals(of, longest, self.interval));
            Ok((forecaster, expected, Forecasts { scores, intervals: intervals.unwrap_or_default() }))
        };
        // Purchases and spend are independent models: each is fitted on a thread of its own.
        let (bought, spend) = std::thread::scope(|scope| {
            let spend = scope.spawn(|| match &given {
                None => gamma_gamma::fit(&customers.spend_cells()),
                Some(given) => {
                    let spent = customers.known().filter(|(history, mean)| history.x > 0 && mean.is_some());
                    given.spend(spent.count(), 0)
                }
            });
            (forecast(), spend.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (forecaster, expected, forecasts) = bought?;
        let population = expected.as_ref().map(|of| &of.population);
        let observed = without_mean(&customers, spend.model(), &mut remarks);
        let (scored, sums) =
            self.score(&customers, forecaster, &forecasts, spend.model(), observed).map_err(message)?;
        remarks.extend(forecaster.remarks(&customers, &spend.ending));
        let spent = forecaster.spent(&customers, &spend);
        let past = contest.map(past).unwrap_or_default();
        // The month that ends with a horizon has its interval, so both tables need the totals.
        let totals = OnceCell::new();
        let totals = || {
            let asked = uncertainty::Asked { horizons_days: &horizons, discounting: Some(terms) };
            let scores = forecasts.scores.as_ref();
            totals.get_or_init(|| forecaster.totals(population, scores, spent.as_ref(), asked))
        };
        let forecast = || {
            let certainty =
                Certainty { totals: totals(), past: &past, level: self.interval, margin: self.margin };
            forecast::table(&self.horizon_days, &sums, &certainty).map_err(message)
        };
        let months = || match &expected {
            Some(Expected { population, season }) => {
                let ahead = Ahead { season, totals: totals(), past: &past, level: self.interval };
                months::table(population, spent.as_ref(), &ahead)
            }
            None => Ok(months::nothing()),
        };
        Ok(Made {
            customers: scored,
            forecast: wanted.forecast.then(forecast).transpose()?,
            months: wanted.months.then(months).transpose()?,
            fit: forecaster.fits(&customers, &spend, self.unit_days, self.fit_schema()).map_err(message)?,
            effects: forecaster.effects().map_err(message)?,
            remarks,
        })
    }

    /// The customers with the season in the days ahead.
    fn with_season<'p>(
        &self,
        population: Population<'p>,
        season: Option<&RecordBatch>,
        as_of: Date,
    ) -> Result<Expected<'p>, String> {
        let longest = self.horizon_days.last().copied().unwrap_or_default();
        let season = Season::of(season, &population, as_of, longest)?;
        Ok(Expected { population: population.with_calendar(season.calendar()), season })
    }

    /// What is known of the customers beside their purchases: as the model was fitted, where its parameters are given.
    fn known(
        &self,
        table: &RecordBatch,
        given: Option<&Given>,
        customers: &Customers,
    ) -> Result<Known, String> {
        let rows: Vec<usize> = customers.rows().collect();
        match given {
            None => Known::read(table, &self.covariates(&table.schema()), &rows),
            Some(Given { with: Some(with), .. }) => Known::read_as(table, &with.covariates(), &rows),
            Some(_) => Ok(Known::default()),
        }
    }

    fn score(
        &self,
        customers: &Customers,
        forecaster: &Forecaster,
        forecasts: &Forecasts,
        spend: Option<&GammaGamma>,
        observed: Option<f64>,
    ) -> Result<(RecordBatch, Sums), ArrowError> {
        let rows = customers.ids.len();
        let column = || Float64Builder::with_capacity(rows);
        let (mut p_alive, mut spends, mut values, mut residuals) = (column(), column(), column(), column());
        let mut revenues = column();
        let mut expected: Vec<Float64Builder> = self.horizon_days.iter().map(|_| column()).collect();
        let mut ends = [(); 2].map(|()| Int64Builder::with_capacity(rows));
        let mut sums = Sums::new(self.horizon_days.len());
        let population = spend.and_then(|model| model.population_mean().ok()).or(observed);
        let mut modelled = customers.histories.iter().enumerate();
        for row in 0..rows {
            let Some((place, history)) = customers.is_modelled(row).then(|| modelled.next()).flatten() else {
                let own = [&mut p_alive, &mut spends, &mut values, &mut residuals, &mut revenues];
                own.into_iter().chain(&mut expected).for_each(Float64Builder::append_null);
                ends.iter_mut().for_each(Int64Builder::append_null);
                continue;
            };
            let score = forecaster.score_of(place);
            let forecast = forecasts.scores.as_ref().and_then(|scores| scores.of_cell(score));
            let interval = forecasts.intervals.get(score as usize);
            // A customer without repeat purchases gets the mean of all: the model shrinks to that if nothing is known
            // of a customer. The model cannot use a mean of 0 or less either.
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
            revenues.append_option(forecast.zip(spend).map(|(f, spend)| f.value(spend, 1.0)));
            residuals
                .append_option(forecast.zip(spend).and_then(|(f, spend)| f.residual(spend, self.margin)));
            spends.append_option(spend);
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::clone(&customers.ids)];
        columns.extend([p_alive].into_iter().chain(expected).map(finished));
        let longest = columns.last().cloned();
        columns.extend(ends.map(|mut end| Arc::new(end.finish()) as ArrayRef));
        columns.extend([spends, values, residuals].map(finished));
        let horizon = self.horizon_days.last().copied().unwrap_or_default();
        columns.push(Arc::new(Int64Array::from_value(horizon, rows)));
        columns.extend(longest);
        columns.push(finished(revenues));
        Ok((RecordBatch::try_new(self.schema(), columns)?, sums))
    }
}

/// The mean spend of all, as observed, where the model of spend has none: customers with a single purchase get that.
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

fn finished(mut column: Float64Builder) -> ArrayRef {
    Arc::new(column.finish())
}
