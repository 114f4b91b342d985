//! `sources`: where the rows of a table are, its columns, the rows set aside and the checks.

use crate::pipeline::check::TESTS;
use crate::pipeline::reader::{Fields, Reader};
use crate::pipeline::yaml::{Node, NodeKind};
use crate::pipeline::{
    Amounts, Check, Column, MissingColumns, Orders, Rule, Source, Spanned, TRANSACTIONS, When,
};

/// What `columns` holds.
pub(in crate::pipeline) const COLUMNS: &str = "`column: SQL expression`";

const ORDERS: [(&str, Orders); 3] = [
    ("by_id", Orders::ById),
    ("one_per_customer_day", Orders::CustomerDay),
    ("one_per_customer_time", Orders::CustomerTime),
];
const AMOUNTS: [(&str, Amounts); 2] = [("mapped", Amounts::Mapped), ("none", Amounts::None)];

impl Reader {
    pub(super) fn source(&mut self, name: &Spanned<String>, node: &Node) -> Option<Source> {
        let keys = [
            "path",
            "delimiter",
            "encoding",
            "quote",
            "missing_columns",
            "join",
            "columns",
            "customer_ids",
            "shared",
            "quarantine",
            "checks",
            "orders",
            "amounts",
            "by_day",
        ];
        let fields = self.fields(node, &name.value, &keys)?;
        let csv = self.csv(&fields);
        let path = match fields.get("path") {
            Some(node) => self.text(node, "path"),
            None => {
                let help = "add `path:` with a file, a folder or a glob";
                self.problem(
                    &name.at,
                    format!("the source `{}` has no `path`", name.value),
                    Some(help.into()),
                );
                None
            }
        };
        let joins = fields.get("join").map(|node| self.joins(name, node)).unwrap_or_default();
        let columns =
            fields.get("columns").map(|node| self.mapping(node, "columns", COLUMNS)).unwrap_or_default();
        let customer_ids = fields.get("customer_ids").map(|node| match &node.kind {
            // None beside `customer_id`.
            NodeKind::List(items) if items.is_empty() => Vec::new(),
            _ => self.names(node, "customer_ids"),
        });
        let shared = fields.get("shared").and_then(|node| {
            let shared = self.boolean(node, "shared")?;
            shared.then(|| node.at.clone())
        });
        let mut quarantine = Vec::new();
        if let Some(node) = fields.get("quarantine") {
            for (key, value) in self.entries(node, "quarantine", "`rule: SQL condition`") {
                let rule = self.identifier(&key.name, &key.at, "rule");
                if let (Some(name), Some(when)) = (rule, self.when(value, &key.name)) {
                    quarantine.push(Rule { name, when });
                }
            }
        }
        let checks = match fields.get("checks") {
            Some(node) => self.items(node, "checks").iter().filter_map(|item| self.check(item)).collect(),
            None => Vec::new(),
        };
        let missing_columns =
            fields.get("missing_columns").map(|node| self.missing_columns(node)).unwrap_or_default();
        let orders = self.one_of(&fields, "orders", &ORDERS).unwrap_or(Orders::ById);
        let amounts = self.one_of(&fields, "amounts", &AMOUNTS).unwrap_or(Amounts::Mapped);
        self.stand_ins(&fields, name, &columns, orders, amounts);
        let by_day = fields.get("by_day").and_then(|node| self.text(node, "by_day"));
        if let Some(by_day) = by_day.as_ref().filter(|_| name.value == TRANSACTIONS) {
            let help = "the day of a transaction is that of `occurred_at`";
            self.problem(&by_day.at, "`by_day` has no use here", Some(help.into()));
        }
        let (name, path) = (name.clone(), path?);
        Some(Source {
            name,
            path,
            csv,
            missing_columns,
            joins,
            columns,
            customer_ids,
            shared,
            quarantine,
            checks,
            orders,
            amounts,
            by_day,
            wanted: Vec::new(),
            only: Vec::new(),
        })
    }

    /// Columns, each with its expression.
    pub(in crate::pipeline) fn mapping(&mut self, node: &Node, key: &str, form: &str) -> Vec<Column> {
        let mut columns = Vec::new();
        for (column, value) in self.entries(node, key, form) {
            let name = self.identifier(&column.name, &column.at, "column");
            if let (Some(name), Some(sql)) = (name, self.text(value, &column.name)) {
                columns.push(Column { name, sql });
            }
        }
        columns
    }

    fn missing_columns(&mut self, node: &Node) -> MissingColumns {
        const HELP: &str = "write `as_null`, `error`, or a list of the files' columns, such as `[discount]`";
        match &node.kind {
            NodeKind::Text(text) if text == "error" => MissingColumns::Error,
            NodeKind::Text(text) if text == "as_null" => MissingColumns::AsNull(None),
            NodeKind::List(_) => MissingColumns::AsNull(Some(self.names(node, "missing_columns"))),
            NodeKind::Text(text) => {
                let what = format!("`{text}` is not a value of `missing_columns`");
                self.problem(&node.at, what, Some(HELP.into()));
                MissingColumns::Error
            }
            other => {
                let found = if matches!(other, NodeKind::Null) { "blank" } else { other.name() };
                let what = format!("`missing_columns` is {found}");
                self.problem(&node.at, what, Some(HELP.into()));
                MissingColumns::Error
            }
        }
    }

    /// What stands in for a column must not be mapped too.
    fn stand_ins(
        &mut self,
        fields: &Fields<'_>,
        name: &Spanned<String>,
        columns: &[Column],
        orders: Orders,
        amounts: Amounts,
    ) {
        if name.value != TRANSACTIONS {
            for key in ["orders", "amounts"].into_iter().filter(|key| fields.get(key).is_some()) {
                let help = format!("`{key}` belongs to the source `{TRANSACTIONS}`");
                self.problem(&fields.key(key), format!("`{key}` has no use here"), Some(help));
            }
            return;
        }
        let made = [
            ("orders", "transaction_id", orders != Orders::ById),
            ("amounts", "amount", amounts != Amounts::Mapped),
        ];
        for (key, column, _) in made.into_iter().filter(|(.., made)| *made) {
            if let Some(mapped) = columns.iter().find(|mapped| mapped.name.value == column) {
                let what = format!("`{column}` is mapped, and `{key}` makes it");
                self.problem(&mapped.name.at, what, Some(format!("remove this line, or `{key}`")));
            }
        }
    }

    fn when(&mut self, node: &Node, rule: &str) -> Option<When> {
        if matches!(node.kind, NodeKind::Map(_)) {
            let fields = self.fields(node, rule, &["repeated"])?;
            let Some(repeated) = fields.get("repeated") else {
                let help = format!("write `{rule}: <SQL condition>`, or `{rule}: {{ repeated: [columns] }}`");
                self.problem(&fields.at, format!("the rule `{rule}` has no condition"), Some(help));
                return None;
            };
            let columns = self.names(repeated, "repeated");
            return (!columns.is_empty()).then_some(When::Repeated(columns));
        }
        self.text(node, rule).map(When::Sql)
    }

    fn check(&mut self, node: &Node) -> Option<Check> {
        let known = TESTS.map(|kind| kind.key);
        let (fields, severity, test) = self.named_test(node, &known)?;
        let (value, at) = (fields.get(test)?, fields.key(test));
        Some(Check { at, severity, test: self.test(test, value)? })
    }
}
