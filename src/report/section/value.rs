//! What are they worth? Predicted value, or, where a model did not settle, the reason why there is none.
//!
//! It is code: what it shows depends on how each fit ended and on which model took whose place, and its sentences compare
//! the tables of fits, forecasts and contests with each other.

use super::super::context::{RenderContext, Stop, cell};
use super::super::decimal::Decimal;
use super::super::html::Html;
use super::super::table::{Cells, Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, picture};
use super::ahead::YEAR;
use super::{ahead, contest, effects, equity, forecast, open};
use crate::chart;

const STEP: &str = "value_summary";
/// The reason of a fit that saw nobody leave.
const NO_DROPOUT: &str = "no_dropout";
/// The status of what is not fitted at all.
const RULE: &str = "rule";
/// The model in which nobody leaves.
const WITHOUT_DROPOUT: &str = "nbd";

/// The columns of the table `clv_fit`.
struct Fit {
    rows: usize,
    model: Cells<String>,
    parameter: Cells<String>,
    estimate: Cells<f64>,
    error: Cells<f64>,
    status: Cells<String>,
    message: Cells<String>,
    /// A key for the reason; the table of a project's own model may lack it.
    reason: Option<Cells<String>>,
    /// The model that was tried in its place; likewise.
    replaced_by: Option<Cells<String>>,
    customers: Cells<Decimal>,
    /// The covariate that a coefficient is of: a row of these is no parameter. Likewise.
    covariate: Option<Cells<String>>,
}

/// Writes the section. Without a usable fit it says so and shows parameters, but no prediction.
///
/// # Errors
/// A gap in the table `clv_fit` or `value_summary`.
pub fn write(context: &RenderContext<'_>) -> Result<Section, Stop> {
    let fit = read(context.table("clv_fit")?)?;
    let equity = context.table(STEP)?.numbers("equity")?.at(0);
    let usable = fit.stands();
    let mut section = match equity.filter(|_| usable) {
        Some(equity) => predicted(context, equity)?,
        None => open(context, "value", "value.no_prediction", &[])?,
    };
    if context.has_table("contest_summary") {
        context.part(&mut section, |section| contest::add(context, section))?;
    }
    let (warnings, mut settled) = verdicts(context, &fit)?;
    section.notes.extend(warnings);
    if usable {
        settled.extend(residual(context)?);
    }
    beside(&mut section, "fits", settled);
    let parameters = parameters(context, &fit)?;
    section.tables.insert("parameters".to_owned(), parameters);
    Ok(section)
}

/// Sentences that stand with a part of the section, under a name that the template knows. Those for every reader are
/// the section's notes.
pub fn beside(section: &mut Section, part: &'static str, sentences: Vec<Html>) {
    if !sentences.is_empty() {
        section.extra.insert(part, minijinja::Value::from(sentences));
    }
}

/// The model that was asked to predict purchases: the first in the table of fits. A simpler model may predict in its
/// place.
pub fn predictor(context: &RenderContext<'_>) -> Option<String> {
    context.table("clv_fit").and_then(|table| table.texts("model")).ok()?.at(0)
}

impl Fit {
    /// Whether no model says otherwise, except those that another one replaces.
    fn stands(&self) -> bool {
        (0..self.rows).all(|row| self.substitute(row).is_some() || !refused(self.status.at(row).as_deref()))
    }

    /// The model that takes the place of the one in this row.
    fn substitute(&self, row: usize) -> Option<String> {
        self.replaced_by.as_ref()?.at(row)
    }

    /// Whether this row is a parameter; a fit that never began has a row without one.
    fn is_parameter(&self, row: usize) -> bool {
        let is_coefficient = self.covariate.as_ref().is_some_and(|of| of.at(row).is_some());
        self.parameter.at(row).is_some() && !is_coefficient
    }

    /// Whether this row is of a model that saw nobody leave.
    fn saw_nobody_leave(&self, row: usize) -> bool {
        self.reason.as_ref().and_then(|reason| reason.at(row)).as_deref() == Some(NO_DROPOUT)
    }
}

/// A model that saw nobody leave, and the one without dropout that predicts in its place; both by their short names.
pub struct Substitution {
    model: String,
    substitute: String,
}

impl Substitution {
    /// The two names, as texts use them.
    pub fn fillings(&self) -> [Filling; 2] {
        [Filling::text("model", &self.model), Filling::text("substitute", &self.substitute)]
    }
}

