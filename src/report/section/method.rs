//! Can I trust this? Rows and money that came in against those used, checks, definitions, steps, what was left out.
//!
//! It is code: it is made of what the run knows of itself and of what the other sections left out, not of tables.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::super::cells::Shown;
use super::super::context::{RenderContext, cell};
use super::super::decimal::Decimal;
use super::super::facts::{CustomerIds, Download, Made, SourceFacts, StepFacts};
use super::super::format::UNKNOWN;
use super::super::html::{Html, anchor, escape, relative};
use super::super::view::{Cell, Section, TableView, seen_by_templates};
use super::super::words::Filling;
use super::super::{ReportError, Skipped};
use super::checked;
use minijinja::Value;

/// One entry of the list of definitions.
#[derive(Clone, Debug)]
struct Definition {
    id: String,
    name: Html,
    text: Html,
}

/// Something left out, in words.
#[derive(Clone, Debug)]
struct Omission {
    section: String,
    reason: String,
}

/// What a column means, and which tables have it so.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    text: Html,
    columns: String,
}

seen_by_templates!(Entry { name, text, columns });
seen_by_templates!(Definition { id, name, text });
seen_by_templates!(Omission { section, reason });

/// What the report's own page says of it: the answer, and which sections are left out; `skipped` is all that is.
///
/// # Errors
/// A text that the words file lacks.
pub fn in_short(context: &RenderContext<'_>, skipped: &[Skipped]) -> Result<Section, ReportError> {
    let mut section = answered(context)?;
    "sections/trust.html".clone_into(&mut section.template);
    let whole: Vec<Skipped> = skipped.iter().filter(|skipped| skipped.whole).cloned().collect();
    section.extra.insert("omissions", Value::from(omissions(context, &whole)?));
    let parts = skipped.len().saturating_sub(whole.len());
    section.extra.insert("parts_omitted", Value::from(parts));
    Ok(section)
}

/// Writes the page on data and method; `skipped` is what the report leaves out.
///
/// # Errors
/// A text that the words file lacks.
pub fn write(context: &RenderContext<'_>, skipped: &[Skipped]) -> Result<Section, ReportError> {
    let facts = context.facts;
    let mut section = answered(context)?;
    if let Some(made) = &facts.made {
        section.notes.extend(made_by_step(context, made)?);
    }
    for source in &facts.sources {
        section.notes.extend(of_part(context, source)?);
    }
    let sources: Result<Vec<TableView>, ReportError> =
        facts.sources.iter().map(|source| reconciliation(context, source)).collect();
    section.extra.insert("sources", Value::from(sources?));
    if !facts.checks.is_empty() {
        section.tables.insert("checks".to_owned(), checks(context)?);
    }
    if !facts.steps.is_empty() {
        section.tables.insert("steps".to_owned(), steps(context)?);
    }
    section.tables.insert("run".to_owned(), particulars(context)?);
    section.extra.insert("assumptions", Value::from(assumptions(context)?));
    section.extra.insert("glossary", Value::from(glossary(context)));
    section.extra.insert("omissions", Value::from(omissions(context, skipped)?));
    section.extra.insert("definitions", Value::from(definitions(context)?));
    Ok(section)
}

/// What is left out: modules, then `skipped`.
fn omissions(context: &RenderContext<'_>, skipped: &[Skipped]) -> Result<Vec<Omission>, ReportError> {
    let mut omissions: Vec<Omission> = Vec::new();
    for left in &context.facts.left_out {
        let fillings = [
            Filling::text("module", &context.name("modules", &left.needed)),
            Filling::text("name", &left.name),
            Filling::text("column", &left.column),
        ];
        let reason = context.plain(&format!("skipped.{}", left.word), &fillings)?;
        omissions.push(Omission { section: context.name("modules", &left.module), reason });
    }
    omissions.extend(skipped.iter().map(|skipped| Omission {
        section: context.label(&skipped.section),
        reason: skipped.reason.clone(),
    }));
    Ok(omissions)
}

