//! What customers are worth after costs: what it consists of, how it changed, what winning them cost, and what keeping more
//! of them would bring. For the section on value.

use super::super::decimal::Decimal;
use super::super::desk::{Desk, Stop, cell};
use super::super::html::Html;
use super::super::table::{Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, picture};
use super::value::beside;
use crate::chart;
use crate::chart::waterfall::{Bar, Kind};

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
    let mut worth = Vec::new();
    if desk.has_table(STEP) {
        desk.part(section, |section| {
            worth = sentences(desk)?;
            let view = components(desk)?;
            section.tables.insert("components".to_owned(), view);
            Ok(())
        })?;
        desk.part(section, |section| bridge(desk, section))?;
    }
    let mut what_if = None;
    if desk.has_table("retention_what_if") {
        desk.part(section, |_| {
            what_if = self::what_if(desk)?;
            Ok(())
        })?;
    }
    worth.extend(what_if);
    beside(section, "worth", worth);
    if desk.has_table("acquisition_by_channel") {
        desk.part_table(section, "acquisition", || acquisition(desk))?;
    }
    Ok(())
}

/// The one row of the table `equity`.
struct Equity<'a> {
    table: Table<'a>,
}

impl Equity<'_> {
    fn read<'a>(desk: &Desk<'a>) -> Result<Equity<'a>, Gap> {
        Ok(Equity { table: desk.table(STEP)? })
    }

    fn sum(&self, name: &str) -> Result<Option<Decimal>, Gap> {
        Ok(self.table.numbers(name)?.at(0))
    }

    /// A component with its sign, or nothing where it is unknown, or a cost that nobody stated.
    fn component(&self, name: &str, taken_off: bool) -> Result<Option<Decimal>, Gap> {
        let amount = self.sum(name)?.filter(|amount| !amount.is_zero() || name == "value");
        Ok(if taken_off { amount.and_then(|cost| Decimal::whole(0).minus(cost)) } else { amount })
    }

    /// The value one period before, and what the number of customers and their mean value made of it; nothing where
    /// history does not reach back.
    fn change(&self) -> Result<Option<[Decimal; 3]>, Gap> {
        let [before, number, mean] =
            [self.sum("value_before")?, self.sum("from_number")?, self.sum("from_mean")?];
        Ok(before.zip(number).zip(mean).map(|((before, number), mean)| [before, number, mean]))
    }
}

fn sentences(desk: &Desk<'_>) -> Result<Vec<Html>, Stop> {
    let equity = Equity::read(desk)?;
    let value = equity.sum("value")?.unwrap_or(Decimal::whole(0));
    let known = equity.table.floats("known_costs")?.at(0).unwrap_or(0.0);
    let fillings = [
        desk.figure("value", &desk.format.money(value), STEP),
        desk.figure("known", &desk.format.percent(known), STEP),
    ];
    let key = match desk.format.percent(known) {
        all if all == desk.format.percent(1.0) => "value.equity.answer.known",
        none if none == desk.format.percent(0.0) => "value.equity.answer.stated",
        _ => "value.equity.answer.part",
    };
    let mut sentences = vec![desk.say(key, &fillings)?];
    let Some([before, number, mean]) = equity.change()? else { return Ok(sentences) };
    let fillings = [
        desk.figure("before", &desk.format.money(before), STEP),
        desk.figure("now", &desk.format.money(value), STEP),
        desk.figure("number", &signed(desk, number), STEP),
        desk.figure("mean", &signed(desk, mean), STEP),
    ];
    sentences.push(desk.say("value.equity.change", &fillings)?);
    sentences.extend(arrived(desk, &equity, value, before)?);
    Ok(sentences)
}

