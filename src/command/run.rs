//! `run PIPELINE`: the report.

use std::path::Path;

use super::{block_on, load, overrides, signal};
use crate::cli::Run;
use crate::console::Console;
use crate::engine::plan::Ending;
use crate::engine::{self, Plan};
use crate::pipeline::Locale;
use crate::problem::Failure;
use crate::project::Theme;
use crate::run::{self, Published};

pub(super) fn run(args: &Run, console: &Console) -> Result<(), Failure> {
    let overrides = engine::Overrides {
        threads: args.threads.map(usize::from),
        fresh: args.no_cache,
        verify: args.verify_inputs,
        ending: if args.draft { Ending::Draft } else { Ending::Published },
        ..overrides(&args.overrides)
    };
    let published = publish(&args.pipeline, &overrides, None, console)?;
    console.print(&published.page.display().to_string());
    Ok(())
}

/// Loads, plans and runs a pipeline.
pub(super) fn publish(
    path: &Path,
    overrides: &engine::Overrides,
    locale: Option<Locale>,
    console: &Console,
) -> Result<Published, Failure> {
    let mut pipeline = load(path, &overrides.params)?;
    pipeline.locale = locale.unwrap_or(pipeline.locale);
    let theme = Theme::load(&pipeline)?;
    theme.tell(&mut pipeline);
    block_on(async {
        let plan = theme.judge(Plan::new(pipeline, overrides).await)?;
        Box::pin(run::run(&plan, &theme, console, signal())).await
    })
}
