//! `join`: lines of orders with what the orders say. No line is lost or repeated, and those without an order are counted.

use std::fs;

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project, content, differences, private_of};

/// Lines 4 and 7 have an order that is not there, line 5 has none.
const LINES: &str =
    "line,order_no,paid\n1,O1,10.00\n2,O1,5.50\n3,O2,20.00\n4,O4,7.25\n5,,1.00\n6,O3,30.00\n7,O4,2.00\n";
/// O9 has no lines; one order has no number.
const ORDERS: &str = "number,buyer,placed,origin\nO1,ann-7,2024-01-05,web\nO2,bob,2024-02-01,store\n\
    O3,ann-7,2024-03-01,web\nO9,zoe,2024-03-02,web\n,nul,2024-03-03,web\n";

const JOIN: &str = "join: { orders: { on: { order_id: order_no } } }";
const COLUMNS: &str = "customer_id: orders.buyer\n      transaction_id: order_no\n      \
    occurred_at: orders.placed\n      amount: cast(paid as decimal(10, 2))\n      channel: Orders.ORIGIN";

fn shop(join: &str, columns: &str, more: &str) -> Project {
    let project = Project::new();
    project.write("data/lines/1.csv", LINES);
    project.write("data/orders/1.csv", ORDERS);
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/lines\n    {join}\n    columns:\n      \
             {columns}\n{more}  orders:\n    path: data/orders\n    columns:\n      order_id: number\n      buyer: buyer\n      \
             placed: cast(placed as date)\n      origin: origin\nmodules:\n  base: {{ lost_after_days: 30 }}\nsteps:\n  \
             seen: {{ sql: sql/seen.sql }}\n"
        ),
    );
    project.write(
        "sql/seen.sql",
        "select transaction_id, customer_id, day, amount, channel from transactions order by transaction_id, amount\n",
    );
    project
}

/// What the record says of the rows of `transactions`.
fn counts(project: &Project) -> String {
    let record = project.json("site/shop/2024-03-31/manifest.json");
    let sources = record["sources"].as_array().unwrap();
    let source = sources.iter().find(|source| source["source"] == "transactions").unwrap();
    let aside: Vec<String> = source["set_aside"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| format!("{} {} {}", rule["rule"].as_str().unwrap(), rule["rows"], rule["amount"]))
        .collect();
    format!(
        "read {} {}, used {} {}; {}",
        source["rows_in"],
        source["amount_in"].as_str().unwrap(),
        source["rows_used"],
        source["amount_used"].as_str().unwrap(),
        aside.join(", ")
    )
}

