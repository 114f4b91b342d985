//! `upgrade`: projects that versions before modules made.

use insta::assert_snapshot;

use crate::support::{Project, content};

/// A pipeline as `init` wrote it then, with all steps.
const DEMO: &str = include_str!("upgrade/demo.yaml");

/// A template and a query that it wrote beside it.
const TABLE: &str = include_str!("upgrade/table.html");
const RFM_BINS: &str = include_str!("upgrade/rfm_bins.sql");

/// The same report by modules, as somebody would write it today.
const TODAY: &str = "
modules:
  base: { margin: 0.35 }
  concentration:
  segments: { bins: 4 }
  value:
  equity:
  acquisition:
  churn: { lost_after: 6 }
  warning:
  cohorts:
  customers:
";

/// A demo shop's data under an old project, in which somebody has worked.
fn old_project() -> Project {
    let project = Project::new();
    project.done(&["demo", ".", "--data-only", "--customers", "300", "--days=200"]);
    project.write("pipelines/demo.yaml", DEMO);
    project.replace("pipelines/demo.yaml", "bins: 5 ", "bins: 4 ");
    project.replace("pipelines/demo.yaml", "margin: 0.4 ", "margin: 0.35 ");
    project.write("reports/sections/table.html", TABLE);
    project.write("reports/sections/churn.html", "<p>Mine</p>");
    project.write("reports/words/en.yaml", "churn:\n  title: Who left?\n");
    project.write("sql/rfm_bins.sql", RFM_BINS);
    project
}

