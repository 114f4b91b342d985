//! What is found is what is read, each file once and as it was found: whatever its name, however many there are, and
//! whoever writes to the folder meanwhile.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use insta::{allow_duplicates, assert_snapshot};

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, report_content};

/// A file with one sale.
fn one_sale(path: &Path, id: &str) {
    parquet(path, &sales(&[(id, "ann", "2024-01-05", "10.00")]));
}

/// Names that would be globs, escapes, queries or fragments elsewhere; each is one file.
#[test]
fn files_of_any_name() {
    let project = Project::shop("path: data");
    let names =
        ["[a]", "b*c", "d%20e", "d e", "f#g", "h?i", "j%2Fk", "l\\m", "é", "n'o\"p", "%", "r&s=t", "{u}"];
    for name in names {
        one_sale(&project.path(&format!("data/{name}.parquet")), name);
    }
    project.ran();
    let mut found = project.table("private/shop/2024-03-31/tables/seen.parquet").column("transaction_id");
    found.sort_unstable();
    let mut wanted = names.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    // The step has read the source again; the intake counted it.
    let record = project.json("site/shop/2024-03-31/manifest.json");
    assert_eq!(record["inputs"].as_array().unwrap().len(), names.len());
}

/// What is done to a file while a run goes on.
type Deed = fn(&Path);

fn append(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.extend([0; 9]);
    fs::write(path, bytes).unwrap();
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// Another file takes its name, of the same size and time.
fn replace(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let other = path.with_extension("new");
    fs::copy(path, &other).unwrap();
    fs::File::options().append(true).open(&other).unwrap().set_modified(modified).unwrap();
    fs::rename(&other, path).unwrap();
}

/// A project with two files, and a step that takes a while between the taking in of the files and the end.
fn slow(last: &str) -> Project {
    let project = Project::shop("path: data");
    one_sale(&project.path("data/a.parquet"), "t1");
    one_sale(&project.path("data/b.parquet"), "t2");
    project.write(
        "sql/numbers.sql",
        "select count(*) as n from (select unnest(range(0, 30000)) as v) as a, (select unnest(range(0, 1000)) as v) as b
        where a.v * 7 + b.v <> 5",
    );
    project.replace(PIPELINE, "steps:\n", "steps:\n  numbers: { sql: sql/numbers.sql }\n");
    project.write("sql/seen.sql", last);
    project
}

/// Starts a run, does a deed when the source is taken in, and gives the exit code with all that was said after that.
fn meanwhile(project: &Project, deed: impl FnOnce(&Path)) -> (Option<i32>, String) {
    let mut run: Child =
        project.command(&["run", PIPELINE]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("transactions ") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the run ended before its source was read");
    }
    deed(&project.path("data/b.parquet"));
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    (run.wait().unwrap().code(), rest)
}

/// Nobody reads the file again: it is looked at once more before the report is published.
#[test]
fn a_file_that_changes_before_the_end() {
    let deeds: [Deed; 4] = [append, truncate, remove, replace];
    for (number, deed) in deeds.into_iter().enumerate() {
        let project = slow("select 1 as one");
        let (code, said) = meanwhile(&project, deed);
        assert_eq!(code, Some(3), "deed {number}: {said}");
        assert!(said.contains("b.parquet changed while the run read it"), "deed {number}: {said}");
        assert!(said.contains("run again when the file is complete"), "deed {number}: {said}");
        assert!(project.nothing_published());
    }
}

/// A step that names the source reads its files again: they are those that were taken in, or the run ends.
#[test]
fn a_file_that_changes_before_a_step_reads_it_again() {
    let again = "select sum(amount) as amount, max(n) as n from transactions cross join numbers";
    for deed in [append as Deed, truncate, remove, replace] {
        let project = slow(again);
        let (code, said) = meanwhile(&project, deed);
        let said: String =
            said.lines().filter(|line| !line.starts_with("numbers ")).collect::<Vec<_>>().join("\n");
        assert_eq!(code, Some(3), "{said}");
        assert!(project.nothing_published());
        allow_duplicates! {
            assert_snapshot!(said, @r"
              × source `transactions`: b.parquet changed while the run read it
               ╭─[pipelines/shop.yaml:5:11]
             4 │   transactions:
             5 │     path: data
               ·           ────
             6 │ steps:
               ╰────
              help: run again when the file is complete; nothing was published, and nothing of it is kept
            ");
        }
    }
}

/// What a run kept of a file that changed later is of the file as it was: the next run reads the new one, and publishes
/// what a run without the cache does. So it is where the files were known before and were not read at all.
#[test]
fn nothing_of_a_changed_file_is_kept() {
    let project =
        slow("select transaction_id, amount, n from transactions cross join numbers order by transaction_id");
    let other = |path: &Path| one_sale(path, "t3");
    let (code, said) = meanwhile(&project, other);
    assert_eq!(code, Some(3), "{said}");
    project.ran();
    let (code, said) = meanwhile(&project, |path| one_sale(path, "t4"));
    assert_eq!(code, Some(3), "{said}");
    project.ran();
    let site = project.path("site/shop/2024-03-31");
    let kept = report_content(&site);
    project.done(&["run", PIPELINE, "--no-cache"]);
    assert_eq!(kept, report_content(&site));
    let table = project.table("private/shop/2024-03-31/tables/seen.parquet");
    assert_eq!(table.column("transaction_id"), ["t1", "t4"]);
}

/// Files are opened one after the other, however many there are: in taking in, in reading again, in merging.
#[test]
#[cfg(unix)]
fn many_files_with_few_handles() {
    const FILES: usize = 600;
    let project = Project::shop("path: data");
    one_sale(&project.path("data/0.parquet"), "t");
    for number in 1..FILES {
        fs::copy(project.path("data/0.parquet"), project.path(&format!("data/{number}.parquet"))).unwrap();
    }
    project.write("sql/seen.sql", "select count(*) as n, sum(amount) as amount from transactions");
    project.write(
        "sql/days.sql",
        "select customer_id, day, sum(amount) as amount from transactions group by customer_id, day",
    );
    project.replace(PIPELINE, "steps:\n", "steps:\n  days: { sql: sql/days.sql, incremental: true }\n");
    let run = format!("ulimit -n 128; exec {} run {PIPELINE}", env!("CARGO_BIN_EXE_regulars"));
    let output = Command::new("sh").args(["-c", &run]).current_dir(project.root()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = project.table("private/shop/2024-03-31/tables/seen.parquet");
    assert_eq!((seen.one("n"), seen.one("amount")), ("600".into(), "6000.00".into()));
}

/// As many folders that give a column its value: each is a table of its own to the engine.
#[test]
#[cfg(unix)]
fn many_partitions_with_few_handles() {
    let project = Project::shop("path: data");
    for number in 0..200 {
        one_sale(&project.path(&format!("data/store={number}/a.parquet")), &format!("t{number}"));
    }
    project.write("sql/seen.sql", "select count(*) as n from transactions");
    let run = format!("ulimit -n 96; exec {} run {PIPELINE}", env!("CARGO_BIN_EXE_regulars"));
    let output = Command::new("sh").args(["-c", &run]).current_dir(project.root()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").one("n"), "200");
}