/// The section with its question and answer: whether rows and money tie out, and how many checks passed.
fn answered(context: &RenderContext<'_>) -> Result<Section, ReportError> {
    let facts = context.facts;
    let rows = facts.sources.iter().map(|source| source.rows_in).fold(0, u64::saturating_add);
    let used = facts.sources.iter().map(|source| source.rows_used).fold(0, u64::saturating_add);
    let outside = facts.sources.iter().filter_map(|source| source.outside.as_ref());
    let outside = outside.fold(0, |sum: u64, outside| sum.saturating_add(outside.rows));
    let passed = facts.checks.iter().filter(|check| check.passed).count();
    let tied = facts.sources.iter().all(ties_out);
    let count = |name: &str, count: u64| Filling::text(name, &context.format.count_cell(count.into()));
    let fillings = [
        count("rows", rows),
        count("used", used),
        count("aside", rows.saturating_sub(used).saturating_sub(outside)),
        count("outside", outside),
        Filling::text("passed", &context.format.count_cell(passed.into())),
        Filling::text("checks", &context.format.count_cell(facts.checks.len().into())),
    ];
    let key = match (tied, &facts.made) {
        (false, _) => "method.answer_not_tied",
        // If a step leaves out some of the rows used, that is not by a rule, and is not audited.
        (true, Some(_)) => "method.answer_made",
        (true, None) if outside > 0 => "method.answer_part",
        (true, None) => "method.answer",
    };
    open(context, "method", key, &fillings)
}

/// How the rows of `transactions` compare with those of the sources that its step reads.
fn made_by_step(context: &RenderContext<'_>, made: &Made) -> Result<Vec<Html>, ReportError> {
    let count = |name: &str, count: u64| Filling::text(name, &context.format.count_cell(count.into()));
    let Some(rows) = made.rows else { return Ok(Vec::new()) };
    let amount = money(made.amount.as_ref());
    let amount = amount.map(|amount| Filling::text("amount", &context.format.money_cell(amount)));
    let valued = amount.map(|amount| context.say("method.made_money", &[amount])).transpose()?;
    if made.from.is_empty() {
        let rows = context.say("method.made_of_steps", &[count("rows", rows)])?;
        return Ok([Some(rows), valued].into_iter().flatten().collect());
    }
    let note = |(source, used): &(String, u64)| {
        let key = match rows.cmp(used) {
            Ordering::Less => "method.made_fewer",
            Ordering::Equal => "method.made_alike",
            Ordering::Greater => "method.made_more",
        };
        let source = Filling::text("source", &source_name(context, source));
        let apart = count("apart", rows.abs_diff(*used));
        context.say(key, &[source, count("rows", rows), count("used", *used), apart])
    };
    made.from.iter().map(note).chain(valued.map(Ok)).collect()
}

/// Which rows of a source the report is made of, where these are some.
fn of_part(context: &RenderContext<'_>, source: &SourceFacts) -> Result<Vec<Html>, ReportError> {
    let Some(outside) = &source.outside else { return Ok(Vec::new()) };
    let count = |name: &str, count: u64| Filling::text(name, &context.format.count_cell(count.into()));
    let of = || Filling::text("source", &source_name(context, &source.name));
    let only = Filling::text("condition", &outside.only);
    if !outside.public {
        return Ok(vec![context.say("method.part_alone", &[of(), only, count("rows", source.rows_in)])?]);
    }
    let fillings = [of(), only, count("outside", outside.rows), count("rows", source.rows_in)];
    let mut notes = vec![context.say("method.part", &fillings)?];
    if outside.undecided > 0 {
        notes.push(context.say("method.part_undecided", &[of(), count("rows", outside.undecided)])?);
    }
    Ok(notes)
}

/// Money of a fact: a plain decimal.
fn money(text: Option<&String>) -> Option<Decimal> {
    text.and_then(|text| Decimal::parse(text))
}

/// Used and set aside together, rows and money.
fn accounted(source: &SourceFacts) -> (u64, Option<Decimal>) {
    let rows = source.set_aside.iter().fold(source.rows_used, |sum, rule| sum.saturating_add(rule.rows));
    let start = money(source.amount_used.as_ref());
    let sum = start.and_then(|start| add_up(start, source));
    let Some(outside) = &source.outside else { return (rows, sum) };
    let sum = sum.zip(money(outside.amount.as_ref())).and_then(|(sum, outside)| sum.plus(outside));
    (rows.saturating_add(outside.rows), sum)
}

