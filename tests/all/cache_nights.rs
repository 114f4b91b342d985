//! Any sequence of nights gives what reading everything would give: files come, change, go and come back, rows come late
//! and twice, the as-of date moves, and each run's published files are those of a run that knows nothing.
//!
//! `REGULARS_SEQUENCES=200 cargo test --test all -- cache_nights` tries so many longer ones, from `REGULARS_SEED` on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::{batch, days, decimals, parquet, texts};
use crate::support::{Project, content, differences, report_content};

const PIPELINE: &str = "pipelines/nights.yaml";

/// Rules and checks of all kinds, with conditions before, between and after rules of repeated keys.
const NIGHTS: &str = "\
name: nights
as_of: 2024-03-20
params: { odd: 13, unused: 1 }
sources:
  transactions:
    path: data/sales
    missing_columns: as_null
    quarantine:
      unlucky: amount = $odd
      delivered_again: { repeated: [transaction_id, line_no] }
      small: abs(amount) < 0.05
      same_day: { repeated: [customer_id, occurred_at, amount] }
      elsewhere: channel = 'x'
    checks:
      - not_null: [customer_id, category]
        severity: warn
      - unique: [transaction_id]
        severity: warn
      - unique: [customer_id, category]
        severity: warn
      - accepted_range: { column: amount, min: -3, max: 8 }
        severity: warn
      - accepted_values: { column: category, values: [a, b] }
        severity: warn
      - freshness: { column: occurred_at, warn_after: 2d, fail_after: 900d }
        severity: warn
      - row_count: { min: 3 }
        severity: warn
  visits:
    path: data/visits
    columns:
      visit: visit
      customer_id: cast(customer_id as int)
      at: cast(at as timestamp)
      pages: cast(pages as bigint)
    quarantine:
      again: { repeated: [visit] }
      none: pages = 0
    checks:
      - unique: [customer_id, at]
        severity: warn
steps:
  receipts: { sql: sql/receipts.sql, incremental: true, keep: false }
  customer_day: { sql: sql/customer_day.sql, by_day: day }
  by_category: { sql: sql/by_category.sql, incremental: true }
  by_customer: { sql: sql/by_customer.sql, incremental: true }
  all_receipts: { sql: sql/all_receipts.sql }
  rows_used: { sql: sql/rows_used.sql }
  before: { sql: sql/before.sql }
  visited: { sql: sql/visited.sql, incremental: true }
  pages: { sql: sql/pages.sql, incremental: true }
report:
  sections: [by_category, method]
";

fn project() -> Project {
    let project = Project::new();
    project.write(PIPELINE, NIGHTS);
    for name in ["receipts", "customer_day"] {
        let text = fs::read_to_string(crate::support::repository().join(format!("sql/{name}.sql"))).unwrap();
        project.write(&format!("sql/{name}.sql"), text);
    }
    for (name, sql) in [
        (
            "by_category",
            "select day, category, count(*) as many, count(channel) as told, sum(amount) as amount,
            min(amount) as least, max(customer_id) as last from transactions where amount <> 2 group by day, category",
        ),
        (
            "by_customer",
            "select customer_id, day, transaction_id, category, count(*) as many, sum(amount) as amount from transactions
            group by customer_id, day, transaction_id, category order by customer_id",
        ),
        ("all_receipts", "select * from receipts"),
        ("rows_used", "select transaction_id, line_no, customer_id, day, amount, channel from transactions"),
        (
            "before",
            "select 'days' as what, count(*) as many, sum(revenue) as amount from previous.customer_day
            union all select 'categories', count(*), sum(amount) from previous.by_category
            union all select 'year ago', count(*), sum(amount) from year_ago.by_category",
        ),
        (
            "visited",
            "select customer_id, at as day, count(*) as visits, sum(pages) as pages from visits group by customer_id, at",
        ),
        ("pages", "select count(*) as many, sum(pages) as pages, min(at) as first from visits"),
    ] {
        project.write(&format!("sql/{name}.sql"), sql);
    }
    project
}

/// A project whose files are known by name, as they are and as they were.
struct Shop {
    project: Project,
    chance: StdRng,
    as_of: i32,
    /// Files that were taken away, with their times.
    gone: BTreeMap<String, (Vec<u8>, SystemTime)>,
    told: Vec<String>,
}

const CUSTOMERS: [&str; 7] =
    ["", "ann", "bob", "zoë", "a very long customer's name 1", "a very long customer's name 22", "cy"];

impl Shop {
    fn new(seed: u64) -> Self {
        let chance = StdRng::seed_from_u64(seed);
        let mut shop =
            Self { project: project(), chance, as_of: 20, gone: BTreeMap::new(), told: Vec::new() };
        for number in 0..2 {
            shop.sales(&format!("{number}.parquet"), 1, 20);
        }
        shop.visits("0.csv");
        shop
    }

