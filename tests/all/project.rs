//! `init`: a working project, never over somebody's files.

use insta::assert_snapshot;

use crate::support::{Project, content, copy, repository};

#[test]
fn a_project_that_runs_on_its_own_files() {
    let project = Project::new();
    let outcome = project.done(&["init", "shop"]);
    assert_eq!(outcome.out, "");
    assert_snapshot!(outcome.err, @r"
    2 files written to shop
    next: put transactions under shop/data/transactions/, say in shop/pipelines/demo.yaml
    what its columns are called, then: regulars run shop/pipelines/demo.yaml
    ");
    // What else it needs ships inside the program.
    let written: Vec<String> = content(&project.path("shop")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(written, [".gitignore", "pipelines/demo.yaml"]);
    // Before there is data, `check` says that it is missing.
    assert_snapshot!(project.run(&["check", "shop/pipelines/demo.yaml"]).message(), @r"
    exit code 3
      × source `transactions`: shop/data/transactions/ does not exist
        ╭─[shop/pipelines/demo.yaml:16:11]
     15 │   transactions:
     16 │     path: $data/transactions/
        ·           ───────────────────
     17 │     # The canonical column: a SQL expression over the file's columns.
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `customers`: shop/data/customers.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:47:22]
     46 │       - freshness: { column: occurred_at, warn_after: 2d, fail_after: 7d }
     47 │   customers: { path: $data/customers.parquet, checks: [{ unique: [customer_id] }] }
        ·                      ───────────────────────
     48 │   products: { path: $data/products.parquet, checks: [{ unique: [product_id] }] }
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `products`: shop/data/products.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:48:21]
     47 │   customers: { path: $data/customers.parquet, checks: [{ unique: [customer_id] }] }
     48 │   products: { path: $data/products.parquet, checks: [{ unique: [product_id] }] }
        ·                     ──────────────────────
     49 │   stores: { path: $data/stores.parquet, checks: [{ unique: [store_id] }] }
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `stores`: shop/data/stores.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:49:19]
     48 │   products: { path: $data/products.parquet, checks: [{ unique: [product_id] }] }
     49 │   stores: { path: $data/stores.parquet, checks: [{ unique: [store_id] }] }
        ·                   ────────────────────
     50 │   acquisition_costs: { path: $data/acquisition_costs.parquet, checks: [{ unique: [month, channel] }] }
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `acquisition_costs`: shop/data/acquisition_costs.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:50:30]
     49 │   stores: { path: $data/stores.parquet, checks: [{ unique: [store_id] }] }
     50 │   acquisition_costs: { path: $data/acquisition_costs.parquet, checks: [{ unique: [month, channel] }] }
        ·                              ───────────────────────────────
     51 │   # The register of cards, what was done with points, campaigns, and who was written to or held back as a control.
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `members`: shop/data/members.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:52:20]
     51 │   # The register of cards, what was done with points, campaigns, and who was written to or held back as a control.
     52 │   members: { path: $data/members.parquet, checks: [{ not_null: [customer_id, day, event] }] }
        ·                    ─────────────────────
     53 │   points: { path: $data/points.parquet, checks: [{ not_null: [customer_id, day, kind, points] }] }
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `points`: shop/data/points.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:53:19]
     52 │   members: { path: $data/members.parquet, checks: [{ not_null: [customer_id, day, event] }] }
     53 │   points: { path: $data/points.parquet, checks: [{ not_null: [customer_id, day, kind, points] }] }
        ·                   ────────────────────
     54 │   campaigns: { path: $data/campaigns.parquet, checks: [{ unique: [campaign_id] }] }
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `campaigns`: shop/data/campaigns.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:54:22]
     53 │   points: { path: $data/points.parquet, checks: [{ not_null: [customer_id, day, kind, points] }] }
     54 │   campaigns: { path: $data/campaigns.parquet, checks: [{ unique: [campaign_id] }] }
        ·                      ───────────────────────
     55 │   responses: { path: $data/responses.parquet, checks: [{ unique: [campaign_id, customer_id] }] }
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
      × source `responses`: shop/data/responses.parquet does not exist
        ╭─[shop/pipelines/demo.yaml:55:22]
     54 │   campaigns: { path: $data/campaigns.parquet, checks: [{ unique: [campaign_id] }] }
     55 │   responses: { path: $data/responses.parquet, checks: [{ unique: [campaign_id, customer_id] }] }
        ·                      ───────────────────────
        ╰────
      help: paths are relative to the project's folder, the one above `pipelines/`
    ");
    project.done(&["demo", "shop", "--data-only", "--customers", "40", "--days", "20"]);
    assert_snapshot!(project.done(&["check", "shop/pipelines/demo.yaml"]).message(), @r"
    exit code 0
    shop/pipelines/demo.yaml is sound: 9 sources in 24 files, 171 steps, as of 2026-10-31
    ");
}

#[test]
fn a_folder_with_files_of_its_own() {
    let project = Project::new();
    project.write("sql/rfm.sql", "select 1 as mine");
    project.write("notes.txt", "mine");
    let before = content(project.root());
    assert_snapshot!(project.run(&["init"]).message(), @r"
    exit code 2
      × ./sql/rfm.sql is there already
      help: name an empty folder; nothing was written
    ");
    assert!(content(project.root()) == before);
}

/// What is in nobody's way stays: a repository's own files, its `.gitignore` among them.
#[test]
fn a_folder_with_other_files() {
    let project = Project::new();
    project.write("README.md", "mine");
    project.write(".gitignore", "/mine/\n");
    project.done(&["init", "."]);
    assert_eq!((project.read("README.md"), project.read(".gitignore")), ("mine".into(), "/mine/\n".into()));
    assert_eq!(project.run(&["init", "."]).code, Some(2));
}

#[test]
fn a_folder_that_is_a_file() {
    let project = Project::new();
    project.write("shop", "a file");
    assert_snapshot!(project.run(&["init", "shop"]).message(), @r"
    exit code 3
      × shop/pipelines/demo.yaml cannot be written: Not a directory (os error 20)
      help: check the folder's permissions and free space
    ");
}

/// The pipelines that ship plan without data of their own only where the data lies; their keys and SQL must be sound
/// in any case: nothing but the missing data is complained of.
#[test]
fn the_shipped_pipelines_are_sound() {
    let project = Project::new();
    for folder in ["pipelines", "sql"] {
        copy(&repository().join(folder), &project.path(folder));
    }
    for name in ["cdnow", "crm", "demo", "online_retail"] {
        let file = format!("pipelines/{name}.yaml");
        let outcome = project.run(&["check", &file]);
        assert_eq!(outcome.code, Some(3), "{}", outcome.err);
        let complaints: Vec<&str> = outcome.err.lines().filter(|line| line.contains('×')).collect();
        assert!(
            !complaints.is_empty() && complaints.iter().all(|line| line.contains("does not exist")),
            "{}",
            outcome.err
        );
    }
}