fn add_up(start: Decimal, source: &SourceFacts) -> Option<Decimal> {
    source.set_aside.iter().try_fold(start, |sum, rule| match money(rule.amount.as_ref()) {
        Some(amount) => sum.plus(amount),
        // A rule that set nothing aside has no money to add.
        None if rule.rows == 0 => Some(sum),
        None => None,
    })
}

/// Whether rows and money that came in equal rows and money used and set aside.
fn ties_out(source: &SourceFacts) -> bool {
    let (rows, sum) = accounted(source);
    let money_ties = match (money(source.amount_in.as_ref()), sum) {
        (Some(read), Some(sum)) => read.minus(sum).is_some_and(Decimal::is_zero),
        (None, _) => true,
        (Some(_), None) => false,
    };
    rows == source.rows_in && money_ties
}

fn reconciliation(context: &RenderContext<'_>, source: &SourceFacts) -> Result<TableView, ReportError> {
    let line = |label: Html, rows: u64, amount: Option<Decimal>| {
        let share = if source.rows_in == 0 { None } else { Some(rows as f64 / source.rows_in as f64) };
        vec![
            Cell::html(label),
            context.count_cell(Some(rows.into())),
            context.percent_cell(share),
            cell(amount, |amount| context.format.decimal(amount)),
        ]
    };
    let has_money = source.amount_in.is_some();
    let used = line(context.say("method.used", &[])?, source.rows_used, money(source.amount_used.as_ref()));
    let mut rows = vec![used];
    for rule in &source.set_aside {
        let name = Filling::text("rule", &context.name("rules", &rule.rule));
        rows.push(line(context.say("method.set_aside", &[name])?, rule.rows, money(rule.amount.as_ref())));
    }
    let outside = source.outside.as_ref().filter(|outside| outside.public);
    if let Some(outside) = outside {
        let label = context.say("method.outside", &[])?;
        rows.push(line(label, outside.rows, money(outside.amount.as_ref())));
    }
    let (sum_rows, sum) = accounted(source);
    let of_part = outside.is_some();
    let accounted = if of_part { "method.accounted_part" } else { "method.accounted" };
    rows.push(
        line(context.say(accounted, &[])?, sum_rows, sum)
            .into_iter()
            .map(|cell| cell.with_class("sum"))
            .collect(),
    );
    rows.push(line(context.say("method.read", &[])?, source.rows_in, money(source.amount_in.as_ref())));
    let mut columns = context.columns(&["what", "#rows", "#row_share", "$amount"])?;
    // A source without money gets no column of dashes.
    if !has_money {
        columns.pop();
        for row in &mut rows {
            row.pop();
        }
    }
    let verdict = match (ties_out(source), has_money, of_part) {
        (true, true, false) => "method.ties",
        (true, true, true) => "method.ties_part",
        (true, false, false) => "method.ties_rows",
        (true, false, true) => "method.ties_rows_part",
        (false, ..) => "method.does_not_tie",
    };
    Ok(TableView {
        caption: source_caption(context, source)?,
        source: None,
        columns,
        rows,
        pale: Vec::new(),
        total: true,
        note: Some(context.say(verdict, &[])?),
    })
}

/// The name of a source; an analyst's own is its key.
pub fn source_name(context: &RenderContext<'_>, source: &str) -> String {
    let key = format!("sources.{source}");
    if context.words.has(&key) { context.name("sources", source) } else { source.to_owned() }
}

fn source_caption(context: &RenderContext<'_>, source: &SourceFacts) -> Result<Html, ReportError> {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| context.format.date(day));
    let fillings = [
        Filling::text("source", &source_name(context, &source.name)),
        Filling::text("files", &context.format.count_cell(source.files.into())),
        Filling::text("first", &day(source.first_day)),
        Filling::text("last", &day(source.last_day)),
    ];
    let dated = source.first_day.is_some() && source.last_day.is_some();
    context.say(if dated { "method.source_dated" } else { "method.source" }, &fillings)
}