#[test]
fn an_old_project_gives_the_report_of_a_new_one() {
    let project = old_project();
    // What to do about it is told where the files of then do not serve.
    assert_snapshot!(project.run(&["check", "pipelines/demo.yaml"]).message(), @r"
    exit code 2
      × reports/sections/table.html is a file that no page is made of any more: an earlier version of
      │ the program wrote it
      help: `regulars upgrade` brings the project up to date
    ");

    let before = content(project.root());
    assert_snapshot!(project.done(&["upgrade", "--dry-run"]).message(), @r"
    exit code 0
    pipelines/demo.yaml
      51 steps that modules bring: taken out
      `bins`, `discount_rate`, `lost_after_days`, `margin` of `params`: settings of modules now
      `sections` had all that the modules bring, in their order: taken out
      modules: base { margin: 0.35 }, concentration, segments { bins: 4 }, value, equity, acquisition, churn { lost_after: 6 }, warning, cohorts, customers
    2 files of sql/ and reports/, as an earlier version wrote them: taken away, the program has its own
    reports/sections/churn.html is changed: taken away, as sections are files with keys now (docs/sections.md). `regulars eject reports/sections/churn.yaml` writes this one
    reports/words/en.yaml is changed: taken away, as its texts would stand in place of newer ones. Write those that you changed into a new reports/words/en.yaml; it needs no others
    nothing was written
    ");
    assert!(content(project.root()) == before);

    assert_snapshot!(project.done(&["upgrade"]).message(), @r"
    exit code 0
    pipelines/demo.yaml
      51 steps that modules bring: taken out
      `bins`, `discount_rate`, `lost_after_days`, `margin` of `params`: settings of modules now
      `sections` had all that the modules bring, in their order: taken out
      modules: base { margin: 0.35 }, concentration, segments { bins: 4 }, value, equity, acquisition, churn { lost_after: 6 }, warning, cohorts, customers
    2 files of sql/ and reports/, as an earlier version wrote them: taken away, the program has its own
    reports/sections/churn.html is changed: taken away, as sections are files with keys now (docs/sections.md). `regulars eject reports/sections/churn.yaml` writes this one
    reports/words/en.yaml is changed: taken away, as its texts would stand in place of newer ones. Write those that you changed into a new reports/words/en.yaml; it needs no others
    what was replaced is in ./before_upgrade
    next: regulars check ./pipelines/demo.yaml
    ");
    let now = project.read("pipelines/demo.yaml");
    assert!(!now.contains("steps:") && !now.contains("report:"), "{now}");
    assert_snapshot!(now.split_once("\nmodules:").map_or("", |(_, end)| end), @r"

    base: { margin: 0.35 }
    concentration:
    segments: { bins: 4 }
    value:
    equity:
    acquisition:
    churn: { lost_after: 6 }
    warning:
    cohorts:
    customers:
    ");
    assert_eq!(project.read("before_upgrade/sql/rfm_bins.sql"), RFM_BINS);
    let kept: Vec<String> =
        content(&project.path("before_upgrade")).into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        kept.join(" "),
        "pipelines/demo.yaml reports/sections/churn.html reports/sections/table.html reports/words/en.yaml sql/rfm_bins.sql"
    );
    assert!(!project.path("sql").exists() && !project.path("reports").exists());

    let today = DEMO.split_once("\n# Each step is").unwrap().0;
    let today = today.replace("name: customer_value", "name: today") + TODAY;
    let today: Vec<&str> = today
        .lines()
        .filter(|line| {
            !["  bins:", "  lost_after_days:", "  margin:", "  discount_rate:"]
                .iter()
                .any(|key| line.starts_with(key))
        })
        .collect();
    project.write("pipelines/today.yaml", today.join("\n"));
    project.done(&["run", "pipelines/demo.yaml"]);
    project.done(&["run", "pipelines/today.yaml"]);
    let tables = |name: &str| content(&project.path(&format!("private/{name}/2026-10-31/tables")));
    let (old, new) = (tables("customer_value"), tables("today"));
    let names: Vec<&str> = old.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"clv.parquet") && names.len() > 40, "{names:?}");
    for ((name, old), (other, new)) in old.iter().zip(&new) {
        assert_eq!(name, other);
        assert!(old == new, "{name}");
    }
    assert_eq!(old.len(), new.len());
}

/// A query that somebody changed serves on, where the shipped one lies now.
#[test]
fn queries_of_ones_own() {
    let project = Project::new();
    project.done(&["demo", ".", "--data-only", "--customers", "40", "--days=120"]);
    project.write("pipelines/demo.yaml", DEMO);
    project.replace("pipelines/demo.yaml", "{ sql: sql/segments_grid.sql }", "{ sql: sql/our_segments.sql }");
    let segments = "select customer_id, r, f, m, recency_days, frequency, monetary, 'all' as segment, 1 as segment_order from rfm";
    project.write("sql/our_segments.sql", segments);
    // It ships under another name.
    let order_days = "select period, month, day from nowhere";
    project.write("sql/order_days.sql", order_days);
    project.write("sql/ours.sql", "select 1 as one");
    project.write("sql/churn.sql", "-- Ours.\nselect 1 as one");
    assert_snapshot!(project.done(&["upgrade"]).message(), @r"
    exit code 0
    pipelines/demo.yaml
      51 steps that modules bring: taken out
      the query of `segments` is your own: sql/our_segments.sql is sql/segments_grid.sql now, in place of the shipped one
      the query of `order_days` is your own: sql/order_days.sql is sql/value/order_days.sql now, in place of the shipped one
      `bins`, `discount_rate`, `lost_after_days`, `margin` of `params`: settings of modules now
      `sections` had all that the modules bring, in their order: taken out
      modules: base, concentration, segments, value, equity, acquisition, churn { lost_after: 6 }, warning, cohorts, customers
    sql/churn.sql is changed: it takes the place of the shipped one
    what was replaced is in ./before_upgrade
    next: regulars check ./pipelines/demo.yaml
    ");
    assert_eq!(project.read("sql/segments_grid.sql"), segments);
    assert_eq!(project.read("sql/value/order_days.sql"), order_days);
    assert!(!project.path("sql/our_segments.sql").exists() && !project.path("sql/order_days.sql").exists());
    assert!(project.read("sql/churn.sql").starts_with("-- Ours."));
    assert_eq!(project.read("before_upgrade/sql/our_segments.sql"), segments);
}

#[test]
fn where_there_is_nothing_to_do_or_no_way() {
    let project = Project::new();
    assert_snapshot!(project.run(&["upgrade"]).message(), @r"
    exit code 2
      × ./pipelines cannot be read: No such file or directory (os error 2)
      help: name a project's folder by --project; nothing was written
    ");
    project.done(&["init", "shop"]);
    assert_snapshot!(project.done(&["upgrade", "--project", "shop"]).message(), @r"
    exit code 0
    nothing to upgrade: no pipeline writes out steps that modules bring
    ");

    let project = old_project();
    project.write("before_upgrade/notes.txt", "mine");
    let before = content(project.root());
    assert_snapshot!(project.run(&["upgrade"]).message(), @r"
    exit code 2
      × ./before_upgrade is there already
      help: it holds what an earlier upgrade replaced: move it away; nothing was written
    ");
    project.write("pipelines/demo.yaml", "name: [");
    assert_snapshot!(project.run(&["upgrade"]).message(), @r"
    exit code 2
      × pipelines/demo.yaml is not readable as YAML from here on
       ╭─[pipelines/demo.yaml:1:7]
     1 │ name: [
       ·       ▲
       ╰────
      help: look at this line and the one above: indentation, a colon and a blank after each key,
            quotes, brackets
    ");
    project.write("pipelines/demo.yaml", DEMO);
    project.replace("pipelines/demo.yaml", "bins: 5 ", "bins: 4 ");
    project.replace("pipelines/demo.yaml", "margin: 0.4 ", "margin: 0.35 ");
    assert!(content(project.root()) == before);
}

/// A project of today keeps what is its own, and gives back copies that nobody changed.
#[test]
fn a_project_of_today() {
    let project = Project::new();
    project.done(&["init", "."]);
    project.write("reports/words/en.yaml", "churn:\n  title: Who left?\n");
    project.write("reports/style.css", "/* Ours. */");
    project.write("sql/mine.sql", "select 1 as one");
    project.done(&["eject", "sql/churn.sql"]);
    let before = content(project.root());
    assert_snapshot!(project.done(&["upgrade"]).message(), @r"
    exit code 0
    nothing to upgrade: no pipeline writes out steps that modules bring
    ");
    assert!(content(project.root()) == before);
    project.write("sql/rfm_bins.sql", RFM_BINS);
    assert_snapshot!(project.done(&["upgrade"]).message(), @r"
    exit code 0
    1 file of sql/ and reports/, as an earlier version wrote them: taken away, the program has its own
    what was replaced is in ./before_upgrade
    ");
    let kept: Vec<String> =
        content(&project.path("before_upgrade")).into_iter().map(|(path, _)| path).collect();
    assert_eq!(kept, ["sql/rfm_bins.sql"]);
}
