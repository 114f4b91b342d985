//! What a run leaves for the next: which files are read again and why, and what becomes of what is left.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, differences, report_content};

const REPORT: &str = "site/shop/2024-03-31";
const CACHE: &str = ".regulars/cache";

/// A shop of two nights with a rule, a check and an incremental step.
fn shop() -> Project {
    let project = Project::shop(
        "path: data
quarantine:
  again: { repeated: [transaction_id] }
checks:
  - accepted_range: { column: amount, max: 100 }
    severity: warn",
    );
    project.write(
        "sql/days.sql",
        "select customer_id, day, sum(amount) as amount from transactions group by customer_id, day",
    );
    project.write(PIPELINE, project.read(PIPELINE) + "  days: { sql: sql/days.sql, incremental: true }\n");
    night(&project, 1);
    night(&project, 2);
    project
}

/// Writes the file of a night of March.
fn night(project: &Project, day: usize) {
    file(project, &format!("{day:02}.parquet"), &[(&format!("t{day}"), day)]);
}

/// Writes a file with rows of ids and days.
fn file(project: &Project, name: &str, rows: &[(&str, usize)]) {
    let days: Vec<String> = rows.iter().map(|(_, day)| format!("2024-03-{day:02}")).collect();
    let rows: Vec<_> =
        rows.iter().zip(&days).map(|((id, _), day)| (*id, "ann", day.as_str(), "1.00")).collect();
    parquet(&project.path("data").join(name), &sales(&rows));
}

/// What `plan` says of the source.
fn planned(project: &Project, arguments: &[&str]) -> String {
    let arguments: Vec<&str> = ["plan", PIPELINE].iter().chain(arguments).copied().collect();
    let out = project.done(&arguments).out;
    let sources: Vec<&str> = out.lines().skip(3).take_while(|line| !line.is_empty()).collect();
    let size = |line: &str| match (line.find(" files, ").or(line.find(" file, ")), line.rfind(" MB")) {
        // Files' sizes are not ours to settle.
        (Some(_), Some(at)) => format!("{} [..] MB", line[..at].rsplit_once(' ').unwrap().0),
        _ => line.to_owned(),
    };
    sources.into_iter().map(size).collect::<Vec<_>>().join("\n")
}

/// Runs, and says how many files were read; the line of progress and the record must agree.
fn read(project: &Project, arguments: &[&str]) -> usize {
    let arguments: Vec<&str> = ["run", PIPELINE].iter().chain(arguments).copied().collect();
    let ran = project.done(&arguments);
    let read = project.json(&format!("{REPORT}/manifest.json"))["sources"][0]["files_read"].as_u64().unwrap();
    let line = ran.err.lines().find(|line| line.starts_with("transactions ")).unwrap();
    let told = format!("; {read} file{} read, ", if read == 1 { "" } else { "s" });
    assert!(line.contains(&told) || !line.contains(" known"), "{line}");
    usize::try_from(read).unwrap()
}

/// Runs, and compares what was published with what reading everything gives.
fn read_and_right(project: &Project) -> usize {
    let read = read(project, &[]);
    let with = report_content(&project.path(REPORT));
    project.done(&["run", PIPELINE, "--no-cache"]);
    assert_eq!(differences(&with, &report_content(&project.path(REPORT))), [""; 0]);
    read
}

/// The folders of entries that have a file of this name.
fn entries(project: &Project, with: &str) -> Vec<PathBuf> {
    let has = |folder: &PathBuf| file_of(folder, with).is_some();
    let folders = fs::read_dir(project.path(CACHE)).unwrap().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = folders.filter(has).collect();
    folders.sort();
    folders
}

/// The file of an entry whose name ends so.
fn file_of(entry: &Path, end: &str) -> Option<PathBuf> {
    let mut files = fs::read_dir(entry).into_iter().flatten().flatten().map(|file| file.path());
    files.find(|file| file.to_string_lossy().ends_with(end))
}

/// A file of what a file batch contributed; before this stands the stream that happened to read it.
const RUN: &str = "-days-0.parquet";

