//! How the forecasts of the section on value did on the past: which contenders were tested, and how far off each was.

use jiff::civil::Date;

use super::super::ReportError;
use super::super::context::{RenderContext, Stop, cell};
use super::super::decimal::Decimal;
use super::super::format::UNKNOWN;
use super::super::html::Html;
use super::super::table::{Cells, Gap};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::value::{self, beside};
use crate::analysis::clv::contest::{LEAST_CUSTOMERS, LEAST_REPEATS};

const STEP: &str = "contest_summary";
/// Each window by itself.
const TRIALS: &str = "contest";
/// Where history begins, and which orders lie before it.
const ORIGINS: &str = "origins";
const CALIBRATION: &str = "contest_calibration";
/// A bias that is printed as none: half of what the last digit of a per cent shows.
const NO_BIAS: f64 = 0.0005;

/// The columns of the table `contest_summary`.
struct Contest {
    rows: usize,
    /// The contender that predicts here. It may not be the chosen one: a pipeline can name a model.
    predictor: Option<String>,
    contender: Cells<String>,
    kind: Cells<String>,
    chosen: Cells<String>,
    /// A project's own table may lack it.
    replaced_by: Option<Cells<String>>,
    windows: Cells<Decimal>,
    window_days: Cells<Decimal>,
    customers: Cells<Decimal>,
    /// The place by error; a project's own table may lack it. A contender that could not predict in every window has
    /// none.
    place: Option<Cells<Decimal>>,
    bias: Cells<f64>,
    /// The lowest and the highest of single windows; likewise.
    biases: Option<[Cells<f64>; 2]>,
    mae: Cells<f64>,
    rmse: Cells<f64>,
    gini: Cells<f64>,
    top_tenth: Cells<f64>,
    /// How sure it was, and whether rightly so; a project's own table may lack it.
    sure: Option<Sure>,
}

/// The columns on intervals.
struct Sure {
    held: Cells<Decimal>,
    within: Cells<f64>,
    promised: Cells<f64>,
}

/// Adds the contest to the section. If history is too short for one, the section says so. A pipeline without a contest
/// adds nothing.
///
/// # Errors
/// A gap in the table `contest_summary`.
pub fn add(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let contest = match read(context) {
        Err(Gap::NoRows { .. }) => {
            let least = [("customers", LEAST_CUSTOMERS), ("repeats", LEAST_REPEATS)];
            let least = least.map(|(name, count)| Filling::text(name, &count.to_string()));
            section.notes.push(context.say("value.contest.too_short", &least)?);
            beside(section, "proof", stray(context)?.into_iter().collect());
            return Ok(());
        }
        other => other?,
    };
    match (0..contest.rows).find(|row| contest.is_chosen(*row)) {
        Some(row) => verdict(context, section, &contest, row)?,
        None => section.notes.push(context.say("value.contest.nobody", &[])?),
    }
    let table = table(context, &contest)?;
    section.tables.insert("contest".to_owned(), table);
    let judged = contest.judged().filter(|row| !contest.is_rule(*row));
    if let Some(judged) = judged.and_then(|row| contest.contender.at(row))
        && context.has_table(CALIBRATION)
    {
        context.part_table(section, "calibration", || calibration(context, &judged))?;
    }
    Ok(())
}

/// How many customers with about the same predicted chance of an order did order, over all windows, for this contender.
fn calibration(context: &RenderContext<'_>, judged: &str) -> Result<TableView, Stop> {
    let table = context.table(CALIBRATION)?;
    let (contender, tenth) = (table.texts("contender")?, table.numbers("tenth")?);
    let (customers, foretold, bought) =
        (table.floats("customers")?, table.floats("foretold")?, table.floats("bought")?);
    // Of each tenth the customers, and those who were expected to order and did.
    let mut tenths = [[0.0; 3]; 10];
    for row in (0..table.rows()).filter(|row| contender.at(*row).as_deref() == Some(judged)) {
        let place = tenth.at(row).map(Decimal::to_f64).map_or(0, |tenth| tenth as usize);
        let known = place.checked_sub(1).and_then(|place| tenths.get_mut(place));
        let (Some([all, expected, came]), Some(count)) = (known, customers.at(row)) else { continue };
        *all += count;
        *expected += count * foretold.at(row).unwrap_or(0.0);
        *came += count * bought.at(row).unwrap_or(0.0);
    }
    let mut rows = Vec::new();
    for (place, [all, expected, came]) in (0_u8..).zip(tenths).filter(|(_, [all, ..])| *all > 0.0) {
        let end = |place: u8| context.format.number(10.0 * f64::from(place), 0);
        let ends = [Filling::text("low", &end(place)), Filling::text("high", &end(place + 1))];
        rows.push(vec![
            Cell::text(&context.plain("value.contest.chance", &ends)?).with_class("word"),
            context.count_cell(Decimal::from_f64(all)),
            context.percent_cell(Some(expected / all)),
            context.percent_cell(Some(came / all)),
        ]);
    }
    let heads = ["chance_to_order", "#customers", "#mean_chance", "#ordered"];
    Ok(context.table_view("value.contest.calibration", CALIBRATION, &heads, rows)?)
}