/// What those who came within the period are worth, and what became of the value of all others. A mean may rise though
/// no customer is worth more than before; this tells.
fn arrived(
    desk: &Desk<'_>,
    equity: &Equity<'_>,
    value: Decimal,
    before: Decimal,
) -> Result<Option<Html>, Stop> {
    // An own step's table may do without.
    let (Ok(customers), Ok(arrived)) = (equity.sum("arrived"), equity.sum("arrived_value")) else {
        return Ok(None);
    };
    let Some((customers, arrived)) = customers.filter(|count| !count.is_zero()).zip(arrived) else {
        return Ok(None);
    };
    let Some(others) = value.minus(before).and_then(|change| change.minus(arrived)) else { return Ok(None) };
    let fillings = [
        desk.figure("customers", &desk.format.count(customers), STEP),
        desk.figure("arrived", &signed(desk, arrived), STEP),
        desk.figure("others", &signed(desk, others), STEP),
    ];
    Ok(Some(desk.say("value.equity.arrived", &fillings)?))
}

fn components(desk: &Desk<'_>) -> Result<TableView, Stop> {
    let equity = Equity::read(desk)?;
    let revenue = equity.sum("revenue")?.map(Decimal::to_f64).filter(|revenue| *revenue > 0.0);
    let mut rows = Vec::new();
    for (component, taken_off) in COMPONENTS {
        let Some(amount) = equity.component(component, taken_off)? else { continue };
        let share = revenue.map(|revenue| amount.to_f64() / revenue);
        rows.push(vec![
            Cell::text(&desk.name("value.equity.component", component)),
            desk.estimate_cell(Some(amount)),
            desk.percent_cell(share),
        ]);
    }
    let heads = ["component", "$amount", "#revenue_share"];
    let mut view = desk.table_view("value.equity.table", STEP, &heads, rows)?;
    view.total = true;
    Ok(view)
}

/// From the value one period before to that of now; where history does not reach back, from revenue to value.
fn bridge(desk: &Desk<'_>, section: &mut Section) -> Result<(), Stop> {
    let equity = Equity::read(desk)?;
    let value = equity.sum("value")?;
    let (picture, bars) = match equity.change()? {
        Some([before, number, mean]) => {
            let day = |day| desk.format.day(day);
            let step = |name: &str| desk.name("value.equity.step", name);
            let bars = vec![
                bar(desk, day(desk.facts.previous_as_of), Some(before), Kind::Amount),
                bar(desk, step("number"), Some(number), Kind::Step),
                bar(desk, step("mean"), Some(mean), Kind::Step),
                bar(desk, day(desk.facts.as_of), value, Kind::Amount),
            ];
            ("change", bars)
        }
        None => {
            let mut bars = Vec::new();
            for (component, taken_off) in COMPONENTS {
                let Some(amount) = equity.component(component, taken_off)? else { continue };
                let kind = if ["revenue", "value"].contains(&component) { Kind::Amount } else { Kind::Step };
                bars.push(bar(desk, desk.name("value.equity.component", component), Some(amount), kind));
            }
            ("composition", bars)
        }
    };
    let unit = [Filling::text("unit", desk.format.money_unit())];
    let (value, cut) = (
        desk.plain(&format!("value.picture.{picture}.value"), &unit)?,
        desk.plain("value.picture.bridge.cut", &[])?,
    );
    let words = chart::waterfall::Words { value: &value, cut: &cut };
    let data = chart::waterfall::Data { bars: &bars, lay: chart::Lay::Fit };
    picture::hang(desk, section, picture, STEP, |frame| chart::waterfall::render(frame, &data, &words))
}

fn bar(desk: &Desk<'_>, name: String, amount: Option<Decimal>, kind: Kind) -> Bar {
    let figure = amount.map_or_else(String::new, |amount| match kind {
        Kind::Amount => desk.format.money(amount),
        Kind::Step => signed(desk, amount),
    });
    Bar { name, figure, value: amount.map_or(f64::NAN, Decimal::to_f64), kind }
}

/// Money of a change, with its sign.
fn signed(desk: &Desk<'_>, change: Decimal) -> String {
    let money = desk.format.money(change);
    if change.is_negative() || change.is_zero() { money } else { format!("+{money}") }
}

fn what_if(desk: &Desk<'_>) -> Result<Option<Html>, Stop> {
    const STEP: &str = "retention_what_if";
    let table = match desk.table(STEP) {
        // History is too short for it, as the table says.
        Err(Gap::NoRows { .. }) => return Ok(None),
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
        return Ok(Some(desk.say("value.what_if", &fillings)?));
    }
    Ok(None)
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
