//! Whole pages of a small shop, in both languages: what a reader sees is held to the letter, pictures too.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test all pages`, and look at the difference.

use insta::{assert_snapshot, with_settings};

use crate::support::{PIPELINE, Project};

/// Forty customers over two years: some buy often, some once, some stopped; one in nine rows is a return.
fn sales() -> String {
    let mut rows = "customer_id,transaction_id,occurred_at,amount\n".to_owned();
    for customer in 0..40_u32 {
        let orders = 1 + customer * customer % 11;
        for order in 0..orders {
            let month = (customer * 5 + order * (3 + customer % 4)) % 24;
            let (year, month) = (2022 + month / 12, 1 + month % 12);
            let amount = 5 + (customer * 17 + order * 29) % 240;
            let sign = if (customer + order) % 9 == 8 { "-" } else { "" };
            rows.push_str(&format!(
                "c{customer:02},t{customer}-{order},{year}-{month:02}-{:02},{sign}{amount}.{:02}\n",
                1 + (customer + order * 5) % 28,
                (customer * order) % 100
            ));
        }
    }
    rows
}

fn page(locale: &str) -> String {
    let project = Project::new();
    project.write("data/sales.csv", sales());
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2023-12-31\nlocale: {locale}\ncurrency: CNY\nsources:\n  transactions:\n    path: data\n    columns:\n      \
             customer_id: customer_id\n      transaction_id: transaction_id\n      occurred_at: cast(occurred_at as date)\n      \
             amount: cast(amount as decimal(10, 2))\nmodules:\n  base: {{ least_customers: 5 }}\n  concentration:\n  segments:\n  \
             cohorts:\n  churn:\nreport: {{ customer_ids: shown }}\n"
        ),
    );
    project.ran();
    let html = project.read("site/shop/2023-12-31/index.html");
    // The style sheet is a file of its own.
    let (before, style) = html.split_once("<style>").unwrap();
    let (_, after) = style.split_once("</style>").unwrap();
    format!("{before}{after}").replace(env!("CARGO_PKG_VERSION"), "VERSION").replace("><", ">\n<")
}

#[test]
fn a_small_shop_in_english() {
    with_settings!({ omit_expression => true }, { assert_snapshot!("page_en", page("en")) });
}

#[test]
fn a_small_shop_in_chinese() {
    with_settings!({ omit_expression => true }, { assert_snapshot!("page_zh", page("zh-CN")) });
}
