//! Shops of a few lines, with the shipped pipeline over them.

use crate::data::{Table, batch, days, decimals, parquet, texts};
use crate::support::{Project, copy, repository};

/// The pipeline of such shops.
pub const PIPELINE: &str = "pipelines/online_retail.yaml";

/// Customer, invoice, day, amount.
pub type Line = (String, String, String, String);

/// A run of the shipped pipeline over such lines.
pub struct Shop {
    pub project: Project,
    pub as_of: String,
}

impl Shop {
    pub fn open(as_of: &str, lines: &[Line]) -> Self {
        Self::open_with(as_of, lines, |_| ())
    }

    pub fn open_with(as_of: &str, lines: &[Line], change: impl Fn(&Project)) -> Self {
        let project = Project::new();
        for folder in ["sql", "reports"] {
            copy(&repository().join(folder), &project.path(folder));
        }
        let pipeline = std::fs::read_to_string(repository().join(PIPELINE)).unwrap();
        project.write(PIPELINE, pipeline);
        let of =
            |part: fn(&Line) -> &String| lines.iter().map(|line| part(line).as_str()).collect::<Vec<_>>();
        let one = vec!["1"; lines.len()];
        let sales = batch(vec![
            ("CustomerID", texts(&of(|line| &line.0))),
            ("InvoiceNo", texts(&of(|line| &line.1))),
            ("InvoiceDate", days(&of(|line| &line.2))),
            ("Quantity", decimals(&one, 6, 0)),
            ("UnitPrice", decimals(&of(|line| &line.3), 12, 2)),
            ("StockCode", texts(&one)),
        ]);
        parquet(&project.path("data/sales.parquet"), &sales);
        change(&project);
        project.done(&["run", PIPELINE, "--as-of", as_of, "--param", "data=data/"]);
        Self { project, as_of: as_of.to_owned() }
    }

    pub fn table(&self, name: &str) -> Table {
        self.project.table(&format!("private/online_retail/{}/tables/{name}.parquet", self.as_of))
    }

    pub fn page(&self) -> String {
        let html = self.project.read(&format!("site/online_retail/{}/index.html", self.as_of));
        let mut text = String::new();
        let mut inside = false;
        for letter in html.chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                letter if !inside => text.push(letter),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// How many customers have each value of a column, most first.
    pub fn counts(&self, table: &str, column: &str) -> String {
        let mut counts: Vec<(usize, String)> = Vec::new();
        for value in self.table(table).column(column) {
            match counts.iter_mut().find(|(_, known)| *known == value) {
                Some((count, _)) => *count += 1,
                None => counts.push((1, value)),
            }
        }
        counts.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
        counts.iter().map(|(count, value)| format!("{value}: {count}")).collect::<Vec<_>>().join(", ")
    }
}

/// A sale to a customer.
pub fn line(customer: u32, invoice: u32, day: &str, amount: &str) -> Line {
    (customer.to_string(), format!("I{invoice}"), day.to_owned(), amount.to_owned())
}
