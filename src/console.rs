//! The terminal: words on standard error, data on standard output, colour and progress only where a person looks on.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::problem::Problem;
use crate::run::Watch;
use crate::visible::visible;

const SPINNER: &str = "{spinner} {msg}";
const BAR: &str = "{bar:30} {pos}/{len} {msg}";

/// How the program speaks.
pub struct Console {
    colour: bool,
    bar: Option<ProgressBar>,
    /// What was said and printed, where a test listens in place of a terminal.
    heard: Option<Mutex<Heard>>,
}

/// What a program said, as it would stand on its two outputs.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// A console for this process. `NO_COLOR` and a standard error that is no terminal are heeded.
    pub fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let bar = terminal.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template(SPINNER) {
                bar.set_style(style);
            }
            bar
        });
        Self { colour, bar, heard: None }
    }

    /// A console whose words are kept, and go nowhere else.
    pub fn listening() -> Self {
        Self { colour: false, bar: None, heard: Some(Mutex::default()) }
    }

    /// What was said on a console that is listened to.
    pub fn heard(&self) -> Heard {
        let heard = self.heard.as_ref();
        heard.map(|heard| heard.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// Keeps a line where a test listens.
    fn kept(&self, line: &str, of: impl Fn(&mut Heard) -> &mut String) -> bool {
        let Some(heard) = &self.heard else { return false };
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        let text = of(&mut heard);
        text.push_str(line);
        text.push('\n');
        true
    }

    /// A line of words. File names and values in it cannot affect the terminal.
    pub fn say(&self, line: &str) {
        self.draw(&visible(line));
    }

    /// What was made for a terminal, with colours of its own.
    fn draw(&self, text: &str) {
        if self.kept(text, |heard| &mut heard.err) {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| write_line(&mut std::io::stderr(), text)),
            None => write_line(&mut std::io::stderr(), text),
        }
    }

    /// A line of data.
    pub fn print(&self, line: &str) {
        let line = visible(line);
        if self.kept(&line, |heard| &mut heard.out) {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| write_line(&mut std::io::stdout(), &line)),
            None => write_line(&mut std::io::stdout(), &line),
        }
    }

    /// All problems, each with its place and help.
    pub fn problems(&self, problems: &[Problem]) {
        self.rest();
        for problem in problems {
            self.draw(problem.render(self.colour).trim_end());
        }
    }

    /// What goes on now, for a person who looks on.
    pub fn shows(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.enable_steady_tick(Duration::from_millis(100));
            bar.set_message(visible(what).into_owned());
        }
    }

    /// Ends the display of what goes on.
    pub fn rest(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// If the other end of a pipe is gone, nobody reads: a failure to write is not one of the program.
fn write_line(out: &mut dyn Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

impl Watch for Console {
    fn expects(&self, count: usize) {
        if let (Some(bar), Ok(style)) = (&self.bar, ProgressStyle::with_template(BAR)) {
            bar.reset();
            bar.set_style(style);
            bar.set_length(count as u64);
        }
    }

    fn begins(&self, what: &str) {
        self.shows(what);
    }

    fn ended(&self, what: &str, result: &str, took: Duration) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        self.say(&format!("{what:<26} {result:<46} {:>7.2} s", took.as_secs_f64()));
    }

    fn tells(&self, line: &str) {
        self.say(&format!("    {line}"));
    }

    fn warns(&self, problem: &Problem) {
        self.draw(problem.render(self.colour).trim_end());
    }
}
