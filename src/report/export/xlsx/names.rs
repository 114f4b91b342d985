//! Names of sheets: what spreadsheets allow, and no two alike.

use std::collections::BTreeSet;

/// Most letters of a name, in units of UTF-16.
const MOST: usize = 31;

/// The names of the sheets of tables, beside that of the first sheet.
pub(super) fn of_tables<'a>(first: &str, tables: impl Iterator<Item = &'a str>) -> Vec<String> {
    // Spreadsheets keep this name for themselves.
    let mut taken = BTreeSet::from(["history".to_owned(), first.to_lowercase()]);
    tables.map(|table| free(&allowed(table), &mut taken)).collect()
}

/// The name with no letter that is forbidden in it.
pub(super) fn allowed(name: &str) -> String {
    let plain = |c: char| {
        if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control() { '_' } else { c }
    };
    let name: String = name.chars().map(plain).collect();
    let name = cut(name.trim_matches('\''), MOST);
    if name.trim().is_empty() { "_".to_owned() } else { name }
}

/// The name, with a number where it is taken.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: u64| {
        let end = format!("_{number}");
        cut(name, MOST - end.len()) + &end
    });
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    // The names never end.
    let name = names.find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default();
    taken.insert(name.to_lowercase());
    name
}

fn cut(name: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    name.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_allowed_and_unique() {
        let long = "a_table_with_a_name_of_forty_letters_and_x";
        let tables = [
            "churn",
            "overview",
            long,
            &long[..31],
            "history",
            "a/b:c",
            "'x'",
            "",
            "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        ];
        let names = of_tables("Overview", tables.into_iter());
        assert_eq!(
            names,
            [
                "churn",
                "overview_2",
                "a_table_with_a_name_of_forty_le",
                "a_table_with_a_name_of_forty__2",
                "history_2",
                "a_b_c",
                "x",
                "_",
                "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
            ]
        );
    }
}
