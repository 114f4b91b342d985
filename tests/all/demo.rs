//! `demo`: a shop, its report, and faults that are found again one by one.

use insta::assert_snapshot;
use regulars::demo::Shop;

use crate::support::{Project, content};

const SMALL: [&str; 5] = ["demo", "shop", "--customers", "300", "--days=200"];

/// Digits as `#`, so that what is said counts here and not what came of the shop.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if shape.ends_with('#') => {}
            '0'..='9' => shape.push('#'),
            c => shape.push(c),
        }
    }
    shape.replace("#,#", "#").replace("#.#", "#").replace(['+', '−'], "±")
}

/// The headline and the page's path are data; all other words are not.
#[test]
fn a_small_shop() {
    let project = Project::new();
    let outcome = project.done(&SMALL);
    assert_snapshot!(shape(&outcome.out), @r"
    Revenue: ¥#K  (±#% vs September)
    Active customers: #  (±#% vs September)
    Repeat rate, # months: #%
    Average order value: ¥#  (±#% vs September)
    Top #% share of revenue: #%
    Revenue at risk: ¥#K
    shop/site/customer_value/#-#-#/index.html
    ");
    let page = outcome.out.lines().last().unwrap();
    assert!(project.path(page).is_file(), "{page}");
    // What models make of so small a shop is said in an order that is not settled.
    let words = outcome.words();
    let settled: Vec<&str> = words.lines().filter(|line| !line.starts_with("  ")).collect();
    assert_snapshot!(shape(&settled.join("\n")), @r"
    # project files written to shop
    demo shop: # rows of # customers in # files, # of them faulty on purpose
    ");

    // Again: the data stays, the report is made anew.
    let again = project.done(&SMALL);
    assert_eq!(again.out, outcome.out);
    assert!(
        again.err.starts_with(
            "shop is a project already; its files stay as they are\nthe demo shop is there already\n"
        ),
        "{}",
        again.err
    );

    // With other settings: that would be another shop.
    let other = project.run(&["demo", "shop", "--customers", "301", "--days=200"]);
    assert_snapshot!(other.message(), @r"
    exit code 2
    shop is a project already; its files stay as they are
      × shop holds another demo shop: customers=300 days=200 seed=42 lines=1.6
      help: remove shop/data, or name another folder
    ");
}

/// Every fault that was planted is set aside by its own rule, and nothing else is.
#[test]
fn faults_are_found_again_and_the_page_is_chinese() {
    let project = Project::new();
    let arguments: Vec<&str> = SMALL.into_iter().chain(["--locale", "zh-CN"]).collect();
    let outcome = project.done(&arguments);
    assert!(outcome.out.starts_with("收入"), "{}", outcome.out);
    let page = project.read("shop/site/customer_value/2026-10-31/index.html");
    assert!(page.contains("<html lang=\"zh-CN\">"));
    assert!(page.contains("<section id=\"warning\"") && page.contains("接下来谁会流失？"));
    assert!(project.read("shop/pipelines/demo.yaml").contains("\nlocale: zh-CN "));

    let summary =
        Shop { customers: 300, days: 200, ..Shop::default() }.write(&project.path("again"), &|_| {}).unwrap();
    let manifest = project.json("shop/site/customer_value/2026-10-31/manifest.json");
    let source = &manifest["sources"][0];
    assert_eq!(source["rows_in"].as_u64(), Some(summary.rows));
    assert_eq!(source["files"].as_u64(), Some(summary.files));
    let faults = summary.defects;
    assert!(faults.total() > 20, "{faults:?}");
    assert_eq!(source["rows_used"].as_u64(), Some(summary.rows - faults.total()));
    let found: Vec<(&str, u64)> = source["set_aside"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap(), rule["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("no_customer", faults.no_customer),
            ("no_time", faults.time_missing),
            ("time_outside", faults.time_outside),
            ("no_amount", faults.amount_missing),
            ("amount_zero", faults.amount_zero),
            ("sale_below_zero", faults.price_negative),
            ("duplicate", faults.duplicate),
        ]
    );
}

/// Whoever has changed the pipeline runs it by `run`: another demo would report on it as a simulated shop.
#[test]
fn in_a_demo_that_was_changed() {
    let project = Project::new();
    project.done(&SMALL);
    let before = content(&project.root().join("shop"));
    project.replace("shop/pipelines/demo.yaml", "\nname: customer_value", "\nname: my_shop");
    assert_snapshot!(project.run(&SMALL).message(), @r"
    exit code 2
      × shop/pipelines/demo.yaml is not as `demo` writes it: it was changed, or is of another version
      help: `regulars run shop/pipelines/demo.yaml` runs it as it is; `regulars demo` with another
            folder makes a fresh demo; nothing was written
    ");
    project.replace("shop/pipelines/demo.yaml", "\nname: my_shop", "\nname: customer_value");
    assert!(content(&project.root().join("shop")) == before);
    // Other files are the project's own: they stay, serve, and are named.
    project.done(&["eject", "sql/rfm.sql", "--project", "shop"]);
    project.write("shop/sql/rfm.sql", project.read("shop/sql/rfm.sql") + "-- mine\n");
    let again = project.done(&SMALL);
    assert!(
        again.err.starts_with(
            "shop is a project already; its files stay as they are\n\
             the report is made with files that are not as `demo` writes them: sql/rfm.sql\n"
        ),
        "{}",
        again.err
    );
    assert!(project.read("shop/sql/rfm.sql").ends_with("-- mine\n"));
}

/// What must hold of a shop of any seed: queries that find nothing, each a step with that as its check. The product's
/// own checks look at keys and words.
const FAULTS: &[(&str, &str)] = &[
    (
        "shares",
        "with edges as (select distinct customer_id, from_day as day from assignments)
         select edges.customer_id, edges.day, sum(a.share) as shares
         from edges join assignments a on a.customer_id = edges.customer_id
             and a.from_day <= edges.day and (a.to_day is null or edges.day <= a.to_day)
         group by edges.customer_id, edges.day having sum(a.share) <> 1",
    ),
    (
        // Whatever ends before the last day is taken over on the next.
        "gaps",
        "select a.customer_id, a.to_day from assignments a
         left join assignments b on b.customer_id = a.customer_id and b.from_day = a.to_day + 1
         where a.to_day is not null and b.customer_id is null",
    ),
    (
        "present_hands",
        "select c.customer_id from customers c
         left join assignments a on a.customer_id = c.customer_id and a.account_manager = c.account_manager
             and a.to_day is null and a.share > 0.5
         where a.customer_id is null and c.account_manager is not null",
    ),
    (
        // Who has no account manager was never in anybody's hands.
        "nobodys",
        "select c.customer_id from customers c join assignments a on a.customer_id = c.customer_id
         where c.account_manager is null",
    ),
    (
        "out_of_office",
        "select a.customer_id from assignments a join managers m on m.account_manager = a.account_manager
         where a.from_day < m.active_from or coalesce(a.to_day, date '2026-10-31') > coalesce(m.active_to, date '2026-10-31')",
    ),
    (
        "weights",
        "select period_start, scorecard, subject, parent, sum(weight) as weights from targets
         group by period_start, scorecard, subject, parent having sum(weight) <> 100",
    ),
    (
        // Branches have what they are made of, and leaves have something to aim at.
        "branches",
        "with parents as (select distinct period_start, scorecard, subject, parent as measure from targets
             where parent is not null)
         select t.measure from targets t full join parents p on p.period_start = t.period_start
             and p.scorecard = t.scorecard and p.subject = t.subject and p.measure = t.measure
         where t.measure is null or (t.target is null) <> (p.measure is not null)
             or (t.direction is null) <> (p.measure is not null)",
    ),
    (
        "parents",
        "select c.customer_id from customers c join customers p on p.customer_id = c.parent_id
         where p.parent_id is not null or p.customer_id = c.customer_id",
    ),
    (
        "referrals",
        "select c.customer_id from customers c join customers r on r.customer_id = c.referred_by
         where r.joined_on >= c.joined_on",
    ),
    (
        "closed",
        "select interaction_id from interactions
         where closed_on < day or (closed_on is null) <> (outcome is null)
             or (severity is not null) <> (kind = 'complaint')",
    ),
    (
        // An invoice is what was bought on its day.
        "invoices",
        "with bought as (select customer_id, day, sum(amount) as amount from transactions
             where transaction_id like 'T%' group by customer_id, day)
         select r.invoice_id from receivables r
         left join bought b on b.customer_id = r.customer_id and b.day = r.day
         where r.entry = 'invoice' and b.amount is distinct from r.amount",
    ),
    (
        // A credit note is what was brought back on its day, or a part of it.
        "credit_notes",
        "with back as (select customer_id, day, -sum(amount) as amount from transactions
             where transaction_id like 'R%' group by customer_id, day),
         credited as (select customer_id, day, sum(amount) as amount from receivables
             where entry = 'credit_note' group by customer_id, day)
         select c.customer_id from credited c
         left join back b on b.customer_id = c.customer_id and b.day = c.day
         where b.amount is null or b.amount < c.amount",
    ),
    (
        "overpaid",
        "select invoice_id, sum(case when entry = 'invoice' then amount else -amount end) as open,
             min(day) as first_day, min(case when entry = 'invoice' then day end) as invoiced
         from receivables group by invoice_id
         having sum(case when entry = 'invoice' then amount else -amount end) < 0
             or sum(case when entry = 'invoice' then 1 else 0 end) <> 1
             or min(day) <> min(case when entry = 'invoice' then day end)",
    ),
    (
        // The books know the rewards that were taken.
        "rewards",
        "with a as (select customer_id, date_trunc('month', day) as month, sum(cost) as cost from points
             where cost is not null group by customer_id, date_trunc('month', day)),
         b as (select customer_id, date_trunc('month', month) as month, sum(cost) as cost from costs
             where kind = 'reward' group by customer_id, date_trunc('month', month))
         select a.cost from a full join b on a.customer_id = b.customer_id and a.month = b.month
         where a.cost is distinct from b.cost",
    ),
    (
        "late_days",
        "select 'interactions' as source from interactions where day > date '2026-10-31' or closed_on > date '2026-10-31'
         union all select 'surveys' from surveys where day > date '2026-10-31'
         union all select 'receivables' from receivables where day > date '2026-10-31'
         union all select 'assignments' from assignments
             where from_day > date '2026-10-31' or to_day > date '2026-10-31'
         union all select 'targets' from targets where period_start > date '2026-10-31'
         union all select 'costs' from costs where month > date '2026-10-31'
         union all select 'managers' from managers
             where active_from > date '2026-10-31' or active_to > date '2026-10-31'
         union all select 'events' from events where day > date '2026-10-31'",
    ),
    (
        // A share of spending is what was spent here and elsewhere: nobody answers for what they never bought.
        "panel",
        "select s.customer_id from surveys s
         left join transactions t on t.customer_id = s.customer_id and t.category = s.answer and t.day < s.day
         where s.question = 'category_spend' and t.customer_id is null",
    ),
];

