//! Who will leave next? What a regression expects of today's customers, whether it was right before, and whom to call.
//!
//! It is code: without a sound fit the answer stands alone, and the conditions of a tree's groups are put into words.

use super::super::context::{RenderContext, Stop, cell, customer_cell};
use super::super::decimal::Decimal;
use super::super::format::Locale;
use super::super::html::Html;
use super::super::table::{Cells, Gap};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, picture};
use super::{features, open};
use crate::chart;

/// The table of today's customers as a whole.
const STEP: &str = "warning_summary";
/// What the regression's step yields beside its scores, and the tree's.
const JUDGED: &str = "churn_weights_judged";
const GAINS: &str = "churn_weights_gains";
const GROUPS_JUDGED: &str = "churn_groups_judged";
const GROUPS_GAINS: &str = "churn_groups_gains";
/// Contenders by the names that the tables have.
const REGRESSION: &str = "logistic";
const TREE: &str = "tree";
const RULE: &str = "recency_days";
const SILENT: &str = "p_silent";
const GONE: &str = "p_gone";
/// Rows of the list shown on the page; the download has all.
const SHOWN: usize = 15;
/// A sum within a tenth of the predicted one counts as predicted correctly.
const CLOSE: f64 = 0.1;

/// Writes the section. Where nothing could be learned it says so in one sentence.
///
/// # Errors
/// No table `churn_weights_judged`; a gap in it, in `churn_weights_fit` or in `warning_summary`.
pub fn write(context: &RenderContext<'_>) -> Result<Section, Stop> {
    let judged = match context.table(JUDGED) {
        Ok(table) => Some(Judged::read(context, JUDGED, table.rows())?),
        // Nobody was judged, as history is too short.
        Err(Gap::NoRows { .. }) => None,
        Err(gap) => return Err(gap.into()),
    };
    if let Some(section) = nothing_learned(context)? {
        return Ok(section);
    }
    let mut section = answer(context)?;
    if let Some(judged) = &judged {
        context.part(&mut section, |section| verdict(context, section, judged))?;
    }
    context.part(&mut section, |section| gains(context, section))?;
    context.part_table(&mut section, "weights", || features::weights(context))?;
    context.part_table(&mut section, "calls", || calls(context))?;
    if let Some(judged) = judged {
        context.part_table(&mut section, "judged", || contenders(context, judged))?;
    }
    // Where no groups were found, the tree is not missed.
    if context.has_table("churn_groups_fit") {
        context.part(&mut section, |section| {
            section.tables.extend(features::groups(context)?.map(|groups| ("groups".to_owned(), groups)));
            Ok(())
        })?;
    }
    Ok(section)
}

/// The section where the regression has no coefficients: one sentence that says why.
fn nothing_learned(context: &RenderContext<'_>) -> Result<Option<Section>, Stop> {
    let fit = context.table("churn_weights_fit")?;
    let status = fit.texts("status")?.at(0).unwrap_or_default();
    if matches!(status.as_str(), "converged" | "given") {
        return Ok(None);
    }
    let customers = fit.numbers("customers")?.at(0).filter(|customers| !customers.is_zero());
    let Some(customers) = customers else {
        return Ok(Some(open(context, "warning", "warning.too_short", &[])?));
    };
    let churned = fit.numbers("churned")?.at(0).unwrap_or(Decimal::whole(0));
    let fillings = [
        context.figure("customers", &context.format.count(customers), "churn_weights_fit"),
        context.figure("churned", &context.format.count(churned), "churn_weights_fit"),
    ];
    let key = format!("warning.not_learned.{status}");
    let key = if context.words.has(&key) { key.as_str() } else { "warning.not_learned.failed" };
    Ok(Some(open(context, "warning", key, &fillings)?))
}

fn answer(context: &RenderContext<'_>) -> Result<Section, Stop> {
    let table = context.table(STEP)?;
    let number = |name: &str| table.numbers(name).map(|column| column.at(0));
    let (customers, leavers) = (number("customers")?, table.floats("expected_leavers")?.at(0));
    let (within, days) = (number("within_days")?, number("window_days")?);
    let (revenue, stake) = (number("revenue_12m")?, number("revenue_at_stake")?);
    let count = |count: Option<Decimal>| context.format.count(count.unwrap_or(Decimal::whole(0)));
    let Some((customers, leavers)) = customers.filter(|all| !all.is_zero()).zip(leavers) else {
        return Ok(open(context, "warning", "warning.nobody", &[])?);
    };
    let fillings = [
        context.figure("customers", &context.format.count(customers), STEP),
        context.figure("within", &count(within), STEP),
        context.figure("days", &count(days), STEP),
        context.figure("leavers", &count(Decimal::from_f64(leavers).map(|leavers| leavers.round(0))), STEP),
        context.figure("share", &context.format.percent(leavers / customers.to_f64()), STEP),
        context.figure("stake", &context.format.money(stake.unwrap_or(Decimal::whole(0))), STEP),
        context.figure("revenue", &context.format.money(revenue.unwrap_or(Decimal::whole(0))), STEP),
    ];
    Ok(open(context, "warning", "warning.answer", &fillings)?)
}

