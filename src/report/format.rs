//! Numbers, money and dates as a reader of either language writes them.
//!
//! Sentences and cards carry three significant digits; tables carry full figures. English counts in thousands and
//! millions, Chinese in 万 and 亿, and Chinese puts no space between a figure and its unit.

use jiff::civil::Date;

use super::decimal::Decimal;

/// What stands where a figure is unknown.
pub const UNKNOWN: &str = "–";

/// The code of ISO 4217 for no currency: each row counts 1, and nothing is money.
pub const NO_CURRENCY: &str = "XXX";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A language in which reports are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Locale {
    /// The locale of a tag, `en` or `zh-CN`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "en" => Some(Self::En),
            "zh-CN" => Some(Self::ZhCn),
            _ => None,
        }
    }

    /// The tag for the page's `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

/// Formats figures for one language and one currency.
#[derive(Clone, Debug)]
pub struct Format {
    locale: Locale,
    currency: String,
}

// Some figures look alike in both languages so far; how they look is still for a language to say.
#[allow(clippy::unused_self)]
impl Format {
    /// Formats for a locale and an ISO 4217 currency code.
    pub fn new(locale: Locale, currency: &str) -> Self {
        Self { locale, currency: currency.to_owned() }
    }

    /// The language.
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// Money for a sentence or a card: three significant digits (`£8.91M`, `891万元`); below one hundred to the cent.
    pub fn money(&self, amount: Decimal) -> String {
        // Rows are counted whole, but a mean of few rows is not.
        let minor = if self.currency == NO_CURRENCY { 2 } else { self.minor_digits() };
        let small = !amount.reaches(2) && !amount.round(minor).reaches(2);
        let short = if small {
            let rounded = amount.round(minor);
            if rounded == rounded.round(0).round(minor) {
                rounded.round(0).digits()
            } else {
                rounded.digits()
            }
        } else {
            self.short(amount)
        };
        self.with_currency(amount, &short)
    }

    /// Money for a table: grouped, to the currency's smallest coin, without the unit: that is in the column's head.
    pub fn money_cell(&self, amount: Decimal) -> String {
        signed(amount, &amount.round(self.minor_digits()).digits())
    }

    /// A difference of money for a table, with its sign.
    pub fn money_change(&self, difference: Decimal) -> String {
        with_sign(difference, &difference.round(self.minor_digits()).digits())
    }

    /// A difference of money for a sentence, with its sign: `+£8.91M`.
    pub fn money_signed(&self, difference: Decimal) -> String {
        with_sign(difference, &self.money(difference.abs()))
    }

    /// Money for a table of estimates: grouped, whole units.
    pub fn money_estimate(&self, amount: Decimal) -> String {
        signed(amount, &amount.round(0).digits())
    }

    /// The unit to head a column of money with: `£` or `元`.
    pub fn money_unit(&self) -> &str {
        match self.locale {
            Locale::En => english_currency(&self.currency),
            Locale::ZhCn => chinese_currency(&self.currency),
        }
    }

    /// Any decimal in full, as many places as it has.
    pub fn decimal(&self, number: Decimal) -> String {
        signed(number, &number.digits())
    }

    /// A count for a sentence: in full to 99,999, with three significant digits beyond.
    pub fn count(&self, count: Decimal) -> String {
        if count.reaches(5) { signed(count, &self.short(count)) } else { self.count_cell(count) }
    }

    /// A count for a table: whole and grouped.
    pub fn count_cell(&self, count: Decimal) -> String {
        signed(count, &count.round(0).digits())
    }

    /// A share of one as per cent: one decimal place, two below one per cent.
    pub fn percent(&self, share: f64) -> String {
        percent_digits(share).map_or_else(|| UNKNOWN.to_owned(), |(number, text)| signed(number, &text) + "%")
    }

    /// A relative change with its sign: `+3.4%`.
    pub fn change(&self, ratio: f64) -> String {
        percent_digits(ratio)
            .map_or_else(|| UNKNOWN.to_owned(), |(number, text)| with_sign(number, &text) + "%")
    }

    /// A difference of two shares in points, with its sign: `+2.3 points`, `+2.3个百分点`.
    pub fn points(&self, difference: f64) -> String {
        let Some((number, text)) = point_digits(difference) else { return UNKNOWN.to_owned() };
        self.with_points(&with_sign(number, &text), &text)
    }

