//! The pipelines of the programme, weekly to yearly, over the demo shop.

use insta::assert_snapshot;

use crate::support::Project;

/// The pipelines with the day that each speaks of.
const PACKS: [(&str, &str); 5] = [
    ("weekly", "2026-10-25"),
    ("monthly", "2026-10-31"),
    ("quarterly", "2026-09-30"),
    ("half_yearly", "2026-06-30"),
    ("yearly", "2025-12-31"),
];

/// A folder with the demo shop's data and these pipelines.
fn shop(customers: &str, days: &str, packs: &[&str]) -> Project {
    let project = Project::new();
    project.done(&["demo", ".", "--data-only", "--customers", customers, days]);
    for pack in packs {
        project.done(&["eject", &format!("pipelines/{pack}.yaml")]);
    }
    project
}

/// The names of the page's sections, in order.
fn sections(project: &Project, pack: &str, day: &str) -> String {
    let page = project.read(&format!("site/{pack}/{day}/index.html"));
    let names = page.split("<section id=\"").skip(1).filter_map(|part| part.split('"').next());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_pack_is_sound_as_it_ships() {
    let project = shop("40", "--days=120", &PACKS.map(|(name, _)| name));
    let mut said = String::new();
    for (name, _) in PACKS {
        said += &project.done(&["check", &format!("pipelines/{name}.yaml")]).err;
    }
    assert_snapshot!(said, @r"
    pipelines/weekly.yaml is sound: 3 sources in 62 files, 46 steps, as of 2026-10-25
    pipelines/monthly.yaml is sound: 7 sources in 66 files, 105 steps, as of 2026-10-31
    pipelines/quarterly.yaml is sound: 7 sources in 66 files, 102 steps, as of 2026-09-30
    pipelines/half_yearly.yaml is sound: 5 sources in 64 files, 62 steps, as of 2026-06-30
    pipelines/yearly.yaml is sound: 5 sources in 64 files, 106 steps, as of 2025-12-31
    ");
}

#[test]
fn a_week_tells_of_account_managers() {
    let project = shop("150", "--days=300", &["weekly"]);
    project.done(&["run", "pipelines/weekly.yaml"]);
    assert_snapshot!(sections(&project, "weekly", "2026-10-25"), @"headline findings churn account-managers breakouts method");
    let rows = |table: &str| {
        let path = format!("private/weekly/2026-10-25/tables/{table}.parquet");
        project.table(&path).column("account_manager").len()
    };
    let watched = ["new", "lost", "at_risk"].map(|event| rows(&format!("account_managers_{event}")));
    assert!(rows("account_managers") > 10 && watched.iter().sum::<usize>() > 10, "{watched:?}");
}

/// Two account managers share the shop: each report is of the own customers, by name, and the one that both may see names none.
#[test]
fn each_account_manager_has_a_report() {
    let project = shop("60", "--days=400", &["managers"]);
    let whose = "case when customer_id <= 'C0000030' then 'M01' else 'M02' end";
    let columns = "customer_id joined_on birthday city gender region industry income_band education married contract_ends \
                   parent_id referred_by";
    let kept: String = columns.split(' ').map(|column| format!("      {column}: {column}\n")).collect();
    project.replace(
        "pipelines/managers.yaml",
        "    path: $data/customers.parquet\n",
        &format!("    path: $data/customers.parquet\n    columns:\n{kept}      account_manager: {whose}\n"),
    );
    project.done(&["run", "pipelines/managers.yaml"]);
    let day = "2026-10-31";
    for (report, own, others) in [("m01", 1..=30, 31..=60), ("m02", 31..=60, 1..=30)] {
        let name = format!("managers-manager-{report}");
        let found = sections(&project, &name, day);
        assert!(found.starts_with("headline ") && found.contains(" manager-scores "), "{name}: {found}");
        let page = project.read(&format!("site/{name}/{day}/index.html"));
        let ids =
            |mut numbers: std::ops::RangeInclusive<i32>| numbers.find(|n| page.contains(&format!("C{n:07}")));
        assert!(ids(own).is_some(), "{name} names none of its customers");
        assert_eq!(ids(others), None, "{name} names a customer of another");
        let read = project.table(&format!("private/{name}/{day}/tables/customer_summary.parquet"));
        assert_eq!(read.column("customer_id").len(), 30);
    }
    let shared = project.read(&format!("site/managers-shared/{day}/index.html"));
    assert_eq!((1..=60).find(|n| shared.contains(&format!("C{n:07}"))), None);
    // Who is given a report finds no way to the others'.
    let list = project.read("site/index.html");
    assert!(list.contains("managers-shared") && !list.contains("managers-manager-"), "{list}");
}

/// A campaign without letters, one without a control and those with one are told apart, and no effect is claimed of the former.
#[test]
fn a_half_year_has_trends_new_goods_vips_and_campaigns() {
    let project = shop("100", "--days=700", &["half_yearly"]);
    project.done(&["run", "pipelines/half_yearly.yaml"]);
    assert_snapshot!(sections(&project, "half_yearly", "2026-06-30"), @"headline findings concentration price-bands categories brands strata breakouts trends new-goods vips campaigns method");
    let campaigns = project.table("private/half_yearly/2026-06-30/tables/campaigns_response.parquet");
    let verdict = |name: &str| campaigns.at("name", name, "verdict");
    assert_eq!(verdict("Summer festival"), "not_sent");
    assert!(["chance", "up", "down"].contains(&verdict("Winter coupon").as_str()));
}

/// What is absent costs the modules that need it, by name; the others go on.
#[test]
fn without_products_and_campaigns() {
    let project = shop("40", "--days=60", &["monthly"]);
    let text = project.read("pipelines/monthly.yaml");
    let gone = ["  products:", "  campaigns: { path", "  responses:"];
    let kept: Vec<&str> =
        text.lines().filter(|line| !gone.iter().any(|gone| line.starts_with(gone))).collect();
    project.write("pipelines/monthly.yaml", kept.join("\n"));
    let planned = project.done(&["plan", "pipelines/monthly.yaml"]).out;
    let (_, left_out) = planned.split_once("left out\n").unwrap();
    assert_snapshot!(left_out.split("\n\n").next().unwrap(), @r"
    goods_named: there is no source `products`
    brands: there is no source `products`
    campaigns: there is no source `campaigns`
    ");
}

/// A module's finding writes its value as the words ask for it, and leads to the module's section.
#[test]
fn a_finding_of_ones_own_module_says_a_share() {
    let project = Project::new();
    project.write("data/sales.csv", "customer_id,transaction_id,occurred_at,amount\na,1,2024-01-05,10.00\n");
    project.write(
        "pipelines/shop.yaml",
        "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      occurred_at: CAST(occurred_at AS DATE)\n      amount: CAST(amount AS DECIMAL(12, 2))\nmodules:\n  base: { least_customers: 1 }\n  gifts:\n",
    );
    project.write(
        "pipelines/modules/gifts.yaml",
        "answers: Who buys for others?\nneeds: [base]\nsteps:\n  gifts: { sql: sql/gifts.sql }\n  gifts_late: { sql: sql/gifts.sql }\n  gift_findings: { sql: sql/gift_findings.sql, into: all_findings, keep: false }\nsections: [gifts]\n",
    );
    project.write("sql/gifts.sql", "select customer_id, revenue from customer_summary order by customer_id");
    project.write(
        "sql/gift_findings.sql",
        "select 'gifts' as rule, cast(9 as decimal(38, 6)) as money, cast(0.25 as decimal(38, 6)) as value,
            cast(0.125 as decimal(38, 6)) as before, cast(null as decimal(38, 6)) as change, count(*) as customers,
            cast(null as bigint) as of_customers, 'x' as name, 'gifts_late' as step, false as of_data from gifts",
    );
    for locale in ["en", "zh-CN"] {
        project.write(
            &format!("reports/words/{locale}.yaml"),
            "modules:\n  gifts: Gifts\nnav:\n  gifts: Gifts\nfindings:\n  rules:\n    gifts:\n      title: gifts\n      text: \"From {before_share} to {value_share}.\"\n",
        );
    }
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    let finding = page.split("<section id=\"findings\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(finding.contains("12.5%") && finding.contains("25.0%"), "{finding}");
    assert!(finding.contains("href=\"#gifts\""), "{finding}");
}
