//! Files, moments, limits and names that chance chooses: whatever it is, nothing panics, nothing half-done is published, and
//! no figure is another.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::files_corrupt::{hurt, kinds, read};
use super::hostile_text::is_clean;
use super::{by_rounds, rounds};
use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content, differences, report_content};

/// Rows as the shop's till writes them.
const CSV: &str = "transaction_id,customer_id,occurred_at,amount
t1,ann,2024-01-05,10.00
t2,\"bob, jr\",2024-01-06,5.50
t3,\"says \"\"hi\"\"\",2024-02-07,7.25
t4,ann,2024-03-08,1.00
";

const MAPPED: &str = "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: cast(occurred_at as date)
  amount: cast(amount as decimal(12, 2))";

fn hurt_at_random(sound: &[u8], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..chance.random_range(1..=3) {
        // The ends of files are the densest.
        let first = if chance.random_bool(0.5) { bytes.len() * 2 / 3 } else { 0 };
        if first < bytes.len() {
            bytes = hurt(&bytes, chance.random_range(0..48), chance.random_range(first..bytes.len()));
        }
    }
    bytes
}

#[test]
fn damaged_parquet_is_read_right_or_refused() {
    let project = Project::new();
    let kinds: Vec<_> =
        kinds(project.root()).into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect();
    by_rounds(200, |_, chance| {
        let (sound, path) = &kinds[chance.random_range(0..kinds.len())];
        fs::write(path, hurt_at_random(sound, chance)).unwrap();
        match read(path) {
            Ok(rows) => assert_eq!(rows, Some(300), "{}", path.display()),
            Err(why) => assert!(!why.is_empty()),
        }
    });
}

#[test]
fn damaged_files_end_a_run_or_are_read() {
    let parquets = Project::new();
    let mut sound: Vec<(Vec<u8>, &str)> =
        kinds(parquets.root()).into_iter().map(|path| (fs::read(path).unwrap(), "parquet")).collect();
    sound.push((CSV.into(), "csv"));
    by_rounds(8, |_, chance| {
        let (sound, ending) = &sound[chance.random_range(0..sound.len())];
        let project = Project::shop(if *ending == "csv" { MAPPED } else { "path: data" });
        project.write(&format!("data/hurt.{ending}"), hurt_at_random(sound, chance));
        let outcome = project.run(&["run", PIPELINE]);
        assert!(matches!(outcome.code, Some(0..=3)), "{:?}\n{}", outcome.code, outcome.err);
        assert_eq!(outcome.code == Some(0), !project.nothing_published(), "{}", outcome.err);
        assert!(is_clean(&outcome.err), "{:?}", outcome.err);
    });
}

/// A project with a report as of February, and what a run as of March publishes.
struct Shop {
    project: Project,
    march: Vec<(String, Vec<u8>)>,
    /// How long a run takes.
    took: Duration,
}

const FEBRUARY: &str = "2024-02-29";
const MARCH: &str = "site/shop/2024-03-31";

impl Shop {
    fn new() -> Self {
        let project = Self::fresh();
        let begun = Instant::now();
        project.ran();
        let march = report_content(&project.path(MARCH));
        let took = begun.elapsed();
        let project = Self::fresh();
        project.done(&["run", PIPELINE, "--as-of", FEBRUARY]);
        Self { project, march, took }
    }

    fn fresh() -> Project {
        let project = Project::shop("path: data\nquarantine: { again: { repeated: [transaction_id] } }");
        project.replace(PIPELINE, "steps:", "report: { sections: [method] }\nsteps:");
        for file in ["a", "b"] {
            let rows = [(file, "ann", "2024-01-05", "10.00"), ("t", "bob", "2024-03-06", "5.00")];
            parquet(&project.path(&format!("data/{file}.parquet")), &sales(&rows));
        }
        // The same masks in each.
        project.write("private/.key", "0123456789abcdef".repeat(4));
        project
    }

    /// The report as of March is the whole one or none, and readers find a whole site.
    fn is_whole(&self) {
        let march = self.project.path(MARCH);
        if march.exists() {
            assert_eq!(differences(&self.march, &report_content(&march)), [""; 0]);
        }
        let latest = self.project.read("site/shop/latest/index.html");
        let index = self.project.read("site/index.html");
        assert!(latest.trim_end().ends_with("</html>") && index.trim_end().ends_with("</html>"));
        assert!(index.contains(&format!("shop/{FEBRUARY}/index.html")), "{index}");
    }

    /// As if there had been no report as of March.
    fn forgets_march(&self) {
        if self.project.path(MARCH).exists() {
            fs::remove_dir_all(self.project.path(MARCH)).unwrap();
            let latest = self.project.path("site/shop/latest");
            fs::remove_file(&latest).unwrap();
            symlink(FEBRUARY, latest).unwrap();
        }
    }

    /// Whatever was before, a run does its work.
    fn goes_on(&self) {
        self.project.ran();
        self.is_whole();
        assert!(self.project.path(MARCH).exists());
        let staged = ["site/.runs/shop.staging", "private/.runs/shop.staging", "private/.runs/shop.scratch"];
        assert!(staged.iter().all(|folder| !self.project.path(folder).exists()));
    }
}

