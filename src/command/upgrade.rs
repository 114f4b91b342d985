//! `upgrade`: a project that an earlier version made, brought up to date.

use crate::cli::Upgrade as Args;
use crate::console::Console;
use crate::problem::{Failure, counted};
use crate::shipped;
use crate::upgrade::{self, BEFORE, Upgrade};

pub(super) fn upgrade(args: &Args, console: &Console) -> Result<(), Failure> {
    let upgrade = upgrade::prepare(&args.project)?;
    if upgrade.is_empty() {
        console.say("nothing to upgrade: no pipeline writes out steps that modules bring");
        return Ok(());
    }
    if !args.dry_run {
        upgrade.write(&args.project)?;
    }
    for line in said(&upgrade) {
        console.print(&line);
    }
    if args.dry_run {
        console.say("nothing was written");
        return Ok(());
    }
    console.say(&format!("what was replaced is in {}", args.project.join(BEFORE).display()));
    for pipeline in &upgrade.pipelines {
        console.say(&format!("next: regulars check {}", args.project.join(&pipeline.path).display()));
    }
    Ok(())
}

/// What an upgrade does, in lines.
fn said(upgrade: &Upgrade) -> Vec<String> {
    let mut lines = Vec::new();
    for pipeline in &upgrade.pipelines {
        lines.push(pipeline.path.clone());
        lines.extend(pipeline.notes.iter().map(|note| format!("  {note}")));
    }
    if !upgrade.unchanged.is_empty() {
        let files = counted(upgrade.unchanged.len() as u64, "file");
        lines.push(format!("{files} of sql/ and reports/, as an earlier version wrote them: taken away, the program has its own"));
    }
    for (from, _) in upgrade.own.iter().filter(|(from, to)| from == to) {
        lines.push(format!("{from} is changed: it takes the place of the shipped one"));
    }
    lines.extend(upgrade.outgrown.iter().map(|path| outgrown(path)));
    lines
}

/// What becomes of a changed file below `reports/`, and what to do about it.
fn outgrown(path: &str) -> String {
    if path.starts_with("reports/words/") {
        return format!(
            "{path} is changed: taken away, as its texts would stand in place of newer ones. Write those that you changed \
             into a new {path}; it needs no others"
        );
    }
    let section = path.strip_prefix("reports/sections/").and_then(|file| file.strip_suffix(".html"));
    let of_today = |path: &str| shipped::text(path).is_some();
    if let Some(section) = section.filter(|section| of_today(&format!("reports/sections/{section}.yaml"))) {
        return format!(
            "{path} is changed: taken away, as sections are files with keys now (docs/sections.md). `regulars eject \
             reports/sections/{section}.yaml` writes this one"
        );
    }
    format!(
        "{path} is changed: taken away, as pages are made otherwise now. `regulars eject {path}` writes today's"
    )
}
