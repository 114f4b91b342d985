//! The only way to report anything to a user: what is wrong, where, and what to do about it.
//!
//! A [`Problem`] is data. Only here it becomes text for a terminal. So all messages have one form, and a test can
//! compare whole messages. [`Failure`] gathers the problems that ended a command with the exit code they mean.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan};

use crate::visible::visible;

mod excerpt;

use excerpt::Excerpt;

/// A text that places point into: a pipeline file, a SQL file.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The name shown to the user: a path relative to the project where possible.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A stretch of a [`SourceText`], in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub source: Arc<SourceText>,
    /// The bytes meant; may be empty, for a point.
    pub span: Range<usize>,
    /// A word beside the caret, such as "declared here".
    pub label: String,
}

impl Place {
    /// A place without a label. A span beyond the text is drawn in to its end.
    pub fn new(source: &Arc<SourceText>, span: Range<usize>) -> Self {
        let end = span.end.min(source.text.len());
        Self { source: Arc::clone(source), span: span.start.min(end)..end, label: String::new() }
    }
}

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The command goes on; the report repeats it.
    Warning,
    /// The command cannot do what was asked.
    Error,
}

/// Something a user should know: what, where, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, as a sentence without its full stop.
    pub what: String,
    /// Where, if it lies in a file of the user's.
    pub place: Option<Place>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// An error without a place.
    pub fn new(what: impl Into<String>) -> Self {
        Self { severity: Severity::Error, what: what.into(), place: None, help: None }
    }

    /// A warning without a place.
    pub fn warning(what: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(what) }
    }

    /// The same problem with its place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same problem with its remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same problem, with the remedy if there is one.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        if help.is_some() {
            self.help = help;
        }
        self
    }

    /// The message for a terminal, with file, line, column and caret. `colour` adds ANSI colours; without it the
    /// text is plain and the same on every machine.
    pub fn render(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut text = String::new();
        let drawn = GraphicalReportHandler::new_themed(theme)
            .with_width(100)
            .with_context_lines(1)
            .with_links(false)
            .render_report(&mut text, &Diagnostic::of(self));
        if drawn.is_err() {
            text = visible(&self.what).into_owned();
        }
        text
    }
}

/// Adapts a [`Problem`] to the library that draws it.
struct Diagnostic<'a> {
    problem: &'a Problem,
    what: Cow<'a, str>,
    help: Option<Cow<'a, str>>,
    excerpt: Option<Excerpt>,
}

impl<'a> Diagnostic<'a> {
    fn of(problem: &'a Problem) -> Self {
        Self {
            problem,
            what: visible(&problem.what),
            help: problem.help.as_deref().map(visible),
            excerpt: problem.place.as_ref().map(Excerpt::of),
        }
    }
}

impl fmt::Debug for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl fmt::Display for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Diagnostic<'_> {}

impl miette::Diagnostic for Diagnostic<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let label = if excerpt.label.is_empty() { None } else { Some(excerpt.label.clone()) };
        let span = LabeledSpan::new(label, excerpt.span.start, excerpt.span.len());
        Some(Box::new(std::iter::once(span)))
    }
}

/// Why a command ended without doing its work. The exit codes are part of the product's interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// A data check failed; nothing was published.
    Check,
    /// The command line or a file of the project is wrong.
    Configuration,
    /// Data or environment: the run could not be done.
    Run,
    /// Another run holds the lock.
    Locked,
    /// A signal ended the run; its number.
    Interrupted(i32),
}

impl FailureKind {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Check => 1,
            Self::Configuration => 2,
            Self::Run => 3,
            Self::Locked => 5,
            Self::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }
}

/// The end of a command that could not do its work.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What kind of end, and so which exit code.
    pub kind: FailureKind,
    /// All that was found, in the order in which a user should read it.
    pub problems: Vec<Problem>,
}

impl Failure {
    /// A mistake in usage or configuration.
    pub fn configuration(problem: Problem) -> Self {
        Self { kind: FailureKind::Configuration, problems: vec![problem] }
    }

    /// Trouble with data or environment.
    pub fn run(problem: Problem) -> Self {
        Self { kind: FailureKind::Run, problems: vec![problem] }
    }
}

/// The known word closest to what was written, for "did you mean".
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(written, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.chars().count() / 4)
        // Of a short word as much stays the same as changes: `pie` is not meant by `line`.
        .filter(|(distance, word)| distance * 2 < written.chars().count().max(word.chars().count()))
        .min_by_key(|(distance, word)| (*distance, *word))
        .map(|(_, word)| word)
}

/// Most names that a message lists.
const MOST_LISTED: usize = 10;

/// "did you mean `x`?" for the closest known word, or a list of them where none is close: at most ten, the nearest first.
pub fn suggestion<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    if let Some((wide, plain)) = full_width(written) {
        return Some(format!("`{wide}` is part of the name: write `{plain}`"));
    }
    if let Some(word) = known.iter().find(|word| word.eq_ignore_ascii_case(written)) {
        return Some(format!("did you mean `{word}`?"));
    }
    if let Some(word) = closest(written, known.iter().copied()) {
        return Some(format!("did you mean `{word}`?"));
    }
    let more = known.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        known.sort_by_key(|word| strsim::damerau_levenshtein(written, word));
        known.truncate(MOST_LISTED);
    }
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    (!known.is_empty()).then(|| format!("known here: {}{more}", known.join(", ")))
}

/// The first sign of a text that a Chinese keyboard writes in place of one of ASCII, and that one.
pub fn full_width(text: &str) -> Option<(char, char)> {
    const SIGNS: [(char, char); 16] = [
        ('，', ','),
        ('：', ':'),
        ('；', ';'),
        ('（', '('),
        ('）', ')'),
        ('＝', '='),
        ('＜', '<'),
        ('＞', '>'),
        ('“', '"'),
        ('”', '"'),
        ('‘', '\''),
        ('’', '\''),
        ('＋', '+'),
        ('－', '-'),
        ('＊', '*'),
        ('／', '/'),
    ];
    text.chars().find_map(|letter| SIGNS.iter().find(|(wide, _)| *wide == letter).copied())
}

/// A count with its noun: "1 row", "2,000 rows".
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(count))
}

/// A count with thousands separators.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