/// What is looked at by keys.
const KEYS: [(&str, &str); 5] = [
    ("customers", "select customer_id, parent_id, referred_by, account_manager from customers"),
    ("assignments", "select customer_id, account_manager from assignments"),
    (
        "interactions",
        "select customer_id, account_manager from interactions
         where not (customer_id like 'L%' and kind in ('lead', 'opportunity', 'call', 'visit'))",
    ),
    ("subjects", "select subject from targets where scorecard = 'account_manager'"),
    (
        "facts",
        "select customer_id from surveys union all select customer_id from receivables
         union all select customer_id from costs union all select customer_id from events",
    ),
];

/// The shop's pipeline of these queries.
fn star(project: &Project) {
    for (name, sql) in KEYS {
        project.write(&format!("shop/sql/star_{name}.sql"), sql);
    }
    let steps = FAULTS.iter().map(|(name, sql)| {
        project.write(&format!("shop/sql/star_{name}.sql"), sql);
        format!("  star_{name}: {{ sql: sql/star_{name}.sql, checks: [{{ row_count: {{ max: 0 }} }}] }}\n")
    });
    project.write(
        "shop/pipelines/star.yaml",
        format!("{}{}", include_str!("demo/star.yaml"), steps.collect::<String>()),
    );
}

#[test]
fn the_sources_of_all_modules_agree_with_each_other_for_any_seed() {
    for shop in [
        ["--seed=1", "--customers=900", "--days=760"],
        ["--seed=2", "--customers=700", "--days=400"],
        ["--seed=3", "--customers=40", "--days=61"],
        ["--seed=4", "--customers=1", "--days=1"],
    ] {
        let project = Project::new();
        project.done(&[&["demo", "shop", "--data-only"], shop.as_slice()].concat());
        star(&project);
        project.done(&["run", "shop/pipelines/star.yaml"]);
    }
}

/// The pipeline above finds what it looks for: one entry more, and it stops.
#[test]
fn a_source_that_does_not_agree_is_found() {
    let project = Project::new();
    project.done(&["demo", "shop", "--data-only", "--customers=300", "--days=200"]);
    star(&project);
    project.replace("shop/pipelines/star.yaml", "      share: share", "      share: share / 2");
    let outcome = project.run(&["run", "shop/pipelines/star.yaml"]);
    assert!(outcome.err.contains("star_shares"), "{}", outcome.err);
}

#[test]
fn settings_out_of_their_range() {
    let project = Project::new();
    assert_snapshot!(project.run(&["demo", "shop", "--customers", "0", "--data-only"]).message(), @r"
    exit code 2
      × `customers` is 0, but must be from 1 to 100000000
      help: choose a value within the range
    ");
    assert!(!project.path("shop").exists());
    assert_snapshot!(project.run(&["demo", "shop", "--locale", "de"]).message(), @r"
    exit code 2
      × `de` is not a value of --locale
      help: write one of en, zh-CN
    ");
}
