//! A complete shop, written and read back.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Decimal128Type, Int32Type, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn small() -> Shop {
    Shop { customers: 300, days: 120, ..Shop::default() }
}

/// The files of a shop with their contents, in the order of their names.
fn contents(dir: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for folder in [dir.to_owned(), dir.join("transactions")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                files.push((path.strip_prefix(dir).unwrap_or(&path).display().to_string(), fs::read(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn batches(path: &Path) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path)?)?.build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}

/// What a check of the day files finds.
#[derive(Default)]
struct Found {
    rows: u64,
    returns: u64,
    defects: Defects,
    sound_customers: HashSet<String>,
    seen: HashMap<(String, i32), String>,
}

impl Found {
    fn read(dir: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut found = Self::default();
        for (name, _) in contents(dir)?.iter().filter(|(name, _)| name.starts_with("transactions")) {
            let day: Date = name.trim_start_matches("transactions/").trim_end_matches(".parquet").parse()?;
            for batch in batches(&dir.join(name))? {
                for row in 0..batch.num_rows() {
                    found.row(&batch, row, day);
                }
            }
        }
        Ok(found)
    }

    fn row(&mut self, batch: &RecordBatch, row: usize, day: Date) {
        let column = |name| batch.column_by_name(name).expect("a column of transactions");
        let customer = column("customer_id").as_string::<i32>();
        let id = column("transaction_id").as_string::<i32>().value(row).to_owned();
        let line = column("line_no").as_primitive::<Int32Type>().value(row);
        let time = column("occurred_at").as_primitive::<TimestampMicrosecondType>();
        let amount = column("amount").as_primitive::<Decimal128Type>();
        self.rows += 1;
        let whole = format!("{:?}", batch.slice(row, 1).columns());
        if let Some(first) = self.seen.insert((id.clone(), line), whole.clone()) {
            assert_eq!(first, whole, "{id} is no exact copy");
            self.defects.duplicate += 1;
        } else if customer.is_null(row) {
            self.defects.no_customer += 1;
        } else if amount.is_null(row) {
            self.defects.amount_missing += 1;
        } else if amount.value(row) == 0 {
            self.defects.amount_zero += 1;
        } else if time.is_null(row) {
            self.defects.time_missing += 1;
        } else if time.value(row) > 4_000_000_000_000_000 {
            self.defects.time_outside += 1;
        } else if amount.value(row) < 0 && id.starts_with('T') {
            self.defects.price_negative += 1;
        } else {
            self.returns += u64::from(id.starts_with('R'));
            self.sound_customers.insert(customer.value(row).to_owned());
            let shanghai = jiff::Timestamp::from_microsecond(time.value(row) + 8 * 3_600_000_000);
            let date = shanghai.map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).date());
            assert_eq!(date.ok(), Some(day), "{id} is in the file of another business day");
        }
    }
}

#[test]
fn the_default_shop_holds_what_its_summary_says() -> Outcome {
    let folder = tempfile::tempdir()?;
    let shop = Shop::default();
    let summary = shop.write(folder.path(), &|_| {})?;
    let found = Found::read(folder.path())?;
    assert_eq!((found.rows, found.returns, found.defects), (summary.rows, summary.returns, summary.defects));
    assert_eq!((found.sound_customers.len() as u64, summary.customers), (5_000, 5_000));
    assert!((30_000..41_000).contains(&summary.rows), "{summary:?}");
    let defects = summary.defects;
    let kinds = [
        defects.no_customer,
        defects.duplicate,
        defects.amount_missing,
        defects.amount_zero,
        defects.time_missing,
        defects.time_outside,
        defects.price_negative,
    ];
    assert!(kinds.iter().all(|count| *count > 0), "{defects:?}");
    let files = contents(folder.path())?;
    assert_eq!(summary.bytes, files.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>());
    assert_eq!(summary.files + 16, files.len() as u64);
    Ok(())
}

