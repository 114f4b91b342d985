//! What readers of the site see: the old report or the new one, never a mix; `latest` and the index.

use std::fs;

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content, differences, report_content};

const ROWS: [(&str, &str, &str, &str); 3] = [
    ("t1", "ann", "2024-01-05", "10.00"),
    ("t2", "bob", "2024-02-05", "20.00"),
    ("t3", "", "2024-03-05", "30.00"),
];

/// A project with a page.
fn shop() -> Project {
    let project = Project::shop("path: data\nquarantine: { no_customer: customer_id IS NULL }");
    project.replace(PIPELINE, "steps:", "report: { title: A & B, sections: [method] }\nsteps:");
    parquet(&project.path("data/a.parquet"), &sales(&ROWS));
    project
}

fn run(project: &Project, as_of: &str) {
    let outcome = project.done(&["run", PIPELINE, "--as-of", as_of]);
    assert_eq!(outcome.out, format!("site/shop/{as_of}/index.html\n"));
}

fn latest(project: &Project) -> String {
    fs::read_link(project.path("site/shop/latest")).unwrap().display().to_string()
}

/// The links of the site's index, in the order of the page.
fn index(project: &Project) -> Vec<String> {
    let page = project.read("site/index.html");
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.ends_with("index.html")).map(str::to_owned).collect()
}