/// The columns of a table `_judged`.
struct Judged {
    step: &'static str,
    rows: usize,
    contender: Cells<String>,
    customers: Cells<Decimal>,
    share: Cells<f64>,
    predicted: Cells<f64>,
    auc: Cells<f64>,
    auc_error: Cells<f64>,
    calibration: Cells<f64>,
    found: Cells<Decimal>,
    needless: Cells<Decimal>,
    missed: Cells<Decimal>,
    cost: Cells<f64>,
}

impl Judged {
    fn read(context: &RenderContext<'_>, step: &'static str, rows: usize) -> Result<Self, Gap> {
        let table = context.table(step)?;
        Ok(Self {
            step,
            rows,
            contender: table.texts("contender")?,
            customers: table.numbers("customers")?,
            share: table.floats("share")?,
            predicted: table.floats("predicted")?,
            auc: table.floats("auc")?,
            auc_error: table.floats("auc_error")?,
            calibration: table.floats("calibration_error")?,
            found: table.numbers("found")?,
            needless: table.numbers("needless")?,
            missed: table.numbers("missed")?,
            cost: table.floats("cost")?,
        })
    }

    fn row_of(&self, contender: &str) -> Option<usize> {
        (0..self.rows).find(|row| self.contender.at(*row).as_deref() == Some(contender))
    }

    fn auc_of(&self, contender: &str) -> Option<f64> {
        self.auc.at(self.row_of(contender)?)
    }
}

/// Whether it was right before: how well it ranked customers beside the rule, what its best tenth held, and whether as
/// many left as it predicted.
fn verdict(context: &RenderContext<'_>, section: &mut Section, judged: &Judged) -> Result<(), Stop> {
    let Some((row, auc)) = judged.row_of(REGRESSION).and_then(|row| Some((row, judged.auc.at(row)?))) else {
        return Ok(());
    };
    let pairs = |name: &str, auc: f64| context.figure(name, &context.format.number(100.0 * auc, 1), JUDGED);
    let until = context.table(STEP)?.days("judged_until")?.at(0);
    let mut fillings = vec![
        context.figure(
            "customers",
            &context.format.count(judged.customers.at(row).unwrap_or(Decimal::whole(0))),
            JUDGED,
        ),
        context.figure("until", &until.map_or_else(|| "–".to_owned(), |day| context.format.date(day)), STEP),
        pairs("pairs", auc),
    ];
    let mut tried = vec![context.say("warning.tried", &fillings)?];
    let mut verdict = Vec::new();
    if let Some(rule) = judged.auc_of(RULE) {
        fillings = vec![pairs("rule", rule)];
        // A model of purchases that did not settle says nothing.
        let silent = judged.auc_of(SILENT);
        let key = match silent.zip(judged.auc_of(GONE)) {
            Some((silent, alive)) => {
                fillings.extend([pairs("silent", silent), pairs("alive", alive)]);
                "warning.others.all"
            }
            None => "warning.others.rule",
        };
        tried.push(context.say(key, &fillings)?);
        let error = judged.auc_error.at(row).unwrap_or(f64::INFINITY).max(f64::MIN_POSITIVE);
        let key = match (auc - rule) / error {
            ahead if ahead > features::BEYOND_CHANCE => "warning.verdict.better",
            ahead if ahead < -features::BEYOND_CHANCE => "warning.verdict.worse",
            _ => "warning.verdict.alike",
        };
        verdict.push(context.say(key, &[])?);
        if silent.is_some_and(|silent| (silent - auc) / error > features::BEYOND_CHANCE) {
            verdict.push(context.say("warning.verdict.purchases", &[])?);
        }
    }
    let sums = best_tenth(context)?.into_iter().chain(foretold(context, judged, row)?).collect();
    section
        .notes
        .extend([tried, verdict, sums].into_iter().filter_map(|sentences| paragraph(context, &sentences)));
    Ok(())
}

/// Sentences as one paragraph; none without a sentence.
fn paragraph(context: &RenderContext<'_>, sentences: &[Html]) -> Option<Html> {
    let between = match context.format.locale() {
        Locale::En => " ",
        Locale::ZhCn => "",
    };
    let sentences: Vec<&str> = sentences.iter().map(Html::as_str).collect();
    (!sentences.is_empty()).then(|| Html::markup(sentences.join(between)))
}