impl Contest {
    fn is_chosen(&self, row: usize) -> bool {
        self.chosen.at(row).as_deref() == Some("true")
    }

    /// Whether this one predicts here; if that is not known, whether it is chosen.
    fn is_predictor(&self, row: usize) -> bool {
        match &self.predictor {
            Some(predictor) => self.contender.at(row).as_ref() == Some(predictor),
            None => self.is_chosen(row),
        }
    }

    /// Whether its error is of all windows, and compares with others.
    fn is_placed(&self, row: usize) -> bool {
        self.rmse.at(row).is_some() && self.place.as_ref().is_none_or(|place| place.at(row).is_some())
    }

    /// The row with the least error.
    fn closest(&self) -> Option<usize> {
        let placed = (0..self.rows).filter(|row| self.is_placed(*row));
        let error = |row: &usize| self.rmse.at(*row).unwrap_or(f64::INFINITY);
        placed.min_by(|left, right| error(left).total_cmp(&error(right)))
    }

    /// The row that tells how good predictions are: that of the contender that predicts, or of the chosen one if the
    /// former was not tested.
    fn judged(&self) -> Option<usize> {
        let own = (0..self.rows).find(|row| self.is_predictor(*row));
        own.or_else(|| (0..self.rows).find(|row| self.is_chosen(*row)))
    }

    fn is_rule(&self, row: usize) -> bool {
        self.kind.at(row).as_deref() == Some("rule")
    }
}

fn read(context: &RenderContext<'_>) -> Result<Contest, Gap> {
    let table = context.table(STEP)?;
    Ok(Contest {
        rows: table.rows(),
        predictor: value::predictor(context),
        contender: table.texts("contender")?,
        kind: table.texts("kind")?,
        chosen: table.texts("chosen")?,
        replaced_by: table.texts("replaced_by").ok(),
        windows: table.numbers("windows")?,
        window_days: table.numbers("window_days")?,
        customers: table.numbers("customers")?,
        place: table.numbers("place").ok(),
        bias: table.floats("bias")?,
        biases: match (table.floats("bias_lowest"), table.floats("bias_highest")) {
            (Ok(lowest), Ok(highest)) => Some([lowest, highest]),
            _ => None,
        },
        mae: table.floats("mae")?,
        rmse: table.floats("rmse")?,
        gini: table.floats("gini")?,
        top_tenth: table.floats("top_tenth")?,
        sure: match (
            table.numbers("held"),
            table.floats("customers_within"),
            table.floats("customers_promised"),
        ) {
            (Ok(held), Ok(within), Ok(promised)) => Some(Sure { held, within, promised }),
            _ => None,
        },
    })
}

