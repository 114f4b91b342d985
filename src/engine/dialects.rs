//! What to write here in place of functions and words of other dialects of SQL.

/// A function's name elsewhere, and what is written here.
const FUNCTIONS: [(&str, &str); 74] = [
    ("if", "`case when condition then a else b end`"),
    ("iff", "`case when condition then a else b end`"),
    ("iif", "`case when condition then a else b end`"),
    ("decode", "`case value when 'a' then 1 else 2 end`"),
    ("choose", "`case value when 1 then a when 2 then b end`"),
    ("isnull", "`coalesce(value, otherwise)`, or `value is null`"),
    ("zeroifnull", "`coalesce(value, 0)`"),
    ("nullifzero", "`nullif(value, 0)`"),
    ("div0", "`a / nullif(b, 0)`"),
    ("safe_divide", "`a / nullif(b, 0)`"),
    ("year", "`extract(year from day)`"),
    ("quarter", "`extract(quarter from day)`"),
    ("month", "`extract(month from day)`"),
    ("week", "`extract(week from day)`"),
    ("day", "`extract(day from day)`"),
    ("dayofmonth", "`extract(day from day)`"),
    ("dayofweek", "`extract(dow from day)`, 0 for Sunday"),
    ("weekday", "`extract(dow from day)`, 0 for Sunday"),
    ("dayofyear", "`extract(doy from day)`"),
    ("hour", "`extract(hour from time)`"),
    ("minute", "`extract(minute from time)`"),
    ("datename", "`to_char(day, '%A')`"),
    ("dayname", "`to_char(day, '%A')`"),
    ("monthname", "`to_char(day, '%B')`"),
    ("last_day", "`cast(date_trunc('month', day) as date) + interval 1 month - interval 1 day`"),
    ("eomonth", "`cast(date_trunc('month', day) as date) + interval 1 month - interval 1 day`"),
    ("datediff", "`last - first`, the days between two dates"),
    ("date_diff", "`last - first`, the days between two dates"),
    ("timestampdiff", "`last - first`, the days between two dates"),
    ("months_between", "`extract(year from a) * 12 + extract(month from a)` less the same of the other date"),
    ("dateadd", "`day + interval 30 day`, or `day + 30`"),
    ("date_add", "`day + interval 30 day`, or `day + 30`"),
    ("date_sub", "`day - interval 30 day`, or `day - 30`"),
    ("adddate", "`day + interval 30 day`, or `day + 30`"),
    ("add_months", "`day + interval 3 month`"),
    ("strftime", "`to_char(day, '%Y-%m')`"),
    ("format_date", "`to_char(day, '%Y-%m')`"),
    ("formatdatetime", "`to_char(day, '%Y-%m')`"),
    ("str_to_date", "`parse_date(text, 'dd/mm/yyyy')`"),
    ("strptime", "`parse_date(text, 'dd/mm/yyyy')`"),
    ("todate", "`parse_date(text, 'dd/mm/yyyy')`"),
    ("trunc_date", "`date_trunc('month', day)`"),
    ("getdate", "`$as_of`, the date of the report"),
    ("sysdate", "`$as_of`, the date of the report"),
    ("systimestamp", "`$as_of`, the date of the report"),
    ("curdate", "`$as_of`, the date of the report"),
    ("current_day", "`$as_of`, the date of the report"),
    ("charindex", "`strpos(text, part)`"),
    ("locate", "`strpos(text, part)`"),
    ("len", "`length(text)`"),
    ("lcase", "`lower(text)`"),
    ("ucase", "`upper(text)`"),
    ("mid", "`substr(text, from, length)`"),
    ("substring_index", "`split_part(text, ',', 1)`"),
    ("regexp_extract", "`regexp_match(text, pattern)[1]`"),
    ("regexp_substr", "`regexp_match(text, pattern)[1]`"),
    ("rlike", "`text ~ pattern`"),
    ("group_concat", "`string_agg(text, ', ')`"),
    ("listagg", "`string_agg(text, ', ')`"),
    ("array_join", "`array_to_string(list, ', ')`"),
    ("to_number", "`cast(text as decimal(18, 4))`"),
    ("to_decimal", "`cast(text as decimal(18, 4))`"),
    ("safe_cast", "`try_cast(value as int)`"),
    ("convert", "`cast(value as int)`"),
    ("cast", "`cast(value as int)`: between value and type stands `as`"),
    ("try_cast", "`try_cast(value as int)`: between value and type stands `as`"),
    ("countif", "`count(*) filter (where condition)`"),
    ("count_if", "`count(*) filter (where condition)`"),
    ("sumif", "`sum(value) filter (where condition)`"),
    ("averageif", "`avg(value) filter (where condition)`"),
    ("arg_max", "`first_value(value order by other desc)`"),
    ("max_by", "`first_value(value order by other desc)`"),
    ("arg_min", "`first_value(value order by other)`"),
    ("min_by", "`first_value(value order by other)`"),
];