#[test]
fn what_a_run_leaves() {
    let project = shop();
    run(&project, "2024-03-31");
    let names: Vec<String> = content(&project.path("site")).into_iter().map(|(name, _)| name).collect();
    assert_snapshot!(names.join("\n"), @"
    .runs/.site.lock
    .runs/shop.lock
    feed.xml
    index.html
    shop/2024-03-31/downloads/audit_checks.csv
    shop/2024-03-31/downloads/audit_rows.csv
    shop/2024-03-31/downloads/seen.csv
    shop/2024-03-31/downloads/shop.xlsx
    shop/2024-03-31/index.html
    shop/2024-03-31/manifest.json
    shop/2024-03-31/method.html
    shop/2024-03-31/summary.json
    shop/after/2024-03-31.html
    shop/before/2024-03-31.html
    shop/latest
    ");
    let names: Vec<String> = content(&project.path("private")).into_iter().map(|(name, _)| name).collect();
    assert_snapshot!(names.join("\n"), @r"
    .gitignore
    .key
    shop/2024-03-31/quarantine/transactions.parquet
    shop/2024-03-31/tables/seen.parquet
    ");
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(page.contains("<title>A &amp; B"), "{page}");
    assert!(!page.contains("src=\"http") && !page.contains("@import"), "the page needs no network");
}

/// Whose report it is: a text, or one per language; it may have parameters. The list of reports names it too.
#[test]
fn the_firm_of_a_report() {
    let project = shop();
    let title = |project: &Project| {
        project.ran();
        let page = project.read("site/shop/2024-03-31/index.html");
        let method = project.read("site/shop/2024-03-31/method.html");
        let title = page.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0.to_owned();
        assert!(method.contains(&format!(" · {title}</title>")), "{title}");
        assert!(project.read("site/feed.xml").contains(&format!("<title>{title}</title>")));
        title
    };
    project.replace(PIPELINE, "report: { title", "report: { firm: Smith & Sons, title");
    assert_eq!(title(&project), "Smith &amp; Sons · A &amp; B · 31 March 2024");
    let both = "firm: { en: $who & Sons, zh-CN: 史密斯 }";
    project.replace(PIPELINE, "firm: Smith & Sons", both);
    project.replace(PIPELINE, "as_of: 2024-03-31\n", "as_of: 2024-03-31\nparams: { who: Jones }\n");
    assert_eq!(title(&project), "Jones &amp; Sons · A &amp; B · 31 March 2024");
    project.replace(PIPELINE, "as_of: 2024-03-31\n", "as_of: 2024-03-31\nlocale: zh-CN\n");
    assert_eq!(title(&project), "史密斯 · A &amp; B · 2024年3月31日");
    project.replace(PIPELINE, both, "firm: { en: Jones }");
    let message = project.complaint();
    assert!(message.contains("`firm` has no text for zh-CN"), "{message}");
    project.replace(PIPELINE, "firm: { en: Jones }", "firm: [Jones]");
    assert!(project.complaint().contains("`firm` must be text, not a list"), "{}", project.complaint());
}

/// Both pages of a report are swapped in together, and a report without the section on method has one page only.
#[test]
fn both_pages_come_and_go_together() {
    let project = shop();
    let pages = |project: &Project| {
        let names = content(&project.path("site/shop/2024-03-31")).into_iter().map(|(name, _)| name);
        names.filter(|name| name.rsplit('.').next() == Some("html")).collect::<Vec<_>>().join(" ")
    };
    run(&project, "2024-03-31");
    assert_eq!(pages(&project), "index.html method.html");
    project.done(&["run", PIPELINE, "--draft"]);
    assert!(project.path("drafts/shop/method.html").exists());
    project.replace(PIPELINE, "sections: [method]", "sections: [seen]");
    run(&project, "2024-03-31");
    assert_eq!(pages(&project), "index.html");
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(!page.contains("method.html"), "{page}");
}

#[test]
fn latest_moves_forward_only_and_the_index_lists_all() {
    let project = shop();
    run(&project, "2024-02-29");
    assert_eq!(latest(&project), "2024-02-29");
    run(&project, "2024-01-31");
    assert_eq!(latest(&project), "2024-02-29");
    run(&project, "2024-03-31");
    assert_eq!(latest(&project), "2024-03-31");
    project.write("pipelines/other.yaml", project.read(PIPELINE).replace("name: shop", "name: other"));
    project.done(&["run", "pipelines/other.yaml"]);
    assert_eq!(
        index(&project),
        [
            "other/2024-03-31/index.html",
            "shop/2024-03-31/index.html",
            "shop/2024-02-29/index.html",
            "shop/2024-01-31/index.html"
        ]
    );
    assert_eq!(latest(&project), "2024-03-31");
}

/// Where the neighbours of a report are found leads on to them, whatever came first; at both ends, to the list of all.
#[test]
fn each_report_leads_to_the_one_before_and_the_one_after() {
    let project = shop();
    for as_of in ["2024-02-29", "2024-03-31", "2024-01-31"] {
        run(&project, as_of);
    }
    let lead = |way: &str, as_of: &str| {
        let page = project.read(&format!("site/shop/{as_of}/index.html"));
        let link = format!("../{way}/{as_of}.html");
        assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
        let there = project.read(&format!("site/shop/{way}/{as_of}.html"));
        let (_, rest) = there.split_once("url=").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let ways = |as_of: &str| [lead("before", as_of), lead("after", as_of)];
    assert_eq!(ways("2024-01-31"), ["../../index.html", "../2024-02-29/index.html"]);
    assert_eq!(ways("2024-02-29"), ["../2024-01-31/index.html", "../2024-03-31/index.html"]);
    assert_eq!(ways("2024-03-31"), ["../2024-02-29/index.html", "../../index.html"]);
    // A report that was taken away is passed over from the next run on.
    fs::remove_dir_all(project.path("site/shop/2024-02-29")).unwrap();
    run(&project, "2024-03-31");
    assert_eq!(ways("2024-03-31"), ["../2024-01-31/index.html", "../../index.html"]);
    assert_eq!(ways("2024-01-31"), ["../../index.html", "../2024-03-31/index.html"]);
}

/// A draft stands alone.
#[test]
fn a_draft_leads_nowhere() {
    let project = shop();
    project.done(&["run", PIPELINE, "--draft"]);
    assert!(!project.read("drafts/shop/index.html").contains("../before/"));
}

/// The list shows what the latest report says of the headline figures, and their way through all reports; the feed says it
/// too.
#[test]
fn the_index_and_the_feed_have_headline_figures() {
    let project = shop();
    project.write(
        "sql/headline.sql",
        "select 'revenue' as figure, 1 as position, 'money' as unit, sum(amount) as now, cast(null as decimal(38, 6)) as before, cast(null as decimal(38, 6)) as year_ago, true as up_is_good, 'seen' as step from transactions having count(*) > 0",
    );
    project.replace(PIPELINE, "steps:", "steps:\n  headline: { sql: sql/headline.sql }");
    for as_of in ["2024-01-31", "2024-02-29", "2024-03-31"] {
        run(&project, as_of);
    }
    let page = project.read("site/index.html");
    assert!(page.contains("<p class=\"value\">$30</p>"), "{page}");
    assert!(page.contains("In 3 reports, oldest first."), "{page}");
    assert!(page.contains("Revenue $10"), "the earlier reports have theirs: {page}");
    let feed = project.read("site/feed.xml");
    assert!(feed.contains("<title>A &amp; B · 31 March 2024</title>"), "{feed}");
    assert!(feed.contains("<summary>Revenue: $30</summary>"), "{feed}");
    // A report of a version that left no figures is listed by its title.
    fs::remove_file(project.path("site/shop/2024-03-31/summary.json")).unwrap();
    fs::remove_file(project.path("site/shop/2024-01-31/summary.json")).unwrap();
    run(&project, "2024-02-29");
    assert!(project.read("site/feed.xml").contains("<summary>31 March 2024</summary>"));
}

/// Each report is of its own date: an earlier as-of date sees fewer rows.
#[test]
fn an_earlier_report_keeps_its_rows() {
    let project = shop();
    run(&project, "2024-03-31");
    run(&project, "2024-01-31");
    let seen = |as_of: &str| {
        project.table(&format!("private/shop/{as_of}/tables/seen.parquet")).column("transaction_id").join(" ")
    };
    assert_eq!((seen("2024-01-31"), seen("2024-03-31")), ("t1".into(), "t1 t2".into()));
}

#[test]
fn a_rerun_replaces_the_whole_report() {
    let project = shop();
    run(&project, "2024-03-31");
    assert!(project.path("private/shop/2024-03-31/quarantine/transactions.parquet").exists());
    parquet(&project.path("data/a.parquet"), &sales(&ROWS[..1]));
    project.replace(PIPELINE, "steps:\n  seen:", "steps:\n  rows:");
    run(&project, "2024-03-31");
    let names: Vec<String> =
        report_content(&project.path("site/shop/2024-03-31")).into_iter().map(|(name, _)| name).collect();
    assert!(!names.iter().any(|name| name.contains("quarantine") || name.contains("seen")), "{names:?}");
    let rows = project.table("private/shop/2024-03-31/tables/rows.parquet");
    assert_eq!(rows.column("transaction_id"), ["t1"]);
    assert_eq!(index(&project), ["shop/2024-03-31/index.html"]);
}

/// A run that fails half-way leaves what is published as it was, and its own record.
#[test]
fn a_failed_run_leaves_the_site() {
    let project = shop();
    run(&project, "2024-03-31");
    let before = content(&project.path("site"));
    project.write("sql/seen.sql", "select cast(customer_id as bigint) as number from transactions");
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.err);
    assert_eq!(differences(&before, &content(&project.path("site"))), [".runs/shop.2024-03-31.json"]);
    let record = project.json("site/.runs/shop.2024-03-31.json");
    assert_eq!(record["status"], "failed");
    assert!(record["problems"][0].as_str().unwrap().starts_with("step `seen` failed: "), "{record}");
}

/// A mistake in the pipeline is found before anything is written.
#[test]
fn a_configuration_mistake_leaves_nothing() {
    let project = shop();
    project.write("sql/seen.sql", "select nothing from transactions");
    assert_eq!(project.run(&["run", PIPELINE]).code, Some(2));
    assert!(!project.path("site").exists());
}

#[test]
fn a_lock_that_another_run_holds() {
    let project = shop();
    run(&project, "2024-03-31");
    let before = content(&project.path("site"));
    let lock = fs::File::options().write(true).open(project.path("site/.runs/shop.lock")).unwrap();
    lock.lock().unwrap();
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 5
      × another run of `shop` is going on
      help: wait for it to end; the lock is released when its process ends
    ");
    assert_eq!(differences(&before, &content(&project.path("site"))), [""; 0]);
    // Another pipeline's run is none of this one's business, nor is a check.
    project.write("pipelines/other.yaml", project.read(PIPELINE).replace("name: shop", "name: other"));
    project.done(&["run", "pipelines/other.yaml"]);
    project.done(&["check", PIPELINE]);
    lock.unlock().unwrap();
    run(&project, "2024-03-31");
}

/// What a run that was killed left behind is in nobody's way.
#[test]
fn what_a_killed_run_left() {
    let project = shop();
    project.write("site/.runs/shop.staging/tables/old.parquet", "half a table");
    project.write("site/.runs/shop.scratch/spill", "rows");
    project.write("private/.runs/shop.staging/tables/old.parquet", "half a table");
    project.write("private/.runs/shop.scratch/spill", "rows");
    project.write("site/.runs/shop.lock", "");
    run(&project, "2024-03-31");
    assert!(!project.path("private/shop/2024-03-31/tables/old.parquet").exists());
    assert!(!project.path("site/.runs/shop.scratch").exists());
}

#[test]
fn a_site_that_cannot_be_written() {
    let project = shop();
    project.write("site", "a file in the folder's place");
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × site/.runs cannot be made: a part of its path is a file, not a folder
      help: check the permissions and the free space of the project's site/ and private/ folders
    ");
}

/// Without `report` the run leaves tables, and the index has no page to name.
#[test]
fn a_pipeline_without_a_report() {
    let project = shop();
    project.replace(PIPELINE, "report: { title: A & B, sections: [method] }\n", "");
    let outcome = project.ran();
    assert_eq!(outcome.out, "site/shop/2024-03-31\n");
    assert!(index(&project).is_empty());
    assert!(project.read("site/index.html").contains("No report has been published yet."));
}

/// Started from elsewhere, a run writes to the project that its pipeline belongs to.
#[test]
fn the_project_is_the_pipelines_not_the_working_folder() {
    let project = shop();
    let elsewhere = Project::new();
    let pipeline = project.path(PIPELINE).display().to_string();
    elsewhere.done(&["run", &pipeline]);
    assert!(project.path("site/shop/2024-03-31/index.html").exists());
    assert!(content(elsewhere.root()).is_empty());
}
