//! What customers differ by from the first day, and what goes with it: for the section on value, if the model has
//! covariates.

use super::super::context::{RenderContext, Stop, cell};
use super::super::format::UNKNOWN;
use super::super::table::Cells;
use super::super::view::{Cell, Section};
use super::super::words::Filling;
use super::forecast::between;

const STEP: &str = "clv_effects";
/// The processes by their keys in the table.
const PROCESSES: [&str; 2] = ["purchases", "dropout"];
/// With a probability above this, covariates tell no more than chance.
const BY_CHANCE: f64 = 0.05;
/// A probability below this is printed as below it.
const LEAST: f64 = 0.001;

/// The columns of the table `clv_effects`.
struct Effects {
    rows: usize,
    covariate: Cells<String>,
    level: Cells<String>,
    base: Cells<String>,
    process: Cells<String>,
    factor: Cells<f64>,
    /// The ends of its interval.
    ends: [Cells<f64>; 2],
}

/// Adds the table of covariates, and whether they tell more than chance would. Where none was of use there is nothing to show.
///
/// # Errors
/// A gap in the table `clv_effects`.
pub fn add(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = context.table(STEP)?;
    let effects = Effects {
        rows: table.rows(),
        covariate: table.texts("covariate")?,
        level: table.texts("level")?,
        base: table.texts("base")?,
        process: table.texts("process")?,
        factor: table.floats("factor")?,
        ends: [table.floats("factor_low")?, table.floats("factor_high")?],
    };
    let given = match status(context)?.as_deref() {
        Some("converged") => false,
        Some("given") => true,
        _ => return Ok(()),
    };
    let mut covariates: Vec<[Option<String>; 3]> = Vec::new();
    for row in 0..effects.rows {
        let of = effects.of(row);
        // One that was left out has no process.
        if effects.process.at(row).is_some() && !covariates.contains(&of) {
            covariates.push(of);
        }
    }
    let mut rows = Vec::new();
    for of in &covariates {
        let mut cells = vec![Cell::text(&name(context, of)?)];
        for process in PROCESSES {
            let is_of =
                |row: &usize| effects.of(*row) == *of && effects.process.at(*row).as_deref() == Some(process);
            // Beyond the last row nothing is known.
            let row = (0..effects.rows).find(is_of).unwrap_or(effects.rows);
            let [low, high] = effects.ends.each_ref().map(|end| end.at(row));
            let by_chance = low.zip(high).is_some_and(|(low, high)| low <= 1.0 && 1.0 <= high);
            let write = |factor: f64| context.format.number(factor, 2);
            let soft = if by_chance { "soft" } else { "" };
            cells.push(cell(effects.factor.at(row), write).with_class(soft));
            if !given {
                let ends = between(context, row, &effects.ends, &write)?;
                cells.push(Cell::text(&ends).with_class(if by_chance { "word soft" } else { "word" }));
            }
        }
        rows.push(cells);
    }
    let heads: &[&str] = if given {
        &["feature", "#orders_times", "#leaving_times"]
    } else {
        &["feature", "#orders_times", "ends_95", "#leaving_times", "ends_95"]
    };
    let mut view = context.table_view("value.effects.table", STEP, heads, rows)?;
    let p = table.floats("lr_p_value")?.at(0);
    let key = match p {
        None => "value.effects.given",
        Some(p) if p < LEAST => "value.effects.sure",
        Some(p) if p < BY_CHANCE => "value.effects.tells",
        Some(_) => "value.effects.chance",
    };
    let p = p.map(|p| Filling::text("p", &context.format.percent(p.max(LEAST))));
    view.note = Some(context.say(key, p.as_slice())?);
    section.tables.insert("effects".to_owned(), view);
    Ok(())
}

impl Effects {
    /// What a row is of: the column, and for text the value and the one to compare with.
    fn of(&self, row: usize) -> [Option<String>; 3] {
        [self.covariate.at(row), self.level.at(row), self.base.at(row)]
    }
}

/// How the fit with covariates ended.
fn status(context: &RenderContext<'_>) -> Result<Option<String>, Stop> {
    let table = context.table("clv_fit")?;
    let (model, status) = (table.texts("model")?, table.texts("status")?);
    let is_with = |row: &usize| model.at(*row).is_some_and(|model| model.ends_with("_covariates"));
    Ok((0..table.rows()).find(is_with).and_then(|row| status.at(row)))
}

/// A covariate in the report's words, where it has some.
fn name(context: &RenderContext<'_>, [covariate, level, base]: &[Option<String>; 3]) -> Result<String, Stop> {
    let covariate = context.name("value.covariate", covariate.as_deref().unwrap_or(UNKNOWN));
    let (Some(level), Some(base)) = (level, base) else { return Ok(covariate) };
    let [level, base] = [level, base].map(|of| context.name("value.channel", of));
    let fillings = [("covariate", &covariate), ("level", &level), ("base", &base)];
    let fillings = fillings.map(|(name, text)| Filling::text(name, text));
    Ok(context.plain("value.effects.level", &fillings)?)
}
