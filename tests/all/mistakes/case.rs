//! A mistake: what is changed in a sound project, the command, and what it says.
//!
//! ```text
//! = the name of the mistake
//! # a remark
//! change pipelines/shop.yaml
//! < what stands there, once
//! > what takes its place
//! write sql/mine.sql
//! | a line of the file
//! remove data/calls.csv
//! run check pipelines/shop.yaml
//! - - -
//! exit code 2
//! ...
//! ```
//!
//! A line `>` alone is a blank line. Further directives: `append FILE`, with lines as for `write`; `encoded NAME FILE`, the same in
//! another encoding; `folder PATH`; `link PATH TO`; `within FOLDER`, where the command runs; `run` is `check` of the shop's
//! pipeline where it is not given. What the scorer knows of the case: `at PLACE`, the one right place of the (first) message;
//! `helps TEXT`, what a remedy must have; `counts N`, how many problems there are; `warns`, that a warning is right; `sound`,
//! that nothing is wrong. In all lines `{TAB}`, `{BOM}`, `{NUL}`, `{CR}` stand for such characters, and `{MANY n text}}` for
//! so many of a text.

use std::fs;
use std::path::{Path, PathBuf};

use std::sync::Arc;

use clap::Parser;
use regulars::cli::Cli;
use regulars::command;
use regulars::console::{Console, Heard};

use crate::support::{Outcome, PIPELINE, Project, copy, repository};

const HELD: &str = "- - -";

/// A file of mistakes.
pub struct Area {
    path: PathBuf,
    pub cases: Vec<Case>,
}

/// A mistake.
pub struct Case {
    pub area: String,
    pub name: String,
    /// Its lines before the message, as they are.
    lines: Vec<String>,
    /// The message that is held; nothing for a new mistake.
    pub held: String,
}

impl Area {
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let area = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut cases: Vec<Case> = Vec::new();
        let mut holds = false;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("= ") {
                holds = false;
                let (area, name) = (area.clone(), name.to_owned());
                cases.push(Case { area, name, lines: Vec::new(), held: String::new() });
                continue;
            }
            let Some(case) = cases.last_mut() else { continue };
            match (holds, line == HELD) {
                (false, true) => holds = true,
                (false, false) => case.lines.push(line.to_owned()),
                (true, _) => case.held.push_str(&format!("{line}\n")),
            }
        }
        for case in &mut cases {
            case.held = tidy(&case.held);
            while case.lines.last().is_some_and(String::is_empty) {
                case.lines.pop();
            }
        }
        Self { path: path.to_owned(), cases }
    }

    /// Writes the file anew with these messages.
    pub fn write<'a>(&self, said: impl Iterator<Item = &'a String>) {
        let old = fs::read_to_string(&self.path).unwrap();
        let mut text: String =
            old.lines().take_while(|line| !line.starts_with("= ")).map(|line| format!("{line}\n")).collect();
        let mut said = said;
        for case in &self.cases {
            let message = said.next().unwrap();
            let lines = case.lines.join("\n");
            let gap = if lines.is_empty() { "" } else { "\n" };
            text.push_str(&format!("= {}\n{lines}{gap}{HELD}\n{message}\n", case.name));
        }
        fs::write(&self.path, text.trim_end().to_owned() + "\n").unwrap();
    }
}

