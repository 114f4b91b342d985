//! A run that is told to end, ends: nothing is published, nothing half-done is left.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content, differences};

/// Rows enough that their fourfold product keeps a query busy for hours.
const ROWS: usize = 2_000;

/// Starts a long run over a published report, sends a signal while its query runs, and returns the exit code.
fn interrupted(signal: &str) -> Option<i32> {
    let project = Project::shop("path: data");
    let ids: Vec<String> = (0..ROWS).map(|n| format!("t{n}")).collect();
    let rows: Vec<_> = ids.iter().map(|id| (id.as_str(), "ann", "2024-01-05", "1.00")).collect();
    parquet(&project.path("data/a.parquet"), &sales(&rows));
    project.ran();
    let before = content(&project.path("site"));
    project.write(
        "sql/seen.sql",
        "select count(*) as many from transactions as a, transactions as b, transactions as c, transactions as d
        where a.amount + b.amount + c.amount <> d.amount",
    );

    let mut run =
        project.command(&["run", PIPELINE]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    // Once its source is read the run is in the middle of its query.
    lines.find(|line| line.as_ref().unwrap().starts_with("transactions ")).unwrap().unwrap();
    assert!(project.path("site/.runs/shop.staging").exists());
    std::thread::sleep(Duration::from_millis(200));
    let sent = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status().unwrap();
    assert!(sent.success());

    let begun = Instant::now();
    let status = loop {
        if let Some(status) = run.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(20) {
            run.kill().unwrap();
            panic!("the run went on for 20 seconds after the signal");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(rest.join("\n").contains("interrupted; nothing was published"), "{rest:?}");
    let changed = differences(&before, &content(&project.path("site")));
    assert!(changed.iter().all(|name| name == ".runs/shop.2024-03-31.json"), "{changed:?}");
    assert!(!project.path("site/.runs/shop.staging").exists());
    for folder in ["private/.runs/shop.staging", "private/.runs/shop.scratch"] {
        assert!(!project.path(folder).exists(), "{folder}");
    }
    // The lock went with the process.
    project.write("sql/seen.sql", "select count(*) as many from transactions");
    project.ran();
    status.code()
}

#[test]
fn a_term_signal() {
    assert_eq!(interrupted("TERM"), Some(143));
}

/// The terminal is gone: as after any other signal nothing is left.
#[test]
fn a_hangup() {
    assert_eq!(interrupted("HUP"), Some(129));
}

/// Whoever starts it with `nohup` wants it to go on.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_to_be_ignored() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "1.00")]));
    // The signal comes before the run has begun, and again and again until it has ended.
    let script = "trap '' HUP; \"$0\" run \"$1\" & while kill -HUP $! 2>/dev/null; do :; done; wait $!";
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", script, env!("CARGO_BIN_EXE_regulars"), PIPELINE]);
    let output = shell.current_dir(project.root()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_interrupt_from_the_keyboard() {
    assert_eq!(interrupted("INT"), Some(130));
}