#[test]
fn lines_have_what_their_orders_say() {
    let project = shop(JOIN, COLUMNS, "");
    let done = project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount | channel
    O1 | ann-7 | 2024-01-05 | 5.50 | web
    O1 | ann-7 | 2024-01-05 | 10.00 | web
    O2 | bob | 2024-02-01 | 20.00 | store
    O3 | ann-7 | 2024-03-01 | 30.00 | web
    ");
    assert_snapshot!(counts(&project), @r#"read 7 75.75, used 4 65.50; without_orders 3 "10.25""#);
    assert_snapshot!(done.words(), @"");
    // Whoever buys is a customer under whichever name.
    assert!(!project.read("site/shop/2024-03-31/index.html").contains("ann-7"));
    assert_snapshot!(project.done(&["plan", PIPELINE]).out, @r"
    shop as of 2024-03-31

    sources
      transactions: reads nothing; what 1 file contributes is known
        joins `orders` by `order_id`; rows without one are set aside
      orders: reads nothing; what 1 file contributes is known

    steps, in order
      receipts: sql/receipts.sql, merged from what files contribute
      customer_day: sql/customer_day.sql
      periods: sql/periods.sql
      customer_period: sql/customer_period.sql
      customer_summary: sql/customer_summary.sql
      customer_rank: sql/customer_rank.sql
      monthly: sql/monthly.sql
      full_months: sql/base/full_months.sql
      revenue_bridge: sql/revenue_bridge.sql
      base_points: sql/base/points.sql
      all_points: all_points (gathered)
      headline_months: sql/base/headline_months.sql
      headline_bridge: sql/base/headline_bridge.sql
      seen: sql/seen.sql
      previous.customer_day: the rows of customer_day up to 2024-02-29 by day
      previous.periods: sql/periods.sql
      previous.customer_summary: sql/customer_summary.sql
      year_ago.customer_day: the rows of customer_day up to 2023-03-31 by day
      year_ago.periods: sql/periods.sql
      year_ago.customer_summary: sql/customer_summary.sql
      base_figures: sql/base/figures.sql
      all_figures: all_figures (gathered)
      headline_series: sql/headline_series.sql
      headline: sql/headline.sql
      headline_words: sql/base/headline_words.sql
      base_findings: sql/base/findings.sql
      all_findings: all_findings (gathered)
      findings: sql/findings.sql
      findings_words: sql/findings_words.sql
    ");
}

/// What comes of lines and orders apart is, byte for byte, what comes of rows that say both.
#[test]
fn apart_and_together_are_the_same() {
    let (mut lines, mut orders, mut both) = (
        "order_no,paid\n".to_owned(),
        "number,buyer,placed,origin\n".to_owned(),
        "order_no,paid,buyer,placed,origin\n".to_owned(),
    );
    for order in 0..400_u32 {
        let day = 1 + order % 28;
        let of = format!("c{},2024-0{}-{day:02},web", order * 7 % 53, 1 + order % 3);
        orders.push_str(&format!("O{order},{of}\n"));
        for line in 0..=order % 4 {
            let row = format!("O{order},{}.{:02}", 5 + order * line % 90, order % 100);
            lines.push_str(&format!("{row}\n"));
            both.push_str(&format!("{row},{of}\n"));
        }
    }
    let apart = shop(JOIN, COLUMNS, "");
    apart.write("data/lines/1.csv", lines);
    apart.write("data/orders/1.csv", orders);
    apart.ran();
    let columns = COLUMNS.replace("orders.placed", "cast(placed as date)");
    let together = shop("", &columns.replace("orders.", "").replace("Orders.", ""), "");
    together.write("data/lines/1.csv", both);
    together.ran();
    for table in ["seen", "customer_summary", "customer_rank", "monthly"] {
        let bytes = |project: &Project| {
            fs::read(project.path(&format!("private/shop/2024-03-31/tables/{table}.parquet"))).unwrap()
        };
        assert!(bytes(&apart) == bytes(&together), "{table}");
    }
}

/// The rule of the join comes before the pipeline's own, which would take the row for another reason.
#[test]
fn rows_without_an_order_are_counted_as_such() {
    let rules = "    quarantine:\n      nobody: customer_id is null\n      small: amount < 6\n      \
        twice: { repeated: [transaction_id] }\n    checks:\n      - not_null: [customer_id]\n";
    let project = shop(JOIN, COLUMNS, rules);
    project.ran();
    assert_snapshot!(counts(&project), @r#"read 7 75.75, used 3 60.00; nobody 0 "0.00", small 1 "5.50", twice 0 "0.00", without_orders 3 "10.25""#);
    // Kept, they need a customer and a day from elsewhere.
    let columns = COLUMNS.replace("orders.buyer", "coalesce(orders.buyer, 'unknown')");
    let columns = columns.replace("orders.placed", "coalesce(orders.placed, date '2024-01-01')");
    let join = "join: { orders: { on: { order_id: order_no }, unmatched: keep } }";
    let project = shop(
        join,
        &columns.replace("transaction_id: order_no", "transaction_id: coalesce(order_no, line)"),
        "",
    );
    let done = project.ran();
    assert_snapshot!(counts(&project), @"read 7 75.75, used 7 75.75;");
    assert_snapshot!(done.words(), @r"
    ⚠ check join orders of `transactions`: 3 rows without a row of `orders`
    help: expected a row of `orders` for every row
    ");
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount | channel
    5 | unknown | 2024-01-01 | 1.00 | NULL
    O1 | ann-7 | 2024-01-05 | 5.50 | web
    O1 | ann-7 | 2024-01-05 | 10.00 | web
    O2 | bob | 2024-02-01 | 20.00 | store
    O3 | ann-7 | 2024-03-01 | 30.00 | web
    O4 | unknown | 2024-01-01 | 2.00 | NULL
    O4 | unknown | 2024-01-01 | 7.25 | NULL
    ");
}

/// Several sources are joined in their order, and what one gives may be the key of the next.
#[test]
fn one_source_after_the_other() {
    let join = "join:\n      orders: { on: { order_id: order_no } }\n      \
        people: { on: { person: orders.buyer, origin: orders.origin }, unmatched: keep }";
    let columns = COLUMNS.replace("channel: Orders.ORIGIN", "channel: people.city");
    let people =
        "  people:\n    path: data/people.csv\n    columns: { person: person, origin: origin, city: city }\n";
    let project = shop(join, &columns, people);
    project.write("data/people.csv", "person,origin,city\nann-7,web,Bern\nann-7,store,Basel\nbob,web,Genf\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount | channel
    O1 | ann-7 | 2024-01-05 | 5.50 | Bern
    O1 | ann-7 | 2024-01-05 | 10.00 | Bern
    O2 | bob | 2024-02-01 | 20.00 | NULL
    O3 | ann-7 | 2024-03-01 | 30.00 | Bern
    ");
    assert_snapshot!(counts(&project), @r#"read 7 75.75, used 4 65.50; without_orders 3 "10.25""#);
}

/// A key of two orders would count lines twice.
#[test]
fn an_order_that_is_there_twice() {
    let project = shop(JOIN, COLUMNS, "");
    project.write(
        "data/orders/2.csv",
        "number,buyer,placed,origin\nO2,eve,2024-02-02,web\nO2,eve,2024-02-03,web\nO1,ann-7,2024-01-05,web\n",
    );
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 1
      × source `orders`: 2 keys are those of several rows, such as order_id O1
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/lines
     6 │     join: { orders: { on: { order_id: order_no } } }
       ·             ──────
     7 │     columns:
       ╰────
      help: a row that joins `orders` must find one row: set the others aside by a rule of `orders`,
            such as `twice: { repeated: [order_id] }`
    ");
    assert!(project.nothing_published());
    project.replace(
        PIPELINE,
        "      origin: origin\n",
        "      origin: origin\n    quarantine:\n      twice: { repeated: [order_id] }\n",
    );
    project.ran();
    assert_snapshot!(counts(&project), @r#"read 7 75.75, used 4 65.50; without_orders 3 "10.25""#);
}

/// What is kept of a night serves no other whose orders, or their rules, differ.
#[test]
fn what_is_kept_depends_on_the_orders_too() {
    let project = shop(JOIN, COLUMNS, "");
    let mut seen = Vec::new();
    let mut night = |project: &Project| {
        project.ran();
        let published = |project: &Project| content(&private_of(&project.path("site/shop/2024-03-31")));
        let kept = published(project);
        project.done(&["run", PIPELINE, "--no-cache"]);
        assert!(
            differences(&kept, &published(project)).is_empty(),
            "{:?}",
            differences(&kept, &published(project))
        );
        seen.push(
            project.table("private/shop/2024-03-31/tables/seen.parquet").column("customer_id").join(" "),
        );
    };
    night(&project);
    project.write("data/orders/1.csv", ORDERS.replace("O2,bob", "O2,ben"));
    night(&project);
    project.write("data/orders/2.csv", "number,buyer,placed,origin\nO4,dan,2024-03-05,web\n");
    night(&project);
    project.replace(
        PIPELINE,
        "      origin: origin\n",
        "      origin: origin\n    quarantine:\n      none: buyer = 'ben'\n",
    );
    night(&project);
    project.replace(PIPELINE, "buyer: buyer", "buyer: upper(buyer)");
    night(&project);
    fs::remove_file(project.path("data/orders/2.csv")).unwrap();
    night(&project);
    assert_snapshot!(seen.join("\n"), @r"
    ann-7 ann-7 bob ann-7
    ann-7 ann-7 ben ann-7
    ann-7 ann-7 ben ann-7 dan dan
    ann-7 ann-7 ann-7 dan dan
    ANN-7 ANN-7 BEN ANN-7 DAN DAN
    ANN-7 ANN-7 BEN ANN-7
    ");
}

/// Orders after the as-of date do not exist, so their lines have none.
#[test]
fn orders_of_a_later_day() {
    let project = shop(JOIN, COLUMNS, "");
    project.replace(PIPELINE, "    path: data/orders\n", "    path: data/orders\n    by_day: placed\n");
    project.done(&["run", PIPELINE, "--as-of", "2024-02-10"]);
    let record = project.json("site/shop/2024-02-10/manifest.json");
    assert_snapshot!(record["sources"][0]["set_aside"], @r#"[{"amount":"40.25","rows":4,"rule":"without_orders"}]"#);
}

/// A variant's condition may name what orders say.
#[test]
fn variants_by_what_orders_say() {
    let project = shop(JOIN, COLUMNS, "");
    let text = project.read(PIPELINE);
    project.write(PIPELINE, format!("{text}variants:\n  web: {{ where: orders.origin = 'web' }}\n"));
    project.ran();
    assert_eq!(
        project.table("private/shop-web/2024-03-31/tables/seen.parquet").column("amount").join(" "),
        "5.50 10.00 30.00"
    );
}

/// Without `columns` the table has the files' own, and rules may name the orders'.
#[test]
fn a_source_of_any_name_may_join() {
    let project = shop(
        JOIN,
        COLUMNS,
        "  returns:\n    path: data/returns.csv\n    join: { orders: { on: { order_id: number } } }\n    quarantine: { web: orders.origin = 'web' }\n",
    );
    project.write("data/returns.csv", "number,back\nO1,1.00\nO2,2.00\nO7,3.00\n");
    project.write("sql/seen.sql", "select * from returns order by 1\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    number | back
    O2 | 2.00
    ");
}

fn complaint(join: &str, columns: &str, more: &str) -> String {
    shop(join, columns, more).complaint()
}

#[test]
fn mistakes_are_told_with_their_place() {
    let people = "  people:\n    path: data/orders\n    join: { orders: { on: { order_id: number } } }\n";
    assert_snapshot!(complaint("join: { order: { on: { order_id: order_no } } }", COLUMNS, ""), @r"
    exit code 2
      × there is no source `order`
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/lines
     6 │     join: { order: { on: { order_id: order_no } } }
       ·             ─────
     7 │     columns:
       ╰────
      help: did you mean `orders`?
    ");
    assert_snapshot!(complaint("join: { transactions: { on: { order_id: order_no } } }", COLUMNS, ""), @r"
    exit code 2
      × `transactions` is joined with itself
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/lines
     6 │     join: { transactions: { on: { order_id: order_no } } }
       ·             ────────────
     7 │     columns:
       ╰────
      help: `join` names another source
    ");
    assert_snapshot!(complaint("join: { orders: order_no }", COLUMNS, ""), @r"
    exit code 2
      × it is not said what joins `orders`
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/lines
     6 │     join: { orders: order_no }
       ·             ──────
     7 │     columns:
       ╰────
      help: write `orders: { on: { its_column: column } }`
    ");
    assert_snapshot!(complaint("join: { orders: { unmatched: drop } }", COLUMNS, ""), @r"
    exit code 2
      × it is not said what joins `orders`
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/lines
     6 │     join: { orders: { unmatched: drop } }
       ·             ──────
     7 │     columns:
       ╰────
      help: write `orders: { on: { its_column: column } }`
      × `drop` is not a value of `unmatched`
       ╭─[pipelines/shop.yaml:6:34]
     5 │     path: data/lines
     6 │     join: { orders: { unmatched: drop } }
       ·                                  ────
     7 │     columns:
       ╰────
      help: known here: set_aside, keep
    ");
    assert_snapshot!(complaint("join: { people: { on: { number: order_no } } }", COLUMNS, people), @r"
    exit code 2
      × `people` joins another source itself
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/lines
     6 │     join: { people: { on: { number: order_no } } }
       ·             ──────
     7 │     columns:
       ╰────
      help: join both here: `orders: { on: { its_column: people.column } }` after `people`
    ");
}

#[test]
fn columns_that_are_not_there() {
    assert_snapshot!(complaint("join: { orders: { on: { number: order_no, buyer: who } } }", COLUMNS, ""), @r"
    exit code 2
      × `number` is not a column of `orders`
       ╭─[pipelines/shop.yaml:6:29]
     5 │     path: data/lines
     6 │     join: { orders: { on: { number: order_no, buyer: who } } }
       ·                             ──────
     7 │     columns:
       ╰────
      help: known here: order_id, buyer, placed, origin
      × the files of `transactions` have no column `who`
       ╭─[pipelines/shop.yaml:6:54]
     5 │     path: data/lines
     6 │     join: { orders: { on: { number: order_no, buyer: who } } }
       ·                                                      ───
     7 │     columns:
       ╰────
      help: known here: line, order_no, paid
    ");
    assert_snapshot!(complaint("join: { orders: { on: { placed: line } } }", COLUMNS, ""), @r"
    exit code 2
      × `placed` is a date or timestamp, and `line` is text
       ╭─[pipelines/shop.yaml:6:37]
     5 │     path: data/lines
     6 │     join: { orders: { on: { placed: line } } }
       ·                                     ────
     7 │     columns:
       ╰────
      help: make both of one kind, such as `placed: CAST(... AS VARCHAR)` in the other source
    ");
    assert_snapshot!(complaint(JOIN, &COLUMNS.replace("orders.buyer", "orders.buyr"), ""), @r"
    exit code 2
      × `orders` has no column `buyr`
       ╭─[pipelines/shop.yaml:8:20]
     7 │     columns:
     8 │       customer_id: orders.buyr
       ·                    ───────────
     9 │       transaction_id: order_no
       ╰────
      help: did you mean `buyer`?
    ");
    assert_snapshot!(complaint(JOIN, &COLUMNS.replace("orders.buyer", "buyer"), ""), @r"
    exit code 2
      × the files of `transactions` have no column `buyer`
       ╭─[pipelines/shop.yaml:8:20]
     7 │     columns:
     8 │       customer_id: buyer
       ·                    ─────
     9 │       transaction_id: order_no
       ╰────
      help: write `orders.buyer`
    ");
    assert_snapshot!(complaint(JOIN, COLUMNS, "    quarantine: { without_orders: amount < 6 }\n"), @r"
    exit code 2
      × `without_orders` is the rule of `join`
        ╭─[pipelines/shop.yaml:13:19]
     12 │       channel: Orders.ORIGIN
     13 │     quarantine: { without_orders: amount < 6 }
        ·                   ──────────────
     14 │   orders:
        ╰────
      help: choose another name for this rule, or write `unmatched: keep`
    ");
}

/// A file that lacks the key's column, or one that only an expression with an order's column names.
#[test]
fn files_that_lack_a_column() {
    let columns = COLUMNS.replace("channel: Orders.ORIGIN", "channel: coalesce(tag, orders.origin)");
    let project = shop(JOIN, &columns, "");
    project.write("data/lines/1.csv", "line,order_no,paid,tag\n1,O1,10.00,x\n");
    project.write("data/lines/2.csv", "line,paid\n2,5.00\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 3
      × source `transactions`: 1 of 2 files lacks the column `order_no`, such as 2.csv; `order_id`
      │ needs it
       ╭─[pipelines/shop.yaml:6:39]
     5 │     path: data/lines
     6 │     join: { orders: { on: { order_id: order_no } } }
       ·                                       ────────
     7 │     columns:
       ╰────
      help: write the file again with the column, or add `missing_columns: [order_no]` to the source
            for NULL there
      × source `transactions`: 1 of 2 files lacks the column `tag`, such as 2.csv; `channel` needs it
        ╭─[pipelines/shop.yaml:12:16]
     11 │       amount: cast(paid as decimal(10, 2))
     12 │       channel: coalesce(tag, orders.origin)
        ·                ────────────────────────────
     13 │   orders:
        ╰────
      help: write the file again with the column, or add `missing_columns: [tag]` to the source for
            NULL there
    ");
}