    /// The size of a difference of two shares, without sign: `2.3 points`.
    pub fn points_size(&self, difference: f64) -> String {
        let Some((_, text)) = point_digits(difference) else { return UNKNOWN.to_owned() };
        self.with_points(&text, &text)
    }

    /// A measure such as an index or an error, with a fixed number of places.
    pub fn number(&self, value: f64, places: u32) -> String {
        Decimal::from_f64(value).map_or_else(
            || UNKNOWN.to_owned(),
            |number| {
                let rounded = number.round(places);
                signed(rounded, &rounded.digits())
            },
        )
    }

    /// A model's parameter: three significant digits however small.
    pub fn parameter(&self, value: f64) -> String {
        if !value.is_finite() {
            return UNKNOWN.to_owned();
        }
        if value != 0.0 && value.abs() < 1e-6 {
            return format!("{value:.2e}").replace('-', "−");
        }
        Decimal::from_f64(value).map_or_else(
            || format!("{value:.2e}").replace('-', "−"),
            |number| signed(number, &number.to_significant(4).digits()),
        )
    }

    /// A difference of counts with its sign: `+12`.
    pub fn count_change(&self, difference: Decimal) -> String {
        with_sign(difference, &difference.round(0).digits())
    }

    /// A short figure for the axis of a chart: `1.2M`, `120万`.
    pub fn axis(&self, value: f64) -> String {
        let Some(number) = Decimal::from_f64(value) else { return String::new() };
        let (whole, unit) = self.scaled(number.to_significant(3), 4);
        let text = whole.digits();
        signed(number, &format!("{}{unit}", trimmed(&text)))
    }

    /// A share for the axis of a chart, or where the pointer is: as few decimals as it needs, one at most, or two below one
    /// per cent.
    pub fn tick(&self, share: f64) -> String {
        percent_digits(share).map_or_else(String::new, |(number, text)| signed(number, trimmed(&text)) + "%")
    }

    /// A relative change for the axis of a chart: `+5%`.
    pub fn change_tick(&self, ratio: f64) -> String {
        percent_digits(ratio).map_or_else(String::new, |(number, text)| moved(number, trimmed(&text)) + "%")
    }

    /// A difference of shares for the axis of a chart: `+5 points`.
    pub fn points_tick(&self, difference: f64) -> String {
        let Some((number, text)) = point_digits(difference) else { return String::new() };
        self.with_points(&moved(number, trimmed(&text)), &text)
    }

    /// A share for the many cells of a chart: no decimals from ten per cent on, one below.
    pub fn percent_cell(&self, share: f64) -> String {
        let Some(percent) = Decimal::from_f64(share * 100.0) else { return String::new() };
        let places = u32::from(!percent.reaches(1) && percent.round(1) != percent.round(0).round(1));
        let rounded = percent.round(places);
        signed(rounded, &rounded.digits()) + "%"
    }

    /// A day in full: `30 November 2011`, `2011年11月30日`.
    pub fn date(&self, day: Date) -> String {
        match self.locale {
            Locale::En => format!("{} {} {}", day.day(), month_name(day), day.year()),
            Locale::ZhCn => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        }
    }

    /// A day for a table: `30 Nov 2011`, `2011-11-30`.
    pub fn day(&self, day: Date) -> String {
        match self.locale {
            Locale::En => format!("{} {} {}", day.day(), short_month_name(day), day.year()),
            Locale::ZhCn => day.to_string(),
        }
    }

    /// A month: `November 2011`, `2011年11月`.
    pub fn month(&self, month: Date) -> String {
        match self.locale {
            Locale::En => format!("{} {}", month_name(month), month.year()),
            Locale::ZhCn => format!("{}年{}月", month.year(), month.month()),
        }
    }

    /// A month for a table or an axis: `Nov 2011`, `2011-11`.
    pub fn month_short(&self, month: Date) -> String {
        match self.locale {
            Locale::En => format!("{} {}", short_month_name(month), month.year()),
            Locale::ZhCn => format!("{}-{:02}", month.year(), month.month()),
        }
    }

