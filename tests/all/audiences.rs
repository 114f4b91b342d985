//! Reports of some customers hold nothing of others, however sources name them; where it cannot be told whose rows are,
//! nothing runs.

use insta::assert_snapshot;

use crate::data::{batch, days, decimals, parquet};
use crate::support::{PIPELINE, Project, content};

/// What one manager's customers are known by, and what the other's are: neither occurs by chance.
const OWN: [&str; 2] = ["anna-0001", "carl-0003"];
const OTHERS: [&str; 4] = ["bob-0002", "Robert", "broken-lid", "Zhang"];

const ENTRY: &str = "  tickets: { path: data/tickets.csv }\n";

/// Two managers: Li has Anna and Carl, Zhang has Bob, who recommended Anna. Tickets name the customer as `member`.
fn shop(customers: &str, more: &str) -> Project {
    let project = Project::new();
    project.write(
        "data/sales.csv",
        "who,receipt,on,paid\nanna-0001,1,2024-01-10,10.00\nanna-0001,2,2024-02-10,20.00\nbob-0002,3,2024-02-11,30.00\n\
         carl-0003,4,2024-03-01,40.00\n",
    );
    project.write(
        "data/people.csv",
        "customer_id,manager,name,mail,referred_by\nanna-0001,Li,Anna,a@x.example,bob-0002\nbob-0002,Zhang,Robert,b@x.example,carl-0003\n\
         carl-0003,Li,Carl,c@x.example,anna-0001\n",
    );
    project.write(
        "data/tickets.csv",
        "member,buyer,mail,text\nanna-0001,bob-0002,a@x.example,late\nbob-0002,anna-0001,b@x.example,broken-lid\n",
    );
    project.write("sql/people.sql", "select customer_id, referred_by from customers order by customer_id\n");
    project.write("sql/heard.sql", "select text from tickets order by text\n");
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      customer_id: who\n      \
             transaction_id: receipt\n      occurred_at: cast(\"on\" as date)\n      amount: cast(paid as decimal(10, 2))\n  \
             customers: {{ path: data/people.csv{customers} }}\n{more}modules:\n  base:\nsteps:\n  people: {{ sql: sql/people.sql }}\n{}\
             report: {{ sections: [headline, people] }}\nvariants:\n  of: {{ each: manager, report: {{ customer_ids: shown }} }}\n",
            if more.contains("tickets") { "  heard: { sql: sql/heard.sql }\n" } else { "" }
        ),
    );
    project
}

/// Li's folders hold no byte of what Zhang's customers are known by, and something of Li's own.
fn holds_nothing_of_others(project: &Project) {
    let mut own = 0;
    for folder in ["site/shop-of-li", "private/shop-of-li"] {
        for (name, bytes) in content(&project.path(folder)) {
            let has = |text: &str| bytes.windows(text.len()).any(|found| found == text.as_bytes());
            for other in OTHERS {
                assert!(!has(other), "{folder}/{name} holds {other}");
            }
            own += usize::from(OWN.iter().any(|text| has(text)));
        }
    }
    assert!(own > 2, "{own} files name an own customer");
}

fn table(project: &Project, name: &str, table: &str) -> String {
    project.table(&format!("private/{name}/2024-03-31/tables/{table}.parquet")).text()
}

const KNOWN: &str = ", customer_ids: [referred_by]";

/// A source without `customer_id` is not shared by silence.
#[test]
fn whose_rows_are_must_be_said() {
    assert_snapshot!(shop(KNOWN, ENTRY).complaint(), @r"
    exit code 2
      × nothing says whose the rows of `tickets` are
        ╭─[pipelines/shop.yaml:12:3]
     11 │   customers: { path: data/people.csv, customer_ids: [referred_by] }
     12 │   tickets: { path: data/tickets.csv }
        ·   ───────
     13 │ modules:
        ╰────
      help: a report of some customers has their rows alone: map `customer_id`, or name the column
            with the customer by `customer_ids: [column]`, or write `shared: true` beside `path` if
            the rows are nobody's, as those of products or stores
    ");
    let two = "  tickets: { path: data/tickets.csv, customer_ids: [member, buyer] }\n";
    let complaint = shop(KNOWN, two).complaint();
    let words = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("map `customer_id`, such as `customer_id: member`"), "{complaint}");
    // Without reports of some customers nobody asks.
    let project = shop(KNOWN, ENTRY);
    project.replace(PIPELINE, "each: manager", "locale: zh-CN");
    project.done(&["check", PIPELINE]);
}

/// The one column that `customer_ids` lists says whose a row is; one that `columns` makes, too.
#[test]
fn a_column_of_another_name_divides_the_rows() {
    for entry in [
        "  tickets: { path: data/tickets.csv, customer_ids: [member], columns: { member: member, text: text } }\n",
        "  tickets: { path: data/tickets.csv, columns: { customer_id: member, text: text } }\n",
    ] {
        let project = shop(KNOWN, entry);
        project.ran();
        assert_eq!(table(&project, "shop-of-li", "heard"), "text\nlate");
        assert_eq!(table(&project, "shop-of-zhang", "heard"), "text\nbroken-lid");
        holds_nothing_of_others(&project);
    }
}

