//! What the values of a column are: this decides their format and their possible types.

use arrow::datatypes::DataType;

/// Words in the names of columns of money.
const MONEY: [&str; 16] = [
    "amount", "clv", "cost", "costs", "discount", "equity", "fee", "gain", "margin", "money", "price",
    "profit", "returns", "revenue", "sales", "spend",
];

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// An amount in the report's currency.
    Money,
    /// An amount that was estimated, written in whole units.
    Estimate,
    /// The difference of two amounts, written with its sign.
    MoneyChange,
    /// A share, 1 = 100 %.
    Share,
    /// The difference of two shares, written in points with its sign.
    Points,
    /// A relative change, 0.1 = +10 %.
    Growth,
    /// How many.
    Count,
    /// The difference of two counts, written with its sign.
    CountChange,
    /// A plain number: a coefficient, a score, a factor.
    Number,
    /// A length of time in days.
    Days,
    /// A day.
    Date,
    /// A month, as its first day.
    Month,
    /// A point in time.
    Instant,
    /// The id of a customer, masked by default.
    Customer,
    /// A key of the words file.
    Word,
    /// Text as it is.
    Text,
    /// Yes or no.
    Flag,
}

impl ColumnKind {
    /// All of them, in the order of the manual.
    pub const ALL: [Self; 17] = [
        Self::Money,
        Self::Estimate,
        Self::MoneyChange,
        Self::Share,
        Self::Points,
        Self::Growth,
        Self::Count,
        Self::CountChange,
        Self::Number,
        Self::Days,
        Self::Date,
        Self::Month,
        Self::Instant,
        Self::Customer,
        Self::Word,
        Self::Text,
        Self::Flag,
    ];

    /// The word as it is written in a declaration.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Estimate => "estimate",
            Self::MoneyChange => "money_change",
            Self::Share => "share",
            Self::Points => "points",
            Self::Growth => "growth",
            Self::Count => "count",
            Self::CountChange => "count_change",
            Self::Number => "number",
            Self::Days => "days",
            Self::Date => "date",
            Self::Month => "month",
            Self::Instant => "instant",
            Self::Customer => "customer",
            Self::Word => "word",
            Self::Text => "text",
            Self::Flag => "flag",
        }
    }

    /// What it is, for the manual and for messages.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Money => "an amount in the report's currency",
            Self::Estimate => "an estimated amount, written in whole units",
            Self::MoneyChange => "the difference of two amounts, written with its sign",
            Self::Share => "a share, 1 = 100 %",
            Self::Points => "the difference of two shares, in points",
            Self::Growth => "a relative change, 0.1 = +10 %",
            Self::Count => "how many",
            Self::CountChange => "the difference of two counts, written with its sign",
            Self::Number => "a plain number: a coefficient, a score, a factor",
            Self::Days => "a length of time in days",
            Self::Date => "a day",
            Self::Month => "a month, as its first day",
            Self::Instant => "a point in time",
            Self::Customer => "the id of a customer, masked by default",
            Self::Word => "a key of the words file",
            Self::Text => "text as it is",
            Self::Flag => "yes or no",
        }
    }

    /// Whether its values are figures, which are right-aligned.
    pub const fn is_figure(self) -> bool {
        matches!(
            self,
            Self::Money
                | Self::Estimate
                | Self::MoneyChange
                | Self::Share
                | Self::Points
                | Self::Growth
                | Self::Count
                | Self::CountChange
                | Self::Number
                | Self::Days
        )
    }

    /// Whether its values are differences, which have a sign.
    pub const fn is_difference(self) -> bool {
        matches!(self, Self::MoneyChange | Self::Points | Self::Growth | Self::CountChange)
    }

    /// Whether its values are amounts, in the report's currency.
    pub const fn is_money(self) -> bool {
        matches!(self, Self::Money | Self::Estimate | Self::MoneyChange)
    }

    /// Whether values of a type can have this kind.
    pub fn fits(self, found: &DataType) -> bool {
        use DataType::{
            Boolean, Date32, Date64, Dictionary, LargeList, LargeUtf8, List, Null, Timestamp, UInt8, UInt16,
            UInt32, UInt64, Utf8, Utf8View,
        };
        let whole = found.is_signed_integer() || matches!(found, UInt8 | UInt16 | UInt32 | UInt64);
        match (self, found) {
            (_, Dictionary(_, values)) => self.fits(values),
            // A column that is always NULL.
            (_, Null)
            | (Self::Date | Self::Month, Date32 | Date64)
            | (Self::Flag, Boolean)
            | (Self::Instant, Timestamp(..))
            | (Self::Customer | Self::Text | Self::Word, Utf8 | LargeUtf8 | Utf8View)
            // Lists that are written out in a sentence.
            | (Self::Text, List(_) | LargeList(_)) => true,
            // Ids that a user's query made numbers.
            (Self::Customer, _) => whole,
            // Half a customer would be printed as a whole one.
            (Self::Count | Self::CountChange, found) => whole || decimals(found) == Some(0),
            // A share that is a whole number is one that lost its decimals: a count divided by a count.
            (Self::Share | Self::Points | Self::Growth, found) => {
                found.is_floating() || decimals(found).is_some_and(|decimals| decimals > 0)
            }
            (kind, found) if kind.is_figure() => whole || found.is_floating() || decimals(found).is_some(),
            _ => false,
        }
    }

    /// The kind of a column that nobody declared, by its type and its name.
    pub fn guess(name: &str, found: &DataType) -> Self {
        if name == "customer_id" && Self::Customer.fits(found) {
            return Self::Customer;
        }
        let ends =
            |words: &[&str]| words.iter().any(|word| name == *word || name.ends_with(&format!("_{word}")));
        match found {
            DataType::Boolean => Self::Flag,
            DataType::Date32 | DataType::Date64 if ends(&["month", "cohort"]) => Self::Month,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(..) => Self::Instant,
            found if ends(&["share", "rate"]) && Self::Share.fits(found) => Self::Share,
            found if found.is_integer() && ends(&["days"]) => Self::Days,
            found if found.is_integer() => Self::Count,
            found if found.is_floating() => Self::Number,
            // Other decimals are measures such as kilograms.
            found if decimals(found).is_some() && name.split('_').any(|part| MONEY.contains(&part)) => {
                Self::Money
            }
            found if decimals(found).is_some() => Self::Number,
            _ => Self::Text,
        }
    }
}