    /// The same beside a day: a period of the day's own year needs no year in English.
    pub fn period_beside(&self, start: Date, end: Date, beside: Date) -> String {
        let has_year = self.locale == Locale::ZhCn || start.year() != beside.year();
        self.span(start, end, has_year)
    }

    /// A span of days, by its month, months or year where it is exactly that, and each part once: `November 2011`,
    /// `July–September 2011`, `1–14 October 2011`, `28 September – 4 October 2011`.
    pub fn period(&self, start: Date, end: Date) -> String {
        self.span(start, end, true)
    }

    fn span(&self, start: Date, end: Date, has_year: bool) -> String {
        let (from, to) = (month_name(start), month_name(end));
        let of_months = start == start.first_of_month() && end == end.last_of_month();
        let of_year = of_months && start == start.first_of_year() && end == start.last_of_year();
        let one_month = from == to;
        if start.year() != end.year() {
            return match self.locale {
                Locale::En => format!("{} – {}", self.date(start), self.date(end)),
                Locale::ZhCn => format!("{}至{}", self.date(start), self.date(end)),
            };
        }
        let year = start.year();
        match self.locale {
            Locale::En if of_year => year.to_string(),
            Locale::En => {
                let days = match (of_months, one_month) {
                    (true, true) => from.to_owned(),
                    (true, false) => format!("{from}–{to}"),
                    (false, true) if start == end => format!("{} {to}", end.day()),
                    (false, true) => format!("{}–{} {to}", start.day(), end.day()),
                    (false, false) => format!("{} {from} – {} {to}", start.day(), end.day()),
                };
                if has_year { format!("{days} {year}") } else { days }
            }
            Locale::ZhCn if of_year => format!("{year}年"),
            Locale::ZhCn => match (of_months, one_month) {
                (true, true) => self.month(start),
                (true, false) => format!("{}至{}月", self.month(start), end.month()),
                (false, true) if start == end => self.date(end),
                (false, true) => format!("{}至{}日", self.date(start), end.day()),
                (false, false) => format!("{}至{}月{}日", self.date(start), end.month(), end.day()),
            },
        }
    }

    /// The decimals of the currency's smallest coin.
    pub fn minor_digits(&self) -> u32 {
        match self.currency.as_str() {
            NO_CURRENCY | "JPY" | "KRW" | "VND" | "CLP" | "ISK" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    fn with_currency(&self, amount: Decimal, digits: &str) -> String {
        let unit = if self.currency == NO_CURRENCY { "" } else { self.money_unit() };
        let text = match self.locale {
            _ if unit.is_empty() => digits.to_owned(),
            // A code of letters stands apart from the figure; a sign does not.
            Locale::En if unit.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                format!("{unit}\u{a0}{digits}")
            }
            Locale::En => format!("{unit}{digits}"),
            Locale::ZhCn => format!("{digits}{unit}"),
        };
        signed(amount, &text)
    }

    fn with_points(&self, text: &str, size: &str) -> String {
        match self.locale {
            Locale::En if size == "1.0" => format!("{text}\u{a0}point"),
            Locale::En => format!("{text}\u{a0}points"),
            Locale::ZhCn => format!("{text}个百分点"),
        }
    }

    /// Three significant digits and the unit of scale, without a sign.
    fn short(&self, number: Decimal) -> String {
        let rounded = number.to_significant(3);
        let (scaled, unit) = self.scaled(rounded, 4);
        let digits = if unit.is_empty() { rounded } else { scaled.to_significant(3) };
        format!("{}{unit}", digits.digits())
    }

    /// The number in its unit of scale, from 10^`from` on.
    fn scaled(&self, number: Decimal, from: u32) -> (Decimal, &'static str) {
        let steps: &[(u32, u32, &str)] = match self.locale {
            Locale::En => &[(12, 12, "T"), (9, 9, "B"), (6, 6, "M"), (from, 3, "K")],
            Locale::ZhCn => &[(12, 12, "万亿"), (8, 8, "亿"), (from, 4, "万")],
        };
        for &(reached, divided, unit) in steps {
            if number.reaches(reached) {
                return (number.shift_right(divided), unit);
            }
        }
        (number, "")
    }
}

fn percent_digits(share: f64) -> Option<(Decimal, String)> {
    let percent = Decimal::from_f64(share * 100.0)?;
    if percent.is_zero() || share == 0.0 {
        return Some((Decimal::whole(0), "0".to_owned()));
    }
    if percent.round(2).is_zero() {
        return Some((Decimal::whole(0), "<0.01".to_owned()));
    }
    let places = if percent.reaches(0) { 1 } else { 2 };
    let rounded = percent.round(places);
    // Exactly all needs no decimals. Nearly all keeps them: it must not be read as all.
    let text = if (share - 1.0).abs() < f64::EPSILON { "100".to_owned() } else { rounded.digits() };
    Some((rounded, text))
}

fn point_digits(difference: f64) -> Option<(Decimal, String)> {
    let points = Decimal::from_f64(difference * 100.0)?.round(1);
    Some((points, points.digits()))
}

fn signed(number: Decimal, text: &str) -> String {
    let shows_digits = text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if number.is_negative() && shows_digits { format!("−{text}") } else { text.to_owned() }
}

fn with_sign(number: Decimal, text: &str) -> String {
    let shows_digits = text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    match (shows_digits, number.is_negative()) {
        (false, _) => format!("±{text}"),
        (true, true) => format!("−{text}"),
        (true, false) => format!("+{text}"),
    }
}

/// With its sign; nothing has none.
fn moved(number: Decimal, text: &str) -> String {
    if number.is_zero() { text.to_owned() } else { with_sign(number, text) }
}

/// Digits without zeros at the end of their decimals.
fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

fn month_name(day: Date) -> &'static str {
    MONTHS.get(usize::from(day.month().unsigned_abs()).wrapping_sub(1)).copied().unwrap_or_default()
}