/// Whether no dropout can be seen and a model without dropout predicts: P(alive) is then 1 for everyone.
pub fn nobody_leaves(context: &RenderContext<'_>) -> Option<Substitution> {
    let fit = read(context.table("clv_fit").ok()?).ok()?;
    let unseen = (0..fit.rows).find(|row| fit.saw_nobody_leave(*row))?;
    let stands = |row: &usize| {
        fit.model.at(*row).as_deref() == Some(WITHOUT_DROPOUT) && is_settled(fit.status.at(*row).as_deref())
    };
    (0..fit.rows).find(stands)?;
    Some(Substitution {
        model: context.name("value.short", &fit.model.at(unseen)?),
        substitute: context.name("value.short", WITHOUT_DROPOUT),
    })
}

/// Whether a fit of this status gives no predictions. One at the edge of its range does, or another in its place, with a
/// warning; a rule is not fitted at all.
fn refused(status: Option<&str>) -> bool {
    !is_settled(status) && !matches!(status, Some("limit" | "boundary" | RULE))
}

/// Whether parameters of this status need no warning.
fn is_settled(status: Option<&str>) -> bool {
    matches!(status, Some("converged" | "given"))
}

fn read(table: Table<'_>) -> Result<Fit, Gap> {
    Ok(Fit {
        rows: table.rows(),
        model: table.texts("model")?,
        parameter: table.texts("parameter")?,
        estimate: table.floats("estimate")?,
        error: table.floats("standard_error")?,
        status: table.texts("status")?,
        message: table.texts("message")?,
        reason: table.texts("reason").ok(),
        replaced_by: table.texts("replaced_by").ok(),
        customers: table.numbers("customers")?,
        covariate: table.texts("covariate").ok(),
    })
}

fn predicted(context: &RenderContext<'_>, equity: Decimal) -> Result<Section, Stop> {
    let table = context.table(STEP)?;
    let format = &context.format;
    let customers = table.numbers("customers")?.at(0).unwrap_or(Decimal::whole(0));
    let mean = table.numbers("mean_clv")?.at(0).unwrap_or(Decimal::whole(0));
    let alive = table.numbers("expected_active")?.at(0);
    let (expected, last_year) =
        (table.numbers("expected_revenue")?.at(0), table.numbers("revenue_12m")?.at(0));
    let fillings = [
        context.figure("equity", &format.money(equity), STEP),
        context.figure("customers", &format.count(customers), STEP),
        context.figure("mean", &format.money(mean), STEP),
    ];
    let mut section = open(context, "value", "value.answer", &fillings)?;
    let substitution = nobody_leaves(context);
    if let (Some(expected), Some(last_year)) = (expected, last_year) {
        let mut fillings = vec![
            context.figure("customers", &format.count(customers), STEP),
            context.figure("expected", &format.money(expected), STEP),
            context.figure("last_year", &format.money(last_year), STEP),
            Filling::text("horizon", &horizon(context)?),
        ];
        fillings.extend(alive.map(|alive| context.figure("alive", &format.count(alive.round(0)), STEP)));
        // “All are still active” means something only if the model looks for customers who left; a rule does not look.
        let all = substitution.is_some() || alive.is_none();
        // The expected figures of two months or two years cannot be compared with one year.
        let key = match (all, horizon_days(context).is_some_and(|days| YEAR.contains(&days))) {
            (true, true) => "value.expected_all",
            (false, true) => "value.expected",
            (true, false) => "value.expected_all_alone",
            (false, false) => "value.expected_alone",
        };
        section.notes.push(context.say(key, &fillings)?);
    }
    if let Some(substitution) = substitution {
        section.notes.push(context.say("value.no_dropout", &substitution.fillings())?);
        section.notes.push(context.say("value.no_dropout_means", &[])?);
    }
    if context.has_table("clv_forecast") {
        context.part(&mut section, |section| forecast::add(context, section))?;
    }
    if context.has_table("clv_months") {
        context.part(&mut section, |section| forecast::add_months(context, section))?;
    }
    if context.has_table("clv_months") && context.has_table("order_days") {
        context.part(&mut section, |section| ahead::add(context, section))?;
    }
    section.notes.extend(without_prediction(context, customers)?);
    equity::add(context, &mut section)?;
    context.part(&mut section, |section| deciles(context, section))?;
    context.part_table(&mut section, "segments", || by_segment(context))?;
    if context.has_table("clv_effects") {
        context.part(&mut section, |section| effects::add(context, section))?;
    }
    Ok(section)
}

