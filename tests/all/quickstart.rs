//! The page for new users, done as it says: each file is written, each command run, each output compared.
//!
//! How the page is read:
//! - A block of `sh` is run line by line. If the message below it begins with `×`, the command must fail, else it must do
//!   its work.
//! - A block of `text` is what the last command said, or what is in the file that is named before it. Lines must stand there in
//!   this order. A line `…` leaves lines out, and `…` within a line a part of it. Seconds at the end of a line do not count.
//! - Any other block is a file, named before it. YAML without a name takes the place of its sections in the pipeline.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Project, repository};

const PIPELINE: &str = "pipelines/sales.yaml";

/// A fenced block of the page.
struct Block {
    language: String,
    text: String,
    /// The file that is named at the end of the paragraph before it.
    file: Option<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                before = line;
            }
            continue;
        };
        let text: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        let file = before.strip_suffix("`:").and_then(|before| before.rsplit_once('`'));
        let file = file.map(|(_, file)| file.to_owned());
        blocks.push(Block { language: language.to_owned(), text, file });
        before = "";
    }
    blocks
}

/// The pipeline with the sections of a fragment in place of its own.
fn with_sections(pipeline: &str, fragment: &str) -> String {
    let mut whole = sections(pipeline);
    for (name, text) in sections(fragment) {
        match whole.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = text,
            None => whole.push((name, text)),
        }
    }
    whole.into_iter().map(|(_, text)| text).collect()
}

/// The sections at the top of a pipeline file, by their names.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let begins = line.starts_with(|first: char| first.is_ascii_lowercase());
        if begins || sections.is_empty() {
            let name = line.split(':').next().unwrap_or_default();
            sections.push((name.to_owned(), String::new()));
        }
        let (_, section) = sections.last_mut().unwrap();
        section.push_str(line);
        section.push('\n');
    }
    sections
}

/// A line without the seconds at its end.
fn settled(line: &str) -> &str {
    let line = line.trim();
    let timed = line.strip_suffix(" s").and_then(|line| line.rsplit_once(' '));
    match timed {
        Some((rest, seconds)) if seconds.parse::<f64>().is_ok() => rest.trim_end(),
        _ => line,
    }
}

/// Whether a line is as the page has it, where `…` is any part of it.
fn alike(printed: &str, line: &str) -> bool {
    match printed.trim().split_once('…') {
        None => settled(line) == settled(printed),
        Some((begins, ends)) => {
            let rest = settled(line).strip_prefix(begins);
            rest.is_some_and(|rest| rest.ends_with(ends))
        }
    }
}

/// The first line of the page's output that is not where it should be.
fn missing<'a>(printed: &'a str, said: &str) -> Option<&'a str> {
    let said: Vec<&str> = said.trim_start_matches('\u{feff}').lines().collect();
    let mut rest = &said[..];
    let mut anywhere = true;
    for line in printed.lines() {
        if line.trim() == "…" {
            anywhere = true;
            continue;
        }
        let reach = if anywhere { rest.len() } else { rest.len().min(1) };
        let Some(at) = rest[..reach].iter().position(|candidate| alike(line, candidate)) else {
            return Some(line);
        };
        rest = &rest[at + 1..];
        anywhere = false;
    }
    None
}

fn within(folder: &Path, file: &str) -> String {
    folder.join(file).display().to_string()
}

#[test]
fn the_quickstart_works_as_it_is_written() {
    let page = fs::read_to_string(repository().join("docs/quickstart.md")).unwrap();
    let blocks = blocks(&page);
    let project = Project::new();
    let mut folder = PathBuf::new();
    let mut said = String::new();
    let mut compared = 0;
    for (number, block) in blocks.iter().enumerate() {
        match block.language.as_str() {
            "sh" => {
                for line in block.text.lines() {
                    let words: Vec<&str> = line.split(' ').collect();
                    match words[..] {
                        ["cd", to] => folder.push(to),
                        ["mkdir", name] => fs::create_dir(project.path(&within(&folder, name))).unwrap(),
                        ["regulars", ref arguments @ ..] => {
                            let outcome = project.run_in(&folder, arguments);
                            let fails = blocks
                                .get(number + 1)
                                .is_some_and(|next| next.text.trim_start().starts_with('×'));
                            assert_eq!(
                                outcome.code != Some(0),
                                fails,
                                "{line}\n{}{}",
                                outcome.out,
                                outcome.err
                            );
                            said = format!("{}{}", outcome.err, outcome.out);
                        }
                        _ => panic!("the test cannot do `{line}`"),
                    }
                }
            }
            "text" => {
                if let Some(file) = &block.file {
                    said = project.read(&within(&folder, file));
                }
                if let Some(line) = missing(&block.text, &said) {
                    panic!("the page has, and the program has not:\n{line}\nin\n{said}");
                }
                compared += 1;
            }
            "yaml" if !block.text.starts_with("name:") => {
                let pipeline = project.read(&within(&folder, PIPELINE));
                project.write(&within(&folder, PIPELINE), with_sections(&pipeline, &block.text));
            }
            _ => {
                let file = block.file.as_deref().expect("a file's name before its text");
                project.write(&within(&folder, file), &block.text);
            }
        }
    }
    assert!(compared > 10, "{compared} outputs on the page");
}
