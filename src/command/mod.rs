//! One file a verb: each is a few lines over the library.

mod check;
mod demo;
mod eject;
mod init;
mod modules;
mod plan;
mod run;
mod serve;
mod show;
mod upgrade;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::{Cli, Verb};
use crate::console::Console;
use crate::engine::each::decides_more;
use crate::engine::{self, Plan};
use crate::pipeline::{self, Pipeline};
use crate::problem::{Failure, FailureKind, Problem};
use crate::project::Theme;
use crate::run::rehearse;

const STACK_BYTES: usize = 16 << 20;
/// How long threads may take to end. Those that have ended are joined. To detach them while they end is a race that the C
/// library loses: it reads the memory of a thread that is gone (<https://sourceware.org/bugzilla/show_bug.cgi?id=19951>), and
/// a run that has published would end with a signal.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// Threads that wait for files, for each processor. The runtime's own limit is 512, and each keeps memory of its own: a
/// million rows in a thousand files took 1.1 GB with these, and 0.6 to 0.7 with sixteen, in a little less time. What runs on
/// them only reads, writes or encodes, and never waits for another of them.
const WAITING_THREADS: usize = 8;

/// Does what the command line asks.
///
/// # Errors
/// Why it could not; the failure's kind gives the exit code.
pub fn execute(cli: &Cli, console: &Arc<Console>) -> Result<(), Failure> {
    let done = match &cli.verb {
        Verb::Init(args) => init::init(args, console),
        Verb::Demo(args) => demo::demo(args, console),
        Verb::Modules(args) => modules::modules(args, console),
        Verb::Eject(args) => eject::eject(args, console),
        Verb::Check(args) => check::check(args, console),
        Verb::Plan(args) => plan::plan(args, console),
        Verb::Run(args) => run::run(args, console),
        Verb::Serve(args) => serve::serve(args, console),
        Verb::Show(args) => show::show(args, console),
        Verb::Upgrade(args) => upgrade::upgrade(args, console),
    };
    console.rest();
    done
}

fn load(path: &Path, params: &[(String, String)]) -> Result<Pipeline, Failure> {
    pipeline::load_with(path, params)
        .map_err(|problems| Failure { kind: FailureKind::Configuration, problems })
}

/// A pipeline's plan with those of its variants, and the theme of each in the same order, the pipeline's own first. Themes
/// come first, as they tell which tables the page shows; a variant with `each` has one for all of its values.
async fn planned(
    mut pipeline: Pipeline,
    overrides: &engine::Overrides,
) -> Result<(Plan, Vec<Theme>), Failure> {
    let theme = Theme::load(&pipeline)?;
    theme.tell(&mut pipeline);
    let mut of_variants = Vec::new();
    for variant in &mut pipeline.variants {
        let theme = Theme::load(variant)?;
        theme.tell(variant);
        of_variants.push((written_at(variant), theme));
    }
    let plan = theme.judge(Plan::new(pipeline, overrides).await)?;
    rehearse(&plan, &theme)?;
    let mut themes = vec![theme];
    // Reports for the values of one `each` differ in their rows and titles alone: one of them is tried for all.
    let mut tried = Vec::new();
    for plan in &plan.variants {
        let of = of_variants.iter().find(|(at, _)| *at == written_at(&plan.pipeline));
        let theme = match of {
            Some((_, theme)) => theme.clone(),
            None => Theme::load(&plan.pipeline)?,
        };
        let at = written_at(&plan.pipeline);
        if !tried.contains(&at) || decides_more(&plan.pipeline) {
            theme.fits(plan)?;
            rehearse(plan, &theme)?;
            tried.push(at);
        }
        themes.push(theme);
    }
    Ok((plan, themes))
}

/// Where in the pipeline file a variant is written: the same for all values of one `each`.
fn written_at(variant: &Pipeline) -> Option<std::ops::Range<usize>> {
    variant.variant.as_ref().map(|variant| variant.name.at.clone())
}

fn overrides(overrides: &crate::cli::Overrides) -> engine::Overrides {
    engine::Overrides {
        as_of: overrides.as_of,
        params: overrides.params.clone(),
        ..engine::Overrides::default()
    }
}

/// Runs an async command to its end.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.max_blocking_threads(WAITING_THREADS * processors.max(2));
    // Plans are walked by recursion, which takes much stack where the build is not optimised.
    let runtime = builder.enable_all().thread_stack_size(STACK_BYTES).build().map_err(|error| {
        Failure::run(Problem::new(format!("the program cannot start its threads: {error}")))
    })?;
    let result = runtime.block_on(work);
    // After a signal a query may still be busy; the process does not wait for it for long.
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

/// The number of the signal that asks the program to end.
async fn signal() -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut interrupt)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        {
            let terminal_lost = async {
                // To listen for it would undo what `nohup` asked for.
                match (!hangup_ignored()).then(|| signal(SignalKind::hangup())) {
                    Some(Ok(mut hangup)) => hangup.recv().await,
                    _ => std::future::pending().await,
                }
            };
            return tokio::select! {
                _ = interrupt.recv() => 2,
                _ = terminate.recv() => 15,
                _ = terminal_lost => 1,
            };
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    2
}

/// Whether the process was started so that the loss of its terminal does not end it. Only Linux says so.
#[cfg(unix)]
fn hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Bit 0 is signal 1.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
