//! What a template is given: sentences, pictures and tables, finished but for their place on the page.

use std::collections::BTreeMap;

use super::facts;
use super::html::{Html, anchor, relative};
use minijinja::{Value, context};

/// What templates see of a struct: its fields by name.
macro_rules! seen_by_templates {
    ($view:ident { $($field:ident),+ $(,)? }) => {
        impl From<$view> for minijinja::Value {
            fn from(view: $view) -> Self {
                minijinja::context! { $($field => view.$field),+ }
            }
        }
    };
}
pub(super) use seen_by_templates;

seen_by_templates!(Source { step, title, href });
seen_by_templates!(Picture { svg, caption, source, note, download });
seen_by_templates!(Download { href, name, format });
seen_by_templates!(TableView { caption, source, columns, rows, pale, total, note });
seen_by_templates!(Column { label, numeric });
seen_by_templates!(Cell { html, class, id, value });
seen_by_templates!(Card { label, value, changes, sparkline, beside, source });
seen_by_templates!(Change { text, tone, arrow, usual });

impl From<Section> for Value {
    fn from(section: Section) -> Self {
        context! {
            anchor => anchor(&section.id),
            label => section.label,
            template => section.template,
            question => section.question,
            answer => section.answer,
            notes => section.notes,
            pictures => by_name(section.pictures),
            tables => by_name(section.tables),
            definition => section.definition,
            extra => by_name(section.extra),
            parts => section.parts,
        }
    }
}

fn by_name<K: Into<String> + Ord, T: Into<Value>>(parts: BTreeMap<K, T>) -> Value {
    let parts: BTreeMap<String, Value> =
        parts.into_iter().map(|(name, part)| (name.into(), part.into())).collect();
    Value::from_object(parts)
}

/// One section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name, which is also its anchor.
    pub id: String,
    /// Its name in the table of contents.
    pub label: String,
    /// The template below `reports/` that lays it out.
    pub template: String,
    /// What it answers.
    pub question: Html,
    /// The answer, in one sentence.
    pub answer: Html,
    /// Further sentences below the answer.
    pub notes: Vec<Html>,
    /// Pictures by name.
    pub pictures: BTreeMap<String, Picture>,
    /// Tables by name.
    pub tables: BTreeMap<String, TableView>,
    /// How the section's figures are defined.
    pub definition: Vec<Html>,
    /// What only this section has.
    pub extra: BTreeMap<&'static str, Value>,
    /// What stands below answer and notes, in order: of sections that are data.
    pub parts: Vec<Value>,
}

impl Section {
    /// A section with nothing but its answer.
    pub fn new(id: &str, label: String, question: Html, answer: Html) -> Self {
        Self {
            id: id.to_owned(),
            label,
            template: format!("sections/{id}.html"),
            question,
            answer,
            notes: Vec::new(),
            pictures: BTreeMap::new(),
            tables: BTreeMap::new(),
            definition: Vec::new(),
            extra: BTreeMap::new(),
            parts: Vec::new(),
        }
    }
}

/// Where a figure comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The step.
    pub step: String,
    /// The step and its query, for the hover text.
    pub title: String,
    /// The link to the step's row in "data and method"; none where the page has no such row.
    pub href: Option<String>,
}

/// A chart with its caption.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The `<svg>` element.
    pub svg: Html,
    /// What it shows.
    pub caption: Html,
    /// The step that made its figures.
    pub source: Source,
    /// A remark below it.
    pub note: Option<Html>,
    /// The file with its data.
    pub download: Option<Download>,
}

/// A file of the downloads.
#[derive(Clone, Debug)]
pub struct Download {
    /// Its address, relative to the page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Its format: `CSV`.
    pub format: String,
}

impl Download {
    /// A file, for a template.
    pub fn of(file: &facts::Download) -> Self {
        Self { href: relative(&file.path), name: file.name().to_owned(), format: file.format.to_uppercase() }
    }
}

/// A table of text.
#[derive(Clone, Debug)]
pub struct TableView {
    /// What it lists.
    pub caption: Html,
    /// The step that made its figures.
    pub source: Option<Source>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// Which rows are pale; none where this is empty.
    pub pale: Vec<bool>,
    /// Whether the last row sums the others.
    pub total: bool,
    /// A remark below the table.
    pub note: Option<Html>,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub label: Html,
    /// Whether it holds figures, which are set to the right.
    pub numeric: bool,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What it says.
    pub html: Html,
    /// Its class, or empty.
    pub class: &'static str,
    /// The anchor of its row, where it heads one that others link to.
    pub id: Option<String>,
    /// What it is sorted by, where that cannot be read off its text, such as a date.
    pub value: Option<String>,
}

impl Cell {
    /// A cell of plain text, escaped.
    pub fn text(text: &str) -> Self {
        Self::html(Html::text(text))
    }

    /// A cell of markup.
    pub const fn html(html: Html) -> Self {
        Self { html, class: "", id: None, value: None }
    }

    /// The same cell with what it is sorted by.
    #[must_use]
    pub fn with_value(self, value: String) -> Self {
        Self { value: Some(value), ..self }
    }

    /// The same cell with a class.
    #[must_use]
    pub fn with_class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }
}

/// A card of the headline.
#[derive(Clone, Debug)]
pub struct Card {
    /// What is measured.
    pub label: Html,
    /// The figure with its unit.
    pub value: Html,
    /// Changes: against before, against a year ago.
    pub changes: Vec<Change>,
    /// The last periods as a line, where there are enough.
    pub sparkline: Option<Html>,
    /// What the points of the line are, where they are not periods as the figure is.
    pub beside: Option<Html>,
    /// The step that made it.
    pub source: Source,
}

/// A change on a card.
#[derive(Clone, Debug)]
pub struct Change {
    /// The change, and what it is measured against.
    pub text: Html,
    /// `good`, `bad` or `neutral`.
    pub tone: &'static str,
    /// `▲`, `▼`, or empty where nothing changed.
    pub arrow: &'static str,
    /// Between which ends such a change usually lies, where that is known.
    pub usual: Option<Html>,
}
