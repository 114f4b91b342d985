//! How the forecasts of the section on value did on the past: who was tried, and how far off each was.

use super::super::ReportError;
use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell};
use super::super::table::{Cells, Gap};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::value::{self, beside};

const STEP: &str = "contest_summary";
const CALIBRATION: &str = "contest_calibration";
/// A bias that is printed as none: half of what the last digit of a per cent shows.
const NO_BIAS: f64 = 0.0005;

/// The columns of the table `contest_summary`.
struct Contest {
    rows: usize,
    /// Who predicts here, which may be another than who is chosen: a pipeline can name a model.
    predictor: Option<String>,
    contender: Cells<String>,
    kind: Cells<String>,
    chosen: Cells<String>,
    /// An own step's table may do without.
    replaced_by: Option<Cells<String>>,
    windows: Cells<Decimal>,
    window_days: Cells<Decimal>,
    customers: Cells<Decimal>,
    bias: Cells<f64>,
    mae: Cells<f64>,
    rmse: Cells<f64>,
    gini: Cells<f64>,
    top_tenth: Cells<f64>,
    /// How sure it was, and whether rightly so; an own step's table may do without.
    sure: Option<Sure>,
}

/// The columns on intervals.
struct Sure {
    held: Cells<Decimal>,
    within: Cells<f64>,
    promised: Cells<f64>,
}

/// Adds the contest to the section. A history too short for one is said; a pipeline without one has nothing to say.
///
/// # Errors
/// A gap in the table `contest_summary`.
pub fn add(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let contest = match read(desk) {
        Err(Gap::NoRows { .. }) => {
            section.notes.push(desk.say("value.contest.too_short", &[])?);
            return Ok(());
        }
        other => other?,
    };
    match (0..contest.rows).find(|row| contest.is_chosen(*row)) {
        Some(row) => verdict(desk, section, &contest, row)?,
        None => section.notes.push(desk.say("value.contest.nobody", &[])?),
    }
    let table = table(desk, &contest)?;
    section.tables.insert("contest", table);
    let judged = contest.judged().filter(|row| !contest.is_rule(*row));
    if let Some(judged) = judged.and_then(|row| contest.contender.at(row))
        && desk.has_table(CALIBRATION)
    {
        desk.part_table(section, "calibration", || calibration(desk, &judged))?;
    }
    Ok(())
}

/// How many of whom this contender gave about the same chance to order did so, over all windows.
fn calibration(desk: &Desk<'_>, judged: &str) -> Result<TableView, Stop> {
    let table = desk.table(CALIBRATION)?;
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
        let end = |place: u8| desk.format.number(10.0 * f64::from(place), 0);
        let ends = [Filling::text("low", &end(place)), Filling::text("high", &end(place + 1))];
        rows.push(vec![
            Cell::text(&desk.plain("value.contest.chance", &ends)?).with_class("word"),
            desk.count_cell(Decimal::from_f64(all)),
            desk.percent_cell(Some(expected / all)),
            desk.percent_cell(Some(came / all)),
        ]);
    }
    let heads = ["chance_to_order", "#customers", "#mean_chance", "#ordered"];
    Ok(desk.table_view("value.contest.calibration", CALIBRATION, &heads, rows)?)
}

impl Contest {
    fn is_chosen(&self, row: usize) -> bool {
        self.chosen.at(row).as_deref() == Some("true")
    }

    /// Whether this one predicts here; who is chosen, where nobody knows.
    fn is_predictor(&self, row: usize) -> bool {
        match &self.predictor {
            Some(predictor) => self.contender.at(row).as_ref() == Some(predictor),
            None => self.is_chosen(row),
        }
    }

    /// The row that tells how good predictions are: that of who predicts, or of who is chosen where who predicts was not tried.
    fn judged(&self) -> Option<usize> {
        let own = (0..self.rows).find(|row| self.is_predictor(*row));
        own.or_else(|| (0..self.rows).find(|row| self.is_chosen(*row)))
    }

    fn is_rule(&self, row: usize) -> bool {
        self.kind.at(row).as_deref() == Some("rule")
    }
}

