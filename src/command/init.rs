//! `init [DIR]`: a working project.

use crate::cli::Init;
use crate::console::Console;
use crate::problem::{Failure, counted};
use crate::project;

pub(super) fn init(args: &Init, console: &Console) -> Result<(), Failure> {
    let files = project::init(&args.dir)?;
    let dir = args.dir.display();
    console.say(&format!("{} written to {dir}", counted(files.len() as u64, "file")));
    console.say(&format!(
        "next: put transactions under {dir}/data/transactions/, say in {dir}/pipelines/demo.yaml"
    ));
    console.say(&format!("what its columns are called, then: regulars run {dir}/pipelines/demo.yaml"));
    Ok(())
}
