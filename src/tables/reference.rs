//! The manual's pages of tables and kinds, written from the declarations.

use std::fmt::Write as _;

use super::{Column, ColumnKind, Declaration};

/// A heading and a list of columns for each table, in Markdown.
pub fn reference(tables: &[(String, Declaration)]) -> String {
    let mut out = String::new();
    for (name, table) in tables {
        // Writing to a string cannot fail.
        let _ = write!(out, "### `{name}`\n\nGrain: {}.\n\n", table.grain.en);
        out.push_str("| column | kind | name | 名称 | meaning |\n| --- | --- | --- | --- | --- |\n");
        for column in &table.columns {
            out.push_str(&line(column));
        }
        out.push('\n');
    }
    out
}

/// The kinds of columns, in Markdown.
pub fn kinds() -> String {
    let mut out = "| kind | values |\n| --- | --- |\n".to_owned();
    for kind in ColumnKind::ALL {
        let _ = writeln!(out, "| `{}` | {} |", kind.key(), kind.meaning());
    }
    out
}

fn line(column: &Column) -> String {
    let title = |tag: &str| {
        column.title.as_ref().map_or_else(String::new, |title| plain(title.of(tag)).replace("{n}", "n"))
    };
    let meaning = column.meaning.as_ref().map_or("", |meaning| meaning.en.as_str());
    let kind = match &column.words {
        Some(words) => format!("`{}` of `{words}`", column.kind.key()),
        None => format!("`{}`", column.kind.key()),
    };
    let cells = [format!("`{}`", column.name), kind, title("en"), title("zh-CN"), meaning.to_owned()];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

/// A name without its links to definitions: `[Class](class)` is `Class`.
fn plain(title: &str) -> String {
    let mut out = String::new();
    let mut rest = title;
    while let Some((before, link)) = rest.split_once('[') {
        out.push_str(before);
        match link.split_once("](").and_then(|(text, after)| Some((text, after.split_once(')')?.1))) {
            Some((text, after)) => {
                out.push_str(text);
                rest = after;
            }
            None => {
                out.push('[');
                rest = link;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Texts;

    #[test]
    fn a_table_is_told_column_by_column() {
        let text = |en: &str, zh_cn: &str| Some(Texts { en: en.to_owned(), zh_cn: zh_cn.to_owned() });
        let column = Column {
            name: "buys_<n>".to_owned(),
            kind: ColumnKind::Word,
            words: Some("x.y".to_owned()),
            title: text("[Buys](buys), {n} days [sic]", "{n}天"),
            shared: false,
            up_is_good: None,
            meaning: text("a | b", "甲"),
            at: None,
        };
        let grain = Texts { en: "customer".to_owned(), zh_cn: "客户".to_owned() };
        let table = Declaration { grain, columns: vec![column], at: None };
        assert_eq!(
            reference(&[("t".to_owned(), table)]),
            "### `t`\n\nGrain: customer.\n\n| column | kind | name | 名称 | meaning |\n| --- | --- | --- | --- | --- |\n\
             | `buys_<n>` | `word` of `x.y` | Buys, n days [sic] | n天 | a \\| b |\n\n"
        );
    }
}
