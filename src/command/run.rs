//! `run PIPELINE`: the report.

use std::path::Path;

use super::{block_on, load, overrides, planned, signal};
use crate::cli::Run;
use crate::console::Console;
use crate::engine;
use crate::engine::plan::Ending;
use crate::pipeline::Locale;
use crate::problem::Failure;
use crate::run::{self, Edition, Published};

pub(super) fn run(args: &Run, console: &Console) -> Result<(), Failure> {
    let overrides = engine::Overrides {
        threads: args.threads.map(usize::from),
        fresh: args.no_cache,
        verify: args.verify_inputs,
        ending: if args.draft { Ending::Draft } else { Ending::Published },
        ..overrides(&args.overrides)
    };
    for published in publish(&args.pipeline, &overrides, None, console)? {
        console.print(&published.page.display().to_string());
    }
    Ok(())
}

/// Loads, plans and runs a pipeline: its own report first, then those of its variants.
pub(super) fn publish(
    path: &Path,
    overrides: &engine::Overrides,
    locale: Option<Locale>,
    console: &Console,
) -> Result<Vec<Published>, Failure> {
    let mut pipeline = load(path, &overrides.params)?;
    pipeline.locale = locale.unwrap_or(pipeline.locale);
    block_on(async {
        let (plan, themes) = planned(pipeline, overrides).await?;
        Box::pin(run::run(&Edition::all(&plan, &themes), console, signal())).await
    })
}
