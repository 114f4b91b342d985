//! A cache that is damaged, full or not to be had costs the cache and never the night, nor a figure; and whatever the
//! cache and the threads did, the published bytes are the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content, differences, report_content};

const REPORT: &str = "site/shop/2024-03-31";
const CACHE: &str = ".regulars/cache";

/// A shop whose kept tables are full of ties: customers buy several times on one day, and order ids repeat.
fn shop() -> Project {
    let project = Project::shop(
        "path: data
quarantine:
  again: { repeated: [transaction_id, amount] }",
    );
    project.write(
        "sql/by_customer.sql",
        "select customer_id, day, transaction_id, sum(amount) as amount from transactions
group by customer_id, day, transaction_id order by customer_id",
    );
    project.write(
        "sql/by_day.sql",
        "select customer_id, day, transaction_id, count(*) as rows from transactions
group by customer_id, day, transaction_id order by customer_id, day",
    );
    project.write("sql/rows.sql", "select customer_id, amount, day from transactions order by customer_id");
    project
        .write("sql/first.sql", "select customer_id, amount from transactions order by customer_id limit 40");
    let steps = "  by_customer: { sql: sql/by_customer.sql, incremental: true }
  by_day: { sql: sql/by_day.sql, incremental: true }
  rows: { sql: sql/rows.sql }
  first: { sql: sql/first.sql }
";
    project.write(PIPELINE, project.read(PIPELINE) + steps);
    for night in 1..=6 {
        file(&project, night);
    }
    project
}

fn file(project: &Project, night: usize) {
    let rows: Vec<(String, String, String, String)> = (0..400)
        .map(|row| {
            let mixed = (row * 7919 + night * 104_729) % 1_009;
            let day = format!("2024-03-{:02}", 1 + mixed % 5);
            (format!("t{}", mixed % 300), format!("c{:02}", mixed % 23), day, format!("{}.00", mixed % 41))
        })
        .collect();
    let rows: Vec<_> = rows
        .iter()
        .map(|(id, customer, day, amount)| (id.as_str(), customer.as_str(), day.as_str(), amount.as_str()))
        .collect();
    parquet(&project.path(&format!("data/{night:02}.parquet")), &sales(&rows));
}

/// Every file of the cache's entries.
fn files(project: &Project) -> Vec<PathBuf> {
    let root = project.path(CACHE);
    let names = content(&root).into_iter().map(|(name, _)| name).filter(|name| name.contains('/'));
    names.map(|name| root.join(name)).collect()
}

fn flip_a_bit(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn the_same_bytes_whatever_threads_and_cache_did() {
    let project = shop();
    project.done(&["run", PIPELINE, "--no-cache", "--threads", "1"]);
    let right = report_content(&project.path(REPORT));
    for threads in ["1", "2", "3", "8"] {
        for nights in [2, 4, 6] {
            // The files of some nights are known, the others are new.
            fs::remove_dir_all(project.path(".regulars")).ok();
            for later in nights + 1..=6 {
                fs::rename(
                    project.path(&format!("data/{later:02}.parquet")),
                    project.path(&format!("{later:02}.parquet")),
                )
                .unwrap();
            }
            project.done(&["run", PIPELINE, "--threads", threads]);
            for later in nights + 1..=6 {
                fs::rename(
                    project.path(&format!("{later:02}.parquet")),
                    project.path(&format!("data/{later:02}.parquet")),
                )
                .unwrap();
            }
            project.done(&["run", PIPELINE, "--threads", threads]);
            let found = report_content(&project.path(REPORT));
            assert_eq!(differences(&right, &found), [""; 0], "{threads} threads, {nights} nights known");
        }
    }
}

#[test]
fn a_flipped_bit_costs_a_second_reading_and_no_figure() {
    let project = shop();
    project.ran();
    let right = report_content(&project.path(REPORT));
    let whole = content(&project.path(CACHE));
    let mut told = 0;
    for path in files(&project) {
        flip_a_bit(&path);
        let ran = project.ran();
        assert_eq!(
            differences(&right, &report_content(&project.path(REPORT))),
            [""; 0],
            "{}",
            path.display()
        );
        told += usize::from(ran.err.contains("damaged"));
        let again = project.ran();
        assert!(!again.err.contains("damaged"), "{}", again.err);
        fs::remove_dir_all(project.path(CACHE)).unwrap();
        for (name, bytes) in &whole {
            project.write(&format!("{CACHE}/{name}"), bytes);
        }
    }
    assert!(told >= 4, "{told}");
}

#[test]
fn what_is_said_of_a_damaged_cache() {
    let project = shop();
    project.ran();
    let run =
        files(&project).into_iter().find(|file| file.to_string_lossy().contains("by_customer")).unwrap();
    flip_a_bit(&run);
    assert_snapshot!(project.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ source `transactions`: 1 part of the cache in .regulars/ was damaged; the files were read
      │ again
      help: if this comes again, check the disk
    ");
}

#[test]
fn a_cache_that_is_no_folder() {
    let project = shop();
    project.write(".regulars", "in the way");
    assert_snapshot!(project.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ the cache in .regulars/ cannot be used (Not a directory (os error 20)); the run goes on
      │ without it
      help: check its permissions and the free space; it may be removed at any time; `cache: off` does
            without
    ");
}

/// A file system of a few pages, at a place of the project; none where that is not allowed.
struct Small(PathBuf);

impl Small {
    fn at(path: PathBuf) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=48k", "tmpfs"]).arg(&path).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(path))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_cache() {
    let project = shop();
    let Some(_small) = Small::at(project.path(".regulars")) else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    project.done(&["run", PIPELINE, "--no-cache"]);
    let right = report_content(&project.path(REPORT));
    assert_snapshot!(project.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ the cache in .regulars/ cannot be used (No space left on device (os error 28)); the run goes
      │ on without it
      help: check its permissions and the free space; it may be removed at any time; `cache: off` does
            without
    ");
    assert_eq!(differences(&right, &report_content(&project.path(REPORT))), [""; 0]);
}
