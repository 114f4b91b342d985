//! Arguments to a command to an exit code.

use std::io;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use clap::Parser;
use regulars::cli::{self, Cli};
use regulars::problem::{Failure, Problem};
use regulars::{command, console::Console};

/// Queries allocate and free many buffers from many threads; the system's allocator keeps more memory for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The stack of the thread that does the work. Plans are made by recursion, as deep as a query is; the unused part
/// takes no memory.
const STACK_BYTES: usize = 512 << 20;

fn main() -> ExitCode {
    let console = Arc::new(Console::new());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let Some(problem) = cli::problem(&error) else { error.exit() };
            console.problems(&[problem]);
            return ExitCode::from(2);
        }
    };
    match with_room(|| command::execute(&cli, &console)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.problems(&failure.problems);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Does the work on a thread with a large stack. A mistake of the program's own ends it like any other failure, with the
/// place where it was made.
fn with_room(work: impl Fn() -> Result<(), Failure> + Sync) -> Result<(), Failure> {
    let seen: Arc<Mutex<Option<String>>> = Arc::default();
    let last = Arc::clone(&seen);
    panic::set_hook(Box::new(move |info| {
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(described(info));
    }));
    let done = thread::scope(|scope| {
        let spawn = |bytes| thread::Builder::new().stack_size(bytes).spawn_scoped(scope, &work);
        // If so much memory cannot be reserved, less must do.
        let worker = spawn(STACK_BYTES).or_else(|_| spawn(STACK_BYTES / 16))?;
        Ok::<_, io::Error>(worker.join())
    });
    let failed = |what: String, help: &str| Failure::run(Problem::new(what).help(help));
    match done {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => {
            let what = seen.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
            Err(failed(
                format!("the program made a mistake and gave up: {what}"),
                "nothing was published; please report it, with the pipeline and this message",
            ))
        }
        Err(error) => Err(failed(
            format!("the program cannot start a thread: {error}"),
            "free memory, or raise its limits",
        )),
    }
}

fn described(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text =
        text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given");
    let at = info.location().map(|at| format!(" (panicked at {}:{})", at.file(), at.line()));
    format!("{text}{}", at.unwrap_or_default())
}
