//! Steps: parameters of every kind wherever SQL takes a value, settled order, and tables of an earlier time.

use std::sync::Arc;

use insta::assert_snapshot;
use regulars::engine::session::Settings;
use regulars::engine::sql::Query;
use regulars::engine::{Sessions, Time};
use regulars::pipeline::{Parameters, Value};
use regulars::problem::SourceText;

use crate::data::{Table, parquet, sales, shown};
use crate::support::{PIPELINE, Project, copy, repository};

const ROWS: [(&str, &str, &str, &str); 5] = [
    ("t1", "ann", "2024-01-05", "10.00"),
    ("t2", "O'Brien", "2024-02-05", "20.00"),
    ("t3", "cy", "2024-03-05", "30.00"),
    ("t4", "dee", "2024-03-05", "30.00"),
    ("t5", "ann", "2024-03-31", "50.00"),
];

/// The result of one query with these parameters.
fn seen(with: &str, sql: &str) -> Project {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project.replace(PIPELINE, "{ sql: sql/seen.sql }", &format!("{{ sql: sql/seen.sql, with: {with} }}"));
    project.write("sql/seen.sql", sql);
    project
}

fn ran(with: &str, sql: &str) -> String {
    let project = seen(with, sql);
    project.ran();
    project.seen()
}

