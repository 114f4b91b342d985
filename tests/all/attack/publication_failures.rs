//! What can fail when a report is published, fails before it is: nothing is changed then, and nothing half-done is left.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project, content, copy, differences, repository};

/// Somebody who may do nothing that modes forbid.
const NOBODY: u32 = 65534;

/// A project with a report as of the end of February.
fn shop() -> Project {
    let project = Project::shop("path: data");
    project.replace(PIPELINE, "steps:", "report: { sections: [method] }\nsteps:");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "10.00")]));
    project.done(&["run", PIPELINE, "--as-of", "2024-02-29"]);
    project
}

/// Runs, which must fail and leave the site as it was but for the record of the run. Gives what was said.
fn refused(project: &Project) -> String {
    let before = content(&project.path("site"));
    let said = project.run(&["run", PIPELINE]).message();
    assert!(!said.starts_with("exit code 0"), "{said}");
    unchanged(project, &before);
    said
}

fn unchanged(project: &Project, before: &[(String, Vec<u8>)]) {
    let changed = differences(before, &content(&project.path("site")));
    assert!(changed.iter().all(|name| name == ".runs/shop.2024-03-31.json"), "{changed:?}");
    for folder in ["site/.runs/shop.staging", "private/.runs/shop.staging", "private/shop/2024-03-31"] {
        assert!(!project.path(folder).exists(), "{folder}");
    }
}

/// Makes the project somebody's whom modes bind, and gives a run of his; none where this cannot be done here.
fn as_nobody(project: &Project) -> Option<Command> {
    let mut run = project.command(&["run", PIPELINE]);
    if fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) != 0) {
        return Some(run);
    }
    for folder in [project.root().to_path_buf()].into_iter().chain(below(project)) {
        std::os::unix::fs::lchown(&folder, Some(NOBODY), Some(NOBODY)).ok()?;
    }
    run.uid(NOBODY).gid(NOBODY);
    // The binary may lie where nobody else may go.
    let mut trial = Command::new(env!("CARGO_BIN_EXE_regulars"));
    let there = trial.arg("--version").uid(NOBODY).gid(NOBODY).output();
    if there.is_ok_and(|output| output.status.success()) {
        return Some(run);
    }
    eprintln!("left out: the binary cannot be run by another user here");
    None
}

fn below(project: &Project) -> Vec<std::path::PathBuf> {
    let mut found = vec![project.root().to_path_buf()];
    let mut at = 0;
    while let Some(folder) = found.get(at).cloned() {
        if folder.is_dir() && !folder.is_symlink() {
            found.extend(fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()));
        }
        at += 1;
    }
    found
}

