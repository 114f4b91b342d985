//! What the list of all reports, and the feed, say of a report: its title and its headline figures. It lies beside the page
//! as [`SUMMARY`], so that neither has to read the page again.

use serde::{Deserialize, Serialize};

/// The file beside the page.
pub const SUMMARY: &str = "summary.json";

/// A report in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The report's title.
    pub title: String,
    /// Whose customers they are, where the pipeline says so.
    pub firm: Option<String>,
    /// The language of the texts: `en` or `zh-CN`.
    pub locale: String,
    /// Whether the list of all reports has it. Older reports do not say so: these are listed.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub listed: bool,
    /// The headline figures, in the page's order.
    pub figures: Vec<HeadlineFigure>,
}

impl Default for Summary {
    fn default() -> Self {
        Self { title: String::new(), firm: None, locale: String::new(), listed: true, figures: Vec::new() }
    }
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands it over so.
fn is_yes(listed: &bool) -> bool {
    *listed
}

/// One headline figure as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeadlineFigure {
    /// What is measured, as a key: the same in all languages.
    pub figure: String,
    /// Its name.
    pub label: String,
    /// Its value with unit.
    pub value: String,
    /// Its change against the period before, or empty where history does not reach.
    pub change: String,
    /// The value as a number, in the report's currency, a share or a count. None where there is none.
    pub number: Option<f64>,
}

impl Summary {
    /// As it is written beside the page.
    ///
    /// # Errors
    /// Never for a summary made by a report: its texts and numbers can all be written.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// What lies beside a page; `None` if it is not one of these: an older report has none.
    #[must_use]
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