fn checks(context: &RenderContext<'_>) -> Result<TableView, ReportError> {
    let mut rows = Vec::with_capacity(context.facts.checks.len());
    for check in &context.facts.checks {
        let (key, class) = match (check.passed, check.severity.as_str()) {
            (true, _) => ("method.check.passed", "good"),
            (false, "warn") => ("method.check.warned", "bad"),
            (false, _) => ("method.check.failed", "bad"),
        };
        rows.push(vec![
            Cell::text(&source_name(context, &check.source)),
            Cell::text(&check.check).with_class("code"),
            Cell::text(&context.plain(key, &[])?).with_class(class),
            Cell::text(&checked::in_words(context, &check.measured)?),
            Cell::text(&checked::in_words(context, &check.expected)?),
        ]);
    }
    let heads = ["source", "check", "outcome", "#measured", "#expected"];
    let columns = context.columns(&heads)?;
    Ok(TableView {
        caption: context.say("method.checks", &[])?,
        source: None,
        columns,
        rows,
        pale: Vec::new(),
        total: false,
        note: None,
    })
}

fn steps(context: &RenderContext<'_>) -> Result<TableView, ReportError> {
    let most = context.format.count_cell(context.facts.download_rows.into());
    let too_large = context.plain("method.too_large", &[Filling::text("rows", &most)])?;
    let row = |step: &StepFacts| {
        let own: Vec<String> = step.downloads.iter().filter(|file| !file.is_whole).map(link).collect();
        let links = if own.is_empty() { step.downloads.iter().map(link).collect() } else { own };
        let file = match links.as_slice() {
            [] if step.too_large => Cell::text(&too_large),
            [] => Cell::text(UNKNOWN),
            links => Cell::html(Html::markup(links.join(" "))),
        };
        let name = Cell { id: Some(format!("step-{}", anchor(&step.name))), ..Cell::text(&step.name) };
        vec![
            name.with_class("code"),
            Cell::text(&step.origin).with_class("code"),
            context.count_cell(step.rows.map(Into::into)),
            file,
        ]
    };
    let rows = context.facts.steps.iter().map(row).collect();
    let columns = context.columns(&["step", "origin", "#rows", "download"])?;
    Ok(TableView {
        caption: context.say("method.steps", &[])?,
        source: None,
        columns,
        rows,
        pale: Vec::new(),
        total: false,
        note: None,
    })
}

fn link(file: &Download) -> String {
    format!("<a href=\"{}\">{}</a>", escape(&relative(&file.path)), escape(file.name()))
}

/// The settings of the run: pipeline, dates, parameters, version.
fn particulars(context: &RenderContext<'_>) -> Result<TableView, ReportError> {
    let facts = context.facts;
    let settings = [
        ("pipeline", facts.pipeline.clone()),
        ("as_of", context.format.date(facts.as_of)),
        ("period", context.format.period(facts.period_start, facts.period_end)),
        ("previous_as_of", context.format.date(facts.previous_as_of)),
        ("year_ago_as_of", context.format.date(facts.year_ago_as_of)),
        ("timezone", facts.timezone.clone()),
        ("currency", if facts.has_amounts { facts.currency.clone() } else { UNKNOWN.to_owned() }),
        ("version", facts.version.clone()),
    ];
    let mut rows = Vec::with_capacity(settings.len() + facts.parameters.len());
    for (name, value) in settings {
        rows.push(vec![Cell::html(context.say(&format!("method.setting.{name}"), &[])?), Cell::text(&value)]);
    }
    for (name, value) in &facts.parameters {
        rows.push(vec![Cell::text(name).with_class("code"), Cell::text(value)]);
    }
    let columns = context.columns(&["setting", "value"])?;
    Ok(TableView {
        caption: context.say("method.run", &[])?,
        source: None,
        columns,
        rows,
        pale: Vec::new(),
        total: false,
        note: None,
    })
}