#[test]
fn threads_do_not_show_and_seeds_do() -> Outcome {
    let written = |shop: Shop| -> Result<_, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        shop.write(folder.path(), &|_| {})?;
        Ok(contents(folder.path())?)
    };
    let shop = Shop { customers: 9_000, days: 90, ..Shop::default() };
    let one = written(Shop { threads: 1, ..shop.clone() })?;
    assert!(one == written(Shop { threads: 3, ..shop.clone() })?, "three threads give other bytes than one");
    assert!(one != written(Shop { seed: 43, ..shop })?, "another seed gives the same bytes");
    Ok(())
}

#[test]
fn a_stretch_of_days_does_not_depend_on_its_neighbours() -> Outcome {
    let shop = small();
    let (whole, parts) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let summary = shop.write(whole.path(), &|_| {})?;
    let calendar = Calendar::new(shop.last_day, shop.days)?;
    let catalogue = Catalogue::new(shop.seed, calendar.first(), shop.last_day);
    let people = People::new(shop.seed, shop.lines, &calendar, &catalogue);
    let days = Days { shop: &shop, people: &people, calendar: &calendar, catalogue: &catalogue };
    fs::create_dir(parts.path().join("transactions"))?;
    let mut sum = Summary { customers: shop.customers, ..Summary::default() };
    for (from, to) in [(0, 1), (1, 50), (50, 51), (51, 120)] {
        sum += shop.stretch(&days, from, to, parts.path(), &|_| {})?;
    }
    assert_eq!((sum.rows, sum.files, sum.defects), (summary.rows, summary.files, summary.defects));
    let mut expected = contents(whole.path())?;
    expected.retain(|(name, _)| name.starts_with("transactions") || name.starts_with("customers"));
    assert!(contents(parts.path())? == expected, "the files differ");
    Ok(())
}

/// The distinct texts of a column.
fn words(path: &Path, column: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut words = std::collections::BTreeSet::new();
    for batch in batches(path)? {
        let texts = batch.column_by_name(column).ok_or("no such column")?.as_string::<i32>().clone();
        words.extend(texts.iter().flatten().map(str::to_owned));
    }
    Ok(words.into_iter().collect())
}

#[test]
fn the_programme_has_events_of_every_kind() -> Outcome {
    let folder = tempfile::tempdir()?;
    Shop::default().write(folder.path(), &|_| {})?;
    let path = |name: &str| folder.path().join(name);
    let kinds = ["adjust", "expire", "opening", "redeem_cash", "redeem_item", "voucher"];
    assert_eq!(words(&path("points.parquet"), "kind")?, kinds);
    let events = ["approved", "closed", "granted", "issued", "rejected"];
    assert_eq!(words(&path("members.parquet"), "event")?, events);
    assert_eq!(words(&path("members.parquet"), "tier")?, ["diamond", "gold"]);
    let campaigns = ["double_points", "event", "festival", "promotion"];
    assert_eq!(words(&path("campaigns.parquet"), "kind")?, campaigns);
    assert_eq!(words(&path("responses.parquet"), "arm")?, ["control", "treated"]);
    Ok(())
}

#[test]
fn relations_have_rows_of_every_kind() -> Outcome {
    let folder = tempfile::tempdir()?;
    Shop::default().write(folder.path(), &|_| {})?;
    let said = |table: &str, column: &str| -> Result<String, Box<dyn std::error::Error>> {
        Ok(words(&folder.path().join(format!("{table}.parquet")), column)?.join(" "))
    };
    let kinds = "call complaint inquiry lead leave_request loss_report opportunity reminder suggestion visit";
    assert_eq!(said("interactions", "kind")?, kinds);
    assert_eq!(said("interactions", "severity")?, "high low medium");
    let questions = "category_spend expectation experience loyalty recommend repurchase satisfaction";
    assert_eq!(said("surveys", "question")?, questions);
    assert_eq!(said("receivables", "entry")?, "credit_note invoice payment write_off");
    assert_eq!(said("costs", "kind")?, "marketing retention reward service");
    assert_eq!(said("costs", "channel")?, "app mini_program store web");
    let events = "account_message action function_visit launch news_received news_viewed tab_switch";
    assert_eq!(said("events", "event")?, events);
    assert_eq!(said("targets", "direction")?, "down up");
    assert_eq!(said("customers", "credit_grade")?, "A B C D");
    assert_eq!(said("stores", "floor")?, "1F 2F 3F B1");
    Ok(())
}

