//! What should I know? The rules that fired, by the money at stake.

use jiff::Span;
use jiff::civil::Date;

use super::super::ReportError;
use super::super::context::{RenderContext, Stop};
use super::super::decimal::Decimal;
use super::super::format::UNKNOWN;
use super::super::html::{Html, relative};
use super::super::table::Gap;
use super::super::view::{Section, Source, seen_by_templates};
use super::super::words::Filling;
use super::{method, open, value};

/// Most findings that a page shows.
const MOST: usize = 5;
/// The findings that are shown however much money is at stake: what predicts is not to be trusted, or what it is made of.
const ALWAYS: [&str; 5] = [NOT_TRUSTED, "rule_predicts", "forecast_high", "forecast_low", STRAY];
/// That of orders dated long before all others.
const STRAY: &str = "stray_orders";
/// That of a fit that did not settle.
const NOT_TRUSTED: &str = "model_not_trusted";
/// The row that says that no rule fired.
const NOTHING: &str = "nothing_unusual";

/// One row of the table `findings`.
#[derive(Clone)]
struct Fired {
    rule: String,
    money: Option<Decimal>,
    value: Option<f64>,
    before: Option<f64>,
    change: Option<f64>,
    customers: Option<Decimal>,
    of_customers: Option<Decimal>,
    name: Option<String>,
    step: String,
}

/// A finding as the template prints it.
#[derive(Clone, Debug)]
struct Finding {
    title: Html,
    text: Html,
    money: Option<Html>,
    look: Option<String>,
    look_title: Html,
    source: Source,
    download: Option<String>,
}

seen_by_templates!(Finding { title, text, money, look, look_title, source, download });

/// Writes the section. A table without rows means that no rule fired.
///
/// # Errors
/// A gap in the table `findings`.
pub fn write(context: &RenderContext<'_>) -> Result<Section, Stop> {
    let fired = match read(context) {
        Err(Gap::NoRows { .. }) => Vec::new(),
        other => other?,
    };
    let count = Filling::text("count", &fired.len().to_string());
    let stake = fired.first().and_then(|first| first.money);
    let first = Filling::text("first", &title(context, fired.first())?);
    let mut section = match (fired.is_empty(), stake) {
        (true, _) => open(context, "findings", "findings.nothing", &[])?,
        (false, None) => open(context, "findings", "findings.answer.plain", &[count, first])?,
        (false, Some(money)) => {
            let money = Filling::text("money", &context.format.money(money));
            open(context, "findings", "findings.answer.money", &[count, first, money])?
        }
    };
    let findings: Result<Vec<Finding>, ReportError> =
        fired.iter().map(|fired| finding(context, fired)).collect();
    section.extra.insert("findings", minijinja::Value::from(findings?));
    Ok(section)
}

fn title(context: &RenderContext<'_>, fired: Option<&Fired>) -> Result<String, ReportError> {
    let Some(fired) = fired else { return Ok(String::new()) };
    let key = format!("findings.rules.{}.title", wording(context, fired));
    if context.words.has(&key) { context.plain(&key, &[]) } else { Ok(fired.rule.replace('_', " ")) }
}

/// The texts of a finding: those of its rule, but where a model saw nobody leave and another predicts in its place, that
/// is what is to be said.
fn wording<'a>(context: &RenderContext<'_>, fired: &'a Fired) -> &'a str {
    let replaced = fired.rule == NOT_TRUSTED
        && value::nobody_leaves(context)
            .is_some_and(|substitution| substitution.is_of(fired.name.as_deref()));
    if replaced { "no_dropout" } else { &fired.rule }
}

fn read(context: &RenderContext<'_>) -> Result<Vec<Fired>, Gap> {
    let table = context.table("findings")?;
    let (rule, name, step) = (table.texts("rule")?, table.texts("name")?, table.texts("step")?);
    let (value, before, change) = (table.floats("value")?, table.floats("before")?, table.floats("change")?);
    let (money, customers) = (table.numbers("money")?, table.numbers("customers")?);
    let of_customers = table.numbers("of_customers")?;
    let read = |row: usize| {
        Some(Fired {
            rule: rule.at(row).filter(|rule| rule != NOTHING)?,
            money: money.at(row),
            value: value.at(row),
            before: before.at(row),
            change: change.at(row),
            customers: customers.at(row),
            of_customers: of_customers.at(row),
            name: name.at(row),
            step: step.at(row).unwrap_or_else(|| "findings".to_owned()),
        })
    };
    let mut fired: Vec<Fired> = (0..table.rows()).filter_map(read).collect();
    fired
        .sort_by(|left, right| stake(right).total_cmp(&stake(left)).then_with(|| left.rule.cmp(&right.rule)));
    let (always, rest): (Vec<_>, Vec<_>) =
        fired.into_iter().partition(|fired| ALWAYS.contains(&fired.rule.as_str()));
    let room = MOST.saturating_sub(always.len());
    Ok(rest.into_iter().take(room).chain(always).take(MOST).collect())
}

fn stake(fired: &Fired) -> f64 {
    fired.money.map_or(f64::NEG_INFINITY, Decimal::to_f64)
}