/// The model's value of the time after its horizon. It stands beside the parameters: a history of a few years says
/// little about decades. Without dropout it would be a perpetuity: that is no forecast.
fn residual(context: &RenderContext<'_>) -> Result<Option<Html>, ReportError> {
    let Ok(table) = context.table(STEP) else { return Ok(None) };
    let of = |name: &str| table.numbers(name).ok().and_then(|numbers| numbers.at(0));
    let leaves = of("expected_active").is_some() && nobody_leaves(context).is_none();
    let Some(residual) = of("residual").filter(|_| leaves) else { return Ok(None) };
    let residual = context.figure("residual", &context.format.money(residual), STEP);
    context.say("value.residual", &[residual]).map(Some)
}

/// The horizon of what is expected, as the table says it.
fn horizon_days(context: &RenderContext<'_>) -> Option<i64> {
    Some(context.table(STEP).ok()?.floats("horizon_days").ok()?.at(0)? as i64)
}

/// The same in words.
fn horizon(context: &RenderContext<'_>) -> Result<String, ReportError> {
    match horizon_days(context) {
        Some(days) => context.plain("value.horizon.days", &[Filling::text("days", &days.to_string())]),
        None => context.plain("value.horizon.unknown", &[]),
    }
}

/// How many of all customers have no prediction.
fn without_prediction(context: &RenderContext<'_>, predicted: Decimal) -> Result<Option<Html>, ReportError> {
    let all = context.table("value_by_segment").and_then(|table| table.numbers("customers")).ok();
    let all = all.and_then(|all| all.iter().flatten().copied().try_fold(Decimal::whole(0), Decimal::plus));
    let Some((all, without)) = all.and_then(|all| Some((all, all.minus(predicted)?))) else {
        return Ok(None);
    };
    if without.is_zero() || without.is_negative() {
        return Ok(None);
    }
    let fillings = [
        context.figure("without", &context.format.count(without), STEP),
        context.figure("all", &context.format.count(all), "value_by_segment"),
    ];
    context.say("value.without", &fillings).map(Some)
}

/// One sentence a model: how its fit ended, and the message where it did not end well. First those that every reader
/// must know, then those without a warning.
fn verdicts(context: &RenderContext<'_>, fit: &Fit) -> Result<(Vec<Html>, Vec<Html>), ReportError> {
    let mut seen: Vec<String> = Vec::new();
    let (mut warnings, mut settled) = (Vec::new(), Vec::new());
    // A model that another one replaces already has its sentence.
    let replaced = nobody_leaves(context).is_some();
    for row in 0..fit.rows {
        let Some(model) = fit.model.at(row) else { continue };
        if seen.contains(&model) || (replaced && fit.saw_nobody_leave(row)) {
            continue;
        }
        let status = fit.status.at(row).unwrap_or_default();
        let key = format!("value.status.{status}");
        let key = if context.words.has(&key) { key.as_str() } else { "value.status.failed" };
        let message = reason(context, fit, row)?;
        let customers = fit.customers.at(row).unwrap_or(Decimal::whole(0));
        let fillings = [
            Filling::text("model", &context.name("value.model", &model)),
            Filling::text("message", &message),
            context.figure("customers", &context.format.count(customers), "clv_fit"),
        ];
        let calm = is_settled(Some(&status)) || status == RULE;
        let verdicts = if calm { &mut settled } else { &mut warnings };
        verdicts.push(context.say(key, &fillings)?);
        if !message.is_empty() && !is_settled(Some(&status)) {
            verdicts.push(context.say("value.message", &fillings)?);
        }
        if let Some(substitute) = fit.substitute(row) {
            let fillings = [Filling::text("substitute", &context.name("value.short", &substitute))];
            verdicts.push(context.say("value.replaced", &fillings)?);
        }
        seen.push(model);
    }
    Ok((warnings, settled))
}

/// Why a fit ended as it did: in the report's language where its key is known, else as the model says it.
fn reason(context: &RenderContext<'_>, fit: &Fit, row: usize) -> Result<String, ReportError> {
    let key = fit.reason.as_ref().and_then(|reason| reason.at(row)).unwrap_or_default();
    let key = format!("value.reason.{key}");
    if context.words.has(&key) {
        context.plain(&key, &[])
    } else {
        Ok(fit.message.at(row).unwrap_or_default())
    }
}