/// What the tenth with the highest probabilities held.
fn best_tenth(context: &RenderContext<'_>) -> Result<Option<Html>, Stop> {
    let gains = Gains::read(context, GAINS)?;
    let Some(row) = gains.first_of(REGRESSION) else { return Ok(None) };
    let (Some(observed), Some(lift), Some(captured)) =
        (gains.observed.at(row), gains.lift.at(row), gains.captured.at(row))
    else {
        return Ok(None);
    };
    let fillings = [
        context.figure("observed", &context.format.percent(observed), GAINS),
        context.figure("lift", &context.format.number(lift, 1), GAINS),
        context.figure("captured", &context.format.percent(captured), GAINS),
    ];
    Ok(Some(context.say("warning.tenth", &fillings)?))
}

/// Whether as many left as predicted.
fn foretold(context: &RenderContext<'_>, judged: &Judged, row: usize) -> Result<Option<Html>, ReportError> {
    let (Some(predicted), Some(share)) = (judged.predicted.at(row), judged.share.at(row)) else {
        return Ok(None);
    };
    let key = match predicted - share {
        off if off.abs() <= CLOSE * share => "warning.foretold.close",
        off if off > 0.0 => "warning.foretold.high",
        _ => "warning.foretold.low",
    };
    let fillings = [
        context.figure("predicted", &context.format.percent(predicted), JUDGED),
        context.figure("share", &context.format.percent(share), JUDGED),
    ];
    context.say(key, &fillings).map(Some)
}

/// The columns of a table `_gains`.
struct Gains {
    rows: usize,
    contender: Cells<String>,
    tenth: Cells<Decimal>,
    customers: Cells<f64>,
    observed: Cells<f64>,
    lift: Cells<f64>,
    captured: Cells<f64>,
}

impl Gains {
    fn read(context: &RenderContext<'_>, step: &str) -> Result<Self, Gap> {
        let table = context.table(step)?;
        Ok(Self {
            rows: table.rows(),
            contender: table.texts("contender")?,
            tenth: table.numbers("tenth")?,
            customers: table.floats("customers")?,
            observed: table.floats("observed")?,
            lift: table.floats("lift")?,
            captured: table.floats("captured")?,
        })
    }

    fn rows_of(&self, contender: &str) -> Vec<usize> {
        (0..self.rows).filter(|row| self.contender.at(*row).as_deref() == Some(contender)).collect()
    }

    /// The row of the best tenth.
    fn first_of(&self, contender: &str) -> Option<usize> {
        let is_first = |row: &usize| self.tenth.at(*row) == Some(Decimal::whole(1));
        self.rows_of(contender).into_iter().find(is_first)
    }

    /// Shares of customers contacted and of those who left among them; empty where the contender was not judged.
    fn curve(&self, contender: &str) -> Vec<(f64, f64)> {
        let rows = self.rows_of(contender);
        let all: f64 = rows.iter().filter_map(|row| self.customers.at(*row)).sum();
        let mut points = Vec::with_capacity(rows.len() + 1);
        let mut contacted = 0.0;
        for row in rows {
            let (Some(customers), Some(captured)) = (self.customers.at(row), self.captured.at(row)) else {
                return Vec::new();
            };
            contacted += customers;
            points.push((contacted / all, captured));
        }
        if !points.is_empty() {
            points.insert(0, (0.0, 0.0));
        }
        points
    }
}

fn gains(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let own = Gains::read(context, GAINS)?;
    let mut curves = Vec::with_capacity(3);
    let mut add = |contender: &str, points: Vec<(f64, f64)>| {
        if !points.is_empty() {
            curves.push(chart::lorenz::Curve { name: name(context, contender), points });
        }
    };
    add(REGRESSION, own.curve(REGRESSION));
    if let Ok(groups) = Gains::read(context, GROUPS_GAINS) {
        add(TREE, groups.curve(TREE));
    }
    add(RULE, own.curve(RULE));
    let words = ["contacted", "caught", "chance"]
        .map(|word| context.plain(&format!("warning.picture.gains.{word}"), &[]));
    let [contacted, caught, chance] = words;
    let (contacted, caught, chance) = (contacted?, caught?, chance?);
    let words = chart::lorenz::Words { customers: &contacted, total: &caught, diagonal: &chance };
    let tenth = curves.first().and_then(|curve| chart::lorenz::height_at(&curve.points, 0.1));
    let data = chart::lorenz::Data {
        curves: &curves,
        held: tenth.map(|total| chart::lorenz::Mark { customers: 0.1, total, note: "" }),
        needed: None,
        share: &|share| context.format.tick(share),
    };
    picture::hang(context, section, "gains", GAINS, |frame| chart::lorenz::render(frame, &data, &words))
}

