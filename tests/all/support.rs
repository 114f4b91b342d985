//! A project in a folder of its own, the binary run in it, and what it left there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::data::Table;

/// The pipeline that [`Project::shop`] writes.
pub const PIPELINE: &str = "pipelines/shop.yaml";

/// A project's folder; removed when the test is over.
pub struct Project {
    dir: TempDir,
}

/// The end of a run of the binary.
pub struct Outcome {
    /// The exit code; none after a signal that the program did not catch.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Project {
    /// An empty folder.
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    /// A project with one source, whose entry of the pipeline is given, and one step, `seen`, that shows its rows.
    pub fn shop(transactions: &str) -> Self {
        let project = Self::new();
        let entry: String =
            transactions.trim_matches('\n').lines().map(|line| format!("    {line}\n")).collect();
        project.write(
            PIPELINE,
            format!(
                "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n{entry}steps:\n  seen: {{ sql: sql/seen.sql }}\n"
            ),
        );
        project.write(
            "sql/seen.sql",
            "select transaction_id, customer_id, day, amount from transactions order by transaction_id\n",
        );
        project
    }

    /// [`Project::shop`] of the file `data/a.csv`, whose masks are the same in every test: the key of masks is a project's
    /// own. `more` are further lines of its source.
    pub fn masked_shop(columns: &str, rows: &str, more: &str) -> Self {
        let project = Self::shop(&format!(
            "path: data\ncolumns:\n  customer_id: customer\n  occurred_at: cast(day as date)\n  \
             amount: cast(amount as decimal(10, 2))\n{more}"
        ));
        project.write("data/a.csv", format!("{columns}\n{rows}"));
        project.write("private/.key", "0123456789abcdef".repeat(4));
        project
    }

    /// The project's folder.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// A path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A file's text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Changes a file: what stood there must have stood there once.
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}:\n{text}");
        self.write(path, text.replace(old, new));
    }

    /// The binary, in this folder, as it behaves where nobody looks on.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regulars"));
        command.args(arguments).current_dir(self.root()).env("NO_COLOR", "1").env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs the binary.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.outcome(&self.command(arguments).output().unwrap());
        assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
        outcome
    }

    /// Runs the binary in a folder of the project.
    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).current_dir(self.root().join(folder)).output();
        self.outcome(&output.unwrap())
    }

    /// Runs the binary, which must do its work.
    pub fn done(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}\n{}", outcome.err);
        outcome
    }

    /// `run` on the shop's pipeline, which must do its work.
    pub fn ran(&self) -> Outcome {
        self.done(&["run", PIPELINE])
    }

    /// `check` on the shop's pipeline as a message: the exit code, then all that was said.
    pub fn complaint(&self) -> String {
        self.run(&["check", PIPELINE]).message()
    }

    fn outcome(&self, output: &Output) -> Outcome {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("the program speaks UTF-8");
            text.replace(&self.root().display().to_string(), "[PROJECT]")
        };
        Outcome { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The table `seen` of the shop's report.
    pub fn seen(&self) -> String {
        self.table("private/shop/2024-03-31/tables/seen.parquet").text()
    }

    /// A Parquet file's rows.
    pub fn table(&self, path: &str) -> Table {
        Table::read(&self.path(path))
    }

    /// The record of a published report, or another JSON file.
    pub fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// Whether nothing was published.
    pub fn nothing_published(&self) -> bool {
        let site = self.path("site");
        let Ok(entries) = fs::read_dir(site) else { return true };
        entries.flatten().all(|entry| entry.file_name() == ".runs")
    }
}

impl Outcome {
    /// The exit code, then all that was said.
    pub fn message(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        format!("exit code {code}\n{}{}", self.out, self.words())
    }

    /// What was said, without the lines of progress, which end in the seconds that something took.
    pub fn words(&self) -> String {
        let progress = |line: &&str| {
            let seconds = line.strip_suffix(" s").and_then(|line| line.rsplit(' ').next());
            seconds.is_none_or(|seconds| seconds.parse::<f64>().is_err())
        };
        self.err.lines().filter(progress).collect::<Vec<_>>().join("\n")
    }
}

/// All files below a folder with their content, links with where they lead; in the order of their paths.
pub fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_symlink() {
                found.push((name, fs::read_link(&path).unwrap().display().to_string().into_bytes()));
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The content of a published report and of what lies beside it for the owner alone, but for the record, which holds times
/// of the clock.
pub fn report_content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let all = content(folder).into_iter().chain(content(&private_of(folder)));
    all.filter(|(name, _)| name != "manifest.json").collect()
}

/// The folder of tables and rows set aside that belongs to a published report.
pub fn private_of(folder: &Path) -> PathBuf {
    let of_site = |part: &std::path::Component<'_>| part.as_os_str() == "site";
    let at = folder.components().collect::<Vec<_>>().iter().rposition(of_site).unwrap();
    folder
        .components()
        .enumerate()
        .map(|(n, part)| if n == at { std::ffi::OsStr::new("private") } else { part.as_os_str() })
        .collect()
}

/// The names of the files that differ between two folders' contents.
pub fn differences(a: &[(String, Vec<u8>)], b: &[(String, Vec<u8>)]) -> Vec<String> {
    let only = |x: &[(String, Vec<u8>)], y: &[(String, Vec<u8>)]| -> Vec<String> {
        x.iter().filter(|file| !y.contains(file)).map(|(name, _)| name.clone()).collect()
    };
    let mut names = only(a, b);
    names.extend(only(b, a));
    names.sort();
    names.dedup();
    names
}

/// The project's own folder.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies a folder of the project's own.
pub fn copy(from: &Path, to: &Path) {
    for (name, bytes) in content(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
