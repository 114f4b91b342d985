//! Variants: several reports of one pipeline, from one reading of the files.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

/// Line 3 is there twice; line 4 too, once in each country; d's country is not known; 7 has no customer; 8 comes later.
const SALES: &str = "who,receipt,on,paid,country\n\
    a,1,2024-01-10,10.00,UK\n\
    a,2,2024-02-10,20.00,UK\n\
    b,3,2024-02-11,30.00,FR\n\
    b,3,2024-02-11,30.00,FR\n\
    c,4,2024-03-01,40.00,UK\n\
    c,4,2024-03-01,40.00,FR\n\
    d,5,2024-03-02,50.00,\n\
    e,6,2024-03-05,-5.00,UK\n\
    ,7,2024-03-06,7.00,UK\n\
    a,8,2024-04-02,80.00,UK\n";

const PAGE: &str = "2024-03-31/index.html";

fn shop(variants: &str) -> Project {
    let project = Project::new();
    project.write("data/sales.csv", SALES);
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nparams: {{ factor: 1 }}\nsources:\n  transactions:\n    path: data/\n    \
             columns:\n      customer_id: who\n      transaction_id: receipt\n      occurred_at: cast(\"on\" as date)\n      \
             amount: cast(paid as decimal(10, 2)) * $factor\n    quarantine:\n      twice: {{ repeated: [transaction_id] }}\n    \
             checks:\n      - row_count: {{ min: 6 }}\nmodules:\n  base: {{ lost_after_days: 30 }}\n{variants}"
        ),
    );
    project
}

/// Rows read, used, set aside by `twice`, and outside, with the money of all but those set aside.
fn counts(project: &Project, name: &str) -> String {
    let record = project.json(&format!("site/{name}/2024-03-31/manifest.json"));
    let source = &record["sources"][0];
    let aside = source["set_aside"].as_array().unwrap();
    let twice = aside.iter().find(|rule| rule["rule"] == "twice").unwrap();
    format!(
        "read {} {}, used {} {}, twice {}, outside {}",
        source["rows_in"],
        source["amount_in"].as_str().unwrap(),
        source["rows_used"],
        source["amount_used"].as_str().unwrap(),
        twice["rows"],
        source["outside"]
    )
}

fn summary(project: &Project, name: &str) -> String {
    project.table(&format!("private/{name}/2024-03-31/tables/customer_summary.parquet")).text()
}

