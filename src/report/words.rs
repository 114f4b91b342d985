//! The words of a report: one flat map of dotted keys a language, with places for figures.
//!
//! A text may hold `{name}` (a figure or a name is put there), `{name?customer:customers}` (the first word where the
//! figure reads 1, else the second) and `[text](term)` (a link to the definition of a term). Everything else is text
//! and is escaped.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::ReportError;
use super::html::{Html, anchor, escape};

/// The names that any text of the page can be filled with: the period that is reported, the one before, the same a year
/// ago, and the days as of which figures of a day hold, now and then.
pub const OF_RUN: [&str; 6] =
    ["this_period", "period_before", "period_year_ago", "as_of_day", "as_of_before", "as_of_year_ago"];

/// The file of the page on data and method, beside the report's own page.
pub const METHOD_PAGE: &str = "method.html";

/// Where definitions and steps are, seen from the page that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// On no page: the report does without.
    #[default]
    Nowhere,
    /// On the page beside this one.
    Beside,
    /// On this page.
    Here,
}

impl Method {
    /// The address of a place of that page; none where there is no such page.
    pub fn at(self, place: &str) -> Option<String> {
        match self {
            Self::Nowhere => None,
            Self::Beside => Some(format!("{METHOD_PAGE}#{place}")),
            Self::Here => Some(format!("#{place}")),
        }
    }
}

/// The words of one language.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    map: &'a BTreeMap<String, String>,
    locale: &'a str,
    /// What fills any text: the names of [`OF_RUN`].
    of_run: Vec<Filling>,
    /// The terms that texts linked to so far.
    linked: RefCell<BTreeSet<String>>,
    /// Where their definitions are.
    method: Cell<Method>,
}

/// What is put in a placeholder: how it looks, and how it reads.
#[derive(Clone, Debug)]
pub struct Filling {
    /// The name of the placeholder.
    pub name: String,
    /// What is printed.
    pub html: Html,
    /// The same without markup.
    pub plain: String,
}

impl Filling {
    /// Plain text for a placeholder.
    pub fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), html: Html::text(text), plain: text.to_owned() }
    }
}

impl<'a> Words<'a> {
    /// The words of `locale`, which is named in errors.
    pub const fn new(map: &'a BTreeMap<String, String>, locale: &'a str, method: Method) -> Self {
        let linked = RefCell::new(BTreeSet::new());
        Self { map, locale, of_run: Vec::new(), linked, method: Cell::new(method) }
    }

    /// The same, with what fills any text: the periods and days of the run.
    #[must_use]
    pub fn of_run(self, of_run: Vec<Filling>) -> Self {
        Self { of_run, ..self }
    }

    /// Where definitions and steps are.
    pub fn method(&self) -> Method {
        self.method.get()
    }

    /// From here on, texts are for a page from which definitions and steps are elsewhere.
    pub fn set_method(&self, method: Method) {
        self.method.set(method);
    }

    /// Whether there is a text for the key.
    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The terms that texts linked to so far.
    pub fn linked(&self) -> BTreeSet<String> {
        self.linked.borrow().clone()
    }