fn assumptions(context: &RenderContext<'_>) -> Result<Vec<Html>, ReportError> {
    let returns = format!("method.returns.{}", context.facts.returns_policy);
    let returns = if context.words.has(&returns) { returns.as_str() } else { "method.returns.other" };
    let policy = [Filling::text("policy", &context.facts.returns_policy)];
    let timezone = [Filling::text("timezone", &context.facts.timezone)];
    let as_of = [Filling::text("as_of", &context.format.date(context.facts.as_of))];
    let stays = context.table("nobody_leaves").is_ok();
    let model = if stays { "method.assumption.model_stay" } else { "method.assumption.model" };
    let ids = match context.facts.customer_ids {
        CustomerIds::Masked => "method.assumption.ids_masked",
        CustomerIds::Shown => "method.assumption.ids_shown",
    };
    let orders = format!("method.orders.{}", context.facts.orders);
    let mut assumed = Vec::new();
    if let Some(least) = context.facts.least_group {
        let least = Filling::text("least", &context.format.count_cell(least.into()));
        assumed.push(context.say("method.least_group", &[least])?);
    }
    if !context.facts.has_amounts {
        assumed.push(context.say("method.no_amounts", &[])?);
    }
    if context.words.has(&orders) {
        assumed.push(context.say(&orders, &[])?);
    }
    assumed.extend([
        context.say(returns, &policy)?,
        context.say("method.assumption.days", &timezone)?,
        context.say("method.assumption.as_of", &as_of)?,
    ]);
    // Of weeks and quarters nobody knows what they do by chance, and no change is judged.
    if is_usual_known(context) {
        assumed.push(context.say("method.assumption.usual", &[])?);
    }
    assumed.extend([context.say(model, &[])?, context.say(ids, &[])?]);
    Ok(assumed)
}

/// Whether the headline knows of any figure how it usually changes.
fn is_usual_known(context: &RenderContext<'_>) -> bool {
    let known = |column: &str| {
        context.table("headline").and_then(|table| table.floats(column)).is_ok_and(|ends| ends.any())
    };
    known("before_low") || known("year_low")
}

/// The terms that the page links to, with their definitions, by name. It must be asked for last.
fn definitions(context: &RenderContext<'_>) -> Result<Vec<Definition>, ReportError> {
    for key in context.theme.templates.values().flat_map(|template| asked_for(template)) {
        for term in context.words.links(key) {
            context.words.term("", term)?;
        }
    }
    let mut list: Vec<Definition> = Vec::new();
    let mut done = BTreeSet::new();
    // A definition may link to further terms.
    while let Some(term) = context.words.linked().difference(&done).next().cloned() {
        list.push(Definition {
            id: format!("term-{}", anchor(&term)),
            name: context.say(&format!("terms.{term}.name"), &[])?,
            text: context.say(&format!("terms.{term}.definition"), &[])?,
        });
        done.insert(term);
    }
    list.sort_by_key(|left| left.name.as_str().to_lowercase());
    Ok(list)
}

/// The keys of the texts that a template prints: `t("page.more")`.
fn asked_for(template: &str) -> impl Iterator<Item = &str> {
    template.split("t(\"").skip(1).filter_map(|rest| rest.split('"').next())
}

/// What the columns of the tables on the page mean, by name; a meaning that several tables share stands once.
fn glossary(context: &RenderContext<'_>) -> Vec<Entry> {
    let mut entries: BTreeMap<(&str, String, String), Vec<String>> = BTreeMap::new();
    for table in context.shown() {
        let declared = context.theme.declared.get(&table).filter(|_| context.has_table(&table));
        for column in declared.iter().flat_map(|declared| &declared.columns) {
            let shown = Shown::declared(column);
            let Some(text) = shown.meaning(context) else { continue };
            let key = (column.name.as_str(), shown.name(context), text.as_str().to_owned());
            entries.entry(key).or_default().push(format!("{table}.{}", column.name));
        }
    }
    let entry = |((_, name, text), columns): ((&str, String, String), Vec<String>)| Entry {
        name,
        text: Html::markup(text),
        columns: columns.join(", "),
    };
    entries.into_iter().map(entry).collect()
}

/// A section with its question and its answer from the words file.
fn open(
    context: &RenderContext<'_>,
    id: &str,
    answer: &str,
    fillings: &[Filling],
) -> Result<Section, ReportError> {
    let mut section = Section::new(
        id,
        context.name("nav", id),
        context.say(&format!("{id}.question"), &[])?,
        context.say(answer, fillings)?,
    );
    let definition = format!("{id}.definition");
    if context.words.has(&definition) {
        section.definition.push(context.say(&definition, &[])?);
    }
    Ok(section)
}