/// Joined by another key, rows are those of the customer found; `customer_id` cannot say somebody else.
#[test]
fn a_join_by_another_key_says_whose_rows_are() {
    let entry = |customer: &str| {
        format!(
            "  tickets:\n    path: data/tickets.csv\n    join: {{ customers: {{ on: {{ mail: mail }} }} }}\n    columns: {{ {customer}text: text }}\n"
        )
    };
    for customer in ["", "customer_id: customers.customer_id, "] {
        let project = shop(KNOWN, &entry(customer));
        project.ran();
        assert_eq!(table(&project, "shop-of-li", "heard"), "text\nlate");
        holds_nothing_of_others(&project);
    }
    assert_snapshot!(shop(KNOWN, &entry("customer_id: buyer, ")).complaint(), @r"
    exit code 2
      × a row of `tickets` may be of two customers: `customer_id` is `buyer`, and `customers` is
      │ joined by `mail`
        ╭─[pipelines/shop.yaml:14:13]
     13 │     path: data/tickets.csv
     14 │     join: { customers: { on: { mail: mail } } }
        ·             ─────────
     15 │     columns: { customer_id: buyer, text: text }
        ╰────
      help: a report of some customers must know whose a row is: write `customer_id:
            customers.customer_id` under `columns`, or join by `customer_id: buyer`
    ");
}

/// Ids of others in further columns are NULL, in tables, pages and rows set aside.
#[test]
fn ids_of_others_are_not_told() {
    let project =
        shop(", customer_ids: [referred_by], quarantine: { anna: \"customer_id = 'anna-0001'\" }", "");
    project.ran();
    assert_eq!(table(&project, "shop-of-li", "people"), "customer_id | referred_by\ncarl-0003 | NULL");
    assert_snapshot!(table(&project, "shop", "people"), @r"
    customer_id | referred_by
    bob-0002 | carl-0003
    carl-0003 | anna-0001
    ");
    holds_nothing_of_others(&project);
    let project = shop(KNOWN, "");
    project.ran();
    assert_eq!(
        table(&project, "shop-of-li", "people"),
        "customer_id | referred_by\nanna-0001 | NULL\ncarl-0003 | anna-0001"
    );
    holds_nothing_of_others(&project);
}

/// A text column of which nobody says what it holds is looked through.
#[test]
fn ids_in_a_column_that_nobody_declared_end_the_run() {
    let project = shop("", "");
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.err);
    assert_snapshot!(outcome.words(), @r"
      × source `customers`: the column `referred_by` holds ids of customers, which reports of some
      │ customers would tell to others
        ╭─[pipelines/shop.yaml:11:3]
     10 │       amount: cast(paid as decimal(10, 2))
     11 │   customers: { path: data/people.csv }
        ·   ─────────
     12 │ modules:
        ╰────
      help: write `customer_ids: [referred_by]` beside `path`, and those of other customers are NULL
            there; if they are no ids, `customer_ids: []`
    ");
    assert!(project.nothing_published());
    // The one says that they are ids, the other that they are none.
    for told in [KNOWN, ", customer_ids: []"] {
        shop(told, "").ran();
    }
}

/// `shared` is believed of rows that name nobody, and of no others.
#[test]
fn rows_of_nobody_are_shared() {
    let project = shop(
        KNOWN,
        "  tickets: { path: data/tickets.csv, shared: true, columns: { text: 'upper(text)' } }\n",
    );
    project.ran();
    assert_eq!(table(&project, "shop-of-li", "heard"), table(&project, "shop", "heard"));
    let plan = project.done(&["plan", PIPELINE]).out;
    assert_snapshot!(plan.split("variants\n").nth(1).unwrap_or("none"), @r"
    shop-of-li: transactions where manager = Li; customers where manager = Li; all rows of tickets
    shop-of-zhang: transactions where manager = Zhang; customers where manager = Zhang; all rows of tickets
    ");
    let told =
        "  tickets: { path: data/tickets.csv, shared: true, columns: { customer_id: member, text: text } }\n";
    let complaint = shop(KNOWN, told).complaint();
    assert!(
        complaint.contains("the rows of `tickets` are not nobody's: it has columns with customers' ids"),
        "{complaint}"
    );
    // Ids among the values are found, whatever is said.
    let outcome =
        shop(KNOWN, "  tickets: { path: data/tickets.csv, shared: true }\n").run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.err);
    assert!(outcome.err.contains("the column `member` holds ids of customers"), "{}", outcome.err);
}

/// Days and amounts name nobody: such a source is shared without a word.
#[test]
fn figures_by_day_name_nobody() {
    let project = shop(KNOWN, "  costs: { path: data/costs.parquet }\n");
    let costs = batch(vec![
        ("month", days(&["2024-01-01", "2024-02-01"])),
        ("spent", decimals(&["10.50", "20.25"], 10, 2)),
    ]);
    parquet(&project.path("data/costs.parquet"), &costs);
    project.write("sql/people.sql", "select sum(spent) as referred_by from costs\n");
    project.ran();
    assert_eq!(table(&project, "shop-of-li", "people"), table(&project, "shop", "people"));
}

/// What an incremental step made of files would have been made before ids are left out.
#[test]
fn an_incremental_step_reads_no_ids_of_others() {
    let project = shop(KNOWN, "");
    project.replace(
        PIPELINE,
        "people: { sql: sql/people.sql }",
        "people: { sql: sql/people.sql, incremental: true }",
    );
    project.write(
        "sql/people.sql",
        "select customer_id, max(referred_by) as by_whom from customers group by customer_id\n",
    );
    let complaint = project.complaint();
    assert!(complaint.contains("it reads `referred_by` of `customers`, where"), "{complaint}");
}
