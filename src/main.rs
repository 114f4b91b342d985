//! Arguments to a command to an exit code.

use std::process::ExitCode;

use clap::Parser;
use regulars::{cli::Cli, command, console::Console};

/// Queries allocate and free many buffers from many threads; the system's allocator keeps more memory for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let console = Console::new();
    match command::execute(&cli, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.problems(&failure.problems);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}