/// The decimals of a decimal number; none for other types.
fn decimals(found: &DataType) -> Option<i8> {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    match found {
        Decimal32(_, decimals)
        | Decimal64(_, decimals)
        | Decimal128(_, decimals)
        | Decimal256(_, decimals) => Some(*decimals),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_guessed_from_type_and_name() {
        let guessed = |name: &str, found: &DataType| ColumnKind::guess(name, found).key();
        assert_eq!(guessed("customer_id", &DataType::Utf8), "customer");
        assert_eq!(guessed("top20_share", &DataType::Float64), "share");
        assert_eq!(guessed("recency_days", &DataType::Int64), "days");
        assert_eq!(guessed("month", &DataType::Date32), "month");
        assert_eq!(guessed("last_day", &DataType::Date32), "date");
        assert_eq!(guessed("revenue", &DataType::Decimal128(38, 2)), "money");
        assert_eq!(guessed("net_sales", &DataType::Decimal128(38, 2)), "money");
        assert_eq!(guessed("kilograms", &DataType::Decimal128(38, 3)), "number");
        assert_eq!(guessed("orders", &DataType::Int64), "count");
        assert_eq!(guessed("gini", &DataType::Float64), "number");
        assert_eq!(guessed("city", &DataType::Utf8View), "text");
    }

    #[test]
    fn every_guess_fits_its_type() {
        let types = [
            DataType::Utf8,
            DataType::Int32,
            DataType::Float64,
            DataType::Decimal128(20, 4),
            DataType::Date32,
            DataType::Boolean,
        ];
        for found in types {
            for name in ["x", "customer_id", "rate", "share", "days", "month", "revenue"] {
                let kind = ColumnKind::guess(name, &found);
                assert!(kind.fits(&found), "{name} {found} {}", kind.key());
            }
        }
    }

    #[test]
    fn words_of_kinds_differ() {
        let keys: std::collections::BTreeSet<_> = ColumnKind::ALL.iter().map(|kind| kind.key()).collect();
        assert_eq!(keys.len(), ColumnKind::ALL.len());
    }
}