/// How a rule's value reads, and which section shows what lies behind it.
struct Reading {
    value: Measure,
    section: &'static str,
}

/// What the value of a finding is.
#[derive(Clone, Copy)]
enum Measure {
    Share,
    Money,
    Number,
}

fn reading(rule: &str) -> Reading {
    let (value, section) = match rule {
        "concentration_rose" | "dependence_one" | "dependence_ten" => (Measure::Share, "concentration"),
        "valuable_late" => (Measure::Share, "churn"),
        "segment_drained" => (Measure::Share, "migration"),
        "newcomers_weaker" => (Measure::Share, "cohorts"),
        "revenue_bridge" => (Measure::Money, "headline"),
        "returns_rose" => (Measure::Share, "headline"),
        STRAY => (Measure::Number, "value"),
        rule if ALWAYS.contains(&rule) => (Measure::Share, "value"),
        "set_aside" => (Measure::Share, "method"),
        _ => (Measure::Number, "method"),
    };
    Reading { value, section }
}

fn finding(context: &RenderContext<'_>, fired: &Fired) -> Result<Finding, ReportError> {
    let reading = reading(&fired.rule);
    let key = format!("findings.rules.{}.text", wording(context, fired));
    let key = if context.words.has(&key) { key.as_str() } else { "findings.other" };
    let text = context.say(key, &fillings(context, fired, reading.value))?;
    let sections = &context.facts.sections;
    // A module's tables begin with the name of its section.
    let own = |section: &&String| {
        fired.step.strip_prefix(section.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let section = match reading.section {
        "method" if fired.rule != "set_aside" => {
            sections.iter().filter(own).max_by_key(|section| section.len()).map_or("method", String::as_str)
        }
        known => known,
    };
    let listed = sections.iter().any(|listed| listed == section);
    let step = context.facts.steps.iter().find(|step| step.name == fired.step);
    Ok(Finding {
        title: Html::text(&title(context, Some(fired))?),
        text,
        money: fired.money.map(|money| context.linked(&context.format.money(money), &fired.step)),
        look: listed.then(|| format!("#{}", section.replace('_', "-"))),
        look_title: Html::text(&context.name("nav", section)),
        source: context.source(&fired.step),
        download: step.and_then(|step| step.download.as_deref()).map(relative),
    })
}

fn fillings(context: &RenderContext<'_>, fired: &Fired, measure: Measure) -> Vec<Filling> {
    let format = &context.format;
    let read = |value: f64| match measure {
        Measure::Share => format.percent(value),
        Measure::Money => {
            Decimal::from_f64(value).map_or_else(|| UNKNOWN.to_owned(), |amount| format.money(amount))
        }
        Measure::Number => format.parameter(value),
    };
    let change = |value: f64| match (measure, fired.value, fired.before) {
        (Measure::Share, Some(now), Some(before)) => format.points_between(now, before),
        (Measure::Share, ..) => format.points_size(value.abs()),
        _ => read(value.abs()),
    };
    let put = |name: &str, text: Option<String>| {
        text.map_or_else(|| Filling::text(name, UNKNOWN), |text| context.figure(name, &text, &fired.step))
    };
    let mut fillings = vec![
        put("money", fired.money.map(|money| format.money(money))),
        put("value", fired.value.map(read)),
        put("before", fired.before.map(read)),
        put("change", fired.change.map(change)),
        // For the texts of a module's own rules, whose values may be shares.
        put("value_share", fired.value.map(|value| format.percent(value))),
        put("before_share", fired.before.map(|value| format.percent(value))),
        put("customers", fired.customers.map(|count| format.count(count))),
        put("of_customers", fired.of_customers.map(|count| format.count(count))),
        Filling::text("name", &name(context, fired)),
    ];
    if let (STRAY, Some(days)) = (fired.rule.as_str(), fired.value) {
        let count = |value: f64| Decimal::from_f64(value).map(|value| format.count(value));
        let begins = || {
            let last: Date = fired.name.as_deref()?.parse().ok()?;
            let begins = last.checked_add(Span::new().try_days(days as i64).ok()?).ok()?;
            Some(format.date(begins))
        };
        fillings.extend([put("days", count(days)), put("begins", begins())]);
    }
    if fired.rule.starts_with("forecast_") {
        fillings.push(put("newest", fired.before.map(|bias| format.change(bias))));
    }
    fillings.extend(value::nobody_leaves(context).iter().flat_map(value::Substitution::fillings));
    fillings
}

/// The name a finding is about: a segment or a check by its words, else as it is.
fn name(context: &RenderContext<'_>, fired: &Fired) -> String {
    match (fired.rule.as_str(), fired.name.as_deref()) {
        (_, None) => UNKNOWN.to_owned(),
        (STRAY, Some(name)) => name.parse().map_or_else(|_| name.to_owned(), |day| context.format.date(day)),
        (NOT_TRUSTED, Some(name)) => context.name("value.model", name),
        (rule, Some(name)) if ALWAYS.contains(&rule) => context.name("value.contender", name),
        ("segment_drained", Some(name)) => context.name("segments.name", name),
        ("set_aside", Some(name)) => method::source_name(context, name),
        (_, Some(name)) => name.to_owned(),
    }
}
