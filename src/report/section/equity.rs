//! What customers are worth after costs: what it consists of, how it changed, what winning them cost, and what keeping more
//! of them would bring. For the section on value.

use super::super::context::{RenderContext, Stop, cell};
use super::super::decimal::Decimal;
use super::super::html::Html;
use super::super::table::{Gap, Table};
use super::super::view::{Cell, Section, TableView};
use super::super::words::Filling;
use super::super::{ReportError, picture};
use super::value::beside;
use crate::chart;
use crate::chart::waterfall::{Bar, BarKind};

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

/// Adds the parts that the pipeline makes. The others are left out without a note.
///
/// # Errors
/// An error of the theme.
pub fn add(context: &RenderContext<'_>, section: &mut Section) -> Result<(), ReportError> {
    let mut worth = Vec::new();
    if context.has_table(STEP) {
        context.part(section, |section| {
            worth = sentences(context)?;
            let view = components(context)?;
            section.tables.insert("components".to_owned(), view);
            Ok(())
        })?;
        context.part(section, |section| bridge(context, section))?;
    }
    let mut what_if = None;
    if context.has_table("retention_what_if") {
        context.part(section, |_| {
            what_if = self::what_if(context)?;
            Ok(())
        })?;
    }
    worth.extend(what_if);
    beside(section, "worth", worth);
    if context.has_table("acquisition_by_channel") {
        context.part_table(section, "acquisition", || acquisition(context))?;
    }
    Ok(())
}

/// The one row of the table `equity`.
struct Equity<'a> {
    table: Table<'a>,
}

impl Equity<'_> {
    fn read<'a>(context: &RenderContext<'a>) -> Result<Equity<'a>, Gap> {
        Ok(Equity { table: context.table(STEP)? })
    }

    fn sum(&self, name: &str) -> Result<Option<Decimal>, Gap> {
        Ok(self.table.numbers(name)?.at(0))
    }

    /// A component with its sign, or nothing where it is unknown, or a cost that nobody stated.
    fn component(&self, name: &str, taken_off: bool) -> Result<Option<Decimal>, Gap> {
        let amount = self.sum(name)?.filter(|amount| !amount.is_zero() || name == "value");
        Ok(if taken_off { amount.and_then(|cost| Decimal::whole(0).minus(cost)) } else { amount })
    }

    /// The value one period before, and how the number of customers and their mean value changed it; nothing if history
    /// does not reach back.
    fn change(&self) -> Result<Option<[Decimal; 3]>, Gap> {
        let [before, number, mean] =
            [self.sum("value_before")?, self.sum("from_number")?, self.sum("from_mean")?];
        Ok(before.zip(number).zip(mean).map(|((before, number), mean)| [before, number, mean]))
    }
}

fn sentences(context: &RenderContext<'_>) -> Result<Vec<Html>, Stop> {
    let equity = Equity::read(context)?;
    let value = equity.sum("value")?.unwrap_or(Decimal::whole(0));
    let known = equity.table.floats("known_costs")?.at(0).unwrap_or(0.0);
    let fillings = [
        context.figure("value", &context.format.money(value), STEP),
        context.figure("known", &context.format.percent(known), STEP),
    ];
    let key = match context.format.percent(known) {
        all if all == context.format.percent(1.0) => "value.equity.answer.known",
        none if none == context.format.percent(0.0) => "value.equity.answer.stated",
        _ => "value.equity.answer.part",
    };
    let mut sentences = vec![context.say(key, &fillings)?];
    let Some([before, number, mean]) = equity.change()? else { return Ok(sentences) };
    let fillings = [
        context.figure("before", &context.format.money(before), STEP),
        context.figure("now", &context.format.money(value), STEP),
        context.figure("number", &signed(context, number), STEP),
        context.figure("mean", &signed(context, mean), STEP),
    ];
    sentences.push(context.say("value.equity.change", &fillings)?);
    sentences.extend(arrived(context, &equity, value, before)?);
    Ok(sentences)
}

/// What customers won within the period are worth, and how the value of all others changed. A mean may rise although no
/// customer is worth more than before; this shows it.
fn arrived(
    context: &RenderContext<'_>,
    equity: &Equity<'_>,
    value: Decimal,
    before: Decimal,
) -> Result<Option<Html>, Stop> {
    // A project's own table may lack it.
    let (Ok(customers), Ok(arrived)) = (equity.sum("arrived"), equity.sum("arrived_value")) else {
        return Ok(None);
    };
    let Some((customers, arrived)) = customers.filter(|count| !count.is_zero()).zip(arrived) else {
        return Ok(None);
    };
    let Some(others) = value.minus(before).and_then(|change| change.minus(arrived)) else { return Ok(None) };
    let fillings = [
        context.figure("customers", &context.format.count(customers), STEP),
        context.figure("arrived", &signed(context, arrived), STEP),
        context.figure("others", &signed(context, others), STEP),
    ];
    Ok(Some(context.say("value.equity.arrived", &fillings)?))
}

