//! `demo [DIR]`: a project, a simulated shop's transactions, and the report on them.

use std::fs;
use std::path::{Path, PathBuf};

use super::run::publish;
use crate::cli::Demo;
use crate::console::Console;
use crate::demo::{DemoError, Progress, Shop, Summary};
use crate::engine::Overrides;
use crate::files;
use crate::pipeline::Locale;
use crate::problem::{Failure, Problem, counted, thousands};
use crate::project;

/// Beside the data: the settings that it was made with.
const MARK: &str = "data/.demo";

pub(super) fn demo(args: &Demo, console: &Console) -> Result<(), Failure> {
    let shop = shop(args);
    shop.check().map_err(|error| failure(&error))?;
    let pipeline = args.dir.join(project::DEMO);
    stays_out(&args.dir)?;
    if pipeline.exists() {
        let changed = project::changed(&args.dir);
        if !args.data_only {
            its_own(&args.dir, &changed)?;
        }
        console.say(&format!("{} is a project already; its files stay as they are", args.dir.display()));
        if let Some(warning) = warning_of_changes(&changed).filter(|_| !args.data_only) {
            console.say(&warning);
        }
    } else {
        let files = project::init(&args.dir)?;
        console.say(&format!(
            "{} written to {}",
            counted(files.len() as u64, "project file"),
            args.dir.display()
        ));
        // A later `run` speaks the same language.
        if let Some(locale) = &args.locale {
            speak(&pipeline, locale)?;
        }
    }
    make(&args.dir, &shop, console)?;
    if args.data_only {
        console.print(&args.dir.join("data").display().to_string());
        return Ok(());
    }
    let locale = args.locale.as_deref().map(|tag| if tag == "en" { Locale::En } else { Locale::ZhCn });
    let overrides = Overrides { as_of: Some(shop.last_day), made_up: true, ..Overrides::default() };
    let published = publish(&pipeline, &overrides, locale, console)?;
    for figure in published.first().iter().flat_map(|own| &own.headline) {
        let change = if figure.change.is_empty() { String::new() } else { format!("  ({})", figure.change) };
        console.print(&format!("{}: {}{change}", figure.label, figure.value));
    }
    for report in &published {
        console.print(&report.page.display().to_string());
    }
    Ok(())
}

/// A user's own project gets no simulated shop among its data, and keeps its reports.
fn stays_out(dir: &Path) -> Result<(), Failure> {
    if dir.join(MARK).is_file() {
        return Ok(());
    }
    let own = ["data", "site", ".regulars"].into_iter().find(|name| dir.join(name).exists());
    let own = own.or_else(|| {
        let has_pipelines = dir.join("pipelines").exists();
        (has_pipelines && !project::is_untouched(dir)).then_some("pipelines")
    });
    let Some(own) = own else { return Ok(()) };
    let what = format!("{} is a project of its own: it has {own}/", dir.display());
    let help = "name another folder, such as `regulars demo regulars-demo`; nothing was written";
    Err(Failure::configuration(Problem::new(what).help(help)))
}

/// A pipeline that somebody changed is no demo any more: it may read a real shop. A report as of the simulated shop's
/// day must not replace that shop's own report.
fn its_own(dir: &Path, changed: &[PathBuf]) -> Result<(), Failure> {
    if !changed.iter().any(|path| path == Path::new(project::DEMO)) {
        return Ok(());
    }
    let pipeline = dir.join(project::DEMO).display().to_string();
    let what = format!("{pipeline} is not as `demo` writes it: it was changed, or is of another version");
    let help = format!(
        "`regulars run {pipeline}` runs it as it is; `regulars demo` with another folder makes a fresh demo; nothing was written"
    );
    Err(Failure::configuration(Problem::new(what).help(help)))
}

/// Which of the other files were changed: the report is made with them.
fn warning_of_changes(changed: &[PathBuf]) -> Option<String> {
    const NAMED: usize = 3;
    let names: Vec<String> = changed.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    let more = match changed.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "the report is made with files that are not as `demo` writes them: {}{more}",
            names.join(", ")
        )
    })
}

/// Sets the locale of the pipeline that was just written.
fn speak(pipeline: &Path, locale: &str) -> Result<(), Failure> {
    let text =
        files::text(pipeline).map(|text| text.replacen("locale: en ", &format!("locale: {locale} "), 1));
    text.and_then(|text| fs::write(pipeline, text)).map_err(|error| {
        Failure::run(Problem::new(format!("{} cannot be written: {error}", pipeline.display())))
    })
}

fn shop(args: &Demo) -> Shop {
    let usual = Shop::default();
    Shop {
        customers: args.customers.unwrap_or(usual.customers),
        days: args.days.unwrap_or(usual.days),
        seed: args.seed.unwrap_or(usual.seed),
        lines: args.lines.unwrap_or(usual.lines),
        ..usual
    }
}

/// Makes the shop's data, or keeps what an earlier demo made with the same settings.
fn make(dir: &Path, shop: &Shop, console: &Console) -> Result<(), Failure> {
    let mark = dir.join(MARK);
    let settings =
        format!("customers={} days={} seed={} lines={}\n", shop.customers, shop.days, shop.seed, shop.lines);
    if let Ok(found) = files::text(&mark) {
        if found == settings {
            console.say("the demo shop is there already");
            return Ok(());
        }
        let what = format!("{} holds another demo shop: {}", dir.display(), found.trim());
        let help = format!("remove {}, or name another folder", dir.join("data").display());
        return Err(Failure::configuration(Problem::new(what).help(help)));
    }
    let say = |progress: Progress| {
        console.shows(&format!("demo shop: day {} of {}", progress.days_done, progress.days));
    };
    let summary = shop.write(&dir.join("data"), &say).map_err(|error| failure(&error))?;
    fs::write(&mark, settings).map_err(|error| {
        Failure::run(Problem::new(format!("{} cannot be written: {error}", mark.display())))
    })?;
    console.say(&told_of(&summary));
    Ok(())
}

fn failure(error: &DemoError) -> Failure {
    let problem = Problem::new(error.to_string()).help(error.help());
    match error {
        DemoError::Setting { .. } | DemoError::Occupied { .. } => Failure::configuration(problem),
        _ => Failure::run(problem),
    }
}

fn told_of(summary: &Summary) -> String {
    format!(
        "demo shop: {} of {} in {}, {} of them faulty on purpose",
        counted(summary.rows, "row"),
        counted(summary.customers, "customer"),
        counted(summary.files, "file"),
        thousands(summary.defects.total())
    )
}