fn start(project: &Project, pipeline: &str) -> Child {
    let mut run = project.command(&["run", pipeline]);
    run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a run at some moment of its time.
fn killed(mut run: Child, took: Duration, chance: &mut ChaCha8Rng) {
    std::thread::sleep(took.mul_f64(chance.random_range(0.0..1.1)));
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_kill_at_any_moment_leaves_every_report_whole() {
    let shop = Shop::new();
    by_rounds(6, |_, chance| {
        killed(start(&shop.project, PIPELINE), shop.took, chance);
        shop.is_whole();
        if chance.random_bool(0.3) {
            shop.goes_on();
            shop.forgets_march();
        }
    });
    shop.goes_on();
}

/// Three pipelines at a time, of which one is killed: the others end well, and are in the index.
#[test]
fn whoever_is_killed_the_others_are_published() {
    let shop = Shop::new();
    let project = &shop.project;
    for name in ["one", "two"] {
        let other = project.read(PIPELINE).replace("name: shop", &format!("name: {name}"));
        project.write(&format!("pipelines/{name}.yaml"), other);
    }
    by_rounds(2, |_, chance| {
        for name in ["one", "two"] {
            drop(fs::remove_dir_all(project.path(&format!("site/{name}"))));
        }
        let victim = start(project, PIPELINE);
        let others = ["one", "two"].map(|name| start(project, &format!("pipelines/{name}.yaml")));
        killed(victim, shop.took * 2, chance);
        for mut other in others {
            assert_eq!(other.wait().unwrap().code(), Some(0));
        }
        shop.is_whole();
        let index = project.read("site/index.html");
        for name in ["one", "two"] {
            assert!(index.contains(&format!("{name}/2024-03-31/index.html")), "{index}");
        }
    });
    shop.goes_on();
}

/// Files that may not grow beyond some size.
#[test]
fn a_disk_that_is_full_anywhere() {
    let shop = Shop::new();
    by_rounds(4, |_, chance| {
        let blocks = 1_u32 << chance.random_range(0..9_u32);
        let blocks = blocks + chance.random_range(0..=blocks);
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" run {PIPELINE}");
        let mut shell = Command::new("sh");
        let shell =
            shell.args(["-c", &script, env!("CARGO_BIN_EXE_regulars")]).current_dir(shop.project.root());
        let output = shell.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{blocks} blocks: {said}");
        shop.is_whole();
        assert_eq!(output.status.success(), shop.project.path(MARCH).exists(), "{blocks} blocks: {said}");
        shop.forgets_march();
    });
    shop.goes_on();
}

/// What names are made of: globs, escapes, marks of direction, formulas, markup, and letters.
const PARTS: [&str; 24] = [
    "*",
    "?",
    "[",
    "]",
    "{",
    "}",
    "%2F",
    "#",
    "&",
    "'",
    "\"",
    "\\",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{7}",
    "\n",
    "=1+1",
    "＝",
    "<script>",
    "..",
    " ",
    "é",
    "客户",
    "a",
];

fn name(chance: &mut ChaCha8Rng) -> String {
    let parts = chance.random_range(1..6);
    (0..parts).map(|_| PARTS[chance.random_range(0..PARTS.len())]).collect()
}

#[test]
fn names_of_all_kinds_are_names() {
    by_rounds(4, |round, chance| {
        let project = Project::shop("path: data");
        let report = "report: { customer_ids: shown, sections: [seen, method] }\n";
        project.write(PIPELINE, project.read(PIPELINE) + report);
        project.write(
            "sql/seen.sql",
            "select customer_id as name, transaction_id as order_id, amount from transactions order by order_id",
        );
        let (customer, file) = (name(chance), name(chance));
        let rows = [("t1", customer.as_str(), "2024-01-05", "10.00"), ("t2", "ann", "2024-01-06", "5.00")];
        parquet(&project.path(&format!("data/{round}{file}.parquet")), &sales(&rows));
        let outcome = project.run(&["run", PIPELINE]);
        assert_eq!(outcome.code, Some(0), "{file:?} {customer:?}: {}", outcome.err);
        let seen = project.table("private/shop/2024-03-31/tables/seen.parquet");
        assert_eq!(seen.column("name"), [customer.clone(), "ann".into()], "{file:?}");
        for (name, bytes) in content(&project.path("site")) {
            let text = String::from_utf8_lossy(&bytes);
            let ending = Path::new(&name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if matches!(ending, "html" | "csv") {
                assert!(is_clean(&text), "{file:?} {customer:?}: {name}: {text:?}");
            }
            // The page's own script is the only one.
            assert!(text.matches("<script").count() <= 1, "{file:?} {customer:?}: {name}");
        }
    });
}

/// Ten thousand files with the fewest handles that a system gives; fewer of them where there is little time.
#[test]
fn thousands_of_files_with_few_handles() {
    let files = (rounds(1) * 500).min(10_000);
    let project =
        Project::shop(&format!("{MAPPED}\nquarantine: {{ again: {{ repeated: [transaction_id] }} }}"));
    for number in 0..files {
        let line = format!("t{number},c{},2024-01-05,10.00\nonce,ann,2024-01-05,1.00\n", number % 7);
        project.write(&format!("data/{number}.csv"), format!("{}{line}", &CSV[..=CSV.find('\n').unwrap()]));
    }
    project.write("sql/seen.sql", "select count(*) as n, sum(amount) as amount from transactions");
    // First, by the cache, and all again.
    for more in ["", "", "--no-cache"] {
        let run = format!("ulimit -n 128; exec {} run {PIPELINE} {more}", env!("CARGO_BIN_EXE_regulars"));
        let output = Command::new("sh").args(["-c", &run]).current_dir(project.root()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let seen = project.table("private/shop/2024-03-31/tables/seen.parquet");
        assert_eq!(seen.one("n"), (files + 1).to_string());
        assert_eq!(seen.one("amount"), format!("{}.00", files * 10 + 1));
    }
}