    /// The terms that the text of a key links to; none where there is no such text.
    pub fn links(&self, key: &str) -> Vec<&'a str> {
        let text = self.map.get(key).map_or("", String::as_str);
        let term = |piece| match piece {
            Piece::Link { term, .. } => Some(term),
            Piece::Text(_) | Piece::Place { .. } => None,
        };
        pieces(text).into_iter().filter_map(term).collect()
    }

    /// The text of a key without its markup, for attributes and the console.
    ///
    /// # Errors
    /// A missing key, or a placeholder that nothing fills.
    pub fn plain(&self, key: &str, fillings: &[Filling]) -> Result<String, ReportError> {
        self.plain_of(key, self.raw(key)?, fillings)
    }

    /// A text from elsewhere without its markup; `key` names it in errors.
    ///
    /// # Errors
    /// A placeholder that nothing fills.
    pub fn plain_of(&self, key: &str, text: &str, fillings: &[Filling]) -> Result<String, ReportError> {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) | Piece::Link { text, .. } => out.push_str(text),
                Piece::Place { name, choice } => {
                    let filling = self.filling(key, name, fillings)?;
                    out.push_str(
                        choice.map_or(filling.plain.as_str(), |(one, other)| pick(filling, one, other)),
                    );
                }
            }
        }
        Ok(out)
    }

    /// The text of a key as markup, with links to definitions.
    ///
    /// # Errors
    /// A missing key, a placeholder that nothing fills, or a link to a term that has no definition.
    pub fn html(&self, key: &str, fillings: &[Filling]) -> Result<Html, ReportError> {
        self.html_of(key, self.raw(key)?, fillings)
    }

    /// A text from elsewhere as markup; `key` names it in errors.
    ///
    /// # Errors
    /// A placeholder that nothing fills, or a link to a term that has no definition.
    pub fn html_of(&self, key: &str, text: &str, fillings: &[Filling]) -> Result<Html, ReportError> {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(&escape(text)),
                Piece::Link { text, term } => out.push_str(self.term(text, term)?.as_str()),
                Piece::Place { name, choice } => {
                    let filling = self.filling(key, name, fillings)?;
                    match choice {
                        Some((one, other)) => out.push_str(&escape(pick(filling, one, other))),
                        None => out.push_str(filling.html.as_str()),
                    }
                }
            }
        }
        Ok(Html::markup(out))
    }

    /// A text that is no key, as markup.
    ///
    /// # Errors
    /// As [`Self::html`].
    pub fn filled(&self, text: &str, fillings: &[Filling]) -> Result<Html, ReportError> {
        self.html_of(text, text, fillings)
    }

    /// A text that is no key, without markup.
    ///
    /// # Errors
    /// As [`Self::plain`].
    pub fn filled_plain(&self, text: &str, fillings: &[Filling]) -> Result<String, ReportError> {
        self.plain_of(text, text, fillings)
    }

    /// A link to the definition of `term`, reading `text`; the definition also shows on hover. Without a page of
    /// definitions, it only does that.
    ///
    /// # Errors
    /// A term without a definition.
    pub fn term(&self, text: &str, term: &str) -> Result<Html, ReportError> {
        let definition = self.plain(&format!("terms.{term}.definition"), &[])?;
        self.linked.borrow_mut().insert(term.to_owned());
        let (title, text) = (escape(&definition), escape(text));
        Ok(Html::markup(match self.method().at(&format!("term-{}", anchor(term))) {
            Some(href) => format!("<a class=\"term\" href=\"{href}\" title=\"{title}\">{text}</a>"),
            None => format!("<span class=\"term\" tabindex=\"0\" title=\"{title}\">{text}</span>"),
        }))
    }

    /// The text of a key as it is written.
    ///
    /// # Errors
    /// A missing key.
    pub fn raw(&self, key: &str) -> Result<&'a str, ReportError> {
        self.map.get(key).map(String::as_str).ok_or_else(|| ReportError {
            what: format!("reports/words/{}.yaml has no text for {key}", self.locale),
            help: format!("add {key} there; the shipped file of that name has it"),
            at: None,
        })
    }

    fn filling<'f>(
        &'f self,
        key: &str,
        name: &str,
        fillings: &'f [Filling],
    ) -> Result<&'f Filling, ReportError> {
        // A figure of the text itself goes before one of the run.
        let filling = fillings.iter().chain(&self.of_run).find(|filling| filling.name == name);
        filling.ok_or_else(|| ReportError {
            what: format!(
                "reports/words/{}.yaml: {key} asks for {{{name}}}, which is not among its figures",
                self.locale
            ),
            help: match fillings {
                [] => "this text has no figures: remove the placeholder".to_owned(),
                some => format!("its figures are {}", list(some)),
            },
            at: None,
        })
    }
}

fn list(fillings: &[Filling]) -> String {
    fillings.iter().map(|filling| format!("{{{}}}", filling.name)).collect::<Vec<_>>().join(", ")
}

fn pick<'a>(filling: &Filling, one: &'a str, other: &'a str) -> &'a str {
    if filling.plain == "1" { one } else { other }
}