/// Which contender came closest, and how far off the best one of the other kind was; why another one predicts, if the
/// difference may be chance; and how good the one that predicts is. It stands with the table, unless a rule predicts:
/// then every reader must know how to read the figures.
fn verdict(
    context: &RenderContext<'_>,
    section: &mut Section,
    contest: &Contest,
    chosen: usize,
) -> Result<(), Stop> {
    let name = |row: usize| context.name("value.contender", &contest.contender.at(row).unwrap_or_default());
    let error = |key: &str, row: usize| match contest.rmse.at(row) {
        Some(error) => context.figure(key, &context.format.number(error, 2), STEP),
        None => Filling::text(key, UNKNOWN),
    };
    let judged = contest.judged().unwrap_or(chosen);
    let count = |key: &str, count: &Cells<Decimal>| match count.at(chosen) {
        Some(count) => context.figure(key, &context.format.count(count), STEP),
        None => Filling::text(key, UNKNOWN),
    };
    let tried = [
        count("windows", &contest.windows),
        count("days", &contest.window_days),
        count("customers", &contest.customers),
    ];
    let mut sentences = vec![context.say("value.contest.tried", &tried)?];
    sentences.extend(stray(context)?);
    let closest = contest.closest().unwrap_or(chosen);
    let is_closest = contest.rmse.at(chosen) == contest.rmse.at(closest);
    // In the order of their errors: the first of the other kind is the best of it.
    let other = (0..contest.rows)
        .find(|row| contest.is_rule(*row) != contest.is_rule(chosen) && contest.is_placed(*row));
    let predicts = contest.is_predictor(chosen);
    let winner = if predicts { chosen } else { closest };
    let mut fillings = vec![Filling::text("winner", &name(winner)), error("error", winner)];
    let key = match (contest.is_rule(chosen), other) {
        _ if !predicts => "value.contest.closest",
        _ if !is_closest => {
            fillings.extend([Filling::text("other", &name(closest)), error("other_error", closest)]);
            if contest.is_rule(closest) { "value.contest.as_close_as_rule" } else { "value.contest.as_close" }
        }
        (true, None) => "value.contest.rule",
        (false, None) => "value.contest.model",
        (is_rule, Some(other)) => {
            fillings.extend([Filling::text("other", &name(other)), error("other_error", other)]);
            if is_rule { "value.contest.rule_over" } else { "value.contest.model_over" }
        }
    };
    let who = context.say(key, &fillings)?;
    if contest.is_rule(chosen) && predicts {
        section.notes.push(who);
    } else {
        sentences.push(who);
    }
    let predictor = contest.predictor.as_deref().filter(|_| !predicts);
    let predictor =
        predictor.map(|predictor| Filling::text("predictor", &context.name("value.short", predictor)));
    let tried = contest.is_predictor(judged);
    if let Some(predictor) = predictor.iter().find(|_| tried) {
        let fillings = [predictor.clone(), error("own_error", judged)];
        sentences.push(context.say("value.contest.named", &fillings)?);
    }
    sentences.extend(bias(context, contest, judged)?);
    let sure = contest.sure.as_ref();
    let sure = sure
        .and_then(|sure| Some((sure.held.at(judged)?, sure.within.at(judged)?, sure.promised.at(judged)?)));
    if let Some((held, within, promised)) = sure {
        let fillings = [
            context.figure("held", &context.format.count(held), STEP),
            count("windows", &contest.windows),
            context.figure("within", &context.format.percent(within), STEP),
            context.figure("promised", &context.format.percent(promised), STEP),
        ];
        sentences.push(context.say("value.contest.sure", &fillings)?);
    }
    if let Some(predictor) = predictor.filter(|_| !tried) {
        sentences.push(context.say("value.contest.untried", &[predictor])?);
    }
    beside(section, "proof", sentences);
    Ok(())
}

/// Which orders do not belong to history, as they lie long before all others; nothing without such orders.
fn stray(context: &RenderContext<'_>) -> Result<Option<Html>, ReportError> {
    let Ok(table) = context.table(ORIGINS) else { return Ok(None) };
    let count = |name: &str| table.numbers(name).ok()?.at(0);
    let day = |name: &str| table.days(name).ok()?.at(0);
    let orders = count("stray_orders").filter(|orders| orders.to_f64() > 0.0);
    let (Some(orders), Some(gap), Some(last), Some(begins)) =
        (orders, count("stray_gap_days"), day("stray_last"), day("begins"))
    else {
        return Ok(None);
    };
    let fillings = [
        context.figure("orders", &context.format.count(orders), ORIGINS),
        context.figure("last", &context.format.date(last), ORIGINS),
        context.figure("days", &context.format.count(gap), ORIGINS),
        context.figure("begins", &context.format.date(begins), ORIGINS),
    ];
    context.say("value.contest.stray", &fillings).map(Some)
}

/// By how much the sum of orders was predicted too high or too low, window by window, with the lowest and the highest.
fn bias(context: &RenderContext<'_>, contest: &Contest, row: usize) -> Result<Option<Html>, ReportError> {
    let key = |bias: f64| match bias {
        bias if bias.abs() < NO_BIAS => "none",
        bias if bias > 0.0 => "high",
        _ => "low",
    };
    let size = |bias: f64| context.figure("bias", &context.format.percent(bias.abs()), STEP);
    let windows = windows(context, contest.contender.at(row).as_deref());
    let of = |bias: f64| {
        let text = Filling::text("bias", &context.format.percent(bias.abs()));
        context.plain(&format!("value.contest.bias.of_one.{}", key(bias)), &[text])
    };
    let order = |left: &&(Date, f64), right: &&(Date, f64)| left.1.total_cmp(&right.1);
    if let [_, _, ..] = windows.as_slice()
        && let (Some((_, lowest)), Some((_, highest))) =
            (windows.iter().min_by(order), windows.iter().max_by(order))
    {
        let each: Result<Vec<String>, ReportError> = windows
            .iter()
            .map(|(day, bias)| {
                let fillings =
                    [Filling::text("size", &of(*bias)?), Filling::text("day", &context.format.date(*day))];
                context.plain("value.contest.bias.window", &fillings)
            })
            .collect();
        let fillings = [
            context.figure("lowest", &of(*lowest)?, TRIALS),
            context.figure("highest", &of(*highest)?, TRIALS),
            Filling::text("each", &each?.join(context.list_separator())),
        ];
        return context.say("value.contest.bias.windows", &fillings).map(Some);
    }
    let Some(bias) = contest.bias.at(row) else { return Ok(None) };
    context.say(&format!("value.contest.bias.{}", key(bias)), &[size(bias)]).map(Some)
}