fn components(context: &RenderContext<'_>) -> Result<TableView, Stop> {
    let equity = Equity::read(context)?;
    let revenue = equity.sum("revenue")?.map(Decimal::to_f64).filter(|revenue| *revenue > 0.0);
    let mut rows = Vec::new();
    for (component, taken_off) in COMPONENTS {
        let Some(amount) = equity.component(component, taken_off)? else { continue };
        let share = revenue.map(|revenue| amount.to_f64() / revenue);
        rows.push(vec![
            Cell::text(&context.name("value.equity.component", component)),
            context.estimate_cell(Some(amount)),
            context.percent_cell(share),
        ]);
    }
    let heads = ["component", "$amount", "#revenue_share"];
    let mut view = context.table_view("value.equity.table", STEP, &heads, rows)?;
    view.total = true;
    Ok(view)
}

/// From the value one period before to that of now; where history does not reach back, from revenue to value.
fn bridge(context: &RenderContext<'_>, section: &mut Section) -> Result<(), Stop> {
    let equity = Equity::read(context)?;
    let value = equity.sum("value")?;
    let (picture, bars) = match equity.change()? {
        Some([before, number, mean]) => {
            let day = |day| context.format.day(day);
            let step = |name: &str| context.name("value.equity.step", name);
            let bars = vec![
                bar(context, day(context.facts.previous_as_of), Some(before), BarKind::Amount),
                bar(context, step("number"), Some(number), BarKind::Step),
                bar(context, step("mean"), Some(mean), BarKind::Step),
                bar(context, day(context.facts.as_of), value, BarKind::Amount),
            ];
            ("change", bars)
        }
        None => {
            let mut bars = Vec::new();
            for (component, taken_off) in COMPONENTS {
                let Some(amount) = equity.component(component, taken_off)? else { continue };
                let kind =
                    if ["revenue", "value"].contains(&component) { BarKind::Amount } else { BarKind::Step };
                bars.push(bar(
                    context,
                    context.name("value.equity.component", component),
                    Some(amount),
                    kind,
                ));
            }
            ("composition", bars)
        }
    };
    let unit = [Filling::text("unit", context.format.money_unit())];
    let (value, cut) = (
        context.plain(&format!("value.picture.{picture}.value"), &unit)?,
        context.plain("value.picture.bridge.cut", &[])?,
    );
    let words = chart::waterfall::Words { value: &value, cut: &cut };
    let data = chart::waterfall::Data { bars: &bars, lay: chart::Lay::Fit };
    picture::hang(context, section, picture, STEP, |frame| chart::waterfall::render(frame, &data, &words))
}

fn bar(context: &RenderContext<'_>, name: String, amount: Option<Decimal>, kind: BarKind) -> Bar {
    let figure = amount.map_or_else(String::new, |amount| match kind {
        BarKind::Amount => context.format.money(amount),
        BarKind::Step => signed(context, amount),
    });
    Bar { name, figure, value: amount.map_or(f64::NAN, Decimal::to_f64), kind }
}

/// Money of a change, with its sign.
fn signed(context: &RenderContext<'_>, change: Decimal) -> String {
    let money = context.format.money(change);
    if change.is_negative() || change.is_zero() { money } else { format!("+{money}") }
}

fn what_if(context: &RenderContext<'_>) -> Result<Option<Html>, Stop> {
    const STEP: &str = "retention_what_if";
    let table = match context.table(STEP) {
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
            context.figure("retention", &context.format.percent(now), STEP),
            context.figure("worth", &context.format.money(worth), STEP),
            context.figure("higher", &context.format.percent(higher), STEP),
            context.figure("more", &context.format.money(more), STEP),
            context.figure("gain", &context.format.money(gain), STEP),
            context.figure("customers", &context.format.count(customers), STEP),
        ];
        return Ok(Some(context.say("value.what_if", &fillings)?));
    }
    Ok(None)
}

fn acquisition(context: &RenderContext<'_>) -> Result<TableView, Stop> {
    const STEP: &str = "acquisition_by_channel";
    let table = context.table(STEP)?;
    let (channel, customers) = (table.texts("channel")?, table.numbers("customers")?);
    let [cost, so_far, ahead] =
        [table.numbers("cost_a_customer")?, table.numbers("margin_to_date")?, table.numbers("value_ahead")?];
    let (ratio, payback) = (table.floats("value_to_cost")?, table.floats("payback_month")?);
    let (months, paid) = (table.numbers("months")?, table.numbers("months_paid_back")?);
    let row = |row: usize| -> Result<Vec<Cell>, ReportError> {
        let count = |count: Option<Decimal>| {
            count.map_or_else(|| "–".to_owned(), |count| context.format.count_cell(count))
        };
        let of =
            [Filling::text("paid", &count(paid.at(row))), Filling::text("months", &count(months.at(row)))];
        Ok(vec![
            Cell::text(&context.name("value.channel", &channel.at(row).unwrap_or_default())),
            context.count_cell(customers.at(row)),
            context.money_cell(cost.at(row).map(|amount| amount.round(2))),
            context.money_cell(so_far.at(row).map(|amount| amount.round(2))),
            context.estimate_cell(ahead.at(row)),
            cell(ratio.at(row), |ratio| context.format.number(ratio, 1)),
            cell(payback.at(row), |month| context.format.number(month, 0)),
            Cell::text(&context.plain("value.acquisition.paid", &of)?),
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
    let mut view = context.table_view("value.acquisition.table", STEP, &heads, rows?)?;
    view.note = Some(context.say("value.acquisition.note", &[])?);
    Ok(view)
}