    fn pick<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[self.chance.random_range(0..values.len())]
    }

    /// Writes some rows of these days of March.
    fn sales(&mut self, name: &str, from: i32, to: i32) {
        let rows = self.chance.random_range(0..9);
        let ids = self.chance.random_range(2..40);
        let mut columns: Vec<Vec<String>> = vec![Vec::new(); 7];
        for _ in 0..rows {
            // Some ids occur again and again, most do not.
            let id = self.chance.random_range(0..ids);
            let id = if id == 0 { String::new() } else { format!("t{id}") };
            let day = self.chance.random_range(from..=to);
            let customer = self.pick(&CUSTOMERS).to_owned();
            let row = [
                id,
                customer,
                format!("2024-03-{day:02}"),
                self.pick(&["1.00", "1.00", "2.00", "-1.50", "0.01", "13", "9.25", ""]).to_owned(),
                self.pick(&["1", "1", "1", "2"]).to_owned(),
                self.pick(&["a", "b", "", "c"]).to_owned(),
                self.pick(&["shop", "shop", "", "x"]).to_owned(),
            ];
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let column = |number: usize| columns[number].iter().map(String::as_str).collect::<Vec<_>>();
        let mut table = vec![
            ("transaction_id", texts(&column(0))),
            ("customer_id", texts(&column(1))),
            ("occurred_at", days(&column(2))),
            ("amount", decimals(&column(3), 10, 2)),
            ("line_no", texts(&column(4))),
            ("category", texts(&column(5))),
        ];
        // Not every file has every column.
        if self.chance.random_bool(0.5) || name == "0.parquet" {
            table.push(("channel", texts(&column(6))));
        }
        parquet(&self.project.path("data/sales").join(name), &batch(table));
    }

    fn visits(&mut self, name: &str) {
        let mut text = "visit,customer_id,at,pages\n".to_owned();
        for _ in 0..self.chance.random_range(1..6) {
            let (visit, customer) = (self.chance.random_range(0..20), self.chance.random_range(7..12));
            let (day, hour) = (self.chance.random_range(1..3), self.chance.random_range(0..3));
            let pages = self.chance.random_range(0..4);
            text += &format!("{visit},{customer},2024-03-0{day}T0{hour}:00:00,{pages}\n");
        }
        self.project.write(&format!("data/visits/{name}"), text);
    }

    fn files(&self, folder: &str) -> Vec<String> {
        content(&self.project.path(folder)).into_iter().map(|(name, _)| name).collect()
    }

    /// A file of data; hidden ones and marks are none.
    fn any_file(&mut self) -> String {
        let mut files = self.files("data/sales");
        files.retain(|name| !name.starts_with(['.', '_']));
        files[self.chance.random_range(0..files.len())].clone()
    }

    /// Something happens between two runs.
    fn happens(&mut self) -> String {
        let number = self.told.len();
        let folder = self.project.path("data/sales");
        let as_of = self.as_of;
        let file = self.any_file();
        match self.chance.random_range(0..19) {
            0..=2 => {
                let name = format!("n{number}.parquet");
                self.sales(&name, as_of, as_of + 1);
                format!("{name} comes")
            }
            3 => {
                let name = format!("late{number}.parquet");
                self.sales(&name, 1, as_of);
                format!("{name} comes with days of before")
            }
            4 => {
                let name = format!("future{number}.parquet");
                self.sales(&name, as_of, as_of + 5);
                format!("{name} comes with days to come")
            }
            5 => {
                self.sales(&file, 1, as_of);
                format!("{file} has other rows")
            }
            6 | 7 if self.files("data/sales").len() > 1 => {
                let path = folder.join(&file);
                let modified = fs::metadata(&path).unwrap().modified().unwrap();
                self.gone.insert(file.clone(), (fs::read(&path).unwrap(), modified));
                fs::remove_file(path).unwrap();
                format!("{file} goes")
            }
            8 | 9 if !self.gone.is_empty() => {
                let at = self.chance.random_range(0..self.gone.len());
                let name = self.gone.keys().nth(at).unwrap().clone();
                let (bytes, modified) = self.gone.remove(&name).unwrap();
                fs::write(folder.join(&name), bytes).unwrap();
                File::open(folder.join(&name)).unwrap().set_modified(modified).unwrap();
                format!("{name} is back")
            }
            10 => {
                let later = SystemTime::now() + Duration::from_secs(number as u64);
                File::open(folder.join(&file)).unwrap().set_modified(later).unwrap();
                format!("{file} is touched")
            }
            11 => {
                let name = format!("r{number}.parquet");
                fs::rename(folder.join(&file), folder.join(&name)).unwrap();
                format!("{file} becomes {name}")
            }
            12 => {
                let name = format!("copy{number}.parquet");
                fs::copy(folder.join(&file), folder.join(&name)).unwrap();
                format!("{file} is delivered again as {name}")
            }
            13 => {
                self.visits(&format!("{}.csv", number % 4));
                "visits come".to_owned()
            }
            14 => self.harm(),
            15 => {
                // A copy in the making, and a mark that a folder is complete: neither is data.
                fs::copy(folder.join(&file), folder.join(format!(".{number}.parquet"))).unwrap();
                self.project.write("data/sales/_SUCCESS", "");
                format!("a hidden copy of {file} comes")
            }
            16 => {
                let name = format!("more/s{number}.parquet");
                fs::create_dir_all(folder.join("more")).unwrap();
                self.sales(&name, 1, as_of);
                format!("{name} comes")
            }
            #[cfg(unix)]
            17 => {
                let name = format!("link{number}.parquet");
                let elsewhere = self.project.path("elsewhere");
                fs::create_dir_all(&elsewhere).unwrap();
                if folder.join(&file).is_symlink() {
                    return "nothing".to_owned();
                }
                // What the link leads to is moved away first, so that there is one way to each file.
                fs::rename(folder.join(&file), elsewhere.join(&name)).unwrap();
                std::os::unix::fs::symlink(elsewhere.join(&name), folder.join(&name)).unwrap();
                format!("{file} moves, and {name} leads to it")
            }
            _ => {
                self.as_of = self.chance.random_range(15..24);
                format!("as of {}", self.as_of)
            }
        }
    }

    /// Something happens to what earlier runs left.
    fn harm(&mut self) -> String {
        let cache = self.project.path(".regulars/cache");
        if !cache.exists() {
            return "nothing".to_owned();
        }
        let files: Vec<String> = self.files(".regulars/cache");
        let file = &files[self.chance.random_range(0..files.len())];
        let path = cache.join(file);
        match self.chance.random_range(0..4) {
            3 if path.is_file() && fs::metadata(&path).unwrap().len() > 0 => {
                let mut bytes = fs::read(&path).unwrap();
                let at = self.chance.random_range(0..bytes.len());
                bytes[at] ^= 1 << self.chance.random_range(0..8);
                fs::write(&path, bytes).unwrap();
                format!("a bit of {file} flips")
            }
            0 => {
                let half = fs::metadata(&path).unwrap().len() / 2;
                File::options().write(true).open(&path).unwrap().set_len(half).unwrap();
                format!("{file} is torn")
            }
            1 => {
                if let Some(folder) = path.parent().filter(|folder| **folder != cache) {
                    fs::remove_dir_all(folder).unwrap();
                }
                format!("the folder of {file} is removed")
            }
            _ => {
                fs::remove_dir_all(self.project.path(".regulars")).unwrap();
                "the cache is removed".to_owned()
            }
        }
    }

    /// Runs once with what is known and once without.
    fn night(&mut self, seed: u64) {
        let as_of = format!("2024-03-{:02}", self.as_of);
        let mut known = vec!["run", PIPELINE, "--as-of", as_of.as_str()];
        if self.chance.random_bool(0.3) {
            known.push("--verify-inputs");
        }
        if self.chance.random_bool(0.3) {
            known.extend(["--threads", self.pick(&["1", "3"])]);
        }
        let story = format!("seed {seed}\n{}\n{known:?}", self.told.join("\n"));
        let report = self.project.path(&format!("site/nights/{as_of}"));
        let ran = self.project.run(&known);
        assert_eq!(ran.code, Some(0), "{story}\n{}", ran.err);
        let with = report_content(&report);
        assert!(with.iter().any(|(name, _)| name == "index.html") && with.len() > 15, "{}", with.len());
        let ran = self.project.run(&["run", PIPELINE, "--as-of", &as_of, "--no-cache"]);
        assert_eq!(ran.code, Some(0), "{story}\n{}", ran.err);
        let without = report_content(&report);
        let differing = differences(&with, &without);
        assert!(differing.is_empty(), "{story}\n{differing:?}\n{}", Self::shown(&with, &without));
    }

    /// The first text that differs, on both sides.
    fn shown(with: &[(String, Vec<u8>)], without: &[(String, Vec<u8>)]) -> String {
        let differing = differences(with, without);
        let Some(name) = differing.iter().find(|name| name.ends_with("csv")) else { return String::new() };
        let of = |side: &[(String, Vec<u8>)]| {
            let file = side.iter().find(|(other, _)| other == name);
            file.map_or(String::new(), |(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        };
        format!("{name} with the cache:\n{}\nwithout:\n{}", of(with), of(without))
    }
}

fn sequence(seed: u64, nights: usize) {
    let mut shop = Shop::new(seed);
    shop.night(seed);
    for _ in 0..nights {
        for _ in 0..shop.chance.random_range(1..3) {
            let told = shop.happens();
            shop.told.push(told);
        }
        shop.told.push("--".to_owned());
        shop.night(seed);
    }
}

#[test]
fn any_nights_give_what_reading_everything_gives() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let many = number("REGULARS_SEQUENCES");
    let from = number("REGULARS_SEED").unwrap_or(3);
    for seed in from..from + many.unwrap_or(1) {
        sequence(seed, if many.is_some() { 12 } else { 4 });
    }
}
