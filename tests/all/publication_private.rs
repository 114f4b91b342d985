//! Who may see whole ids of customers: the owner alone, unless the pipeline says otherwise.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project, content};

const REPORT: &str = "site/shop/2024-03-31";

/// A shop whose customers' ids all end in the same two characters, and whose files have them under several names. Store 7
/// and the customer 7 are not the same.
fn shop() -> Project {
    let project = Project::masked_shop(
        "invoice,customer,day,amount,referrer,store",
        "t1,K-100011,2024-01-05,10.00,,7
t2,K-200011,2024-01-06,20.00,K-100011,7
t3,K-300011,2024-01-07,30.00,a friend,8
t4,7,2024-01-08,40.00,K-999911,8
t5,K-400011,2024-01-09,5000.00,,7
",
        "  transaction_id: invoice
  buyer: trim(customer)
  referrer: referrer
  store_id: store
quarantine: { too_much: amount > 1000 }",
    );
    project.replace(PIPELINE, "steps:", "report: { sections: [names, mixed, method] }\nsteps:");
    project.write(
        PIPELINE,
        project.read(PIPELINE) + "  names: { sql: sql/names.sql }\n  mixed: { sql: sql/mixed.sql }\n",
    );
    project.write(
        "sql/names.sql",
        "select buyer as who, 'C:' || customer_id as label, referrer, store_id, transaction_id,
            max(customer_id) over () as last, count(*) over (partition by customer_id) as orders,
            cast(substr(customer_id, 3) as bigint) as number
        from transactions where customer_id <> '7' order by transaction_id",
    );
    project.write(
        "sql/mixed.sql",
        "select 'store ' || store_id as name from transactions union select customer_id from transactions where amount >= 30
        union select 'K-000011' order by name",
    );
    project
}

/// A download without its byte-order mark.
fn download(project: &Project, table: &str) -> String {
    let text = project.read(&format!("{REPORT}/downloads/{table}.csv"));
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
}

fn column(csv: &str, at: usize) -> Vec<&str> {
    csv.lines().skip(1).map(|line| line.split(',').nth(at).unwrap()).collect()
}

/// All that is published, as text.
fn published(project: &Project) -> String {
    let files = content(&project.path("site"));
    files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect()
}