/// Each variant is of its own rows; what is not in it is neither used nor set aside; which of two equal rows counts is
/// settled over all rows, so that no row counts in one report and is set aside in another.
#[test]
fn each_is_of_its_rows() {
    let project = shop(
        "variants:\n  uk: { where: \"country = 'UK'\" }\n  elsewhere: { where: \"coalesce(country, '') <> 'UK'\" }\n",
    );
    let done = project.ran();
    assert_snapshot!(done.out, @r"
    site/shop/2024-03-31/index.html
    site/shop-uk/2024-03-31/index.html
    site/shop-elsewhere/2024-03-31/index.html
    ");
    assert_snapshot!(counts(&project, "shop"), @"read 10 302.00, used 6 145.00, twice 2, outside null");
    assert_snapshot!(counts(&project, "shop-uk"), @r#"
    read 10 302.00, used 3 25.00, twice 1, outside {"amount":"150.00","rows":4,"undecided":1,"where":"country = 'UK'"}
    "#);
    assert_snapshot!(counts(&project, "shop-elsewhere"), @r#"
    read 10 302.00, used 3 120.00, twice 1, outside {"amount":"152.00","rows":6,"undecided":0,"where":"coalesce(country, '') <> 'UK'"}
    "#);
    let revenue = |name: &str| {
        let table = project.table(&format!("private/{name}/2024-03-31/tables/customer_summary.parquet"));
        table
            .column("revenue")
            .iter()
            .map(|money| money.replace('.', "").parse::<i64>().unwrap())
            .sum::<i64>()
    };
    assert_eq!(revenue("shop"), 14_500);
    assert_eq!(revenue("shop-uk") + revenue("shop-elsewhere"), revenue("shop"));
    let index = project.read("site/index.html");
    for name in ["shop", "shop-uk", "shop-elsewhere"] {
        assert!(index.contains(&format!("{name}/")), "{index}");
    }
}

/// A variant's tables are those of a shop that has these rows and no others, to the byte.
#[test]
fn a_variant_is_what_a_shop_of_its_rows_would_be() {
    let project = shop("variants:\n  uk: { where: \"country = 'UK'\" }\n");
    // Of the two lines of c the French one is first in the order of all columns.
    project.replace("data/sales.csv", "c,4,2024-03-01,40.00,FR\n", "");
    project.ran();
    let alone = shop("");
    let header = SALES.lines().next();
    let rows: Vec<&str> = SALES.lines().filter(|line| line.ends_with(",UK")).collect();
    alone.write("data/sales.csv", header.into_iter().chain(rows).collect::<Vec<_>>().join("\n"));
    alone.replace(PIPELINE, "min: 6", "min: 1");
    alone.ran();
    let (of_variant, of_shop) =
        (project.path("private/shop-uk/2024-03-31/tables"), alone.path("private/shop/2024-03-31/tables"));
    let mut compared = 0;
    for entry in std::fs::read_dir(&of_shop).unwrap() {
        let name = entry.unwrap().file_name();
        // What the sources' rows became is not the same: there are more of them.
        if name.to_string_lossy().starts_with("audit_") {
            continue;
        }
        let tables = [&of_variant, &of_shop].map(|folder| std::fs::read(folder.join(&name)).unwrap());
        assert!(tables[0] == tables[1], "{name:?}");
        compared += 1;
    }
    assert!(compared > 5, "{compared}");
}

/// Files are read once for all reports, and on the next night not at all; a file more is read alone.
#[test]
fn files_are_read_once() {
    let project = shop("variants:\n  uk: { where: \"country = 'UK'\" }\n  all: { locale: zh-CN }\n");
    let first = project.ran();
    let lines: Vec<&str> = first.err.lines().filter(|line| line.contains("transactions")).collect();
    assert_snapshot!(lines.iter().map(|line| line.split("  ").next().unwrap_or(line)).collect::<Vec<_>>().join("\n"), @"transactions");
    let tables = ["shop", "shop-uk", "shop-all"].map(|name| summary(&project, name));
    let again = project.ran();
    assert!(again.err.contains("0 files read, 1 known"), "{}", again.err);
    assert_eq!(tables, ["shop", "shop-uk", "shop-all"].map(|name| summary(&project, name)));
    project.write("data/more.csv", "who,receipt,on,paid,country\nz,9,2024-03-07,9.00,UK\n");
    let more = project.ran();
    assert!(more.err.contains("1 file read, 1 known"), "{}", more.err);
    let z = |name: &str| {
        let table = project.table(&format!("private/{name}/2024-03-31/tables/customer_summary.parquet"));
        table.at("customer_id", "z", "revenue")
    };
    assert_eq!((z("shop"), z("shop-uk"), z("shop-all")), ("9.00".into(), "9.00".into(), "9.00".into()));
    let fresh = project.done(&["run", PIPELINE, "--no-cache"]);
    assert!(!fresh.err.contains("known"), "{}", fresh.err);
    assert_eq!(z("shop-uk"), "9.00");
}

/// A variant may speak another language, have another title and other settings; without a title its name is added.
#[test]
fn it_may_differ_in_words_and_settings() {
    let project = shop(
        "variants:\n  zh: { locale: zh-CN, modules: { base: { lost_after_days: 60 } } }\n  \
         board: { title: For the board }\nreport: { title: Our shop }\n",
    );
    project.ran();
    let page = |name: &str| project.read(&format!("site/{name}/{PAGE}"));
    assert!(page("shop").contains("<title>Our shop · 31 March 2024</title>"));
    assert!(
        page("shop-zh").contains("<title>Our shop · zh · 2024年3月31日</title>"),
        "{}",
        &page("shop-zh")[..600]
    );
    assert!(page("shop-zh").contains("lang=\"zh-CN\""));
    assert!(page("shop-board").contains("<title>For the board · 31 March 2024</title>"));
    let days = |name: &str| {
        project.json(&format!("site/{name}/2024-03-31/manifest.json"))["parameters"]["lost_after_days"]
            .clone()
    };
    assert_eq!((days("shop"), days("shop-zh")), ("30".into(), "60".into()));
}

/// The checks are those of the source, and one that fails stops all reports.
#[test]
fn checks_are_the_sources() {
    let project = shop("variants:\n  uk: { where: \"country = 'UK'\" }\n");
    project.ran();
    let passed = &project.json("site/shop-uk/2024-03-31/manifest.json")["sources"][0]["checks"][0];
    assert_eq!(passed["measured"], "6 rows");
    let project = shop("variants:\n  uk: { where: \"country = 'UK'\" }\n");
    project.replace(PIPELINE, "min: 6", "min: 7");
    assert_eq!(project.run(&["run", PIPELINE]).code, Some(1));
    assert!(project.nothing_published());
}

/// Rows of which the condition cannot be told, and a variant of no row, are told of.
#[test]
fn what_is_in_no_variant_is_told() {
    let project =
        shop("variants:\n  uk: { where: \"country = 'UK'\" }\n  us: { where: \"country = 'US'\" }\n");
    let done = project.ran();
    let told: Vec<&str> =
        done.err.lines().filter(|line| line.contains('⚠') || line.contains("help:")).collect();
    assert_snapshot!(told.join("\n"), @r"
    ⚠ uk: `where` is neither true nor false for 1 used row of `transactions`, as a value is missing
    help: they are not in this report; say what is meant, as in `coalesce(country, '') = 'FR'`
    ⚠ us: no row of `transactions` meets the variant's `where`: its report is empty
    ⚠ us: `where` is neither true nor false for 1 used row of `transactions`, as a value is missing
    help: they are not in this report; say what is meant, as in `coalesce(country, '') = 'FR'`
    ⚠ us: section `headline` is left out: The table headline_words has no rows.
    ");
}

/// A draft of each, and readers see nothing of them.
#[test]
fn drafts_are_of_all() {
    let project = shop("variants:\n  uk: { where: \"country = 'UK'\" }\n");
    let done = project.done(&["run", PIPELINE, "--draft"]);
    assert_eq!(done.out, "drafts/shop/index.html\ndrafts/shop-uk/index.html\n");
    assert!(project.nothing_published());
}

/// If one report cannot be made, none is published.
#[test]
fn all_or_none() {
    let project =
        shop("variants:\n  uk: { where: \"country = 'UK'\" }\nsteps:\n  mine: { sql: sql/mine.sql }\n");
    // The variant has two customers.
    project.write("sql/mine.sql", "select 1 / (count(*) - 2) as x from customer_summary\n");
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.err);
    assert!(outcome.err.contains("uk: "), "{}", outcome.err);
    assert!(project.nothing_published());
}

#[test]
fn mistakes_have_their_places() {
    let complaint = |variants: &str| shop(variants).complaint();
    assert_snapshot!(complaint("variants:\n  uk: { wher: \"country = 'UK'\", sources: {} }\n  fr:\n  US: {}\n"), @r#"
    exit code 2
      × `wher` is not a key of a variant
        ╭─[pipelines/shop.yaml:19:9]
     18 │ variants:
     19 │   uk: { wher: "country = 'UK'", sources: {} }
        ·         ────
     20 │   fr:
        ╰────
      help: did you mean `where`?
      × `sources` is not a key of a variant
        ╭─[pipelines/shop.yaml:19:33]
     18 │ variants:
     19 │   uk: { wher: "country = 'UK'", sources: {} }
        ·                                 ───────
     20 │   fr:
        ╰────
      help: files are read once for all variants; make a pipeline of its own for that
      × the variant `fr` changes nothing
        ╭─[pipelines/shop.yaml:20:3]
     19 │   uk: { wher: "country = 'UK'", sources: {} }
     20 │   fr:
        ·   ──
     21 │   US: {}
        ╰────
      help: say what is different: `where`, `title`, `locale`, `params` or another of its keys
      × `US` cannot be the name of a variant
        ╭─[pipelines/shop.yaml:21:3]
     20 │   fr:
     21 │   US: {}
        ·   ──
        ╰────
      help: it becomes the end of a folder's name: use lower-case letters, digits and `_`
    "#);
    assert_snapshot!(complaint("variants:\n  uk: { where: \"contry = 'UK'\" }\n"), @r#"
    exit code 2
      × variant `uk`: the files of `transactions` have no column `contry`
        ╭─[pipelines/shop.yaml:19:17]
     18 │ variants:
     19 │   uk: { where: "contry = 'UK'" }
        ·                 ──────
        ╰────
      help: did you mean `country`?
    "#);
    assert_snapshot!(complaint("variants:\n  uk: { where: country }\n"), @r"
    exit code 2
      × variant `uk`: `where` is VARCHAR, not a condition
        ╭─[pipelines/shop.yaml:19:16]
     18 │ variants:
     19 │   uk: { where: country }
        ·                ───────
        ╰────
      help: a report has the rows for which it is true
    ");
    assert_snapshot!(complaint("variants:\n  uk: { params: { factor: 2 } }\n"), @r"
    exit code 2
      × the source `transactions` is read with `$factor`
        ╭─[pipelines/shop.yaml:19:19]
     18 │ variants:
     19 │   uk: { params: { factor: 2 } }
        ·                   ──────
        ╰────
      help: a variant cannot change it, as files are read once for all: make a pipeline of its own for
            that
    ");
    assert_snapshot!(complaint("variants:\n  uk: { modules: { base: { lost_after_days: -1 } } }\n"), @r"
    exit code 2
      × `lost_after_days` must be a whole number of days of 1 or more, not -1
        ╭─[pipelines/shop.yaml:19:45]
     18 │ variants:
     19 │   uk: { modules: { base: { lost_after_days: -1 } } }
        ·                                             ──
        ╰────
      help: Silence after which a customer counts as lost.
    ");
    let project = shop("variants:\n  uk: { locale: en }\n");
    project.write("pipelines/other.yaml", "name: shop-uk\nsources:\n  t: { path: x }\nmodules:\n  base:\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × pipelines/other.yaml has the name `shop-uk` too
        ╭─[pipelines/shop.yaml:19:3]
     18 │ variants:
     19 │   uk: { locale: en }
        ·   ──
        ╰────
      help: give each pipeline a name of its own: its reports lie in the folder `site/<name>/`
    ");
}

#[test]
fn plan_lists_them() {
    let project = shop("variants:\n  uk: { where: \"country = 'UK'\" }\n  zh: { locale: zh-CN }\n");
    let plan = project.done(&["plan", PIPELINE]).out;
    assert_snapshot!(plan.split("variants\n").nth(1).unwrap_or("none"), @r"
    shop-uk: rows where country = 'UK'
    shop-zh: all rows
    ");
    let check = project.done(&["check", PIPELINE]);
    assert!(check.err.contains(", 2 variants, as of 2024-03-31"), "{}", check.err);
}