/// Columns that may be missing are so for some rows, and known for others.
#[test]
fn what_may_be_unknown_is_unknown_for_some() -> Outcome {
    let folder = tempfile::tempdir()?;
    Shop::default().write(folder.path(), &|_| {})?;
    let further = [
        "account_manager",
        "parent_id",
        "region",
        "industry",
        "income_band",
        "education",
        "married",
        "credit_grade",
        "contract_ends",
        "referred_by",
    ];
    let columns = [("customers", further.as_slice()), ("products", &["style", "special_price", "rung"])];
    for (table, columns) in columns.into_iter().chain([("stores", ["floor"].as_slice())]) {
        let batches = batches(&folder.path().join(format!("{table}.parquet")))?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        for column in columns {
            let missing = |batch: &RecordBatch| batch.column_by_name(column).map(Array::null_count);
            let missing: usize = batches.iter().filter_map(missing).sum();
            assert!((1..rows).contains(&missing), "{table}.{column}: {missing} of {rows}");
        }
    }
    Ok(())
}

/// The better of two account managers of a store keeps more customers: their last purchase lies less far back.
#[test]
fn account_managers_differ_in_whom_they_keep() -> Outcome {
    let calendar = Calendar::new(date(2026, 10, 31), 760)?;
    let catalogue = Catalogue::new(42, calendar.first(), date(2026, 10, 31));
    let people = People::new(42, 1.6, &calendar, &catalogue);
    let (mut sums, mut nobodys) = (HashMap::<u32, (f64, f64)>::new(), 0);
    for number in 1..=20_000 {
        let customer = people.customer(number);
        match people.profile(&customer).manager {
            Some(manager) => {
                let sum = sums.entry(manager).or_default();
                *sum = (sum.0 + customer.leaving, sum.1 + 1.0);
            }
            None => nobodys += 1,
        }
    }
    assert!((800..1_200).contains(&nobodys), "{nobodys} of 20,000 have no account manager");
    let mean = |number| sums.get(&number).map(|(sum, count)| sum / count);
    let mut compared = 0;
    for first in (1..people.staff.count()).step_by(2) {
        let better = people.staff.skill(first) - people.staff.skill(first + 1);
        let (Some(one), Some(other)) = (mean(first), mean(first + 1)) else { continue };
        if better.abs() > 0.3 {
            assert!((one < other) == (better > 0.0), "M{first:02}: leaving {one}, beside {other}");
            compared += 1;
        }
    }
    assert!(compared > 5, "{compared} pairs differ");
    Ok(())
}

/// The festival that the shop plans is known before it begins; other campaigns are known once they are over.
#[test]
fn a_festival_ahead_is_in_the_plans() -> Outcome {
    let folder = tempfile::tempdir()?;
    Shop { customers: 20, ..Shop::default() }.write(folder.path(), &|_| {})?;
    let mut ahead = Vec::new();
    for batch in batches(&folder.path().join("campaigns.parquet"))? {
        let kind = batch.column_by_name("kind").ok_or("a column")?.as_string::<i32>();
        let starts = batch.column_by_name("starts_on").ok_or("a column")?.as_primitive::<Date32Type>();
        let last = calendar::epoch_days(date(2026, 10, 31));
        ahead.extend(
            (0..batch.num_rows())
                .filter(|row| starts.value(*row) > last)
                .map(|row| kind.value(row).to_owned()),
        );
    }
    assert_eq!(ahead, ["festival"]);
    Ok(())
}

