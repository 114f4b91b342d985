//! `check PIPELINE`: everything that is wrong, before anything runs.

use super::{block_on, load, overrides, planned};
use crate::cli::Check;
use crate::console::Console;
use crate::problem::{Failure, counted};

pub(super) fn check(args: &Check, console: &Console) -> Result<(), Failure> {
    let pipeline = load(&args.pipeline, &args.overrides.params)?;
    let overrides = overrides(&args.overrides);
    let (plan, _) = block_on(planned(pipeline, &overrides))?;
    for plan in [&plan].into_iter().chain(&plan.variants) {
        console.problems(&plan.warnings);
    }
    let files: usize = plan.sources.iter().map(|source| source.files.files.len()).sum();
    let variants = match plan.variants.len() {
        0 => String::new(),
        count => format!(", {}", counted(count as u64, "variant")),
    };
    console.say(&format!(
        "{} is sound: {} in {}, {}{variants}, as of {}",
        args.pipeline.display(),
        counted(plan.sources.len() as u64, "source"),
        counted(files as u64, "file"),
        counted(plan.pipeline.steps.len() as u64, "step"),
        plan.dates.as_of
    ));
    Ok(())
}
