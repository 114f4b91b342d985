//! The day of a row: instants get it in the pipeline's time zone, however they are told; what says no zone is on the
//! shop's own clock. The zones' rules are the program's own.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, TimestampMicrosecondArray, TimestampSecondArray};
use insta::assert_snapshot;

use crate::data::{batch, decimals, parquet, texts};
use crate::support::{PIPELINE, Project};

/// An hour before midnight in New York, and after it; the last one on the shop's own clock.
const AT: [&str; 4] =
    ["2024-03-01T23:30:00-05:00", "2024-03-02T05:30:00Z", "2024-03-02 04:30:00+00:00", "2024-03-01 23:30:00"];

fn shop(at: &str, zone: &str) -> Project {
    let project = Project::shop(&format!(
        "path: data/a.csv
columns:
  transaction_id: id
  customer_id: id
  occurred_at: {at}
  amount: CAST(amount AS DECIMAL(10, 2))"
    ));
    project.replace(PIPELINE, "as_of:", &format!("timezone: {zone}\nas_of:"));
    let rows: String = AT
        .iter()
        .enumerate()
        .map(|(n, at)| {
            let at = *at;
            let seconds = [1_709_353_800, 1_709_357_400, 1_709_353_800, 1_709_353_800][n];
            format!("t{n},{at},{seconds},1\n")
        })
        .collect();
    project.write("data/a.csv", format!("id,at,seconds,amount\n{rows}"));
    project.write(
        "sql/seen.sql",
        "select transaction_id, day, cast(occurred_at as varchar) as at from transactions order by 1\n",
    );
    project
}

fn column(project: &Project, name: &str) -> String {
    project.ran();
    project.table("private/shop/2024-03-31/tables/seen.parquet").column(name).join(" ")
}

#[test]
fn text_is_an_instant_where_it_has_an_offset_by_every_cast() {
    for at in [
        "CAST(at AS TIMESTAMP)",
        "TRY_CAST(at AS TIMESTAMP)",
        "at::timestamp",
        "to_timestamp(at)",
        "to_timestamp_seconds(at)",
        "to_timestamp_millis(at)",
        "to_timestamp_micros(at)",
        "to_timestamp_nanos(at)",
        "CAST(at AS DATE)",
        "TRY_CAST(at AS DATE)",
        "to_date(at)",
        "CAST(CAST(at AS TIMESTAMP) AS DATE)",
        "date_trunc('day', CAST(at AS TIMESTAMP))",
        "date_trunc('day', at)",
        "coalesce(TRY_CAST(at AS TIMESTAMP), to_timestamp(seconds))",
        "CASE WHEN id = 't0' THEN CAST(at AS TIMESTAMP) ELSE to_timestamp(at) END",
        "arrow_cast(at, 'Timestamp(Microsecond, None)')",
    ] {
        let days = |zone| column(&shop(at, zone), "day");
        assert_eq!(days("America/New_York"), "2024-03-01 2024-03-02 2024-03-01 2024-03-01", "{at}");
        assert_eq!(days("Asia/Shanghai"), "2024-03-02 2024-03-02 2024-03-02 2024-03-01", "{at}");
    }
}

#[test]
fn the_hour_is_the_shops() {
    assert_snapshot!(column(&shop("CAST(at AS TIMESTAMP)", "Asia/Shanghai"), "at"), @"2024-03-02T12:30:00 2024-03-02T13:30:00 2024-03-02T12:30:00 2024-03-01T23:30:00");
}

/// `AT TIME ZONE` says on which clock a time without a zone is; instants stay what they are.
#[test]
fn another_clock_than_the_shops() {
    for at in [
        "to_timestamp(at) AT TIME ZONE 'UTC'",
        "CAST(at AS TIMESTAMP) AT TIME ZONE 'UTC'",
        "at AT TIME ZONE 'UTC'",
    ] {
        let days = column(&shop(at, "America/New_York"), "day");
        assert_eq!(days, "2024-03-01 2024-03-02 2024-03-01 2024-03-01", "{at}");
        let days = column(&shop(at, "Asia/Shanghai"), "day");
        assert_eq!(days, "2024-03-02 2024-03-02 2024-03-02 2024-03-02", "{at}");
    }
}

