//! What customers are worth after costs: what it consists of, how it changed, what winning them cost, and what keeping more
//! of them would bring. For the section on value.

use super::super::ReportError;
use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell};
use super::super::table::Gap;
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;

const STEP: &str = "equity";
/// The components in the order of the sum, and whether each is taken off.
const COMPONENTS: [(&str, bool); 6] = [
    ("revenue", false),
    ("product_cost", true),
    ("service_cost", true),
    ("marketing_cost", true),
    ("referral", false),
    ("value", false),
];

/// Adds what the pipeline has of it; what it does not make is not missed.
///
/// # Errors
/// An error of the theme.
pub fn add(desk: &Desk<'_>, section: &mut Section) -> Result<(), ReportError> {
    if desk.has_table(STEP) {
        desk.part(section, |section| components(desk, section))?;
    }
    if desk.has_table("retention_what_if") {
        desk.part(section, |section| what_if(desk, section))?;
    }
    if desk.has_table("acquisition_by_channel") {
        desk.part_table(section, "acquisition", || acquisition(desk))?;
    }
    Ok(())
}

fn components(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let table = desk.table(STEP)?;
    let sum = |name: &str| table.numbers(name).map(|column| column.at(0));
    let revenue = sum("revenue")?.map(Decimal::to_f64).filter(|revenue| *revenue > 0.0);
    let mut rows = Vec::new();
    for (component, taken_off) in COMPONENTS {
        let amount = sum(component)?;
        let amount = if taken_off { amount.and_then(|cost| Decimal::whole(0).minus(cost)) } else { amount };
        let share = amount.zip(revenue).map(|(amount, revenue)| amount.to_f64() / revenue);
        // A cost that nobody stated takes no line.
        if amount.is_some_and(Decimal::is_zero) && component != "value" {
            continue;
        }
        rows.push(vec![
            Cell::text(&desk.name("value.equity.component", component)),
            desk.estimate_cell(amount),
            desk.percent_cell(share),
        ]);
    }
    let value = sum("value")?.unwrap_or(Decimal::whole(0));
    let known = table.floats("known_costs")?.at(0).unwrap_or(0.0);
    let fillings = [
        desk.figure("value", &desk.format.money(value), STEP),
        desk.figure("known", &desk.format.percent(known), STEP),
    ];
    let key = match desk.format.percent(known) {
        all if all == desk.format.percent(1.0) => "value.equity.answer.known",
        none if none == desk.format.percent(0.0) => "value.equity.answer.stated",
        _ => "value.equity.answer.part",
    };
    section.notes.push(desk.say(key, &fillings)?);
    if let (Some(before), Some(number), Some(mean)) =
        (sum("value_before")?, sum("from_number")?, sum("from_mean")?)
    {
        let fillings = [
            desk.figure("before", &desk.format.money(before), STEP),
            desk.figure("now", &desk.format.money(value), STEP),
            desk.figure("number", &signed(desk, number), STEP),
            desk.figure("mean", &signed(desk, mean), STEP),
        ];
        section.notes.push(desk.say("value.equity.change", &fillings)?);
    }
    let view =
        desk.table_view("value.equity.table", STEP, &["component", "$amount", "#revenue_share"], rows)?;
    section.tables.insert("components", view);
    Ok(())
}

/// Money of a change, with its sign.
fn signed(desk: &Desk<'_>, change: Decimal) -> String {
    let money = desk.format.money(change);
    if change.is_negative() || change.is_zero() { money } else { format!("+{money}") }
}

fn what_if(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    const STEP: &str = "retention_what_if";
    let table = match desk.table(STEP) {
        // History is too short for it, as the table says.
        Err(Gap::NoRows { .. }) => return Ok(()),
        table => table?,
    };
    let (retention, value, gain) =
        (table.floats("retention")?, table.numbers("value")?, table.numbers("gain")?);
    let customers = table.numbers("customers")?.at(0);
    let at = |row: usize| Some((retention.at(row)?, value.at(row)?));
    if let (Some((now, worth)), Some((higher, more)), Some(gain), Some(customers)) =
        (at(0), at(1), gain.at(1), customers)
    {
        let fillings = [
            desk.figure("retention", &desk.format.percent(now), STEP),
            desk.figure("worth", &desk.format.money(worth), STEP),
            desk.figure("higher", &desk.format.percent(higher), STEP),
            desk.figure("more", &desk.format.money(more), STEP),
            desk.figure("gain", &desk.format.money(gain), STEP),
            desk.figure("customers", &desk.format.count(customers), STEP),
        ];
        section.notes.push(desk.say("value.what_if", &fillings)?);
    }
    Ok(())
}

fn acquisition(desk: &Desk<'_>) -> Result<TableView, Stop> {
    const STEP: &str = "acquisition_by_channel";
    let table = desk.table(STEP)?;
    let (channel, customers) = (table.texts("channel")?, table.numbers("customers")?);
    let [cost, so_far, ahead] =
        [table.numbers("cost_a_customer")?, table.numbers("margin_to_date")?, table.numbers("value_ahead")?];
    let (ratio, payback) = (table.floats("value_to_cost")?, table.floats("payback_month")?);
    let (months, paid) = (table.numbers("months")?, table.numbers("months_paid_back")?);
    let row = |row: usize| -> Result<Vec<Cell>, ReportError> {
        let count = |count: Option<Decimal>| {
            count.map_or_else(|| "–".to_owned(), |count| desk.format.count_cell(count))
        };
        let of =
            [Filling::text("paid", &count(paid.at(row))), Filling::text("months", &count(months.at(row)))];
        Ok(vec![
            Cell::text(&desk.name("value.channel", &channel.at(row).unwrap_or_default())),
            desk.count_cell(customers.at(row)),
            desk.money_cell(cost.at(row).map(|amount| amount.round(2))),
            desk.money_cell(so_far.at(row).map(|amount| amount.round(2))),
            desk.estimate_cell(ahead.at(row)),
            cell(ratio.at(row), |ratio| desk.format.number(ratio, 1)),
            cell(payback.at(row), |month| desk.format.number(month, 0)),
            Cell::text(&desk.plain("value.acquisition.paid", &of)?),
        ])
    };
    let rows: Result<Vec<_>, ReportError> = (0..table.rows()).map(row).collect();
    let heads = [
        "channel",
        "#newcomers",
        "$cost_a_customer",
        "$margin_to_date",
        "$value_ahead",
        "#value_to_cost",
        "#payback_month",
        "#paid_back",
    ];
    let mut view = desk.table_view("value.acquisition.table", STEP, &heads, rows?)?;
    view.note = Some(desk.say("value.acquisition.note", &[])?);
    Ok(view)
}
