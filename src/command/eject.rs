//! `eject PATH`: a shipped file, copied into a project to be edited.

use crate::cli::Eject;
use crate::console::Console;
use crate::problem::Failure;
use crate::project;

pub(super) fn eject(args: &Eject, console: &Console) -> Result<(), Failure> {
    for path in project::eject(&args.project, &args.path)? {
        console.print(&args.project.join(path).display().to_string());
    }
    console.say("from now on these take the place of the shipped ones; remove them to have those again");
    Ok(())
}