/// The control group cannot have used a coupon; a treated customer used one only after it was sent.
#[test]
fn responses_come_from_the_treated_alone_and_after_the_letter() -> Outcome {
    let folder = tempfile::tempdir()?;
    Shop::default().write(folder.path(), &|_| {})?;
    let mut used = 0;
    for batch in batches(&folder.path().join("responses.parquet"))? {
        let day =
            |name: &str| batch.column_by_name(name).map(|days| days.as_primitive::<Date32Type>().clone());
        let (sent, responded) = (day("sent_on").ok_or("a column")?, day("responded_on").ok_or("a column")?);
        let arm = batch.column_by_name("arm").ok_or("a column")?.as_string::<i32>();
        for row in (0..batch.num_rows()).filter(|row| !responded.is_null(*row)) {
            assert_eq!(arm.value(row), "treated");
            assert!((sent.value(row)..sent.value(row) + 22).contains(&responded.value(row)));
            used += 1;
        }
    }
    assert!(used > 100, "{used} responses");
    Ok(())
}

#[test]
fn rows_are_ordered_by_time_id_and_line() -> Outcome {
    let folder = tempfile::tempdir()?;
    small().write(folder.path(), &|_| {})?;
    for (name, _) in contents(folder.path())?.iter().filter(|(name, _)| name.starts_with("transactions")) {
        for batch in batches(&folder.path().join(name))? {
            let time = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            let line = batch.column(2).as_primitive::<Int32Type>();
            let id = batch.column(1).as_string::<i32>();
            let when = |row| if time.is_null(row) { i64::MAX } else { time.value(row) };
            let keys: Vec<_> =
                (0..batch.num_rows()).map(|row| (when(row), id.value(row), line.value(row))).collect();
            assert!(keys.is_sorted(), "{name}");
        }
    }
    Ok(())
}

#[test]
fn progress_reaches_the_last_day() -> Outcome {
    let folder = tempfile::tempdir()?;
    let last = std::cell::Cell::new(None);
    small().write(folder.path(), &|progress| last.set(Some(progress)))?;
    assert_eq!(last.get(), Some(Progress { days_done: 120, days: 120, thousandths: 1000 }));
    Ok(())
}

#[test]
fn existing_data_is_left_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    small().write(folder.path(), &|_| {})?;
    let before = contents(folder.path())?;
    let error = Shop { seed: 1, ..small() }.write(folder.path(), &|_| {}).expect_err("the folder is in use");
    let there = folder.path().join("transactions");
    assert_eq!(error.to_string(), format!("`{}` exists already", there.display()));
    assert_eq!(error.path(), Some(there.as_path()));
    assert!(contents(folder.path())? == before);
    assert!(!folder.path().join(STAGE).exists());
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_made_is_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    fs::write(&file, "")?;
    let error = small().write(&file.join("shop"), &|_| {}).expect_err("a file is in the way");
    assert!(matches!(&error, DemoError::Write { path, .. } if path.starts_with(&file)), "{error}");
    Ok(())
}

#[test]
fn settings_out_of_range_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let wrong = [
        (Shop { customers: 0, ..small() }, "`customers` is 0, but must be from 1 to 100000000"),
        (Shop { days: 0, ..small() }, "`days` is 0, but must be from 1 to 7300"),
        (Shop { lines: f64::NAN, ..small() }, "`lines` is NaN, but must be from 1 to 20"),
        (
            Shop { last_day: date(2099, 1, 1), ..small() },
            "`last_day` is 2099-01-01, but must be in the years 2000 to 2090",
        ),
    ];
    for (shop, message) in wrong {
        let error = shop.write(folder.path(), &|_| {}).expect_err("a wrong setting");
        assert_eq!(error.to_string(), message);
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn one_customer_on_one_day_is_a_shop() -> Outcome {
    let folder = tempfile::tempdir()?;
    let shop = Shop { customers: 1, days: 1, lines: 1.0, ..Shop::default() };
    let summary = shop.write(folder.path(), &|_| {})?;
    assert_eq!((summary.customers, summary.files), (1, 1));
    assert!(summary.rows >= 1);
    Ok(())
}
