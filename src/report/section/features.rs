//! What goes with leaving, in words: the weights of a regression and the groups of a tree, for the early warning.

use crate::analysis::classify::tree::rule::{self, Condition, Missing};

use super::super::ReportError;
use super::super::context::{RenderContext, Stop, cell};
use super::super::decimal::Decimal;
use super::super::view::{Cell, TableView};
use super::super::words::Filling;

const WEIGHTS: &str = "churn_weights_fit";
const GROUPS: &str = "churn_groups_fit";
/// A weight differs from zero, and one area under a curve from another, beyond this many standard errors.
pub(super) const BEYOND_CHANCE: f64 = 2.0;

/// The features by weight, the strongest first, with the name for those that may be chance.
///
/// # Errors
/// A gap in the table `churn_weights_fit`.
pub fn weights(context: &RenderContext<'_>) -> Result<TableView, Stop> {
    let table = context.table(WEIGHTS)?;
    let (feature, missing) = (table.texts("feature")?, table.flags("missing")?);
    let (weight, error) = (table.floats("standardised")?, table.floats("standardised_error")?);
    let odds = table.floats("odds_ratio")?;
    let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
    for row in 0..table.rows() {
        let (Some(feature), Some(missing)) = (feature.at(row), missing.at(row)) else { continue };
        let (Some(weight), Some(odds)) = (weight.at(row), odds.at(row)) else { continue };
        // Given parameters have no errors: whether they are chance was decided by their fit.
        let sure = error.at(row).is_none_or(|error| weight.abs() > BEYOND_CHANCE * error);
        let key = match weight {
            _ if !sure => "warning.direction.chance",
            weight if weight > 0.0 => "warning.direction.leaves",
            _ => "warning.direction.stays",
        };
        let name = if missing { unknown(context, &feature)? } else { name(context, &feature) };
        let direction = Cell::text(&context.plain(key, &[])?);
        rows.push((
            weight.abs(),
            vec![
                Cell::text(&name),
                cell(Some(odds), |odds| context.format.number(odds, 2)),
                direction.with_class(if sure { "word" } else { "word soft" }),
            ],
        ));
    }
    // Those that may be chance are not set apart: they stand in the order of all.
    rows.sort_by(|left, right| right.0.total_cmp(&left.0));
    let rows = rows.into_iter().map(|(_, cells)| cells).collect();
    Ok(context.table_view("warning.weights", WEIGHTS, &["feature", "#odds_ratio", "goes_with"], rows)?)
}

/// The tree's groups, the one with the most leavers first; none if customers could not be told apart.
///
/// # Errors
/// A gap in the table `churn_groups_fit`.
pub fn groups(context: &RenderContext<'_>) -> Result<Option<TableView>, Stop> {
    let table = context.table(GROUPS)?;
    let (rule, customers) = (table.texts("rule")?, table.numbers("leaf_customers")?);
    let (left, share) = (table.numbers("leaf_churned")?, table.floats("share")?);
    let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
    for row in 0..table.rows() {
        let (Some(rule), Some(share)) = (rule.at(row), share.at(row)) else { continue };
        rows.push((
            share,
            vec![
                Cell::text(&in_words(context, &rule)?).with_class("prose"),
                context.count_cell(customers.at(row)),
                context.count_cell(left.at(row)),
                context.percent_cell(Some(share)),
            ],
        ));
    }
    if rows.len() < 2 {
        return Ok(None);
    }
    rows.sort_by(|left, right| right.0.total_cmp(&left.0));
    let rows = rows.into_iter().map(|(_, cells)| cells).collect();
    let heads = ["group", "#customers", "#left", "#left_share"];
    Ok(Some(context.table_view("warning.groups", GROUPS, &heads, rows)?))
}

/// A feature's name; an own one has its column's.
fn name(context: &RenderContext<'_>, feature: &str) -> String {
    context.name("warning.feature", feature)
}

/// What it means that a feature is not known of a customer.
fn unknown(context: &RenderContext<'_>, feature: &str) -> Result<String, ReportError> {
    let key = format!("warning.unknown.{feature}");
    if context.words.has(&key) {
        return context.plain(&key, &[]);
    }
    context.plain("warning.condition.unknown", &[Filling::text("feature", &name(context, feature))])
}

/// A rule in the report's language; one that cannot be read stays as it is.
fn in_words(context: &RenderContext<'_>, rule: &str) -> Result<String, ReportError> {
    if rule == rule::EVERYONE {
        return context.plain("warning.everyone", &[]);
    }
    let Some(conditions) = rule::read(rule) else { return Ok(rule.to_owned()) };
    let mut words = String::new();
    for condition in conditions {
        let next = condition_in_words(context, &condition)?;
        words = if words.is_empty() {
            next
        } else {
            context.plain(
                "warning.condition.both",
                &[Filling::text("first", &words), Filling::text("second", &next)],
            )?
        };
    }
    Ok(words)
}

fn condition_in_words(context: &RenderContext<'_>, condition: &Condition) -> Result<String, ReportError> {
    let feature = condition.feature.as_str();
    let Some(values) = &condition.values else { return unknown(context, feature) };
    let mut fillings = vec![Filling::text("feature", &name(context, feature))];
    fillings.extend(values.above.map(|above| Filling::text("above", &written(context, feature, above))));
    fillings.extend(values.at_most.map(|most| Filling::text("most", &written(context, feature, most))));
    let key = match (values.above, values.at_most) {
        (None, None) => "warning.condition.known",
        (Some(_), None) => "warning.condition.above",
        (None, Some(_)) => "warning.condition.at_most",
        (Some(_), Some(_)) => "warning.condition.between",
    };
    let words = context.plain(key, &fillings)?;
    // The branch for values that nobody has seen is of no interest.
    if condition.missing != Missing::Passes {
        return Ok(words);
    }
    let fillings =
        [Filling::text("condition", &words), Filling::text("unknown", &unknown(context, feature)?)];
    context.plain("warning.condition.or", &fillings)
}

/// A value of a feature: shares as per cent, money with its unit, all else as a plain number.
fn written(context: &RenderContext<'_>, feature: &str, value: f64) -> String {
    if feature.ends_with("_share") {
        return context.format.percent(value);
    }
    if matches!(feature, "average_day" | "mean_repeat_spend") {
        return Decimal::from_f64(value)
            .map_or_else(|| value.to_string(), |money| context.format.money(money));
    }
    // No more places than it takes to tell it from its neighbours.
    let places = (0..2).find(|places| {
        let scale = 10_f64.powi(*places);
        (value * scale - (value * scale).round()).abs() < 1e-9
    });
    context.format.number(value, places.map_or(2, i32::unsigned_abs))
}