#[test]
fn ids_are_masked_whatever_their_columns_are_called() {
    let project = shop();
    let outcome = project.ran();
    assert_snapshot!(download(&project, "names"), @"
    who,label,referrer,store_id,transaction_id,last,orders,number
    ••11·1ez6ea,••11·3vtwe5,••11·3507vs,7,t2,••11·2yjdqx,1,••11·cqd1hf
    ••11·2yjdqx,••11·94a8ga,a friend,8,t3,••11·2yjdqx,1,••11·9ps9nc
    ••11·3507vs,••11·8cs5r9,,7,t1,••11·2yjdqx,1,••11·ye194w
    ");
    assert_snapshot!(download(&project, "mixed"), @"
    name
    K-000011
    store 7
    store 8
    ••11·2yjdqx
    ••·3zr06f
    ");
    assert_snapshot!(outcome.words(), @r"
     ⚠ the last row of `transactions` is of 2024-01-08, and the report's last full period begins on
     │ 2024-03-01: its figures are zero
      ╭─[pipelines/shop.yaml:2:8]
    1 │ name: shop
    2 │ as_of: 2024-03-31
      ·        ──────────
    3 │ sources:
      ╰────
     help: choose a date within the data under `as_of`, such as 2024-01-08, or by `--as-of`
     ⚠ customers' ids are masked in the column `referrer` of `names`
     help: if they are none, say so in the source that they come from: `customer_ids:` lists the
           columns that hold ids, `[]` that there are no more
    ");
    let all = published(&project);
    for id in ["K-100011", "K-200011", "K-300011", "K-400011", "100011", "300011"] {
        assert!(!all.contains(id), "{id} is published");
    }
    // The page says the same as the downloads.
    let page = project.read(&format!("{REPORT}/index.html"));
    let names = download(&project, "names");
    for mask in [column(&names, 0), column(&names, 1), column(&names, 5)].concat() {
        assert!(page.contains(mask), "{mask}");
    }
    // The owner has them whole.
    let whole = project.table("private/shop/2024-03-31/tables/names.parquet");
    assert_eq!(whole.column("who"), ["K-100011", "K-200011", "K-300011"]);
    let aside = project.table("private/shop/2024-03-31/quarantine/transactions.parquet");
    assert_eq!(aside.column("customer_id"), ["K-400011"]);
}

#[test]
fn no_two_customers_look_the_same_and_each_looks_the_same_every_night() {
    let project = Project::shop("path: data");
    project.replace(PIPELINE, "as_of: 2024-03-31", "as_of: 2024-03-31\nreport: { sections: [seen] }");
    let rows: String = (0..300).map(|n| format!("t{n:03},{n}011,2024-01-05,1.00\n")).collect();
    project.write("data/a.csv", format!("transaction_id,customer_id,occurred_at,amount\n{rows}"));
    project.replace(
        PIPELINE,
        "path: data",
        "path: data\n    columns: { customer_id: cast(customer_id as varchar), transaction_id: transaction_id, occurred_at: cast(occurred_at as date), amount: 'cast(amount as decimal(10, 2))' }",
    );
    let masks = || {
        project.ran();
        let csv = download(&project, "seen");
        column(&csv, 1).into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let first = masks();
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 300);
    assert!(first.iter().all(|mask| !mask.contains("011")), "{first:?}");
    // Another night, with fewer customers in the table.
    project.replace("sql/seen.sql", "from transactions", "from transactions where transaction_id < 't100'");
    assert_eq!(masks(), first[..100]);
    // Another project has another key: its masks tell nothing of these.
    fs::remove_file(project.path("private/.key")).unwrap();
    let other = masks();
    assert!(other.iter().zip(&first).all(|(a, b)| a != b), "{other:?}");
}

#[test]
fn a_pipeline_may_say_that_ids_are_shown() {
    let project = shop();
    project.replace(PIPELINE, "method] }", "method], customer_ids: shown }");
    project.ran();
    assert_eq!(column(&download(&project, "names"), 0), ["K-100011", "K-200011", "K-300011"]);
    assert!(project.read(&format!("{REPORT}/index.html")).contains("C:K-100011"));
}

/// Without a page there are downloads still.
#[test]
fn without_a_report_ids_are_masked_too() {
    let project = shop();
    project.replace(PIPELINE, "report: { sections: [names, mixed, method] }\n", "");
    project.ran();
    assert!(!published(&project).contains("K-100011"));
    assert!(download(&project, "names").contains("••11·"));
}

/// A source may say which columns hold ids, and that no other does.
#[test]
fn a_source_says_which_columns_hold_ids() {
    let project = shop();
    project.replace(PIPELINE, "    quarantine:", "    customer_ids: [referrer]\n    quarantine:");
    let outcome = project.ran();
    let names = download(&project, "names");
    assert!(column(&names, 2).iter().all(|cell| cell.is_empty() || cell.starts_with("••")), "{names}");
    assert_eq!(column(&names, 0), ["K-200011", "K-100011", "K-300011"], "nobody said that these are ids");
    assert!(!outcome.err.contains("ids"), "{}", outcome.err);

    project.replace(PIPELINE, "customer_ids: [referrer]", "customer_ids: []");
    let outcome = project.ran();
    assert_eq!(column(&download(&project, "names"), 2), ["K-100011", "", "a friend"]);
    assert!(!outcome.err.contains("ids"), "{}", outcome.err);

    project.replace(PIPELINE, "customer_ids: []", "customer_ids: [referer]");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × `referer` is not a column of `transactions`
        ╭─[pipelines/shop.yaml:14:20]
     13 │       store_id: store
     14 │     customer_ids: [referer]
        ·                    ───────
     15 │     quarantine: { too_much: amount > 1000 }
        ╰────
      help: did you mean `referrer`?
    ");
}

/// Account numbers beside the customers' ids, of which no mapping tells: all are customers', as counts are by chance where ids
/// begin at 1, and never where they are scattered. Those who know better say so.
#[test]
fn numbers_that_are_ids_whatever_their_column_is_called() {
    let shop = |id: fn(u32) -> u32, mapping: &str| {
        let project = Project::shop(&format!(
            "path: data
columns:
  customer_id: customer
  transaction_id: invoice
  occurred_at: cast('2024-01-05' as date)
  amount: cast(amount as decimal(10, 2))
  payer: cast(payer as bigint)
  visits: cast(visits as int){mapping}"
        ));
        project.replace(PIPELINE, "steps:", "report: { sections: [seen, method] }\nsteps:");
        project.write("sql/seen.sql", "select payer, visits, amount from transactions order by amount");
        let rows = (1..=40).map(|n| format!("t{n},{},{n}.00,{},{}\n", id(n), id(41 - n), n % 7 + 1));
        project.write(
            "data/a.csv",
            format!("invoice,customer,amount,payer,visits\n{}", rows.collect::<String>()),
        );
        let said = project.ran().words();
        let said = if said.contains("ids are masked") { said } else { String::new() };
        let csv = download(&project, "seen");
        let masked = |at| column(&csv, at).iter().filter(|cell| cell.starts_with("••")).count();
        (masked(0), masked(1), said)
    };
    let (payers, visits, said) = shop(|n| 10_000 + 37 * n, "");
    assert_eq!((payers, visits), (40, 0));
    assert!(said.contains("customers' ids are masked in the column `payer` of `seen`"), "{said}");
    assert_eq!(shop(|n| n, ""), (0, 0, String::new()));
    assert_eq!(shop(|n| 10_000 + 37 * n, "\ncustomer_ids: []"), (0, 0, String::new()));
    // The key settles it for numbers that tell nothing by themselves.
    assert_eq!(shop(|n| n, "\ncustomer_ids: [payer]"), (40, 0, String::new()));
}

#[test]
fn a_key_that_is_none() {
    let project = shop();
    project.write("private/.key", "0123");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      ⚠ the last row of `transactions` is of 2024-01-08, and the report's last full period begins on
      │ 2024-03-01: its figures are zero
       ╭─[pipelines/shop.yaml:2:8]
     1 │ name: shop
     2 │ as_of: 2024-03-31
       ·        ──────────
     3 │ sources:
       ╰────
      help: choose a date within the data under `as_of`, such as 2024-01-08, or by `--as-of`
      × private/.key is not the key that ids are masked with
      help: restore it from a backup; or remove it, and the next run makes another: ids are then
            masked otherwise than in earlier reports
    ");
    assert!(!project.path(REPORT).exists());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Whatever the mask of the process lets through or holds back.
#[test]
fn what_is_private_is_the_owners_alone() {
    for mask in ["000", "022"] {
        let project = shop();
        fs::remove_file(project.path("private/.key")).unwrap();
        fs::remove_dir(project.path("private")).unwrap();
        let script = format!("umask {mask}; exec \"$0\" run {PIPELINE}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_regulars")]).current_dir(project.root());
        assert!(shell.output().unwrap().status.success());
        let mut folders =
            vec![project.path("private"), project.path("site/.runs"), project.path(".regulars")];
        for (name, _) in content(&project.path("private")) {
            let file = project.path("private").join(name);
            assert_eq!(mode(&file), 0o600, "{}", file.display());
            folders.push(file.parent().unwrap().to_path_buf());
        }
        assert!(folders.iter().any(|folder| folder.ends_with("quarantine")), "{folders:?}");
        for folder in folders {
            assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        }
        // What is published is for others.
        let open = if mask == "000" { 0o002 } else { 0 };
        assert_eq!(mode(&project.path(REPORT)), 0o755 | open | (open << 3));
        assert_eq!(mode(&project.path(REPORT).join("index.html")), 0o644 | open | (open << 3));
        assert_eq!(project.read("private/.gitignore"), "*\n");
    }
}

/// The record that is published names neither customers nor the server's folders, and each table's file is where it says.
#[test]
fn the_published_record() {
    let project = shop();
    let elsewhere = Project::new();
    elsewhere.done(&["run", &project.path(PIPELINE).display().to_string()]);
    let text = project.read(&format!("{REPORT}/manifest.json"));
    let root = project.root().canonicalize().unwrap();
    assert!(!text.contains(&root.display().to_string()), "{text}");
    assert!(!text.contains("K-"), "{text}");
    let record = project.json(&format!("{REPORT}/manifest.json"));
    let tables: Vec<&str> =
        record["steps"].as_array().unwrap().iter().map(|step| step["table"].as_str().unwrap()).collect();
    assert_eq!(tables.len(), 3);
    for table in tables {
        assert!(project.path(table).is_file(), "{table}");
    }
}

/// A date that an earlier version published, tables and all: it stays in the index, and a new run replaces all of it.
#[test]
fn dates_of_an_earlier_version() {
    let project = shop();
    for date in ["2024-02-29", "2024-03-31"] {
        project.write(&format!("site/shop/{date}/index.html"), "<title>Old</title>");
        project.write(&format!("site/shop/{date}/tables/seen.parquet"), "rows");
    }
    project.ran();
    assert!(project.path("site/shop/2024-02-29/tables/seen.parquet").exists());
    assert!(!project.path("site/shop/2024-03-31/tables").exists());
    let index = project.read("site/index.html");
    assert!(index.contains("shop/2024-02-29/index.html") && index.contains("shop/2024-03-31/index.html"));
}

/// What its maker declares to be a customer's is masked, wherever it comes from and whatever it is called.
#[test]
fn what_is_declared_to_be_a_customers_is_masked() {
    let project = Project::new();
    project.write("sales.csv", "customer,invoice,day,amount\nk1,t1,2024-01-05,10.00\n");
    project.write("mails.csv", "mail,visits\nann@example.com,3\nbo@example.com,4\n");
    project
        .write("sql/mails.sql", "select mail, cast(visits as bigint) as visits from visitors order by mail");
    project.write(
        PIPELINE,
        "name: shop
as_of: 2024-03-31
sources:
  transactions:
    path: sales.csv
    columns:
      customer_id: customer
      transaction_id: invoice
      occurred_at: cast(day as date)
      amount: cast(amount as decimal(10, 2))
  visitors: { path: mails.csv }
steps:
  mails: { sql: sql/mails.sql, table: { grain: visitor, columns: { mail: text, visits: count } } }
report: { sections: [mails] }
",
    );
    project.ran();
    assert_eq!(column(&download(&project, "mails"), 0), ["ann@example.com", "bo@example.com"]);
    project.replace(PIPELINE, "mail: text", "mail: customer");
    project.ran();
    let mails = download(&project, "mails");
    assert!(column(&mails, 0).iter().all(|mail| mail.starts_with("••")), "{mails}");
    // They are in the order of their masks, and these are of a key that each project draws for itself.
    let mut visits = column(&mails, 1);
    visits.sort_unstable();
    assert_eq!(visits, ["3", "4"]);
    assert!(!published(&project).contains("@example.com"));
}