fn mode(project: &Project, path: &str, mode: u32) {
    fs::set_permissions(project.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let code = output.status.code().map_or("none".to_owned(), |code| code.to_string());
    let err = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = err.lines().filter(|line| line.starts_with("  ")).collect();
    format!("exit code {code}\n{}", lines.join("\n"))
}

#[test]
fn a_folder_in_the_place_of_latest() {
    let project = shop();
    fs::remove_file(project.path("site/shop/latest")).unwrap();
    project.write("site/shop/latest/index.html", "a copy");
    assert_snapshot!(refused(&project), @"
    exit code 3
      × site/shop/latest is a folder, where a run puts a link
      help: move it away, and run again
    ");
}

#[test]
fn a_folder_in_the_place_of_the_index() {
    let project = shop();
    fs::remove_file(project.path("site/index.html")).unwrap();
    project.write("site/index.html/x", "");
    assert_snapshot!(refused(&project), @"
    exit code 3
      × site/index.html is a folder, where a run puts a page
      help: move it away, and run again
    ");
}

#[test]
fn a_file_in_the_place_of_the_report() {
    let project = shop();
    project.write("site/shop/2024-03-31", "a file");
    assert_snapshot!(refused(&project), @"
    exit code 3
      × site/shop/2024-03-31 is in the report's place, and is no folder
      help: move it away, and run again
    ");
}

/// A template that nobody has used before the report is there.
#[test]
fn a_template_of_the_index_that_does_not_work() {
    let project = shop();
    copy(&repository().join("reports"), &project.path("reports"));
    project.replace("reports/index.html", "{{ pipeline.title }}", "{{ pipeline.tilte.x }}");
    assert_snapshot!(refused(&project), @r#"
    exit code 2
      × template reports/index.html, line 22: undefined value
        ╭─[reports/index.html:22:5]
     21 │     <p class="question">{% if pipeline.firm %}{{ pipeline.firm }} · {% endif %}{{ pipeline.pipeline }}</p>
     22 │     <h2>{{ pipeline.tilte.x }}</h2>
        ·     ───────────────────────────────
     23 │     <p class="latest"><a href="{{ latest.href }}">{{ latest.as_of }}</a> <span class="source">{{ t("index.latest") }}</span></p>
        ╰────
      help: mend reports/index.html, or remove it, and the shipped one is used
    "#);
}

#[test]
fn a_site_that_may_only_be_read() {
    let project = shop();
    let Some(mut run) = as_nobody(&project) else { return };
    let before = content(&project.path("site"));
    mode(&project, "site", 0o555);
    let message = said(&mut run);
    mode(&project, "site", 0o755);
    assert_snapshot!(message, @"
    exit code 3
      × site/index.html cannot be written: Permission denied (os error 13)
      help: check the permissions and the free space of the project's site/ and private/ folders
    ");
    unchanged(&project, &before);
}

/// As a file system of its own has it, whose top folder is `site/`.
#[test]
fn other_folders_of_the_site_are_nobodys_business() {
    let project = shop();
    let Some(mut run) = as_nobody(&project) else { return };
    project.write("site/lost+found/x", "");
    project.write("site/theirs/2024-01-31/index.html", "<title>Theirs</title>");
    for folder in ["site/lost+found", "site/theirs"] {
        mode(&project, folder, 0);
        chown(project.path(folder), Some(NOBODY), None).ok();
    }
    let message = said(&mut run);
    for folder in ["site/lost+found", "site/theirs"] {
        mode(&project, folder, 0o755);
    }
    assert_snapshot!(message, @"
    exit code 0
      ⚠ site/theirs cannot be read, and is not in the index: Permission denied (os error 13)
      help: check the folder's permissions, or move it away
    ");
    assert!(project.read("site/index.html").contains("shop/2024-03-31/index.html"));
}

/// What goes wrong once the report is there is no failure of the run: in a folder like `/tmp` files can be made, and
/// somebody else's cannot be replaced.
#[test]
fn after_the_report_is_there_nothing_fails() {
    let project = shop();
    let Some(mut run) = as_nobody(&project) else { return };
    let root = [project.path("site"), project.path("site/index.html")];
    if root.iter().any(|path| chown(path, Some(0), Some(0)).is_err()) {
        return eprintln!("left out: only root can give files to somebody else");
    }
    let index = project.read("site/index.html");
    mode(&project, "site", 0o1777);
    assert_snapshot!(said(&mut run), @"
    exit code 0
      ⚠ site/index.html is as it was before this run: Operation not permitted (os error 1)
      help: the report is published; the next run tries again
    ");
    assert!(project.path("site/shop/2024-03-31/index.html").exists());
    assert_eq!(project.read("site/index.html"), index);
    assert_eq!(fs::read_link(project.path("site/shop/latest")).unwrap().display().to_string(), "2024-03-31");
}

/// Wherever the disk is full (here: a file can grow no more), there is the whole report or none. An index of many reports
/// is larger than all else that a small run writes.
#[test]
fn a_full_disk() {
    let project = shop();
    for day in 0..900 {
        let day = jiff::civil::date(2020, 1, 1).saturating_add(jiff::Span::new().days(day));
        project.write(&format!("site/old/{day}/index.html"), "<title>An old report</title>");
    }
    let before = content(&project.path("site"));
    let (mut failed, mut done) = (Vec::new(), 0);
    for blocks in [1, 8, 32, 64, 96, 4096] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" run {PIPELINE}");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", &script, env!("CARGO_BIN_EXE_regulars")]).env("NO_COLOR", "1");
        let message = said(shell.current_dir(project.root()));
        if message.starts_with("exit code 0") {
            done += 1;
            assert!(project.read("site/index.html").contains("shop/2024-03-31/index.html"));
            assert!(project.path("private/shop/2024-03-31/tables/seen.parquet").exists());
        } else {
            assert!(message.starts_with("exit code 3"), "{message}");
            assert_eq!(done, 0, "with more room it was done, and then it was not");
            unchanged(&project, &before);
            failed.push(message);
        }
    }
    assert!(done > 0 && failed.len() > 2, "{done} {failed:?}");
    assert!(failed.iter().any(|message| message.contains("site/index.html cannot be written")), "{failed:?}");
}

/// On file systems that cannot exchange folders, a run that is killed between two renames leaves the old report aside.
#[test]
fn what_lies_aside_after_a_crash() {
    let project = shop();
    let february = content(&project.path("site/shop/2024-02-29"));
    fs::rename(project.path("site/shop/2024-02-29"), project.path("site/.runs/shop.2024-02-29.old")).unwrap();
    project.done(&["run", PIPELINE]);
    assert_eq!(differences(&february, &content(&project.path("site/shop/2024-02-29"))), [""; 0]);
    assert!(project.read("site/index.html").contains("shop/2024-02-29/index.html"));
    // One that is stale is in nobody's way.
    project.write("site/.runs/shop.2024-03-31.old/index.html", "stale");
    project.write("site/.runs/shop.old/index.html", "of an earlier version");
    project.write("private/.runs/shop.2024-03-31.old/tables/x", "stale");
    project.done(&["run", PIPELINE]);
    let left: Vec<String> = content(&project.path("site/.runs")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, [".site.lock", "shop.lock"]);
    assert!(!project.path("private/.runs/shop.2024-03-31.old").exists());
}

/// Whoever can put a link into the folder must not have another file emptied, or another folder.
#[test]
fn links_in_the_place_of_a_runs_own_files() {
    for link in ["shop.lock", ".site.lock"] {
        let project = shop();
        project.write("precious", "text");
        let lock = project.path("site/.runs").join(link);
        fs::remove_file(&lock).unwrap();
        symlink(project.path("precious"), &lock).unwrap();
        let message = project.run(&["run", PIPELINE]).message();
        assert_eq!(
            message.split_once("  × ").map_or("", |(_, error)| error),
            format!(
                "site/.runs/{link} is a link, and locks are not taken through links\n  help: remove the link; what it leads to was not touched"
            )
        );
        assert_eq!(project.read("precious"), "text");
        assert!(!project.path("site/shop/2024-03-31").exists());
    }
    let project = shop();
    project.write("precious/text", "text");
    for link in ["site/.runs/shop.staging", "private/.runs/shop.scratch", "site/.index.html.shop"] {
        symlink(project.path("precious"), project.path(link)).unwrap();
    }
    symlink(project.path("nowhere"), project.path("private/.runs/shop.staging")).unwrap();
    project.done(&["run", PIPELINE]);
    assert_eq!(project.read("precious/text"), "text");
    assert!(!project.path("nowhere").exists());
    assert!(!project.path("site/shop/2024-03-31").is_symlink());
}

/// The order in which names and bytes come to the disk, as the system is asked for it.
#[cfg(target_os = "linux")]
#[test]
fn on_the_disk_before_anybody_is_told() {
    let project = shop();
    project.ran();
    let log = project.path("calls");
    let mut trace = Command::new("strace");
    trace.args([
        "-f",
        "-y",
        "-qq",
        "-e",
        "trace=fsync,rename,renameat,renameat2,unlinkat,unlink,rmdir",
        "-o",
    ]);
    trace.arg(&log).args([env!("CARGO_BIN_EXE_regulars"), "run", PIPELINE]).current_dir(project.root());
    match trace.output() {
        Ok(output) if output.status.success() => {}
        _ => return eprintln!("left out: calls cannot be traced here"),
    }
    let calls = project.read("calls");
    let place = |what: &[&str]| {
        let found = calls.lines().position(|call| what.iter().all(|part| call.contains(part)));
        found.unwrap_or_else(|| panic!("no {what:?} in\n{calls}"))
    };
    let private = place(&["rename", "private/.runs/shop.staging", "private/shop/2024-03-31"]);
    let site = place(&["rename", "site/.runs/shop.staging", "site/shop/2024-03-31"]);
    assert!(private < site);
    for file in [
        "index.html",
        "method.html",
        "manifest.json",
        "downloads/seen.csv",
        "downloads",
        "../../private/.runs/shop.staging/tables/seen.parquet",
    ] {
        let path = match file.strip_prefix("../../") {
            Some(path) => project.path(path),
            None => project.path("site/.runs/shop.staging").join(file),
        };
        let synced = place(&["fsync(", &format!("{}>", path.canonicalize().unwrap_or(path).display())]);
        assert!(synced < private, "{file}");
    }
    let root = project.root().canonicalize().unwrap();
    let folder = |path: &str| place(&["fsync(", &format!("<{}>", root.join(path).display())]);
    let index = place(&["rename", "site/.index.html.shop", "site/index.html"]);
    let latest = place(&["rename", "site/shop/.latest.shop", "site/shop/latest"]);
    assert!(site < latest && latest < index);
    assert!(index < folder("site") && site < folder("site/shop") && private < folder("private/shop"));
    // The old report, which lies where the new one was staged, is removed when all that is done.
    let after =
        calls.lines().skip(site).position(|call| call.contains("rmdir") || call.contains("AT_REMOVEDIR"));
    let removed = after.map_or_else(|| panic!("nothing is removed in\n{calls}"), |at| at + site);
    assert!(removed > folder("site") && removed > folder("private/shop"), "{calls}");
}
