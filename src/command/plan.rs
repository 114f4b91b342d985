//! `plan PIPELINE`: what a run would read and compute, and why; nothing is run.

use std::collections::BTreeMap;
use std::path::Path;

use super::{block_on, load, overrides};
use crate::cli::Plan as Arguments;
use crate::console::Console;
use crate::engine::intake::{Intake, Reading, Why};
use crate::engine::plan::cache;
use crate::engine::store::Store;
use crate::engine::{Overrides, Plan, PlannedSource, Sessions, Time, Work, csv};
use crate::pipeline::check::Measured;
use crate::pipeline::{self, Check, Join, Rule, Source, Unmatched, When};
use crate::problem::{Failure, FailureKind, Problem, counted, thousands};
use crate::project;
use crate::run::audit::told_of;
use crate::shipped::Shadow;

/// The most files to name for each reason; for the others, only their number.
const NAMED_FILES: usize = 3;

pub(super) fn plan(args: &Arguments, console: &Console) -> Result<(), Failure> {
    let pipeline = load(&args.pipeline, &args.overrides.params)?;
    let overrides = Overrides { verify: args.verify_inputs, ..overrides(&args.overrides) };
    let plan = block_on(Plan::new(pipeline, &overrides))?;
    console.print(&format!("{} as of {}", plan.pipeline.name.value, plan.dates.as_of));
    console.print("");
    console.print("sources");
    for (planned, reading) in plan.sources.iter().zip(readings(&plan)?) {
        for line in source(&plan, planned, &reading) {
            console.print(&line);
        }
        for note in plan.notes_of(planned) {
            console.print(&format!("    {}", note.text));
        }
    }
    console.print("");
    console.print("steps, in order");
    for line in steps(&plan) {
        console.print(&line);
    }
    for (heading, lines) in [
        ("variants", variants(&plan)),
        ("left out", left_out(&plan)),
        ("in place of shipped files", shadows(&plan)),
    ] {
        if !lines.is_empty() {
            console.print("");
            console.print(heading);
        }
        for line in lines {
            console.print(&format!("  {line}"));
        }
    }
    Ok(())
}

/// The reports beside the pipeline's own, each with the rows that it is made of.
fn variants(plan: &Plan) -> Vec<String> {
    let rows = |variant: &Plan| {
        let of = |source: &Source| Some(format!("{} where {}", source.name.value, told_of(source)?));
        let mut rows: Vec<String> = variant.pipeline.sources.iter().filter_map(of).collect();
        if variant.pipeline.is_of_some_customers() {
            let all = variant.pipeline.sources.iter().filter(|source| source.only.is_empty());
            rows.extend(all.map(|source| format!("all rows of {}", source.name.value)));
        }
        let rows = if rows.is_empty() { "all rows".to_owned() } else { rows.join("; ") };
        format!("{}: {rows}", variant.pipeline.name.value)
    };
    plan.variants.iter().map(rows).collect()
}

/// The modules that are switched on but left out.
fn left_out(plan: &Plan) -> Vec<String> {
    let modules = plan.pipeline.modules.iter();
    modules
        .filter_map(|module| Some(format!("{}: {}", module.name.value, module.left_out.as_ref()?)))
        .collect()
}

/// The project's own files that take the place of shipped ones.
fn shadows(plan: &Plan) -> Vec<String> {
    let words = |(path, shadow): (String, Shadow)| match shadow {
        Shadow::Current => path,
        Shadow::Outdated => format!("{path}: the shipped one has changed since it was copied"),
        Shadow::Unknown => {
            format!("{path}: nobody knows what it was copied from, as its first line does not say so")
        }
    };
    project::shadows(&plan.pipeline).into_iter().map(words).collect()
}

/// Which files of each source a run would read.
fn readings(plan: &Plan) -> Result<Vec<Reading>, Failure> {
    let failed = |what: String| Failure::run(Problem::new(what));
    let sessions = Sessions::new(&plan.settings(), None).map_err(|error| failed(error.to_string()))?;
    let store = match plan.pipeline.cache {
        Some(0) => None,
        _ => Store::look(&cache(&plan.pipeline)),
    };
    let beside: Vec<(&Plan, &Sessions)> = plan.variants.iter().map(|variant| (variant, &sessions)).collect();
    let intake = Intake {
        plan,
        sessions: &sessions,
        store: store.as_ref(),
        scratch: Path::new(""),
        verify: plan.verify,
        beside: &beside,
    };
    let mut readings = Vec::new();
    for planned in &plan.sources {
        let Some(source) = plan.source(planned) else { continue };
        let reading = intake.reading(planned, source);
        readings.push(reading.map_err(|problems| Failure { kind: FailureKind::Run, problems })?);
    }
    Ok(readings)
}

