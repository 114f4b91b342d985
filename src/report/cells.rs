//! What columns are called, and what they mean, as it is declared.

use crate::tables;

use super::ReportError;
use super::context::RenderContext;
use super::html::{Html, escape};
use super::words::Filling;

/// A column of a table, with what is declared of it.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    name: &'a str,
    declared: Option<&'a tables::Column>,
}

impl<'a> Shown<'a> {
    /// A column by its name, and by what is declared of it.
    pub const fn of(name: &'a str, declared: Option<&'a tables::Column>) -> Self {
        Self { name, declared }
    }

    /// A column as it is declared, whatever a table of the run holds.
    pub fn declared(column: &'a tables::Column) -> Self {
        Self::of(&column.name, Some(column))
    }

    /// Its name for readers, with links to definitions.
    ///
    /// # Errors
    /// A text of the words file that asks for a figure.
    pub fn label(&self, context: &RenderContext<'_>) -> Result<Html, ReportError> {
        // Definitions are in that section.
        if !context.facts.sections.iter().any(|section| section == "method") {
            return Ok(Html::text(&self.name(context)));
        }
        if let Some((title, number)) = self.title(context) {
            // An analyst's name that only seems to have figures or links stays a name.
            return Ok(context
                .words
                .html_of(self.name, title, &number)
                .unwrap_or_else(|_| Html::text(title)));
        }
        let key = format!("columns.{}", self.name);
        if context.words.has(&key) { context.say(&key, &[]) } else { Ok(Html::text(&self.name(context))) }
    }

    /// Its name for readers, as text.
    pub fn name(&self, context: &RenderContext<'_>) -> String {
        match self.title(context) {
            Some((title, number)) => {
                context.words.plain_of(self.name, title, &number).unwrap_or_else(|_| title.to_owned())
            }
            None => context.name("columns", self.name),
        }
    }

    /// The name that the table itself declares, and the number that it may ask for.
    fn title(&self, context: &RenderContext<'_>) -> Option<(&'a str, [Filling; 1])> {
        let column = self.declared.filter(|column| !column.shared)?;
        let title = column.title.as_ref()?.of(context.format.locale().tag());
        // The column of all numbers is that of n.
        let number = column.number(self.name).filter(|number| !number.is_empty());
        Some((title, [Filling::text("n", number.unwrap_or("n"))]))
    }

    /// What it means as text without markup; none where nobody said.
    pub fn meaning_text(&self, context: &RenderContext<'_>) -> Option<String> {
        let meaning = self.declared?.meaning.as_ref()?;
        Some(meaning.of(context.format.locale().tag()).replace('`', ""))
    }

    /// What it means; none where nobody said.
    pub fn meaning(&self, context: &RenderContext<'_>) -> Option<Html> {
        let meaning = self.declared?.meaning.as_ref()?;
        Some(Html::markup(with_code(meaning.of(context.format.locale().tag()))))
    }
}

/// Text; what stands between backticks is code.
fn with_code(text: &str) -> String {
    let mut out = String::new();
    for (number, piece) in text.split('`').enumerate() {
        let piece = escape(piece);
        if number % 2 == 1 {
            out.push_str("<code>");
            out.push_str(&piece);
            out.push_str("</code>");
        } else {
            out.push_str(&piece);
        }
    }
    out
}