#[test]
fn parameters_of_every_kind() {
    let with = "{ whole: 3, below: -2, rate: 0.1, text: plain, day: 2024-02-01, yes: true, list: [1, 2.5], words: [a, b] }";
    let sql = "select $whole as whole, $below as below, $rate as rate, $text as text, $day as day, $yes as yes,
        $list as list, $words as words, $whole + 1 as sum, 20 * $rate as product, $day + interval '1 month' as later";
    assert_snapshot!(ran(with, sql), @r"
    whole | below | rate | text | day | yes | list | words | sum | product | later
    3 | -2 | 0.1 | plain | 2024-02-01 | true | [1.0, 2.5] | [a, b] | 4 | 2.0 | 2024-03-01
    ");
}

/// Where the engine's planner itself takes no placeholder.
#[test]
fn parameters_inside_interval_limit_and_frames() {
    let sql = "select
        transaction_id,
        day + interval $span as later,
        sum(amount) over (order by transaction_id rows between $back preceding and current row) as some
    from transactions
    order by transaction_id
    limit $most offset $skipped";
    assert_snapshot!(ran("{ span: 2 days, back: 1, most: 3, skipped: 1 }", sql), @r"
    transaction_id | later | some
    t2 | 2024-02-07 | 30.00
    t3 | 2024-03-07 | 50.00
    t4 | 2024-03-07 | 60.00
    ");
}

#[test]
fn parameters_in_dates_and_lists() {
    let sql = "select transaction_id, $as_of - day as age
    from transactions
    where day > $since - interval '1 month'
        and customer_id in ($first, $second)
        and array_has($ids, transaction_id)
        and amount between $least and 50
    order by transaction_id";
    let with = "{ since: 2024-02-01, first: ann, second: O'Brien, ids: [t1, t2, t5], least: 10.5 }";
    assert_snapshot!(ran(with, sql), @r"
    transaction_id | age
    t2 | 55
    t5 | 0
    ");
}

/// The dates that every query may name, as of the end of a month and in its middle.
#[test]
fn the_dates_of_a_run() {
    let sql = "select $as_of as as_of, $period_start as period_start, $period_end as period_end,
        $previous_as_of as previous_as_of, $year_ago_as_of as year_ago_as_of, $returns as returns";
    let project = seen("{ yes: true }", &format!("{sql}, $yes as yes"));
    project.ran();
    assert_snapshot!(project.seen(), @r"
    as_of | period_start | period_end | previous_as_of | year_ago_as_of | returns | yes
    2024-03-31 | 2024-03-01 | 2024-03-31 | 2024-02-29 | 2023-03-31 | net | true
    ");
    project.done(&["run", PIPELINE, "--as-of", "2024-02-15", "--param", "returns=gross"]);
    assert_snapshot!(project.table("private/shop/2024-02-15/tables/seen.parquet").text(), @r"
    as_of | period_start | period_end | previous_as_of | year_ago_as_of | returns | yes
    2024-02-15 | 2024-01-01 | 2024-01-31 | 2024-01-15 | 2023-02-15 | gross | true
    ");
}

#[test]
fn a_parameter_of_the_command_line_reaches_queries_of_its_kind() {
    let project = seen("{ n: $bins, t: $words }", "select $n as n, $t as t, $bins + 1 as more");
    project.replace(PIPELINE, "sources:", "params: { bins: 5, words: a day }\nsources:");
    project.done(&["run", PIPELINE, "--param", "bins=7", "--param", "words=2024-01-31' or '1'='1"]);
    assert_snapshot!(project.seen(), @r"
    n | t | more
    7 | 2024-01-31' or '1'='1 | 8
    ");
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    assert_eq!(manifest["parameters"]["bins"], "7");
    assert_eq!(manifest["steps"][0]["parameters"]["n"], "7");
}

#[test]
fn text_with_a_quote_stays_data() {
    let sql = "select transaction_id from transactions where customer_id = $who";
    assert_snapshot!(ran("{ who: \"O'Brien\" }", sql), @r"
    transaction_id
    t2
    ");
    assert_snapshot!(ran("{ who: \"x' or 'a' = 'a\" }", sql), @"transaction_id");
}

/// Whatever a text parameter holds comes out as it went in.
#[test]
fn any_text_stays_data() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let settings = Settings::default();
    let sessions = Sessions::new(&settings, None).unwrap();
    let source = Arc::new(SourceText {
        name: "sql/echo.sql".into(),
        text: "select $t as t, $n as n, array_has($l, $t) as among".into(),
    });
    let query = Query::parse(&source).unwrap();
    let odd = [
        "", "'", "''", "\\'", "--", "/*", "*/", ";", "$t", "$n", "\u{0}", "\u{feff}", "\r\n", "价值", "🛒",
        "%_", "{{ t }}",
    ];
    let mut texts: Vec<String> =
        odd.iter().flat_map(|a| odd.iter().map(move |b| format!("{a}x{b}"))).collect();
    texts.extend((0..=255_u8).map(|byte| char::from(byte).to_string()));
    for (text, number) in texts.into_iter().zip([0, 1, -1, i64::MAX, i64::MIN + 1].into_iter().cycle()) {
        let mut parameters = Parameters::new();
        parameters.insert("t".into(), Value::Text(text.clone()));
        parameters.insert("n".into(), Value::Integer(number));
        let list = vec![Value::Text("?".into()), Value::Text(text.clone())];
        parameters.insert("l".into(), Value::List(list));
        let row: Vec<String> = runtime.block_on(async {
            let context = sessions.at(Time::Current);
            let plan = query.plan(context, &parameters).await;
            let plan = plan.unwrap_or_else(|problems| panic!("{text:?}: {problems:?}"));
            let batches = context.execute_logical_plan(plan).await.unwrap().collect().await.unwrap();
            batches[0].columns().iter().map(|column| shown(column).remove(0)).collect()
        });
        assert_eq!(row, [text, number.to_string(), "true".to_owned()]);
    }
}

/// Rows that tie in `order by` are settled by the other columns, also before `limit`.
#[test]
fn ties_are_settled() {
    let rows: Vec<(String, String)> =
        (0..200).map(|n| (format!("t{:03}", n * 37 % 200), format!("c{}", n % 4))).collect();
    let rows: Vec<_> =
        rows.iter().map(|(id, who)| (id.as_str(), who.as_str(), "2024-01-05", "1.00")).collect();
    let mut found = Vec::new();
    for (turned, threads) in [(false, "1"), (true, "4"), (false, "3")] {
        let project = Project::shop("path: data");
        project.write(
            "sql/seen.sql",
            "select customer_id as who, transaction_id from transactions order by customer_id desc limit 60",
        );
        for (number, part) in rows.chunks(50).enumerate() {
            let mut part = part.to_vec();
            if turned {
                part.reverse();
            }
            let name = if turned { 9 - number } else { number };
            parquet(&project.path(&format!("data/{name}.parquet")), &sales(&part));
        }
        project.done(&["run", PIPELINE, "--threads", threads]);
        found.push(std::fs::read(project.path("private/shop/2024-03-31/tables/seen.parquet")).unwrap());
        if found.len() == 1 {
            let lines = project.seen();
            assert_eq!(lines.lines().nth(1), Some("c3 | t003"), "{lines}");
            assert_eq!(lines.lines().nth(51), Some("c2 | t002"), "{lines}");
        }
    }
    assert!(found[0] == found[1] && found[0] == found[2]);
}

/// Purchases and returns of a year and more, with days on both sides of every boundary.
fn history() -> Vec<(String, String, String, String)> {
    let first = jiff::civil::date(2023, 1, 1);
    (0..900_i64)
        .map(|n| {
            let day = first.saturating_add(jiff::Span::new().days(n * 191 % 457));
            let cents = n * 7919 % 20_000 - 2_000;
            let amount =
                format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
            (format!("t{n}"), format!("c{}", n * n % 83), day.to_string(), amount)
        })
        .collect()
}

/// The query here does not mind the as-of date itself: the cut alone keeps later rows out.
#[test]
fn an_earlier_table_of_days_ends_at_its_own_date() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project.replace(PIPELINE, "steps:\n", "steps:\n  days: { sql: sql/days.sql, by_day: day }\n");
    project.write("sql/days.sql", "select day, amount from transactions");
    project.write(
        "sql/seen.sql",
        "select count(*) as rows, max(day) as newest, sum(amount) as amount from previous.days",
    );
    project.ran();
    assert_snapshot!(project.seen(), @r"
    rows | newest | amount
    2 | 2024-02-05 | 30.00
    ");
}

/// `previous.` and `year_ago.` are what a run as of that date yields, whether rows are cut or computed again.
#[test]
fn an_earlier_time_is_a_run_as_of_that_date() {
    let rows = history();
    let rows: Vec<_> =
        rows.iter().map(|r| (r.0.as_str(), r.1.as_str(), r.2.as_str(), r.3.as_str())).collect();
    for by_day in ["keep: false, by_day: day", "keep: false"] {
        let project = Project::new();
        copy(&repository().join("sql"), &project.path("sql"));
        parquet(&project.path("data/a.parquet"), &sales(&rows));
        project.write(
            PIPELINE,
            format!(
                "name: shop
as_of: 2024-03-31
params: {{ bins: 5 }}
sources:
  transactions: {{ path: data }}
steps:
  receipts: {{ sql: sql/receipts.sql, incremental: true }}
  customer_day: {{ sql: sql/customer_day.sql, {by_day} }}
  customer_summary: {{ sql: sql/customer_summary.sql }}
  rfm: {{ sql: sql/rfm.sql }}
  concentration: {{ sql: sql/concentration.sql, with: {{ to_date: false }} }}
  customer_rank: {{ sql: sql/customer_rank.sql }}
"
            ),
        );
        let tables = ["customer_summary", "rfm", "concentration", "customer_rank"];
        let mut expected: Vec<(String, String)> = Vec::new();
        let read = |as_of: &str, table: &str| -> Table {
            project.table(&format!("private/shop/{as_of}/tables/{table}.parquet"))
        };
        for (time, as_of) in [("previous", "2024-02-29"), ("year_ago", "2023-03-31")] {
            project.done(&["run", PIPELINE, "--as-of", as_of]);
            for table in tables {
                let text = read(as_of, table).text();
                assert!(text.lines().count() > 1);
                expected.push((format!("{time}_{table}"), text));
                let step = format!("{time}_{table}");
                project.write(&format!("sql/{step}.sql"), format!("select * from {time}.{table}"));
            }
        }
        let steps: String =
            expected.iter().map(|(step, _)| format!("  {step}: {{ sql: sql/{step}.sql }}\n")).collect();
        let pipeline = project.read(PIPELINE) + &steps;
        project.write(PIPELINE, pipeline);
        project.ran();
        for (step, text) in &expected {
            assert_eq!(&read("2024-03-31", step).text(), text, "{step}, {by_day}");
        }
        assert_ne!(read("2024-03-31", "customer_summary").text(), expected[0].1);
    }
}

/// Where history does not reach that far, the tables of that time have no rows.
#[test]
fn an_earlier_time_before_all_history() {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project.write("sql/all.sql", "select * from transactions");
    project.write("sql/seen.sql", "select (select count(*) from previous.all_rows) as previous, (select count(*) from year_ago.all_rows) as year_ago, (select count(*) from year_ago.transactions) as raw");
    project.replace(PIPELINE, "steps:", "steps:\n  all_rows: { sql: sql/all.sql }");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    previous | year_ago | raw
    2 | 0 | 0
    ");
}

#[test]
fn bins_have_a_range() {
    let query = "-- $bins must be a whole number from 2 to 10\nselect $bins as bins from transactions";
    let project = seen("{ bins: 11 }", query);
    assert_snapshot!(project.run(&["check", PIPELINE]).message(), @r"
    exit code 2
      × `bins` is 11, but must be a whole number from 2 to 10
       ╭─[pipelines/shop.yaml:7:38]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, with: { bins: 11 } }
       ·                                      ────
       ╰────
      help: sql/seen.sql says so
    ");
}
