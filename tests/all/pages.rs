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

fn shop(locale: &str) -> Project {
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
    project
}

fn pages(locale: &str) -> [String; 2] {
    let project = shop(locale);
    ["index", "method"].map(|name| {
        let html = project.read(&format!("site/shop/2023-12-31/{name}.html"));
        // Style sheet and script are files of their own.
        let html = without(&without(&html, "style"), "script");
        let (before, hash) = html.split_once("'sha256-").unwrap();
        let html = format!("{before}'sha256-…{}", &hash[hash.find('\'').unwrap()..]);
        html.replace(env!("CARGO_PKG_VERSION"), "VERSION").replace("><", ">\n<")
    })
}

/// A page without the content of the first element of a name.
fn without(html: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    let (before, inner) = html.split_once(&start).unwrap();
    let (_, after) = inner.split_once(&end).unwrap();
    format!("{before}{start}{end}{after}")
}

/// Each link of both pages leads to a place that is there.
#[test]
fn links_arrive() {
    let project = shop("en");
    let folder = project.path("site/shop/2023-12-31");
    let pages = ["index.html", "method.html"]
        .map(|name| (name, project.read(&format!("site/shop/2023-12-31/{name}"))));
    let mut seen = 0;
    for (name, html) in &pages {
        for link in html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let (file, place) =
                link.split_once('#').map_or((link, None), |(file, place)| (file, Some(place)));
            let file = if file.is_empty() { name } else { file };
            assert!(folder.join(file).is_file(), "{name}: {link}");
            if let Some(place) = place {
                let (_, page) = pages.iter().find(|(name, _)| *name == file).unwrap();
                assert_eq!(page.matches(&format!(" id=\"{place}\"")).count(), 1, "{name}: {link}");
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_small_shop_in_english() {
    let [page, method] = pages("en");
    with_settings!({ omit_expression => true }, {
        assert_snapshot!("page_en", page);
        assert_snapshot!("method_en", method);
    });
}

#[test]
fn a_small_shop_in_chinese() {
    let [page, method] = pages("zh-CN");
    with_settings!({ omit_expression => true }, {
        assert_snapshot!("page_zh", page);
        assert_snapshot!("method_zh", method);
    });
}