#[test]
fn numbers_since_1970_are_instants() {
    for at in [
        "to_timestamp(CAST(seconds AS BIGINT))",
        "to_timestamp_seconds(CAST(seconds AS BIGINT))",
        "to_timestamp_millis(CAST(seconds AS BIGINT) * 1000)",
        "to_timestamp_micros(CAST(seconds AS BIGINT) * 1000000)",
        "to_timestamp_nanos(CAST(seconds AS BIGINT) * 1000000000)",
        "from_unixtime(CAST(seconds AS BIGINT))",
        "CAST(CAST(seconds AS BIGINT) AS TIMESTAMP)",
        "to_timestamp(CAST(seconds AS DOUBLE))",
        "to_timestamp(CAST(seconds AS DECIMAL(12, 2)))",
        "to_timestamp(seconds, '%s')",
        "to_timestamp(at, '%Y-%m-%dT%H:%M:%S%z', '%Y-%m-%dT%H:%M:%SZ')",
    ] {
        if at.contains("%Y") {
            assert!(shop(at, "UTC").complaint().contains("must know of all its formats"), "{at}");
            continue;
        }
        let days = column(&shop(at, "America/New_York"), "day");
        assert_eq!(days, "2024-03-01 2024-03-02 2024-03-01 2024-03-01", "{at}");
        let days = column(&shop(at, "Asia/Shanghai"), "day");
        assert_eq!(days, "2024-03-02 2024-03-02 2024-03-02 2024-03-02", "{at}");
    }
}

#[test]
fn formats_with_and_without_an_offset() {
    let project = shop("to_timestamp(at, '%d/%m/%Y %H:%M')", "Asia/Shanghai");
    project.write("data/a.csv", "id,at,seconds,amount\nt1,1/3/2024 23:30,1,1\nt2,02/03/2024 00:10,1,1\n");
    assert_eq!(column(&project, "day"), "2024-03-01 2024-03-02");
    let project = shop("to_timestamp(at, '%d/%m/%Y %H:%M %z')", "Asia/Shanghai");
    project.write(
        "data/a.csv",
        "id,at,seconds,amount\nt1,1/3/2024 23:30 +0000,1,1\nt2,02/03/2024 00:10 +0800,1,1\n",
    );
    assert_eq!(column(&project, "day"), "2024-03-02 2024-03-02");
}

#[test]
fn a_column_with_a_zone_is_an_instant_by_every_cast_and_in_rules() {
    let instants = [1_709_353_800_000_000, 1_709_357_400_000_000];
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2"])),
        ("customer_id", texts(&["a", "b"])),
        ("at", Arc::new(TimestampMicrosecondArray::from(instants.to_vec()).with_timezone("UTC")) as ArrayRef),
        ("amount", decimals(&["1", "1"], 10, 2)),
    ]);
    let of = |at: &str, rule: &str| {
        let project = Project::shop(&format!(
            "path: data
columns:
  transaction_id: transaction_id
  customer_id: customer_id
  occurred_at: {at}
  amount: amount
quarantine:
  some: {rule}"
        ));
        project.replace(PIPELINE, "as_of:", "timezone: America/New_York\nas_of:");
        parquet(&project.path("data/a.parquet"), &rows);
        column(&project, "day")
    };
    for at in [
        "at",
        "CAST(at AS DATE)",
        "at::date",
        "date_trunc('day', at)",
        "CAST(at AS TIMESTAMP)",
        "to_local_time(at)",
        "at AT TIME ZONE 'Asia/Tokyo'",
        "CAST(CAST(at AS VARCHAR) AS TIMESTAMP)",
    ] {
        assert_eq!(of(at, "1 = 2"), "2024-03-01 2024-03-02", "{at}");
    }
    for rule in [
        "at::date = date '2024-03-01'",
        "date_trunc('day', at) = date '2024-03-01'",
        "at < timestamp '2024-03-02 00:00:00'",
        "at < '2024-03-02'",
        "extract(hour from at) = 23",
        "occurred_at < '2024-03-02T05:00:00Z'",
        "at < timestamp '2024-03-02T05:00:00Z'",
        "at between '2024-03-01' and '2024-03-01 23:59:00'",
    ] {
        assert_eq!(of("at", rule), "2024-03-02", "{rule}");
    }
}

