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
    help: if there should be something, look at the dates and conditions of its queries
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
    shop-uk: transactions where country = 'UK'
    shop-zh: all rows
    ");
    let check = project.done(&["check", PIPELINE]);
    assert!(check.err.contains(", 2 variants, as of 2024-03-31"), "{}", check.err);
}

/// Three customers of two managers, one of nobody; f is in no list of customers. Complaints name customers too.
fn managed(variants: &str) -> Project {
    let project = Project::new();
    project.write(
        "data/sales.csv",
        "who,receipt,on,paid\na,1,2024-01-10,10.00\na,2,2024-02-10,20.00\nb,3,2024-02-11,30.00\nc,4,2024-03-01,40.00\n\
         e,5,2024-03-02,50.00\nf,6,2024-03-03,60.00\n",
    );
    project.write("data/people.csv", "id,manager,name\na,Li Wei,Anna\nb,张伟,Bob\nc,Li Wei,Carl\ne,,Eve\n");
    project.write(
        "data/complaints.csv",
        "customer_id,on,text\na,2024-03-05,late\nb,2024-03-06,broken\nf,2024-03-07,rude\n",
    );
    project.write("data/stores.csv", "store,city\ns1,Paris\ns2,Rome\n");
    project.write("sql/complaints.sql", "select customer_id, text from complaints order by customer_id\n");
    project.write("sql/stores.sql", "select store, city from stores order by store\n");
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      customer_id: who\n      \
             transaction_id: receipt\n      occurred_at: cast(\"on\" as date)\n      amount: cast(paid as decimal(10, 2))\n  \
             customers:\n    path: data/people.csv\n    columns: {{ customer_id: id, account_manager: manager, name: name }}\n  \
             complaints: {{ path: data/complaints.csv }}\n  stores: {{ path: data/stores.csv, shared: true }}\n\
             modules:\n  base:\nsteps:\n  heard: {{ sql: sql/complaints.sql }}\n  shops: {{ sql: sql/stores.sql }}\n\
             report: {{ title: Our customers, sections: [headline, heard] }}\n{variants}"
        ),
    );
    project
}