fn read(desk: &Desk<'_>) -> Result<Contest, Gap> {
    let table = desk.table(STEP)?;
    Ok(Contest {
        rows: table.rows(),
        predictor: value::predictor(desk),
        contender: table.texts("contender")?,
        kind: table.texts("kind")?,
        chosen: table.texts("chosen")?,
        replaced_by: table.texts("replaced_by").ok(),
        windows: table.numbers("windows")?,
        window_days: table.numbers("window_days")?,
        customers: table.numbers("customers")?,
        bias: table.floats("bias")?,
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

/// Who came closest, and by how much the best of the others of the other kind was further off; and how good the one is that
/// predicts. It stands with the table, but for a rule that predicts: how to read the figures then is for everybody to know.
fn verdict(
    desk: &Desk<'_>,
    section: &mut Section,
    contest: &Contest,
    best: usize,
) -> Result<(), ReportError> {
    let name = |row: usize| desk.name("value.contender", &contest.contender.at(row).unwrap_or_default());
    let error = |key: &str, row: usize| match contest.rmse.at(row) {
        Some(error) => desk.figure(key, &desk.format.number(error, 2), STEP),
        None => Filling::text(key, "–"),
    };
    let judged = contest.judged().unwrap_or(best);
    let count = |key: &str, count: &Cells<Decimal>| match count.at(best) {
        Some(count) => desk.figure(key, &desk.format.count(count), STEP),
        None => Filling::text(key, "–"),
    };
    let tried = [
        count("windows", &contest.windows),
        count("days", &contest.window_days),
        count("customers", &contest.customers),
    ];
    let mut sentences = vec![desk.say("value.contest.tried", &tried)?];
    // In the order of their errors: the first of the other kind is the best of it.
    let other = (0..contest.rows)
        .find(|row| contest.is_rule(*row) != contest.is_rule(best) && contest.rmse.at(*row).is_some());
    let mut fillings = vec![Filling::text("winner", &name(best)), error("error", best)];
    let key = match (contest.is_rule(best), other) {
        _ if !contest.is_predictor(best) => "value.contest.closest",
        (true, None) => "value.contest.rule",
        (false, None) => "value.contest.model",
        (is_rule, Some(other)) => {
            fillings.extend([Filling::text("other", &name(other)), error("other_error", other)]);
            if is_rule { "value.contest.rule_over" } else { "value.contest.model_over" }
        }
    };
    let closest = desk.say(key, &fillings)?;
    if contest.is_rule(best) && contest.is_predictor(best) {
        section.notes.push(closest);
    } else {
        sentences.push(closest);
    }
    let predictor = contest.predictor.as_deref().filter(|_| !contest.is_predictor(best));
    let predictor =
        predictor.map(|predictor| Filling::text("predictor", &desk.name("value.short", predictor)));
    let tried = contest.is_predictor(judged);
    if let Some(predictor) = predictor.iter().find(|_| tried) {
        let fillings = [predictor.clone(), error("own_error", judged)];
        sentences.push(desk.say("value.contest.named", &fillings)?);
    }
    if let Some(bias) = contest.bias.at(judged) {
        let key = match bias {
            bias if bias.abs() < NO_BIAS => "value.contest.bias.none",
            bias if bias > 0.0 => "value.contest.bias.high",
            _ => "value.contest.bias.low",
        };
        let bias = desk.figure("bias", &desk.format.percent(bias.abs()), STEP);
        sentences.push(desk.say(key, &[bias])?);
    }
    let sure = contest.sure.as_ref();
    let sure = sure
        .and_then(|sure| Some((sure.held.at(judged)?, sure.within.at(judged)?, sure.promised.at(judged)?)));
    if let Some((held, within, promised)) = sure {
        let fillings = [
            desk.figure("held", &desk.format.count(held), STEP),
            count("windows", &contest.windows),
            desk.figure("within", &desk.format.percent(within), STEP),
            desk.figure("promised", &desk.format.percent(promised), STEP),
        ];
        sentences.push(desk.say("value.contest.sure", &fillings)?);
    }
    if let Some(predictor) = predictor.filter(|_| !tried) {
        sentences.push(desk.say("value.contest.untried", &[predictor])?);
    }
    beside(section, "proof", sentences);
    Ok(())
}

fn table(desk: &Desk<'_>, contest: &Contest) -> Result<TableView, ReportError> {
    let row = |row: usize| -> Result<Vec<Cell>, ReportError> {
        let mut name = desk.name("value.contender", &contest.contender.at(row).unwrap_or_default());
        let substitute = contest.replaced_by.as_ref().and_then(|replaced| replaced.at(row));
        let substitute = desk.name("value.contender", &substitute.unwrap_or_default());
        for (key, holds) in [
            ("value.contest.rule_name", contest.is_rule(row)),
            ("value.contest.instead", !substitute.is_empty()),
            ("value.contest.predicts", contest.is_predictor(row)),
            ("value.contest.came_closest", contest.is_chosen(row) && !contest.is_predictor(row)),
        ] {
            if holds {
                let fillings = [Filling::text("name", &name), Filling::text("substitute", &substitute)];
                name = desk.plain(key, &fillings)?;
            }
        }
        Ok(vec![
            Cell::text(&name),
            cell(contest.rmse.at(row), |error| desk.format.number(error, 3)),
            cell(contest.mae.at(row), |error| desk.format.number(error, 3)),
            cell(contest.bias.at(row), |bias| desk.format.change(bias)),
            desk.percent_cell(contest.top_tenth.at(row)),
            cell(contest.gini.at(row), |gini| desk.format.number(gini, 2)),
        ])
    };
    let rows: Result<Vec<_>, ReportError> = (0..contest.rows).map(row).collect();
    let heads = ["contender", "#rmse", "#mae", "#bias", "#top_tenth", "#gini"];
    desk.table_view("value.contest.table", STEP, &heads, rows?)
}
