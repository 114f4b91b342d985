//! Which files a path means: each once, whatever its name; what is passed over is said; what cannot be looked at is an error.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::data::{batch, days, decimals, parquet, sales, texts};
use crate::support::{PIPELINE, Project};

type Row = (&'static str, &'static str, &'static str, &'static str);

const A: Row = ("a", "ann", "2024-01-05", "1.00");
const B: Row = ("b", "bob", "2024-02-05", "2.00");
const C: Row = ("c", "cid", "2024-03-05", "4.00");

const MANIFEST: &str = "site/shop/2024-03-31/manifest.json";

fn shop(path: &str, files: &[(&str, Row)]) -> Project {
    let project = Project::shop(&format!("path: {path}"));
    for (name, row) in files {
        parquet(&project.path(name), &sales(&[*row]));
    }
    project
}

/// The transactions that a run reads, after it wrote its report.
fn read(project: &Project) -> Vec<String> {
    project.ran();
    project.table("private/shop/2024-03-31/tables/seen.parquet").column("transaction_id")
}

/// What `plan` says of the source.
fn planned(project: &Project) -> String {
    let plan = project.done(&["plan", PIPELINE]).out;
    plan.lines()
        .skip_while(|line| *line != "sources")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first line of what `check` complains of.
fn complaint(project: &Project) -> String {
    let message = project.complaint();
    let lines = message.lines().take_while(|line| !line.contains("╭─"));
    let help = message.lines().skip_while(|line| !line.contains("help:"));
    lines.chain(help).map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn inputs(project: &Project) -> Vec<String> {
    let manifest = project.json(MANIFEST);
    manifest["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["path"].as_str().unwrap().to_owned())
        .collect()
}

fn fifo(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn endings_in_capitals() {
    let project = shop("data", &[("data/a.parquet", A), ("data/B.PARQUET", B)]);
    assert_eq!(read(&project), ["a", "b"]);
    assert_eq!(inputs(&project), ["data/B.PARQUET", "data/a.parquet"]);
    let csv = Project::shop(CSV);
    csv.write("data/SALES.CSV", "id,customer,day,amount\nt1,ann,2024-01-05,10.00\n");
    assert_eq!(read(&csv), ["t1"]);
}

const CSV: &str = "path: data
columns:
  transaction_id: id
  customer_id: customer
  occurred_at: CAST(day AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))";

/// Each file has its own header and its own partition.
#[test]
fn partitions_of_csv_files_whose_headers_differ() {
    let project = Project::shop(&format!("{CSV}\n  store_id: store"));
    project.write("data/store=007/a.csv", "id,customer,day,amount,note\nt1,ann,2024-01-05,1.00,x\n");
    project.write("data/store=8/b.csv", "id,customer,day,memo,amount\nt2,bob,2024-01-06,y,2.00\n");
    project.write("sql/seen.sql", "select transaction_id, store_id, amount from transactions order by 1");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | store_id | amount
    t1 | 007 | 1.00
    t2 | 8 | 2.00
    ");
}

/// What planning costs grows with the partitions, not with their square.
#[test]
fn many_partitions() {
    let names: Vec<String> = (0..400).map(|day| format!("data/day={day}/a.parquet")).collect();
    let files: Vec<(&str, Row)> = names.iter().map(|name| (name.as_str(), A)).collect();
    let project = shop("data", &files);
    assert_eq!(read(&project).len(), 400);
    let manifest = project.json(MANIFEST);
    assert_eq!(manifest["inputs"].as_array().unwrap().len(), 400);
}

/// Values are decoded on every night, whatever the number of files; a partition without a value is NULL.
#[test]
fn values_of_partitions() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: occurred_at
  amount: amount
  store_id: city
  channel: channel",
    );
    project.write("sql/seen.sql", "select transaction_id, store_id, channel from transactions order by 1");
    parquet(&project.path("data/city=S%C3%A3o%20Paulo/channel=web/a.parquet"), &sales(&[A]));
    parquet(&project.path("data/channel=app/city=__HIVE_DEFAULT_PARTITION__/b.parquet"), &sales(&[B]));
    for _ in 0..2 {
        project.ran();
        let rows = "transaction_id | store_id | channel\na | São Paulo | web\nb | NULL | app";
        assert_eq!(project.seen(), rows);
    }
}

#[test]
fn files_beside_partitions_and_with_other_keys() {
    let beside = shop("data", &[("data/store=1/a.parquet", A), ("data/b.parquet", B), ("data/c.parquet", C)]);
    assert_snapshot!(complaint(&beside), @r"
    exit code 3
      × source `transactions`: data/b.parquet (and 1 more) lies in no folder `store=...`, but data/
      │ store=1/a.parquet does
      help: move it into the folder of its `store`, or name only the partitions with a glob, such as
            `data/store=*/*`
    ");
    let other = shop("data", &[("data/store=1/a.parquet", A), ("data/shop=2/b.parquet", B)]);
    let message = complaint(&other);
    assert!(message.contains("data/store=1/a.parquet lies in no folder `shop=...`"), "{message}");
    assert!(message.contains("data/shop=2/b.parquet lies in no folder `store=...`"), "{message}");
    let twice = shop("data", &[("data/store=1/store=2/a.parquet", A)]);
    let message = complaint(&twice);
    assert!(
        message.contains("the folders of data/store=1/store=2/a.parquet name the partition"),
        "{message}"
    );
    beside.replace(PIPELINE, "path: data", "path: data/store=*/*");
    assert_eq!(read(&beside), ["a"]);
}

#[test]
fn a_glob_reads_what_it_matches() {
    let files = [
        ("data/channel=web/a.parquet", A),
        ("data/channel=store/b.parquet", B),
        ("data/channel=app/c.parquet", C),
    ];
    assert_eq!(read(&shop("data/channel=[ws]*/*.parquet", &files)), ["a", "b"]);
    assert_eq!(read(&shop("data/**/*.parquet", &files)), ["a", "b", "c"]);
    assert_eq!(read(&shop("data/**", &files)), ["a", "b", "c"]);
    assert_snapshot!(complaint(&shop("data/channel=*", &files)), @r"
    exit code 3
      × source `transactions`: no Parquet or CSV file matches data/channel=*
      help: it matches folders, such as data/channel=app; add `/*.parquet` for the files in them
    ");
}

#[test]
fn hidden_files_are_no_data_wherever_they_lie() {
    let files = [
        ("data/store=1/a.parquet", A),
        ("data/store=1/._a.parquet", B),
        ("data/store=1/_c.parquet", C),
        ("data/_temporary/0/store=1/c.parquet", C),
        ("data/.trash/c.parquet", C),
    ];
    for path in ["data", "data/*/*.parquet", "data/**/*.parquet"] {
        assert_eq!(read(&shop(path, &files)), ["a"], "{path}");
    }
    let log = shop("data", &files).ran().words();
    assert_eq!(log, "    source `transactions`: data: 4 names are not read (4 hidden), such as data/.trash");
    assert_snapshot!(planned(&shop("data", &files)), @r"
      transactions: reads 1 of 1 file, 0.0 MB
        store=1/a.parquet: nothing is kept yet for the source's columns, joins, rules, checks and incremental steps as they are now
        data: 4 names are not read (4 hidden), such as data/.trash
    ");
    // What is named is meant.
    assert_eq!(read(&shop("_data/", &[("_data/a.parquet", A)])), ["a"]);
    assert_eq!(read(&shop("_data/*.parquet", &[("_data/a.parquet", A)])), ["a"]);
    assert_eq!(read(&shop("data/_*.parquet", &[("data/_a.parquet", A), ("data/b.parquet", B)])), ["a"]);
}

#[test]
fn a_column_that_is_a_partition_too() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: occurred_at
  amount: amount
  channel: channel",
    );
    project.write("sql/seen.sql", "select transaction_id, channel from transactions order by 1");
    let rows = batch(vec![
        ("transaction_id", texts(&["a"])),
        ("customer_id", texts(&["ann"])),
        ("occurred_at", days(&["2024-01-05"])),
        ("amount", decimals(&["1.00"], 10, 2)),
        ("Channel", texts(&["Web shop"])),
    ]);
    parquet(&project.path("data/channel=web/a.parquet"), &rows);
    parquet(&project.path("data/channel=app/b.parquet"), &sales(&[B]));
    let log = project.ran().words();
    assert_snapshot!(project.seen(), @r"
    transaction_id | channel
    a | web
    b | app
    ");
    assert_snapshot!(log, @r"
      ⚠ source `transactions`: 1 file has a column `channel`, such as channel=web/a.parquet, and so do
      │ the names of folders: `channel` is what the folders say
    ");
}

#[test]
fn a_file_of_several_names_is_read_once() {
    let project = shop("data", &[("data/b.parquet", B), ("data/year/c.parquet", C)]);
    symlink("b.parquet", project.path("data/a.parquet")).unwrap();
    symlink("year", project.path("data/2024")).unwrap();
    fs::hard_link(project.path("data/b.parquet"), project.path("data/d.parquet")).unwrap();
    assert_eq!(read(&project), ["b", "c"]);
    assert_eq!(inputs(&project), ["data/b.parquet", "data/year/c.parquet"]);
    let plan = planned(&project);
    let again = "data: 2 names lead to a file that has another, such as data/d.parquet to data/b.parquet; each file is read once";
    assert!(plan.contains(again), "{plan}");
    let glob = shop("data/*.parquet", &[("data/b.parquet", B)]);
    symlink("b.parquet", glob.path("data/a.parquet")).unwrap();
    assert_eq!(read(&glob), ["b"]);
    // Which of two partitions its rows belong to, nobody knows.
    let torn = shop("data", &[("data/store=1/a.parquet", A)]);
    fs::create_dir(torn.path("data/store=2")).unwrap();
    symlink("../store=1/a.parquet", torn.path("data/store=2/a.parquet")).unwrap();
    let message = complaint(&torn);
    assert!(message.contains("are one file in"), "{message}");
}

#[test]
fn loops_of_links_end() {
    let project = shop("data", &[("data/a.parquet", A), ("data/in/b.parquet", B)]);
    symlink("..", project.path("data/in/up")).unwrap();
    symlink("../in", project.path("data/in/self")).unwrap();
    assert_eq!(read(&project), ["a", "b"]);
    let plan = planned(&project);
    assert!(
        plan.contains("data: 2 links lead back to a folder above, such as data/in/self; not followed"),
        "{plan}"
    );
    project.replace(PIPELINE, "path: data", "path: data/**/*.parquet");
    assert_eq!(read(&project), ["a", "b"]);
}

#[test]
fn what_cannot_be_looked_at_is_an_error() {
    let dangling = shop("data", &[("data/a.parquet", A)]);
    symlink("gone/2023", dangling.path("data/2023")).unwrap();
    assert_snapshot!(complaint(&dangling), @r"
    exit code 3
      × source `transactions`: data/2023 is a link to gone/2023, which is not there
      help: mend the link, or remove it
    ");
    dangling.replace(PIPELINE, "path: data", "path: data/*/*.parquet");
    assert!(complaint(&dangling).contains("data/2023 is a link to gone/2023, which is not there"));
    dangling.replace(PIPELINE, "path: data/*/*.parquet", "path: data/**/*.parquet");
    assert!(complaint(&dangling).contains("data/2023 is a link to gone/2023, which is not there"));
    let circle = shop("data/*", &[("data/a.parquet", A)]);
    symlink("y.parquet", circle.path("data/x.parquet")).unwrap();
    symlink("x.parquet", circle.path("data/y.parquet")).unwrap();
    let message = complaint(&circle);
    assert!(message.contains("data/x.parquet cannot be read: Too many levels"), "{message}");
    assert!(message.contains("data/y.parquet cannot be read: Too many levels"), "{message}");
}

/// A name that is no text cannot be put on record.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let project = shop("data", &[("data/a.parquet", A)]);
    fs::copy(
        project.path("data/a.parquet"),
        project.path("data").join(OsStr::from_bytes(b"caf\xe9.parquet")),
    )
    .unwrap();
    let message = complaint(&project);
    assert!(message.contains(".parquet is not UTF-8"), "{message}");
    assert!(message.contains("rename the file"), "{message}");
}

/// Root may open any folder; so the program runs as somebody else there.
#[test]
fn a_folder_that_may_not_be_opened_is_an_error() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let chmod = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for path in ["data", "data/*/*.parquet", "data/**/*.parquet"] {
        let project = shop(path, &[("data/open/a.parquet", A), ("data/shut/b.parquet", B)]);
        chmod(project.root(), 0o755);
        chmod(&project.path("data/shut"), 0o000);
        let mut command = project.command(&["check", PIPELINE]);
        if fs::metadata(project.root()).unwrap().uid() == 0 {
            command.uid(65_534);
        }
        // Where nobody may start the program, as below /root, there is nothing to be learned.
        let Ok(output) = command.output() else { return };
        let err = String::from_utf8(output.stderr).unwrap();
        chmod(&project.path("data/shut"), 0o755);
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert!(err.contains("data/shut cannot be read: Permission denied"), "{err}");
    }
}

#[test]
fn pipes_and_devices_are_not_opened() {
    let project = shop("data", &[("data/a.parquet", A)]);
    fifo(&project.path("data/b.parquet"));
    assert_snapshot!(complaint(&project), @r"
    exit code 3
      × source `transactions`: data/b.parquet is a pipe, not a file
      help: only files are read; move it away, or name the files with a glob
    ");
    project.replace(PIPELINE, "path: data", "path: data/b.parquet");
    assert!(complaint(&project).contains("data/b.parquet is a pipe, not a file"));
    project.replace(PIPELINE, "path: data/b.parquet", "path: /dev/zero");
    assert!(complaint(&project).contains("/dev/zero is a device, not a file"));
    let other = shop("data", &[("data/a.parquet", A)]);
    fifo(&other.path("data/queue"));
    assert!(planned(&other).contains("data: 1 name is not read (1 a pipe), such as data/queue"));
}

#[test]
fn pipes_in_the_place_of_the_project_s_own_files() {
    let project = shop("data", &[("data/a.parquet", A)]);
    fs::remove_file(project.path("sql/seen.sql")).unwrap();
    fifo(&project.path("sql/seen.sql"));
    assert!(complaint(&project).contains("sql/seen.sql cannot be read: it is a pipe, not a file"));
    project.replace(PIPELINE, "sql/seen.sql", "/dev/zero");
    assert!(complaint(&project).contains("/dev/zero cannot be read: it is a device, not a file"));
    let message = project.run(&["check", "/dev/zero"]).message();
    assert!(
        message.contains("the pipeline /dev/zero cannot be read: it is a device, not a file"),
        "{message}"
    );

    let themed = Project::new();
    themed.done(&["init", "."]);
    themed.done(&["eject", "reports/style.css"]);
    fifo(&themed.path("reports/own.html"));
    let message = themed.run(&["check", "pipelines/demo.yaml"]).message();
    assert!(message.contains("reports/own.html cannot be read: it is a pipe, not a file"), "{message}");
    fs::remove_file(themed.path("reports/own.html")).unwrap();
    symlink("..", themed.path("reports/up")).unwrap();
    let message = themed.run(&["check", "pipelines/demo.yaml"]).message();
    // The loop ends; what it shows of other folders is no template.
    assert!(
        message.contains("reports/up/pipelines/demo.yaml is a file that no page is made of"),
        "{message}"
    );
}

#[test]
fn what_is_not_read_is_said() {
    let project = shop("data", &[("data/a.parquet", A)]);
    for name in ["a.json", "b.JSON", "notes.txt", "README", ".DS_Store"] {
        project.write(&format!("data/{name}"), "");
    }
    let said = "data: 5 names are not read (1 without an ending, 2 `.json`, 1 `.txt`, 1 hidden), such as data/README";
    let plan = planned(&project);
    assert!(plan.contains(said), "{plan}");
    let log = project.ran().words();
    assert_snapshot!(log, @r"
      ⚠ source `transactions`: data: 5 names are not read (1 without an ending, 2 `.json`, 1 `.txt`, 1
      │ hidden), such as data/README
    ");
    let glob = shop("data/*", &[("data/a.parquet", A), ("data/2023/b.parquet", B)]);
    let plan = planned(&glob);
    assert!(
        plan.contains("data/*: 1 name is not read (1 a folder that the glob matches), such as data/2023"),
        "{plan}"
    );
}

/// Spark writes a folder of parts in a file's place.
#[test]
fn a_folder_named_like_a_file() {
    let files = [("data/jan.parquet/part-0.parquet", A), ("data/jan.parquet/part-1.parquet", B)];
    for path in ["data", "data/*.parquet", "data/jan.parquet"] {
        assert_eq!(read(&shop(path, &files)), ["a", "b"], "{path}");
    }
    let plan = planned(&shop("data/*.parquet", &files));
    let said =
        "data/*.parquet: 1 folder is named like a file, such as data/jan.parquet; the files inside are read";
    assert!(plan.contains(said), "{plan}");
}

#[test]
fn tables_of_delta_iceberg_and_hudi_are_no_plain_files() {
    let delta = shop("lake/sales", &[("lake/sales/day=1/part-0.parquet", A)]);
    delta.write("lake/sales/_delta_log/00000000000000000000.json", "{}");
    assert_snapshot!(complaint(&delta), @r"
    exit code 3
      × source `transactions`: lake/sales is a table of Delta Lake: read as plain files, it would
      │ count rows that were changed or deleted since
      help: write the table's current rows to a folder of Parquet files, and name that
    ");
    for path in [
        "lake",
        "lake/*/*/*.parquet",
        "lake/sales/day=1",
        "lake/sales/day=1/part-0.parquet",
        "linked",
        "linked/*.parquet",
    ] {
        let project = shop(path, &[("lake/sales/day=1/part-0.parquet", A)]);
        project.write("lake/sales/_delta_log/00000000000000000000.json", "{}");
        symlink("lake/sales/day=1", project.path("linked")).unwrap();
        let message = complaint(&project);
        assert!(message.contains("lake/sales is a table of Delta Lake"), "{path}: {message}");
    }
    for (mark, format) in [
        (".hoodie/hoodie.properties", "Hudi"),
        ("metadata/version-hint.text", "Iceberg"),
        ("metadata/00001-5f3e.metadata.json", "Iceberg"),
    ] {
        for path in ["lake", "lake/sales/data/*.parquet"] {
            let project = shop(path, &[("lake/sales/data/part-0.parquet", A)]);
            project.write(&format!("lake/sales/{mark}"), "");
            let message = complaint(&project);
            assert!(message.contains(&format!("lake/sales is a table of {format}")), "{path}: {message}");
        }
    }
}

#[test]
fn paths_on_record_exist_and_are_not_the_server_s() {
    let files = [("data/2024/a.parquet", A), ("data/2024/b.parquet", B)];
    for path in ["data/", "data/2024/*.parquet", "data/*/?.parquet", "./data"] {
        let project = shop(path, &files);
        project.ran();
        assert_eq!(inputs(&project), ["data/2024/a.parquet", "data/2024/b.parquet"], "{path}");
    }
    let project = shop("$lake/2024", &files);
    let lake = project.path("data").display().to_string();
    project.replace(PIPELINE, "sources:", &format!("params: {{ lake: '{lake}' }}\nsources:"));
    project.done(&["run", &project.path(PIPELINE).display().to_string()]);
    assert_eq!(inputs(&project), ["data/2024/a.parquet", "data/2024/b.parquet"]);
    let manifest = project.read(MANIFEST);
    assert!(!manifest.contains(&project.root().display().to_string()), "{manifest}");

    let elsewhere = shop("data", &files);
    let away = elsewhere.root().display().to_string();
    let project = shop(&format!("{away}/data/*/*.parquet"), &[]);
    project.ran();
    assert_eq!(inputs(&project), ["data/2024/a.parquet", "data/2024/b.parquet"]);
    let manifest = project.read(MANIFEST);
    assert!(!manifest.contains(&away), "{manifest}");
    assert_eq!(project.json(MANIFEST)["sources"][0]["path"], "data/*/*.parquet");
}