impl Case {
    /// What a directive says, each time it stands there.
    pub fn given<'a>(&'a self, directive: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.lines.iter().filter_map(move |line| {
            if line == directive {
                return Some("");
            }
            line.strip_prefix(directive)?.strip_prefix(' ')
        })
    }

    /// Makes the mistake and gives what is said.
    pub fn said(&self) -> String {
        let project = Project::new();
        copy(&repository().join("tests/all/mistakes/shop"), project.root());
        let (mut command, mut within) = (format!("check {PIPELINE}"), String::new());
        let mut lines = self.lines.iter().map(|line| unfolded(line)).peekable();
        let marked = |lines: &mut std::iter::Peekable<_>, mark: char| -> String {
            let mut text = String::new();
            while let Some(line) = next_if(lines, mark) {
                text.push_str(line.strip_prefix(' ').unwrap_or(&line));
                text.push('\n');
            }
            text
        };
        while let Some(line) = lines.next() {
            let (directive, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match directive {
                "change" => {
                    let (old, new) = (marked(&mut lines, '<'), marked(&mut lines, '>'));
                    self.change(&project, rest, &old, &new);
                }
                "write" => project.write(rest, marked(&mut lines, '|')),
                "append" => {
                    let text = project.read(rest) + &marked(&mut lines, '|');
                    project.write(rest, text);
                }
                "encoded" => {
                    let (name, path) = rest.split_once(' ').unwrap();
                    let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
                    let text = marked(&mut lines, '|');
                    project.write(path, encoding.encode(&text).0);
                }
                "remove" => {
                    let path = project.path(rest);
                    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
                }
                "folder" => fs::create_dir_all(project.path(rest)).unwrap(),
                "link" => {
                    let (path, to) = rest.split_once(' ').unwrap();
                    std::os::unix::fs::symlink(to, project.path(path)).unwrap();
                }
                "run" => rest.clone_into(&mut command),
                "within" => rest.clone_into(&mut within),
                "at" | "helps" | "counts" | "warns" | "sound" | "#" | "" => {}
                other => panic!("{} / {}: `{other}` is no directive", self.area, self.name),
            }
        }
        let arguments: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        let outcome = match within.is_empty().then(|| in_process(&project, &arguments)).flatten() {
            Some(outcome) => outcome,
            None => project.run_in(Path::new(&within), &arguments),
        };
        undated(&tidy(&outcome.message()))
    }

    fn change(&self, project: &Project, path: &str, old: &str, new: &str) {
        let text = project.read(path);
        // A part of one line, or whole lines.
        let (old, new) = (old.trim_end_matches('\n'), new.trim_end_matches('\n'));
        let count = text.matches(old).count();
        assert_eq!(count, 1, "{} / {}: `{old}` is {count} times in {path}", self.area, self.name);
        project.write(path, text.replacen(old, new, 1));
    }
}

/// A message without the day on which the test runs.
fn undated(message: &str) -> String {
    const BEFORE: &str = "today is ";
    match message.split_once(BEFORE) {
        Some((start, rest)) if rest.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok()) => {
            format!("{start}{BEFORE}YYYY-MM-DD{}", rest.get(10..).unwrap_or_default())
        }
        _ => message.to_owned(),
    }
}

/// `check` of the shop's pipeline in this process, which reads the files inside the program once for all mistakes. None
/// for other commands.
fn in_process(project: &Project, arguments: &[&str]) -> Option<Outcome> {
    let [verb @ "check", path, ..] = arguments else { return None };
    // What lies beside a file that is not there is looked for where the program runs.
    if !project.path(path).is_file() {
        return None;
    }
    let whole = project.path(path).display().to_string();
    let rest = arguments.iter().skip(2).copied();
    let line = ["regulars", verb, whole.as_str()].into_iter().chain(rest);
    let cli = Cli::try_parse_from(line).ok()?;
    let console = Arc::new(Console::listening());
    let failure = command::execute(&cli, &console).err();
    if let Some(failure) = &failure {
        console.problems(&failure.problems);
    }
    let code = failure.map_or(0, |failure| i32::from(failure.kind.exit_code()));
    let Heard { out, err } = console.heard();
    // As it is where the command runs in the project's folder. Where words name a path, their lines break otherwise here.
    let root = project.root().display().to_string();
    let name = project.root().file_name()?.to_str()?;
    let names_it = |line: &str| line.contains(name) && !line.contains("╭─[");
    if out.lines().chain(err.lines()).any(names_it) {
        return None;
    }
    let err = err.replace(&format!("{root}/"), "");
    Some(Outcome { code: Some(code), out, err })
}

fn next_if(lines: &mut std::iter::Peekable<impl Iterator<Item = String>>, mark: char) -> Option<String> {
    lines.next_if(|line| line.starts_with(mark)).map(|line| line[1..].to_owned())
}

/// A line with its characters in place of their names.
fn unfolded(line: &str) -> String {
    let mut line = line.replace("{TAB}", "\t").replace("{BOM}", "\u{feff}").replace("{NUL}", "\0");
    line = line.replace("{CR}", "\r");
    while let Some((before, rest)) = line.split_once("{MANY ") {
        let (inner, after) = rest.split_once("}}").unwrap();
        let (count, text) = inner.split_once(' ').unwrap();
        line = format!("{before}{}{after}", text.repeat(count.parse().unwrap()));
    }
    line
}

/// A message without blanks at the ends of lines, which ends in one line end.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}