fn short_month_name(day: Date) -> &'static str {
    month_name(day).get(..3).unwrap_or_default()
}

fn english_currency(code: &str) -> &str {
    match code {
        NO_CURRENCY => "rows",
        "GBP" => "£",
        "USD" => "$",
        "EUR" => "€",
        "JPY" => "JP¥",
        "CNY" => "¥",
        "HKD" => "HK$",
        "INR" => "₹",
        "KRW" => "₩",
        other => other,
    }
}

fn chinese_currency(code: &str) -> &str {
    match code {
        NO_CURRENCY => "行",
        "CNY" => "元",
        "GBP" => "英镑",
        "USD" => "美元",
        "EUR" => "欧元",
        "JPY" => "日元",
        "HKD" => "港元",
        "TWD" => "新台币",
        "MOP" => "澳门元",
        "SGD" => "新加坡元",
        "KRW" => "韩元",
        "AUD" => "澳元",
        "CAD" => "加元",
        "CHF" => "瑞士法郎",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn english() -> Format {
        Format::new(Locale::En, "GBP")
    }

    fn chinese() -> Format {
        Format::new(Locale::ZhCn, "CNY")
    }

    #[test]
    fn ticks_have_as_few_decimals_as_they_need() {
        let ticks = |of: &dyn Fn(f64) -> String, values: &[f64]| {
            values.iter().map(|value| of(*value)).collect::<Vec<_>>().join(" ")
        };
        let (english, chinese) = (english(), chinese());
        assert_eq!(
            ticks(&|v| english.tick(v), &[0.0, 0.005, 0.02, 0.105, 0.5, 1.0]),
            "0% 0.5% 2% 10.5% 50% 100%"
        );
        assert_eq!(ticks(&|v| english.change_tick(v), &[-0.05, 0.0, 0.125]), "−5% 0% +12.5%");
        assert_eq!(english.points_tick(0.05), "+5\u{a0}points");
        assert_eq!(chinese.points_tick(-0.005), "−0.5个百分点");
        assert_eq!(chinese.points_tick(0.0), "0个百分点");
    }

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or(Decimal::new(-99, 2))
    }

    #[test]
    fn money_in_sentences() {
        let cases = [
            ("8911407.904", "£8.91M", "891万元"),
            ("1161817.380", "£1.16M", "116万元"),
            ("891140790.4", "£891M", "8.91亿元"),
            ("12345.67", "£12.3K", "1.23万元"),
            ("9999.9", "£10.0K", "1.00万元"),
            ("1234.56", "£1,230", "1,230元"),
            ("999999", "£1.00M", "100万元"),
            ("25.314", "£25.31", "25.31元"),
            ("25", "£25", "25元"),
            ("99.999", "£100", "100元"),
            ("0", "£0", "0元"),
            ("-12345.67", "−£12.3K", "−1.23万元"),
            ("123456789012", "£123B", "1,230亿元"),
        ];
        for (given, en, zh) in cases {
            assert_eq!(english().money(number(given)), en);
            assert_eq!(chinese().money(number(given)), zh);
        }
    }

    #[test]
    fn currencies_have_their_own_names_and_coins() {
        assert_eq!(Format::new(Locale::ZhCn, "GBP").money(number("8911407.904")), "891万英镑");
        assert_eq!(Format::new(Locale::En, "CHF").money(number("1234")), "CHF\u{a0}1,230");
        let rows = Format::new(Locale::En, NO_CURRENCY);
        assert_eq!((rows.money(number("1.06")), rows.money(number("193.00"))), ("1.06".into(), "193".into()));
        assert_eq!((rows.money_cell(number("193.00")), rows.money_unit()), ("193".into(), "rows"));
        assert_eq!(Format::new(Locale::ZhCn, NO_CURRENCY).money_unit(), "行");
        assert_eq!(Format::new(Locale::En, "JPY").money_cell(number("1234.5")), "1,235");
        assert_eq!(english().money_cell(number("8911407.904")), "8,911,407.90");
        assert_eq!(english().money_cell(number("-0.001")), "0.00");
    }

    #[test]
    fn counts_shares_and_points() {
        assert_eq!(english().count(number("4371")), "4,371");
        assert_eq!(english().count(number("123456")), "123K");
        assert_eq!(chinese().count(number("123456")), "12.3万");
        assert_eq!(english().percent(0.746_171), "74.6%");
        assert_eq!(english().percent(0.0083), "0.83%");
        assert_eq!(english().percent(0.000_01), "<0.01%");
        assert_eq!(english().percent(1.0), "100%");
        assert_eq!(english().percent(f64::NAN), UNKNOWN);
        assert_eq!(english().change(0.0341), "+3.4%");
        assert_eq!(english().change(-0.0341), "−3.4%");
        assert_eq!(english().points(0.0229), "+2.3\u{a0}points");
        assert_eq!(chinese().points(-0.0229), "−2.3个百分点");
        assert_eq!(chinese().points(0.0), "±0.0个百分点");
        assert_eq!(english().axis(1_200_000.0), "1.2M");
        assert_eq!(chinese().axis(1_200_000.0), "120万");
    }

    #[test]
    fn dates_and_periods() {
        let (first, last) = (date(2011, 11, 1), date(2011, 11, 30));
        assert_eq!(english().date(last), "30 November 2011");
        assert_eq!(chinese().date(last), "2011年11月30日");
        assert_eq!(english().period(first, last), "November 2011");
        assert_eq!(chinese().period(first, last), "2011年11月");
        assert_eq!(english().period(date(2011, 1, 1), date(2011, 12, 31)), "2011");
        let spans = [
            (first, date(2011, 11, 7), "1–7 November 2011", "1–7 November", "2011年11月1日至7日"),
            (
                date(2011, 9, 26),
                date(2011, 10, 2),
                "26 September – 2 October 2011",
                "26 September – 2 October",
                "2011年9月26日至10月2日",
            ),
            (date(2011, 7, 1), date(2011, 9, 30), "July–September 2011", "July–September", "2011年7月至9月"),
            (date(2011, 1, 1), date(2011, 12, 31), "2011", "2011", "2011年"),
            (
                date(2010, 12, 27),
                date(2011, 1, 2),
                "27 December 2010 – 2 January 2011",
                "27 December 2010 – 2 January 2011",
                "2010年12月27日至2011年1月2日",
            ),
        ];
        for (start, end, whole, beside, in_chinese) in spans {
            assert_eq!(english().period(start, end), whole);
            assert_eq!(english().period_beside(start, end, date(2011, 12, 31)), beside);
            assert_eq!(chinese().period(start, end), in_chinese);
        }
    }
}