/// Functions that look at other rows, which say of which.
const WINDOWS: [&str; 9] =
    ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "nth_value"];

/// Functions that people write most, for "did you mean".
const USUAL: [&str; 44] = [
    "sum",
    "count",
    "avg",
    "min",
    "max",
    "median",
    "stddev",
    "coalesce",
    "nullif",
    "round",
    "floor",
    "ceil",
    "abs",
    "greatest",
    "least",
    "lower",
    "upper",
    "trim",
    "length",
    "substr",
    "substring",
    "concat",
    "replace",
    "split_part",
    "strpos",
    "left",
    "right",
    "date_trunc",
    "date_part",
    "to_char",
    "to_date",
    "to_timestamp",
    "parse_date",
    "parse_decimal",
    "parse_timestamp",
    "try_parse_date",
    "row_number",
    "array_agg",
    "string_agg",
    "array_has",
    "first_value",
    "last_value",
    "regexp_match",
    "unnest",
];

/// How some functions are called that are often called otherwise.
const CALLS: [(&str, &str); 12] = [
    ("round", "`round(value)` or `round(value, 2)`; a text is cast first: `cast(text as decimal(18, 4))`"),
    ("substr", "`substr(text, from, length)`, such as `substr(channel, 1, 3)`"),
    ("substring", "`substr(text, from, length)`, such as `substr(channel, 1, 3)`"),
    ("sum", "`sum(value)`; of some rows alone: `sum(value) filter (where condition)`"),
    ("avg", "`avg(value)`; of some rows alone: `avg(value) filter (where condition)`"),
    ("count", "`count(*)` or `count(column)`"),
    ("date_trunc", "`date_trunc('month', day)`: the unit comes first, in quotes"),
    ("parse_date", "`parse_date(column, 'dd/mm/yyyy')`"),
    ("parse_timestamp", "`parse_timestamp(column, 'dd/mm/yyyy hh:mi')`"),
    ("parse_decimal", "`parse_decimal(column, ',')`"),
    ("coalesce", "`coalesce(value, otherwise)`; both of one type: `coalesce(value, cast(... as date))`"),
    ("decode", "`case value when 'a' then 1 else 2 end`"),
];

/// What to do about a function that is not there. `near` are names that the engine finds alike.
pub(super) fn instead(function: &str, near: &[&str]) -> String {
    let name = function.to_ascii_lowercase();
    if let Some((_, words)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        return format!("write {words}");
    }
    if WINDOWS.contains(&name.as_str()) {
        return format!("say of which rows: `{name}() over (order by ...)`");
    }
    match crate::problem::closest(&name, USUAL.iter().chain(near).copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "docs/tables.md lists the program's own functions; the others are the usual ones of SQL"
            .to_owned(),
    }
}

/// How a function is called.
pub(super) fn call(function: &str) -> String {
    let known = CALLS.iter().find(|(name, _)| function.eq_ignore_ascii_case(name));
    match known {
        Some((_, words)) => format!("write {words}"),
        None => format!(
            "`{function}` takes other values: look at how many it is given, and of which types; `cast(... as ...)` changes a type"
        ),
    }
}

/// What a name means elsewhere that is no column here.
pub(super) fn word(name: &str) -> Option<String> {
    let dates = ["sysdate", "today", "current_day", "systimestamp"];
    dates
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
        .then(|| "write `$as_of`, the date of the report".to_owned())
}
