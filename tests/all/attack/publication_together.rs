//! Pipelines of one project that are published at the same time.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

const NAMES: [&str; 3] = ["one", "two", "three"];

/// A project with three pipelines, and a page each.
fn shops() -> Project {
    let project = Project::shop("path: data");
    project.replace(PIPELINE, "steps:", "report: { sections: [method] }\nsteps:");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "10.00")]));
    for name in NAMES {
        project.write(
            &format!("pipelines/{name}.yaml"),
            project.read(PIPELINE).replace("name: shop", &format!("name: {name}")),
        );
    }
    project
}

fn start(project: &Project, name: &str, as_of: &str) -> Child {
    let pipeline = format!("pipelines/{name}.yaml");
    let mut run = project.command(&["run", &pipeline, "--as-of", as_of, "--threads", "1"]);
    run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(run: Child) {
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn wait_until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it took more than a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The links of an index that a reader got; panics where it is not whole.
fn links(page: &str) -> Vec<String> {
    assert!(page.trim_end().ends_with("</html>"), "half an index: {page:?}");
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.ends_with("/index.html")).map(str::to_owned).collect()
}

fn index(site: &Path) -> Vec<String> {
    links(&fs::read_to_string(site.join("index.html")).unwrap())
}

/// All three come to their end while the site is another's, and all three go on when it is free.
#[test]
fn those_who_finish_together_are_all_in_the_index() {
    let project = shops();
    let site = project.path("site");
    ended(start(&project, "one", "2024-01-31"));
    for as_of in ["2024-02-29", "2024-03-31"] {
        let lock = fs::File::options().write(true).open(site.join(".runs/.site.lock")).unwrap();
        lock.lock().unwrap();
        let runs: Vec<Child> = NAMES.iter().map(|name| start(&project, name, as_of)).collect();
        for name in NAMES {
            wait_until(|| site.join(format!(".runs/{name}.staging/manifest.json")).exists());
            assert!(!site.join(name).join(as_of).exists(), "not before the site is free");
        }
        lock.unlock().unwrap();
        runs.into_iter().for_each(ended);
    }
    let mut expected: Vec<String> = Vec::new();
    for name in ["one", "three", "two"] {
        let dates: &[&str] = if name == "one" {
            &["2024-03-31", "2024-02-29", "2024-01-31"]
        } else {
            &["2024-03-31", "2024-02-29"]
        };
        expected.extend(dates.iter().map(|date| format!("{name}/{date}/index.html")));
    }
    assert_eq!(index(&site), expected);
    // Nothing that waited for its place is left beside it.
    let hidden = |folder: &Path| {
        let names = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with('.')).collect::<Vec<_>>()
    };
    assert_eq!(hidden(&site), [".runs"]);
    assert!(hidden(&site.join("one")).is_empty());
}

/// Readers get a whole index at every moment, and what was in it once stays in it.
#[test]
fn readers_see_a_whole_index_all_the_time() {
    let project = shops();
    let site = project.path("site");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut seen, mut reads) = (Vec::new(), 0_u32);
            let begun = Instant::now();
            // A run that fails ends the test before it can say so here.
            while !over.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_mins(2) {
                if let Ok(page) = fs::read_to_string(site.join("index.html")) {
                    let now = links(&page);
                    assert!(seen.iter().all(|link| now.contains(link)), "{seen:?} became {now:?}");
                    (seen, reads) = (now, reads + 1);
                }
                std::thread::sleep(Duration::from_micros(200));
            }
            reads
        });
        // An index that was there once is there always.
        for day in 1..=4 {
            let runs: Vec<Child> =
                NAMES.iter().map(|name| start(&project, name, &format!("2024-03-0{day}"))).collect();
            runs.into_iter().for_each(ended);
        }
        over.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 100);
    });
    assert_eq!(index(&site).len(), 12);
}