/// How a source is joined with another one.
fn joined(join: &Join) -> String {
    let keys: Vec<String> = join.on.iter().map(|key| format!("`{}`", key.name.value)).collect();
    let unmatched = match join.unmatched {
        Unmatched::SetAside => "set aside",
        Unmatched::Keep => "kept",
    };
    format!("    joins `{}` by {}; rows without one are {unmatched}", join.source.value, keys.join(", "))
}

fn source(plan: &Plan, planned: &PlannedSource, reading: &Reading) -> Vec<String> {
    let of = plan.source(planned);
    let name = of.map_or("", |source| source.name.value.as_str());
    let files = planned.files.files.len() as u64;
    let mut lines = vec![if reading.read.is_empty() {
        format!(
            "  {name}: reads nothing; what {} contribute{} is known",
            counted(files, "file"),
            if files == 1 { "s" } else { "" }
        )
    } else {
        let read = thousands(reading.read.len() as u64);
        format!("  {name}: reads {read} of {}, {:.1} MB", counted(files, "file"), reading.bytes as f64 / 1e6)
    }];
    lines.extend(of.into_iter().flat_map(|source| &source.joins).filter(|join| !join.implied).map(joined));
    lines.extend(csv::unnamed(&planned.files.files).map(|unnamed| format!("    {unnamed}")));
    let mut reasons: BTreeMap<Why, Vec<&str>> = BTreeMap::new();
    for (file, why) in &reading.read {
        let name = planned.files.files.get(*file).map_or("", |file| file.name.as_str());
        reasons.entry(*why).or_default().push(name);
    }
    for (why, files) in reasons {
        let named = files.iter().take(NAMED_FILES).copied().collect::<Vec<_>>().join(", ");
        let more = match files.len().saturating_sub(NAMED_FILES) {
            0 => String::new(),
            more => format!(" and {}", counted(more as u64, "more file").replace("more files", "more")),
        };
        lines.push(format!("    {named}{more}: {}", because(why)));
    }
    if reading.known > 0 && !reading.read.is_empty() && plan.source(planned).is_some_and(has_keys) {
        let keys = "keys of `repeated` rules or `unique` checks";
        lines.push(format!("    and whichever of the others share {keys} with these"));
    }
    lines
}

/// Whether rows of one file can depend on those of another.
fn has_keys(source: &Source) -> bool {
    let repeated = |rule: &Rule| matches!(rule.when, When::Repeated(_));
    let unique = |check: &Check| {
        check.test.questions().iter().any(|asked| matches!(asked.measured, Measured::Repeats(_)))
    };
    source.quarantine.iter().any(repeated) || source.checks.iter().any(unique)
}

fn because(why: Why) -> &'static str {
    match why {
        Why::First => {
            "nothing is kept yet for the source's columns, joins, rules, checks and incremental steps as they are now"
        }
        Why::New => "new",
        Why::Changed => "changed since it was read",
        Why::Together => "was read together with a file that changed or is gone",
        Why::AsOf => "has rows after this as-of date, or after the one that it was read for",
        Why::Shared => "shares keys with another file",
        Why::Damaged => "what was kept of it is damaged",
        Why::Gathered => "was read in one of many small batches, which are now brought together",
    }
}

fn steps(plan: &Plan) -> Vec<String> {
    let line = |(node, step): (&crate::engine::Node, &pipeline::Step)| {
        let name = match node.time {
            Time::Current => step.name.value.clone(),
            earlier => format!("{}.{}", earlier.schema(), step.name.value),
        };
        let how = match &node.work {
            Work::Query(query) => query.source.name.clone(),
            Work::Merged(query) => format!("{}, merged from what files contribute", query.source.name),
            Work::Model(_, tables) => {
                let model = step.model().map_or("", |model| model.key);
                let tables: Vec<&str> = tables.iter().map(|input| input.table.as_str()).collect();
                format!("model {model} on {}", tables.join(", "))
            }
            Work::Cut(day) => {
                format!("the rows of {} up to {} by {day}", step.name.value, plan.dates_at(node.time).as_of)
            }
        };
        format!("  {name}: {how}")
    };
    plan.nodes.iter().filter_map(|node| Some((node, plan.step(node)?))).map(line).collect()
}