#[test]
fn a_night_reads_what_is_new_and_plan_says_so() {
    let project = shop();
    assert_snapshot!(planned(&project, &[]), @r"
    transactions: reads 2 of 2 files, [..] MB
      01.parquet, 02.parquet: nothing is kept yet for the source's columns, joins, rules, checks and incremental steps as they are now
    ");
    assert_eq!(read(&project, &[]), 2);
    assert_snapshot!(planned(&project, &[]), @"  transactions: reads nothing; what 2 files contribute is known");
    night(&project, 3);
    assert_snapshot!(planned(&project, &[]), @r"
      transactions: reads 1 of 3 files, [..] MB
        03.parquet: new
        and whichever of the others share keys of `repeated` rules or `unique` checks with these
    ");
    assert_eq!(read_and_right(&project), 1);
    assert_eq!(read(&project, &[]), 0);
}

#[test]
fn plan_s_other_reasons() {
    let project = shop();
    project.ran();
    // The first two files were read together.
    file(&project, "01.parquet", &[("t1", 1), ("t1b", 2)]);
    assert_snapshot!(planned(&project, &[]), @r"
      transactions: reads 2 of 2 files, [..] MB
        01.parquet: changed since it was read
        02.parquet: was read together with a file that changed or is gone
    ");
    assert_eq!(read_and_right(&project), 2);
    file(&project, "30.parquet", &[("t30", 30)]);
    assert_eq!(read_and_right(&project), 1);
    assert_snapshot!(planned(&project, &["--as-of", "2024-03-29"]), @r"
      transactions: reads 1 of 3 files, [..] MB
        30.parquet: has rows after this as-of date, or after the one that it was read for
        and whichever of the others share keys of `repeated` rules or `unique` checks with these
    ");
    // A key of a known file comes again: its file is read once more, to hold its row back.
    file(&project, "31.parquet", &[("t30", 31)]);
    assert_snapshot!(planned(&project, &[]), @r"
      transactions: reads 1 of 4 files, [..] MB
        31.parquet: new
        and whichever of the others share keys of `repeated` rules or `unique` checks with these
    ");
    assert_eq!(read_and_right(&project), 2);
    assert_eq!(read(&project, &[]), 0);
    fs::remove_file(project.path("data/01.parquet")).unwrap();
    assert_snapshot!(planned(&project, &[]), @r"
      transactions: reads 1 of 3 files, [..] MB
        02.parquet: was read together with a file that changed or is gone
        and whichever of the others share keys of `repeated` rules or `unique` checks with these
    ");
}

/// A file batch of a night is small; many are brought together.
#[test]
fn small_batches_are_gathered() {
    let project = shop();
    // Many runs: the fewer steps the better.
    project.replace(PIPELINE, "  seen: { sql: sql/seen.sql }\n", "");
    project.ran();
    for day in 3..=27 {
        night(&project, day);
        if day < 27 {
            project.ran();
        }
    }
    assert_snapshot!(planned(&project, &[]), @r"
      transactions: reads 27 of 27 files, [..] MB
        27.parquet: new
        01.parquet, 02.parquet, 03.parquet and 23 more: was read in one of many small batches, which are now brought together
    ");
    assert_eq!(read(&project, &[]), 27);
    night(&project, 28);
    assert_eq!(read_and_right(&project), 1);
}

#[test]
fn torn_entries_are_noticed() {
    let project = shop();
    project.ran();
    night(&project, 3);
    project.ran();
    assert_eq!(entries(&project, RUN).len(), 2);
    let batch = |number: usize| entries(&project, RUN)[number].clone();
    File::options().write(true).open(file_of(&batch(0), RUN).unwrap()).unwrap().set_len(10).unwrap();
    assert!(read_and_right(&project) > 0);
    fs::remove_file(file_of(&batch(1), RUN).unwrap()).unwrap();
    assert!(read_and_right(&project) > 0);
    fs::write(batch(0).join("entry.json"), "{ garbage").unwrap();
    fs::write(batch(1).join("entry.json"), "").unwrap();
    assert_eq!(read_and_right(&project), 3);
    let keys = entries(&project, "keys-0");
    File::options().write(true).open(keys[0].join("keys-0")).unwrap().set_len(0).unwrap();
    read_and_right(&project);
    assert_eq!(read(&project, &[]), 0);
}

/// Drafts of a run that was killed go with the next of its pipeline; those of another pipeline may be in use.
#[test]
fn drafts_of_a_killed_run() {
    let project = shop();
    project.ran();
    let (own, other) = (format!("{CACHE}/.new-shop-3/x"), format!("{CACHE}/.new-shop-2-0/x"));
    project.write(&own, "half");
    project.write(&other, "half");
    let lock = File::open(project.path(CACHE).join(".lock")).unwrap();
    lock.lock_shared().unwrap();
    assert_eq!(read(&project, &[]), 0);
    assert!(!project.path(&own).exists() && project.path(&other).exists());
    // Once no other run uses the store, nobody comes back for them.
    drop(lock);
    project.ran();
    assert!(!project.path(&other).exists());
}

#[test]
fn the_cache_may_go_at_any_time() {
    let project = shop();
    project.ran();
    fs::remove_dir_all(project.path(".regulars")).unwrap();
    assert_eq!(read_and_right(&project), 2);
}

#[test]
fn nothing_is_kept_where_nothing_is_wanted() {
    let project = shop();
    project.done(&["run", PIPELINE, "--no-cache"]);
    assert!(!project.path(".regulars").exists());
    project.replace(PIPELINE, "name: shop", "name: shop\ncache: off");
    project.ran();
    project.done(&["plan", PIPELINE]);
    assert!(!project.path(".regulars").exists());
}

/// What was not used for longest goes first; and a run has what it needs until its end, whatever the bound.
#[test]
fn the_bound_is_kept() {
    let project = shop();
    project.replace(PIPELINE, "name: shop", "name: shop\ncache: 64MiB");
    project.ran();
    // Holes take no room on the disk, and count as what they pretend to be.
    let heavy = |folder: &str, mib: u64, age: u64| {
        project.write(&format!("{CACHE}/{folder}/entry.json"), "{}");
        let folder = project.path(CACHE).join(folder);
        File::create(folder.join("hole")).unwrap().set_len(mib << 20).unwrap();
        let used = SystemTime::now() - Duration::from_secs(age);
        File::open(folder.join("entry.json")).unwrap().set_modified(used).unwrap();
    };
    heavy("other-a-0", 40, 300);
    heavy("other-b-0", 40, 200);
    heavy("other-c-0", 20, 100);
    assert_eq!(read(&project, &[]), 0);
    let there = |folder: &str| project.path(CACHE).join(folder).exists();
    assert_eq!((there("other-a-0"), there("other-b-0"), there("other-c-0")), (false, true, true));
    assert_eq!(entries(&project, RUN).len(), 1);
    File::create(entries(&project, RUN)[0].join("hole")).unwrap().set_len(70 << 20).unwrap();
    assert_eq!(read(&project, &[]), 0);
    assert_eq!(entries(&project, RUN).len(), 0);
    assert_eq!(read_and_right(&project), 2);
}

#[test]
fn verified_inputs() {
    let project = shop();
    project.ran();
    let path = project.path("data/02.parquet");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    // Touched, and otherwise the same.
    File::open(&path).unwrap().set_modified(modified + Duration::from_secs(5)).unwrap();
    assert_eq!(
        planned(&project, &["--verify-inputs"]),
        "  transactions: reads nothing; what 2 files contribute is known"
    );
    assert_eq!(read(&project, &["--verify-inputs"]), 0);
    assert_eq!(read(&project, &[]), 2);
    // Another content of the same size and time; its key is now that of the other file.
    let bytes = fs::metadata(&path).unwrap().len();
    file(&project, "02.parquet", &[("t1", 2)]);
    assert_eq!(fs::metadata(&path).unwrap().len(), bytes);
    File::open(&path).unwrap().set_modified(modified + Duration::from_secs(5)).unwrap();
    assert_eq!(read(&project, &[]), 0);
    assert_eq!(read(&project, &["--verify-inputs"]), 2);
    assert_eq!(read_and_right(&project), 0);
    assert_eq!(project.json(&format!("{REPORT}/manifest.json"))["sources"][0]["rows_used"], 1);
}

/// What contributions depend on is part of what they are known by, and nothing else is.
#[test]
fn what_makes_everything_be_read_again() {
    let project = shop();
    let with = "path: data\n    columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      occurred_at: occurred_at\n      amount: amount * $factor";
    project.replace(PIPELINE, "path: data", with);
    project.replace(PIPELINE, "sources:", "params: { factor: 2, least: 0, days: 7, unused: 1 }\nsources:");
    project.replace(PIPELINE, "quarantine:", "quarantine:\n      small: amount < $least");
    project.replace("sql/days.sql", "group by", "where amount <> $days group by");
    assert_eq!(read(&project, &[]), 2);
    let changes = [
        (PIPELINE, "unused: 1", "unused: 2", 0),
        (PIPELINE, "max: 100", "max: 101", 2),
        (PIPELINE, "- accepted_range", "- row_count: { min: 1 }\n      - accepted_range", 2),
        (PIPELINE, "amount < $least", "amount <= $least", 2),
        (PIPELINE, "small:", "tiny:", 2),
        (PIPELINE, "least: 0", "least: 0.5", 2),
        (PIPELINE, "factor: 2", "factor: 3", 2),
        (PIPELINE, "days: 7", "days: 8", 2),
        (PIPELINE, "repeated: [transaction_id]", "repeated: [transaction_id, customer_id]", 2),
        (PIPELINE, "name: shop", "name: shop\ntimezone: Asia/Shanghai", 2),
        ("sql/days.sql", "sum(amount) as", "max(amount) as", 2),
        ("sql/seen.sql", "customer_id, day", "day, customer_id", 0),
        (PIPELINE, "severity: warn", "severity: error", 0),
    ];
    for (file, old, new, expected) in changes {
        project.replace(file, old, new);
        assert_eq!(read(&project, &[]), expected, "{new}");
    }
    read_and_right(&project);
}

/// Pipelines of one project use what the others left, and may run at the same time.
#[test]
fn two_pipelines_share() {
    let project = shop();
    project.ran();
    project.write("pipelines/two.yaml", project.read(PIPELINE).replace("name: shop", "name: shop-2"));
    project.write("sql/days.sql", project.read("sql/days.sql"));
    let two = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["run", "pipelines/two.yaml"].iter().chain(arguments).copied().collect();
        project.done(&arguments).err
    };
    assert!(two(&[]).contains("0 files read, 2 known"));
    fs::remove_dir_all(project.path(".regulars")).unwrap();
    for round in 0..2 {
        let mut other = project.command(&["run", "pipelines/two.yaml"]);
        let mut other = other.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        project.ran();
        assert!(other.wait().unwrap().success());
        file(&project, "03.parquet", &[("t1", 3 + round)]);
    }
    assert_eq!(read_and_right(&project), 1);
    // A workbook bears its pipeline's name, on its sheets too.
    let content = |folder: &str| {
        let files = report_content(&project.path(folder)).into_iter();
        files.filter(|(name, _)| !name.contains(".xlsx")).collect::<Vec<_>>()
    };
    let one = content(REPORT);
    assert!(two(&[]).contains("0 files read, 3 known"));
    assert_eq!(differences(&one, &content("site/shop-2/2024-03-31")), [""; 0]);
}

/// Two folders may hold files of the same name, size and time.
#[test]
fn files_of_another_folder_are_others() {
    let project = shop();
    project.ran();
    let modified = fs::metadata(project.path("data/01.parquet")).unwrap().modified().unwrap();
    parquet(&project.path("more/01.parquet"), &sales(&[("s1", "ann", "2024-03-01", "1.00")]));
    parquet(&project.path("more/02.parquet"), &sales(&[("s2", "ann", "2024-03-02", "1.00")]));
    for name in ["01.parquet", "02.parquet"] {
        for folder in ["data", "more"] {
            File::open(project.path(folder).join(name)).unwrap().set_modified(modified).unwrap();
        }
    }
    project.ran();
    project.replace(PIPELINE, "path: data", "path: more");
    assert_eq!(read_and_right(&project), 2);
    assert!(project.seen().contains("s1") && !project.seen().contains("t1"));
}

/// A key that was repeated in files that are gone is still held back by a file that has it and was read beside them. Files
/// that were read without them have rows of it in their contributions, and are read again when that file comes back.
#[test]
fn files_that_come_back() {
    // Without the key nothing was held back, and nothing is read again.
    let alone: &[(&str, usize)] = &[("y", 4)];
    for (rows, again) in [(&[("y", 4), ("x", 4)][..], 1), (alone, 0)] {
        let project = shop();
        file(&project, "03.parquet", &[("x", 3), ("x", 3)]);
        project.ran();
        file(&project, "04.parquet", rows);
        project.ran();
        let modified = fs::metadata(project.path("data/04.parquet")).unwrap().modified().unwrap();
        for name in ["03", "04"] {
            fs::remove_file(project.path(&format!("data/{name}.parquet"))).unwrap();
        }
        project.ran();
        file(&project, "05.parquet", &[("x", 5)]);
        project.ran();
        file(&project, "04.parquet", rows);
        File::open(project.path("data/04.parquet")).unwrap().set_modified(modified).unwrap();
        assert_eq!(read_and_right(&project), again);
        assert!(project.seen().contains("x | ann"));
    }
}

/// What was compared under one set of rules was not under another.
#[test]
fn files_compared_by_another_pipeline() {
    let project = shop();
    let other = project.read(PIPELINE).replace("max: 100", "max: 99");
    project.write("pipelines/two.yaml", other.replace("name: shop", "name: two"));
    let nights = |names: &[&str]| {
        let _ = fs::remove_dir_all(project.path("data"));
        for name in names {
            let path = project.path("data").join(name);
            file(&project, name, &[("x", 1)]);
            File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        }
    };
    for name in ["a.parquet", "b.parquet"] {
        nights(&[name]);
        project.ran();
        project.done(&["run", "pipelines/two.yaml"]);
    }
    nights(&["a.parquet", "b.parquet"]);
    project.done(&["run", "pipelines/two.yaml"]);
    assert_eq!(read_and_right(&project), 2);
}

/// A check that fails is a reason not to publish, and none to read everything again.
#[test]
fn a_failed_check_keeps_what_was_read() {
    let project = shop();
    project.replace(PIPELINE, "max: 100", "max: 0.5");
    project.replace(PIPELINE, "severity: warn", "severity: error");
    assert_eq!(project.run(&["run", PIPELINE]).code, Some(1));
    project.replace(PIPELINE, "severity: error", "severity: warn");
    assert_eq!(read_and_right(&project), 0);
}

/// Killed at whatever moment: what is left is of use, or is no harm.
#[cfg(unix)]
#[test]
fn a_killed_run() {
    let project = shop();
    project.ran();
    for (number, wait) in [30, 60, 90, 120, 160].into_iter().enumerate() {
        file(&project, &format!("1{number}.parquet"), &[("t1", 10 + number), (&format!("k{number}"), 4)]);
        let mut run = project.command(&["run", PIPELINE]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = Command::new("kill").args(["-s", "KILL", &run.id().to_string()]).status();
        run.wait().unwrap();
    }
    read_and_right(&project);
    assert_eq!(read(&project, &[]), 0);
    let drafts = fs::read_dir(project.path(CACHE)).unwrap().flatten();
    assert!(drafts.filter(|entry| entry.file_name().to_string_lossy().starts_with(".new-")).count() == 0);
}