/// The bias of a contender in each window, by the last day that was known, the earliest first; none where nobody kept them.
fn windows(context: &RenderContext<'_>, contender: Option<&str>) -> Vec<(Date, f64)> {
    let Ok(table) = context.table(TRIALS) else { return Vec::new() };
    let (Ok(who), Ok(day), Ok(bias)) =
        (table.texts("contender"), table.days("known_until"), table.floats("bias"))
    else {
        return Vec::new();
    };
    let own = (0..table.rows()).filter(|row| contender.is_some() && who.at(*row).as_deref() == contender);
    let mut windows: Vec<(Date, f64)> = own.filter_map(|row| Some((day.at(row)?, bias.at(row)?))).collect();
    windows.sort_by_key(|(day, _)| *day);
    windows
}

fn table(context: &RenderContext<'_>, contest: &Contest) -> Result<TableView, ReportError> {
    let all = (0..contest.rows).filter_map(|row| contest.windows.at(row));
    let all = all.max_by(|left, right| left.to_f64().total_cmp(&right.to_f64()));
    let all = all.map_or_else(String::new, |all| context.format.count(all));
    let closest = contest.closest();
    // Of several windows the lowest and the highest: in their sum too many and too few cancel.
    let biases = |row: usize| -> Result<Cell, ReportError> {
        let ends = contest.biases.as_ref().and_then(|[low, high]| Some((low.at(row)?, high.at(row)?)));
        let (low, high) = match (ends, contest.bias.at(row)) {
            (Some((low, high)), _) => (context.format.change(low), context.format.change(high)),
            (None, bias) => return Ok(cell(bias, |bias| context.format.change(bias))),
        };
        if low == high {
            return Ok(Cell::text(&low));
        }
        let fillings = [Filling::text("low", &low), Filling::text("high", &high)];
        Ok(Cell::text(&context.plain("value.forecast.ends", &fillings)?))
    };
    let row = |row: usize| -> Result<Vec<Cell>, ReportError> {
        let placed = contest.is_placed(row);
        let own = contest.windows.at(row).map_or_else(String::new, |own| context.format.count(own));
        let mut name = context.name("value.contender", &contest.contender.at(row).unwrap_or_default());
        let substitute = contest.replaced_by.as_ref().and_then(|replaced| replaced.at(row));
        let substitute = context.name("value.contender", &substitute.unwrap_or_default());
        for (key, holds) in [
            ("value.contest.rule_name", contest.is_rule(row)),
            ("value.contest.instead", !substitute.is_empty()),
            ("value.contest.predicts", contest.is_predictor(row)),
            ("value.contest.came_closest", closest == Some(row) && !contest.is_predictor(row)),
            ("value.contest.in_part", !placed),
        ] {
            if holds {
                let fillings = [
                    Filling::text("name", &name),
                    Filling::text("substitute", &substitute),
                    Filling::text("own", &own),
                    Filling::text("all", &all),
                ];
                name = context.plain(key, &fillings)?;
            }
        }
        Ok(vec![
            Cell::text(&name),
            cell(contest.rmse.at(row).filter(|_| placed), |error| context.format.number(error, 3)),
            cell(contest.mae.at(row).filter(|_| placed), |error| context.format.number(error, 3)),
            biases(row)?,
            context.percent_cell(contest.top_tenth.at(row).filter(|_| placed)),
            cell(contest.gini.at(row).filter(|_| placed), |gini| context.format.number(gini, 2)),
        ])
    };
    let rows: Result<Vec<_>, ReportError> = (0..contest.rows).map(row).collect();
    let heads = ["contender", "#rmse", "#mae", "#bias", "#top_tenth", "#gini"];
    context.table_view("value.contest.table", STEP, &heads, rows?)
}