fn parameters(context: &RenderContext<'_>, fit: &Fit) -> Result<TableView, ReportError> {
    let row = |row: usize| {
        let (model, parameter) =
            (fit.model.at(row).unwrap_or_default(), fit.parameter.at(row).unwrap_or_default());
        // With covariates, parameters have the same meaning as without, for a customer with the mean of each covariate.
        let plain = model.strip_suffix("_covariates").unwrap_or(&model);
        let meaning = format!("value.parameter.{plain}.{parameter}");
        let meaning =
            if context.words.has(&meaning) { context.plain(&meaning, &[])? } else { "–".to_owned() };
        Ok(vec![
            Cell::text(&context.name("value.model", &model)),
            Cell::text(&parameter),
            cell(fit.estimate.at(row), |value| context.format.parameter(value)),
            cell(fit.error.at(row), |value| context.format.parameter(value)),
            Cell::text(&meaning).with_class("prose"),
        ])
    };
    let fitted = (0..fit.rows).filter(|row| fit.is_parameter(*row));
    let rows: Result<Vec<_>, ReportError> = fitted.map(row).collect();
    let heads = ["model", "parameter", "#estimate", "#standard_error", "meaning"];
    context.table_view("value.parameters", "clv_fit", &heads, rows?)
}

fn deciles(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = context.table("value_deciles")?;
    let (decile, clv) = (table.numbers("decile")?, table.floats("clv")?);
    let bars: Vec<_> = (0..table.rows())
        .map(|row| chart::bars::Bar {
            label: decile.at(row).map_or_else(String::new, |decile| context.format.count_cell(decile)),
            note: String::new(),
            value: clv.at(row).unwrap_or(f64::NAN),
            mark: f64::NAN,
            highlight: false,
        })
        .collect();
    let unit = [Filling::text("unit", context.format.money_unit())];
    let (value, decile) = (
        context.plain("value.picture.deciles.value", &unit)?,
        context.plain("value.picture.deciles.decile", &[])?,
    );
    let data = chart::bars::Data {
        bars: &bars,
        reference: None,
        lay: chart::Lay::Columns,
        number: &|amount| context.format.axis(amount),
    };
    let words = chart::bars::Words { value: &value, label: &decile, mark: "" };
    picture::hang(context, section, "deciles", "value_deciles", |frame| {
        chart::bars::render(frame, &data, &words)
    })
}

/// The model that gives everyone with a single order a P(alive) of 1, this may surprise beside a segment of lost
/// customers; none where another predicts.
fn single_orders_stay(context: &RenderContext<'_>) -> Option<String> {
    let models = context.table("clv_fit").and_then(|table| table.texts("model")).ok()?;
    let is_one = |model: &&String| ["bg_nbd", "bg_cnbd", "bg_nbd_covariates"].contains(&model.as_str());
    models.iter().flatten().find(is_one).cloned()
}

fn by_segment(context: &RenderContext<'_>) -> Result<TableView, Stop> {
    let table = context.table("value_by_segment")?;
    let (segment, customers) = (table.texts("segment")?, table.numbers("customers")?);
    let (alive, share) = (table.floats("mean_p_alive")?, table.floats("clv_share")?);
    let (clv, revenue) = (table.numbers("clv")?, table.numbers("revenue_12m")?);
    let mut rows: Vec<Vec<Cell>> = (0..table.rows())
        .map(|row| {
            vec![
                Cell::text(
                    &context.name("segments.name", &segment.at(row).unwrap_or_else(|| "others".to_owned())),
                ),
                context.count_cell(customers.at(row)),
                context.estimate_cell(clv.at(row)),
                context.percent_cell(share.at(row)),
                context.money_cell(revenue.at(row)),
            ]
        })
        .collect();
    let mut heads = vec!["segment", "#customers", "$clv", "#clv_share", "$revenue_12m"];
    // Without dropout it is 1 for all, and says nothing; if a rule predicts there is none.
    let known = (0..table.rows()).any(|row| alive.at(row).is_some());
    if known && nobody_leaves(context).is_none() {
        for (row, cells) in rows.iter_mut().enumerate() {
            cells.insert(2, context.percent_cell(alive.at(row)));
        }
        heads.insert(2, "#mean_p_alive");
    }
    let mut view = context.table_view("value.by_segment", "value_by_segment", &heads, rows)?;
    if let Some(model) = single_orders_stay(context).filter(|_| heads.contains(&"#mean_p_alive")) {
        let model = Filling::text("model", &context.name("value.short", &model));
        view.note = Some(context.say("value.single_order", &[model])?);
    }
    Ok(view)
}