fn every_file(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        // `latest` is a link to a folder that is looked at anyway.
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            every_file(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// Each manager has a report of the own customers, made of the rows that name them, in all sources.
#[test]
fn each_manager_has_a_report_of_the_own_customers() {
    let project = managed(
        "variants:\n  manager: { each: account_manager, title: Customers of $each, report: { customer_ids: shown } }\n",
    );
    let done = project.ran();
    assert_snapshot!(done.out, @r"
    site/shop/2024-03-31/index.html
    site/shop-manager-li-wei/2024-03-31/index.html
    site/shop-manager-张伟/2024-03-31/index.html
    ");
    assert_snapshot!(done.words(), @r"
    manager-li-wei: customers: 2 rows used, 2 outside
    manager-li-wei: customers: 1 used row of customers of whom `customers` does not say it; in no such report
    manager-张伟: customers: 1 row used, 3 outside
    manager-张伟: customers: 1 used row of customers of whom `customers` does not say it; in no such report
    manager-li-wei: transactions: 3 rows used, 3 outside
    manager-li-wei: transactions: 2 used rows of customers of whom `customers` does not say it; in no such report
    manager-张伟: transactions: 1 row used, 5 outside
    manager-张伟: transactions: 2 used rows of customers of whom `customers` does not say it; in no such report
    manager-li-wei: complaints: 1 row used, 2 outside
    manager-li-wei: complaints: 1 used row of customers of whom `customers` does not say it; in no such report
    manager-张伟: complaints: 1 row used, 2 outside
    manager-张伟: complaints: 1 used row of customers of whom `customers` does not say it; in no such report
    ");
    let table = |name: &str, table: &str| {
        project.table(&format!("private/{name}/2024-03-31/tables/{table}.parquet")).text()
    };
    assert_snapshot!(table("shop-manager-li-wei", "heard"), @r"
    customer_id | text
    a | late
    ");
    assert_snapshot!(table("shop-manager-张伟", "heard"), @r"
    customer_id | text
    b | broken
    ");
    assert_eq!(table("shop-manager-li-wei", "shops"), table("shop", "shops"));
    let ids = |name: &str| {
        project
            .table(&format!("private/{name}/2024-03-31/tables/customer_summary.parquet"))
            .column("customer_id")
    };
    assert_eq!(ids("shop-manager-li-wei"), ["a", "c"]);
    assert_eq!(ids("shop-manager-张伟"), ["b"]);
    assert_eq!(ids("shop"), ["a", "b", "c", "e", "f"]);
    assert!(project.read("site/shop-manager-li-wei/2024-03-31/index.html").contains("Customers of Li Wei"));
}

/// What is given to one manager says nothing of the others' customers: not in pages, downloads, tables or records.
#[test]
fn a_managers_folder_holds_nothing_of_others() {
    let project = managed(
        "variants:\n  manager: { each: account_manager, title: Customers of $each, report: { customer_ids: shown } }\n",
    );
    // Ids and texts that occur nowhere by chance.
    for (path, texts) in [
        ("data/sales.csv", vec![("a,", "anna-0001,"), ("b,", "bob-0002,"), ("c,", "carl-0003,")]),
        ("data/people.csv", vec![("a,L", "anna-0001,L"), ("b,张", "bob-0002,张"), ("c,L", "carl-0003,L")]),
        (
            "data/complaints.csv",
            vec![("a,2", "anna-0001,2"), ("b,2", "bob-0002,2"), ("broken", "broken-lid")],
        ),
    ] {
        let lines: Vec<String> = project
            .read(path)
            .lines()
            .map(|line| {
                let found = texts.iter().find(|(old, _)| line.starts_with(old));
                let line = found.map_or(line.to_owned(), |(old, new)| line.replacen(old, new, 1));
                line.replace("broken", "broken-lid")
            })
            .collect();
        project.write(path, lines.join("\n") + "\n");
    }
    project.ran();
    let mut files = Vec::new();
    for folder in ["site/shop-manager-li-wei", "private/shop-manager-li-wei"] {
        every_file(&project.path(folder), &mut files);
    }
    let (mut own, mut texts) = (0, 0);
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|found| found == text.as_bytes());
        for other in ["bob-0002", "broken-lid", "Bob", "张伟", "\"outside\":{\"amount", "210.00"] {
            assert!(!has(other), "{} holds {other}", file.display());
        }
        own += usize::from(has("anna-0001"));
        texts += usize::from(has("href=\"../../index.html\""));
    }
    assert!(own > 2, "{own} of {} files name an own customer", files.len());
    assert_eq!(texts, 0, "pages lead to the list of all reports");
    let index = project.read("site/index.html") + &project.read("site/feed.xml");
    assert!(index.contains("shop/2024-03-31") && !index.contains("manager"), "{index}");
}

/// A condition over customers, too; and a report of them can be listed.
#[test]
fn a_report_of_some_customers() {
    let project = managed(
        "variants:\n  named: { customers: \"name < 'C'\", listed: true, where: { stores: \"city = 'Rome'\" } }\n",
    );
    let done = project.ran();
    assert_snapshot!(done.words(), @r"
    named: customers: 2 rows used, 2 outside
    named: transactions: 3 rows used, 3 outside
    named: transactions: 1 used row of customers of whom `customers` does not say it; in no such report
    named: complaints: 2 rows used, 1 outside
    named: complaints: 1 used row of customers of whom `customers` does not say it; in no such report
    named: stores: 1 row used, 1 outside
    ");
    let table =
        |table: &str| project.table(&format!("private/shop-named/2024-03-31/tables/{table}.parquet")).text();
    assert_snapshot!(table("heard"), @r"
    customer_id | text
    a | late
    b | broken
    ");
    assert_snapshot!(table("shops"), @r"
    store | city
    s2 | Rome
    ");
    assert!(project.read("site/index.html").contains("shop-named/"));
    assert_snapshot!(project.done(&["plan", PIPELINE]).out.split_once("variants").unwrap().1.trim(), @"shop-named: transactions where name < 'C'; customers where name < 'C'; complaints where name < 'C'; stores where city = 'Rome'");
    // From what is kept, the same.
    let before =
        std::fs::read(project.path("private/shop-named/2024-03-31/tables/customer_summary.parquet")).unwrap();
    project.ran();
    assert!(
        before
            == std::fs::read(project.path("private/shop-named/2024-03-31/tables/customer_summary.parquet"))
                .unwrap()
    );
    // Somebody moves to another name: what is kept is of no use.
    project.replace("data/people.csv", "Anna", "Zoe");
    project.ran();
    let ids =
        project.table("private/shop-named/2024-03-31/tables/customer_summary.parquet").column("customer_id");
    assert_eq!(ids, ["b"]);
}

#[test]
fn mistakes_about_customers() {
    let complaint = |variants: &str| managed(&format!("variants:\n  {variants}\n")).complaint();
    assert_snapshot!(complaint("m: { each: acount_manager }"), @r"
    exit code 2
      × `customers` has no column `acount_manager`
        ╭─[pipelines/shop.yaml:23:14]
     22 │ variants:
     23 │   m: { each: acount_manager }
        ·              ──────────────
        ╰────
      help: did you mean `account_manager`?
    ");
    // The same of all sources that name customers: told once.
    assert_snapshot!(complaint("m: { customers: \"manger = 'x'\" }"), @r#"
    exit code 2
      × variant `m`: `customers` has no column `manger`
        ╭─[pipelines/shop.yaml:23:20]
     22 │ variants:
     23 │   m: { customers: "manger = 'x'" }
        ·                    ──────
        ╰────
      help: known here: customer_id, account_manager, name
    "#);
    assert_snapshot!(complaint("m: { each: account_manager, customers: \"name = 'x'\" }"), @r#"
    exit code 2
      × `each` and `customers` are both there
        ╭─[pipelines/shop.yaml:23:14]
     22 │ variants:
     23 │   m: { each: account_manager, customers: "name = 'x'" }
        ·              ───────────────
        ╰────
      help: leave one of them out: a report for each of some customers is not made
    "#);
    assert_snapshot!(complaint("m: { where: { store: \"city = 'x'\" } }"), @r#"
    exit code 2
      × there is no source `store`
        ╭─[pipelines/shop.yaml:23:17]
     22 │ variants:
     23 │   m: { where: { store: "city = 'x'" } }
        ·                 ─────
        ╰────
      help: did you mean `stores`?
    "#);
    let project = managed("variants:\n  m: { each: account_manager }\n");
    project.replace("data/people.csv", "张伟", "li wei");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the reports of `Li Wei` and `li wei` would lie in one folder, `shop-li-wei`
        ╭─[pipelines/shop.yaml:23:14]
     22 │ variants:
     23 │   m: { each: account_manager }
        ·              ───────────────
        ╰────
      help: make the values of `account_manager` differ in letters or digits
    ");
    assert_snapshot!(shop("variants:\n  m: { each: account_manager }\n").complaint(), @r"
    exit code 2
      × a report of some customers needs a source `customers`
        ╭─[pipelines/shop.yaml:19:14]
     18 │ variants:
     19 │   m: { each: account_manager }
        ·              ───────────────
        ╰────
      help: it says who they are; for some rows of `transactions` write `where`
    ");
}

/// Figures of groups of one to four customers are empty on the page and in downloads; the owner's tables have them.
#[test]
fn small_groups_are_not_shown() {
    let project = managed("variants:\n  shared: { report: { sections: [cities], least_group: 2 } }\n");
    project.write(
        "sql/cities.sql",
        "select account_manager as city, count(*) as customers, sum(revenue) as revenue\n\
         from customer_summary join customers using (customer_id) group by 1 order by 1 nulls last\n",
    );
    project.replace(PIPELINE, "  shops:", "  cities: { sql: sql/cities.sql }\n  shops:");
    project.ran();
    let csv = |name: &str| project.read(&format!("site/{name}/2024-03-31/downloads/cities.csv"));
    assert_eq!(
        csv("shop"),
        "\u{feff}city,customers,revenue\r\nLi Wei,2,70.00\r\n张伟,1,30.00\r\n,1,50.00\r\n"
    );
    assert_eq!(csv("shop-shared"), "\u{feff}city,customers,revenue\r\nLi Wei,2,70.00\r\n张伟,,\r\n,,\r\n");
    let page = project.read("site/shop-shared/2024-03-31/index.html");
    assert!(page.contains("70.00") && !page.contains("30.00") && !page.contains("50.00"), "{page}");
    let tables = ["shop", "shop-shared"]
        .map(|name| project.table(&format!("private/{name}/2024-03-31/tables/cities.parquet")).text());
    assert_eq!(tables[0], tables[1]);
    project.replace(PIPELINE, "least_group: 2", "least_group: 1");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `least_group` must be 2 or more, not 1
        ╭─[pipelines/shop.yaml:24:56]
     23 │ variants:
     24 │   shared: { report: { sections: [cities], least_group: 1 } }
        ·                                                        ─
        ╰────
      help: the fewest customers of a group whose figures are shown, such as 5; without it all are
    ");
}

/// What is kept of a source is that of so many reports: one more needs the rows again.
#[test]
fn a_report_more_is_made_of_all_sources() {
    let project = managed("");
    project.replace(PIPELINE, "  complaints: { path: data/complaints.csv }", "  complaints: { path: data/complaints.csv, by_day: \"on\", columns: { customer_id: customer_id, \"on\": cast(\"on\" as date), text: text } }");
    project.ran();
    let pipeline = project.read(PIPELINE);
    project.write(PIPELINE, format!("{pipeline}variants:\n  zh: {{ locale: zh-CN }}\n"));
    project.ran();
    let heard = |name: &str| project.table(&format!("private/{name}/2024-03-31/tables/heard.parquet")).text();
    assert_eq!(heard("shop-zh"), heard("shop"));
    assert_eq!(project.json("site/shop-zh/2024-03-31/manifest.json")["sources"][2]["rows_used"], 3);
}