#[test]
fn what_is_no_time_is_an_error_or_null() {
    let project = shop("CAST(at AS TIMESTAMP)", "Europe/London");
    project.write("data/a.csv", "id,at,seconds,amount\nt1,2024-03-01,1,1\nt2,soon,1,1\n");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × `occurred_at` of source `transactions`: 'soon' cannot be read as a time, in data/a.csv, line 3
        ╭─[pipelines/shop.yaml:10:20]
      9 │       customer_id: id
     10 │       occurred_at: CAST(at AS TIMESTAMP)
        ·                    ─────────────────────
     11 │       amount: CAST(amount AS DECIMAL(10, 2))
        ╰────
      help: `TRY_CAST(... AS ...)` gives NULL for what does not fit; a quarantine rule can then set it
            aside
    ");
    let project = shop("TRY_CAST(at AS TIMESTAMP)", "Europe/London");
    project.write("data/a.csv", "id,at,seconds,amount\nt1,2024-03-01,1,1\nt2,soon,1,1\n");
    assert_eq!(column(&project, "day"), "2024-03-01");
}

/// Beyond the years that there are days for, a row has a time and no day.
#[test]
fn beyond_the_calendar_there_is_no_day() {
    let project = shop("to_timestamp(CAST(seconds AS BIGINT))", "Europe/London");
    project.write(
        "data/a.csv",
        "id,at,seconds,amount\nt1,x,1709353800,1\nt2,x,1709353800000,1\nt3,x,-9223372036854775808,1\n",
    );
    project.write(
        "sql/seen.sql",
        "select transaction_id, day, occurred_at is null as no_time from transactions order by 1\n",
    );
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | day | no_time
    t1 | 2024-03-02 | false
    ");
    let project = Project::shop("path: data");
    let rows = batch(vec![
        ("transaction_id", texts(&["t1", "t2"])),
        ("customer_id", texts(&["a", "b"])),
        ("occurred_at", Arc::new(TimestampSecondArray::from(vec![i64::MAX, 0])) as ArrayRef),
        ("amount", decimals(&["1", "1"], 10, 2)),
        ("n", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
    ]);
    parquet(&project.path("data/a.parquet"), &rows);
    assert_eq!(column(&project, "day"), "1970-01-01");
}

/// Another database of zones on the machine changes no day.
#[test]
fn the_zones_rules_are_the_programs_own() {
    let project = shop("CAST(at AS TIMESTAMP)", "America/New_York");
    // A machine on which New York keeps the time of Tokyo.
    let here = "/usr/share/zoneinfo/Asia/Tokyo";
    if std::path::Path::new(here).exists() {
        std::fs::create_dir_all(project.path("zones/America")).unwrap();
        std::fs::copy(here, project.path("zones/America/New_York")).unwrap();
    } else {
        // The least of such files: a footer with the rule.
        let mut file = Vec::new();
        for _ in 0..2 {
            file.extend(b"TZif2");
            file.extend([0; 15]);
            file.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]);
            file.extend([0, 0, 0x7e, 0x90, 0, 0]);
            file.extend(b"JST\0");
        }
        file.extend(b"\nJST-9\n");
        project.write("zones/America/New_York", file);
    }
    let outcome = project.command(&["run", PIPELINE]).env("TZDIR", project.path("zones")).output().unwrap();
    assert!(outcome.status.success());
    let days = project.table("private/shop/2024-03-31/tables/seen.parquet").column("day").join(" ");
    assert_eq!(days, "2024-03-01 2024-03-02 2024-03-01 2024-03-01");
}

/// The day of a time that has no zone is no question to ask of a zone.
#[test]
fn business_day_takes_instants_alone() {
    let project = shop("CAST(at AS TIMESTAMP)", "Europe/London");
    project
        .write("sql/seen.sql", "select business_day(occurred_at, 'Europe/London') as day from transactions");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × business_day takes a timestamp with a zone; one without is on the shop's own clock, and its
      │ day is CAST(... AS DATE)
       ╭─[sql/seen.sql:1:1]
     1 │ select business_day(occurred_at, 'Europe/London') as day from transactions
       · ──────
       ╰────
    ");
}