enum Piece<'a> {
    Text(&'a str),
    Place { name: &'a str, choice: Option<(&'a str, &'a str)> },
    Link { text: &'a str, term: &'a str },
}

/// Splits a text at its placeholders and links; what only looks like one stays text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[']) {
        let (before, from) = rest.split_at(at);
        let parsed = if from.starts_with('{') { place(from) } else { link(from) };
        if let Some((piece, after)) = parsed {
            found.push(Piece::Text(before));
            found.push(piece);
            rest = after;
        } else {
            let (kept, after) = rest.split_at(at + 1);
            found.push(Piece::Text(kept));
            rest = after;
        }
    }
    found.push(Piece::Text(rest));
    found
}

fn place(from: &str) -> Option<(Piece<'_>, &str)> {
    let (inside, after) = from.strip_prefix('{')?.split_once('}')?;
    let (name, choice) = match inside.split_once('?') {
        Some((name, words)) => (name, Some(words.split_once(':')?)),
        None => (inside, None),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((Piece::Place { name, choice }, after))
}

fn link(from: &str) -> Option<(Piece<'_>, &str)> {
    let (text, after) = from.strip_prefix('[')?.split_once("](")?;
    let (term, after) = after.split_once(')')?;
    Some((Piece::Link { text, term }, after))
}

/// The key of a text in a group of them: `segments.name` and `loyal` make `segments.name.loyal`; of a group with a star, the
/// star stands for the name: `findings.rules.*.title`.
pub fn in_group(group: &str, name: &str) -> String {
    match group.split_once('*') {
        Some((before, after)) => format!("{before}{name}{after}"),
        None => format!("{group}.{name}"),
    }
}

/// The names of the placeholders of a text, sorted, each once.
pub fn placeholders(text: &str) -> Vec<String> {
    let mut names: Vec<String> = pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Place { name, .. } => Some(name.to_owned()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn figures_choices_and_terms_are_put_in_place() {
        let map = map(&[
            ("a", "{n} {n?customer:customers} of [the top fifth](top20) <b>"),
            ("terms.top20.name", "Top fifth"),
            ("terms.top20.definition", "The best 20 % by \"revenue\""),
        ]);
        let words = Words::new(&map, "en", Method::Beside);
        let one = words.html("a", &[Filling::text("n", "1")]).map(|html| html.as_str().to_owned());
        assert_eq!(
            one.ok().as_deref(),
            Some(
                "1 customer of <a class=\"term\" href=\"method.html#term-top20\" \
                 title=\"The best 20 % by &quot;revenue&quot;\">the top fifth</a> &lt;b&gt;"
            )
        );
        let two = words.plain("a", &[Filling::text("n", "<2>")]);
        assert_eq!(two.ok().as_deref(), Some("<2> customers of the top fifth <b>"));
        assert!(words.linked().iter().eq(["top20"]));
        assert_eq!(words.links("a"), ["top20"]);
        words.set_method(Method::Here);
        assert!(words.term("it", "top20").is_ok_and(|link| link.as_str().contains("href=\"#term-top20\"")));
        words.set_method(Method::Nowhere);
        assert!(words.term("it", "top20").is_ok_and(|link| !link.as_str().contains("href")));
    }

    #[test]
    fn a_missing_key_and_a_missing_figure_are_named() {
        let map = map(&[("a", "{n} and {m}")]);
        let words = Words::new(&map, "en", Method::Nowhere);
        let missing = words.html("b.c", &[]).map_err(|error| error.what);
        assert_eq!(missing, Err("reports/words/en.yaml has no text for b.c".to_owned()));
        let unfilled = words.plain("a", &[Filling::text("n", "1")]);
        let unfilled = unfilled.map_err(|error| (error.what, error.help));
        let what = "reports/words/en.yaml: a asks for {m}, which is not among its figures".to_owned();
        assert_eq!(unfilled, Err((what, "its figures are {n}".to_owned())));
    }

    #[test]
    fn what_only_looks_like_a_placeholder_stays() {
        assert_eq!(placeholders("{a} {b?x:y} {not a name} [no link] { {a}"), ["a", "b"]);
    }
}