/// A contender's name; a project's own rule has the name of its column.
fn name(context: &RenderContext<'_>, contender: &str) -> String {
    context.name("warning.contender", contender)
}

/// How well each judged, and what following it would have cost.
fn contenders(context: &RenderContext<'_>, judged: Judged) -> Result<TableView, Stop> {
    let mut tables = vec![(judged, Gains::read(context, GAINS)?)];
    // The tree's table has it beside the same others, if any: it stands after the regression.
    if let (Ok(table), Ok(gains)) = (context.table(GROUPS_JUDGED), Gains::read(context, GROUPS_GAINS)) {
        tables.push((Judged::read(context, GROUPS_JUDGED, table.rows())?, gains));
    }
    let mut rows: Vec<(String, Vec<Cell>)> = Vec::new();
    for (judged, gains) in &tables {
        for row in 0..judged.rows {
            let Some(contender) = judged.contender.at(row) else { continue };
            if rows.iter().any(|(known, _)| *known == contender) {
                continue;
            }
            let caught = gains.first_of(&contender).and_then(|first| gains.captured.at(first));
            let found = judged.found.at(row);
            let contacted =
                found.zip(judged.needless.at(row)).and_then(|(found, needless)| found.plus(needless));
            let cells = vec![
                Cell::text(&name(context, &contender)),
                cell(judged.auc.at(row), |auc| context.format.number(100.0 * auc, 1)),
                context.percent_cell(caught),
                cell(judged.calibration.at(row), |off| context.format.points_size(off)),
                context.count_cell(contacted),
                context.count_cell(found),
                context.count_cell(judged.missed.at(row)),
                cell(judged.cost.at(row), |cost| context.format.number(cost, 0)),
            ];
            let place = if judged.step == GROUPS_JUDGED && contender == TREE {
                rows.len().min(1)
            } else {
                rows.len()
            };
            rows.insert(place, (contender, cells));
        }
    }
    let heads = [
        "contender",
        "#auc",
        "#caught_tenth",
        "#calibration_error",
        "#contacted",
        "#found",
        "#missed",
        "#cost",
    ];
    let rows = rows.into_iter().map(|(_, cells)| cells).collect();
    let mut view = context.table_view("warning.judged", JUDGED, &heads, rows)?;
    let setting = |name: &str| {
        let key = format!("churn_weights.{name}");
        context.facts.parameters.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    };
    view.note = Some(match (setting("cost_missed"), setting("cost_needless")) {
        (Some(missed), Some(needless)) => context.say(
            "warning.costs.known",
            &[Filling::text("missed", missed), Filling::text("needless", needless)],
        )?,
        _ => context.say("warning.costs.unknown", &[])?,
    });
    Ok(view)
}

/// Whom to call now.
fn calls(context: &RenderContext<'_>) -> Result<TableView, Stop> {
    const STEP: &str = "early_warning";
    let table = context.table(STEP)?;
    let (id, class) = (table.texts("customer_id")?, table.texts("class")?);
    let (probability, lateness) = (table.floats("probability")?, table.floats("lateness")?);
    let (recency, orders) = (table.numbers("recency_days")?, table.numbers("orders")?);
    let (revenue, stake) = (table.numbers("revenue_12m")?, table.numbers("revenue_at_stake")?);
    let clv = table.numbers("clv")?;
    let shown = table.rows().min(SHOWN);
    // A column of a model that gave nothing is left out.
    let valued = clv.any();
    let rows = (0..shown).map(|row| {
        let mut cells = vec![
            customer_cell(id.at(row).as_deref()),
            cell(class.at(row), |class| class),
            context.percent_cell(probability.at(row)),
            context.count_cell(recency.at(row)),
            cell(lateness.at(row), |lateness| context.format.number(lateness, 1)),
            context.count_cell(orders.at(row)),
            context.money_cell(revenue.at(row)),
            context.estimate_cell(stake.at(row)),
        ];
        if valued {
            cells.push(context.estimate_cell(clv.at(row)));
        }
        cells
    });
    let mut heads = vec![
        "customer",
        "class",
        "#probability",
        "#days_since",
        "#lateness",
        "#orders",
        "$revenue_12m",
        "$revenue_at_stake",
    ];
    if valued {
        heads.push("$clv");
    }
    let mut view = context.table_view("warning.calls", STEP, &heads, rows.collect())?;
    view.note = context.shown_of(shown, table.rows(), STEP)?;
    Ok(view)
}
