//! The kinds of charts that a section can ask for, in one list: what each is for, what it asks for, how it is drawn.
//!
//! [`crate::chart`] draws: it knows shapes and no tables. Here the columns of a table become such shapes. A kind is a
//! [`Chart`], with its name in [`CHARTS`]; the messages of `check`, and the tables of settings in the manual, are made of
//! that.

mod bars;
mod curves;
mod input;
mod kind;
mod lines;
mod maps;
pub mod numbers;
mod pivot;
mod settings;
mod spread;
mod steps;

pub use bars::BRACKET;
pub use input::{Drawn, Input};
pub use kind::Chart;
pub use numbers::{figures, series};
pub use settings::{FIGURES, Setting, Settings, Takes, listed};

/// All kinds, in the order of the manual.
pub static CHARTS: [&Chart; 17] = [
    &numbers::NUMBERS,
    &bars::BARS,
    &bars::GROUPED,
    &bars::STACKED,
    &lines::LINE,
    &lines::AREA_BAND,
    &lines::COMBO,
    &lines::MULTIPLES,
    &maps::HEAT,
    &maps::MATRIX,
    &maps::SANKEY,
    &spread::HISTOGRAM,
    &curves::LORENZ,
    &spread::SCATTER,
    &steps::WATERFALL,
    &steps::FUNNEL,
    &steps::PYRAMID,
];

/// The kind of a name.
pub fn of(name: &str) -> Option<&'static Chart> {
    CHARTS.into_iter().find(|chart| chart.name == name)
}

/// The tables of settings of all kinds, for the manual.
pub fn reference() -> String {
    let mut out = String::new();
    for chart in CHARTS {
        out.push_str(&format!("#### Settings of `{}`\n\n{}.\n\n", chart.name, chart.purpose));
        out.push_str("| setting | takes | meaning |\n| --- | --- | --- |\n");
        for setting in chart.settings {
            let takes = match setting.takes {
                Takes::Column([]) => "a column".to_owned(),
                Takes::Column(kinds) => format!("a column of {}", listed(kinds)),
                Takes::Columns { kinds, most } => format!("up to {most} columns of {}", listed(kinds)),
                Takes::Table => "a table".to_owned(),
                Takes::Word(words) => {
                    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
                }
                Takes::Flag => "`true` or `false`".to_owned(),
                Takes::Number { least, most } => format!("a whole number, {least} to {most}"),
                Takes::Text => "a text, or a key of the words file".to_owned(),
            };
            let name = if setting.required {
                format!("**`{}`**", setting.name)
            } else {
                format!("`{}`", setting.name)
            };
            out.push_str(&format!("| {name} | {takes} | {} |\n", setting.meaning));
        }
        out.push('\n');
    }
    out
}
