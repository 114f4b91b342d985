//! Escape sequences, marks of direction and other hidden characters: wherever they come from, a terminal, a page and a
//! download show them and obey none.

use std::path::Path;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content};

/// An escape sequence that clears the screen, a bell, a mark that turns the direction of reading, and two more of its kind.
const EVIL: &str = "a\u{1b}[2J\u{7}\u{202e}b\u{2066}\u{9b}c";

pub(super) fn is_clean(text: &str) -> bool {
    !text.chars().any(|letter| {
        (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

fn shop() -> Project {
    let project = Project::shop("path: data");
    let rows = [("t1", EVIL, "2024-01-05", "10.00"), ("t2", "ann", "2024-01-06", "5.00")];
    parquet(&project.path("data/a.parquet"), &sales(&rows));
    project
}

#[test]
fn in_the_names_of_files() {
    let project = shop();
    project.write(&format!("data/{EVIL}.parquet"), "no Parquet at all");
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(3));
    assert!(outcome.err.contains("a␛[2J␇�b��c.parquet is not a Parquet file"), "{}", outcome.err);
    assert!(is_clean(&outcome.err), "{:?}", outcome.err);
}

#[test]
fn in_the_names_of_columns_and_in_sql() {
    let project = shop();
    project
        .write("sql/seen.sql", format!("select customer_id as \"{EVIL}\",\n \"{EVIL}x\" from transactions"));
    let outcome = project.run(&["check", PIPELINE]);
    assert_eq!(outcome.code, Some(2));
    assert!(is_clean(&outcome.err), "{:?}", outcome.err);
}

#[test]
fn in_the_pipeline() {
    let project = shop();
    for text in [
        project.read(PIPELINE).replace("path: data", &format!("path: \"{}\"", "d\\e[2J\\u202Ea")),
        project.read(PIPELINE).replace("name: shop", "name: \"sh\\u202Eop\""),
        project.read(PIPELINE).replace("name: shop", "name: shop\n\"\\e[31mkey\": 1"),
        project.read(PIPELINE).replace("name: shop", &format!("name: shop # {EVIL}\nkey: 1")),
    ] {
        project.write("pipelines/other.yaml", text);
        let outcome = project.run(&["check", "pipelines/other.yaml"]);
        assert!(matches!(outcome.code, Some(2 | 3)), "{}", outcome.err);
        assert!(is_clean(&outcome.err), "{:?}", outcome.err);
    }
}

#[test]
fn on_the_page() {
    let project = shop();
    project.write("sql/seen.sql", "select customer_id as name, amount from transactions");
    let report = "report:\n  customer_ids: shown\n  sections: [seen, method]\n";
    project.write(PIPELINE, project.read(PIPELINE) + report);
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(project.path("site/shop/2024-03-31/method.html").exists());
    assert!(page.contains("a␛[2J␇�b��c"), "{page}");
    assert!(is_clean(&page));
    for (name, bytes) in content(&project.path("site")) {
        if Path::new(&name).extension().is_some_and(|ending| ending == "html") {
            assert!(is_clean(&String::from_utf8(bytes).unwrap()), "{name}");
        }
    }
}

#[test]
fn in_downloads() {
    let project = shop();
    let names = "select customer_id as name, customer_id || '\n＝1' as \"a\u{202e}b\", '\u{2066}＠x' as handle, amount
        from transactions order by transaction_id";
    project.write("sql/seen.sql", names);
    let report = "report:\n  customer_ids: shown\n  sections: [seen, method]\n";
    project.write(PIPELINE, project.read(PIPELINE) + report);
    project.ran();
    assert_eq!(
        project.read("site/shop/2024-03-31/downloads/seen.csv"),
        "\u{feff}name,a�b,handle,amount\r\n\
         a␛[2J␇�b��c,\"a␛[2J␇�b��c\n'＝1\",'�＠x,10.00\r\n\
         ann,\"ann\n'＝1\",'�＠x,5.00\r\n"
    );
}
