//! How cells of the workbook look: one format of numbers for each kind of column.

use arrow::datatypes::DataType;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::tables::ColumnKind;

/// The colour of headings' ground.
pub(super) const WASH: Color = Color::RGB(0x00E8_EFF6);
/// The colour of what is less important.
pub(super) const SOFT: Color = Color::RGB(0x0055_5E68);
/// The colour of lines, as on the page.
pub(super) const BLUE: Color = Color::RGB(0x002F_78B7);

/// How a cell looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    Head,
    /// The head of a column of figures.
    HeadOfFigures,
    Money,
    Estimate,
    MoneyChange,
    Share,
    /// A relative change, or a difference of shares.
    Change,
    Count,
    /// A count with parts of one, as of a sample.
    Parts,
    CountChange,
    Number,
    Date,
    Month,
    Instant,
    Flag,
    Text,
}

impl Look {
    /// All of them.
    pub(super) const ALL: [Self; 16] = [
        Self::Head,
        Self::HeadOfFigures,
        Self::Money,
        Self::Estimate,
        Self::MoneyChange,
        Self::Share,
        Self::Change,
        Self::Count,
        Self::Parts,
        Self::CountChange,
        Self::Number,
        Self::Date,
        Self::Month,
        Self::Instant,
        Self::Flag,
        Self::Text,
    ];

    /// The look of a kind of column.
    pub(super) fn of(kind: ColumnKind, found: &DataType) -> Self {
        match kind {
            ColumnKind::Money => Self::Money,
            ColumnKind::Estimate => Self::Estimate,
            ColumnKind::MoneyChange => Self::MoneyChange,
            ColumnKind::Share => Self::Share,
            ColumnKind::Points | ColumnKind::Growth => Self::Change,
            ColumnKind::Count | ColumnKind::Days if is_whole(found) => Self::Count,
            ColumnKind::Count | ColumnKind::Days => Self::Parts,
            ColumnKind::CountChange => Self::CountChange,
            ColumnKind::Number => Self::Number,
            ColumnKind::Date => Self::Date,
            ColumnKind::Month => Self::Month,
            ColumnKind::Instant => Self::Instant,
            ColumnKind::Flag => Self::Flag,
            ColumnKind::Customer | ColumnKind::Word | ColumnKind::Text => Self::Text,
        }
    }

    /// Whether its cells hold figures.
    pub(super) const fn is_figure(self) -> bool {
        !matches!(
            self,
            Self::Head
                | Self::HeadOfFigures
                | Self::Date
                | Self::Month
                | Self::Instant
                | Self::Flag
                | Self::Text
        )
    }

    /// How numbers are written, with so many decimals of money.
    pub(super) fn numbers(self, minor: u32) -> String {
        let money = grouped(minor);
        match self {
            Self::Head | Self::HeadOfFigures | Self::Number | Self::Flag | Self::Text => "General".to_owned(),
            Self::Money => money,
            Self::MoneyChange => signed(&money),
            Self::Estimate | Self::Count => grouped(0),
            Self::Parts => grouped(1),
            Self::CountChange => signed(&grouped(0)),
            Self::Share => "0.0%".to_owned(),
            Self::Change => signed("0.0%"),
            // The same day in every country.
            Self::Date => "yyyy-mm-dd".to_owned(),
            Self::Month => "yyyy-mm".to_owned(),
            Self::Instant => "yyyy-mm-dd hh:mm:ss".to_owned(),
        }
    }

    /// The format of a cell.
    pub(super) fn format(self, minor: u32) -> Format {
        let format = Format::new();
        match self {
            Self::Head => head(format),
            Self::HeadOfFigures => head(format).set_align(FormatAlign::Right),
            // With this mark a text that looks like a formula stays text when somebody edits it.
            Self::Text => format.set_quote_prefix(),
            Self::Flag => format.set_align(FormatAlign::Center),
            Self::Number => format.set_align(FormatAlign::Right),
            Self::Date | Self::Month | Self::Instant => {
                format.set_num_format(self.numbers(minor)).set_align(FormatAlign::Left)
            }
            _ => format.set_num_format(self.numbers(minor)),
        }
    }
}

/// The head of a column.
pub(super) fn head(format: Format) -> Format {
    let format = format.set_bold().set_text_wrap().set_align(FormatAlign::Top);
    format.set_background_color(WASH).set_border_bottom(FormatBorder::Thin)
}

fn grouped(decimals: u32) -> String {
    if decimals == 0 {
        return "#,##0".to_owned();
    }
    format!("#,##0.{}", "0".repeat(decimals as usize))
}

/// With a sign before all but zero.
pub(super) fn signed(numbers: &str) -> String {
    format!("+{numbers};-{numbers};{numbers}")
}

/// Whether values of a type have no parts of one.
pub(super) fn is_whole(found: &DataType) -> bool {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    match found {
        Decimal32(_, scale) | Decimal64(_, scale) | Decimal128(_, scale) | Decimal256(_, scale) => {
            *scale <= 0
        }
        found => found.is_integer(),
    }
}
