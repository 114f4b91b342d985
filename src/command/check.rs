//! `check PIPELINE`: everything that is wrong, before anything runs.

use super::{block_on, load, overrides};
use crate::cli::Check;
use crate::console::Console;
use crate::engine::Plan;
use crate::problem::{Failure, counted};
use crate::project::Theme;

pub(super) fn check(args: &Check, console: &Console) -> Result<(), Failure> {
    let mut pipeline = load(&args.pipeline, &args.overrides.params)?;
    let theme = Theme::load(&pipeline)?;
    theme.tell(&mut pipeline);
    let plan = theme.judge(block_on(Plan::new(pipeline, &overrides(&args.overrides))))?;
    console.problems(&plan.warnings);
    let files: usize = plan.sources.iter().map(|source| source.files.files.len()).sum();
    console.say(&format!(
        "{} is sound: {} in {}, {}, as of {}",
        args.pipeline.display(),
        counted(plan.sources.len() as u64, "source"),
        counted(files as u64, "file"),
        counted(plan.pipeline.steps.len() as u64, "step"),
        plan.dates.as_of
    ));
    Ok(())
}
