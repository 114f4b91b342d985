//! Downloads: CSV files and a workbook, of small and of large tables, for everybody who reads the report.

use std::collections::BTreeMap;
use std::io::Read as _;

use insta::assert_snapshot;
use regulars::pipeline::declared::shipped;

use crate::support::{PIPELINE, Project, content};

const REPORT: &str = "site/shop/2024-03-31";

/// A shop with a table of each kind of column.
fn shop() -> Project {
    let project = Project::masked_shop(
        "id,customer,day,amount",
        "t1,K-100011,2024-01-05,1234.50\nt2,K-200011,2024-02-06,20.00\nt3,K-100011,2024-03-07,-5.25\n",
        "  transaction_id: id",
    );
    project.write("sql/kinds.sql", KINDS);
    project.write(
        PIPELINE,
        project.read(PIPELINE).replace(
            "steps:",
            "currency: GBP\nreport: { firm: Smith & Sons, title: A & B, sections: [kinds, method] }\nsteps:",
        ) + DECLARED,
    );
    project
}

const KINDS: &str = "select customer_id, day as since, cast('2024-03-31 06:30:00' as timestamp) as seen_at, amount as revenue,
    cast(0.256 as double) as share, cast(0.1 as double) as up, 12345 as orders, amount > 0 as is_sale,
    '=1+1 ' || transaction_id as note, cast(123456789012345678 as bigint) as code
from transactions order by transaction_id
";

const DECLARED: &str = "  kinds:
    sql: sql/kinds.sql
    table:
      grain: { en: sale & return, zh-CN: 销售与退货 }
      columns:
        customer_id: customer
        since: { kind: date, en: Since, zh-CN: 起, means: { en: The first day., zh-CN: 首日。 } }
        seen_at: instant
        revenue: { kind: money, en: Turnover, zh-CN: 营业额 }
        share: share
        up: { kind: growth, en: Up by, zh-CN: 增长 }
        orders: count
        is_sale: flag
        note: text
        code: number
";

/// The parts of a workbook by their names.
fn parts(project: &Project, path: &str) -> BTreeMap<String, String> {
    let file = std::fs::File::open(project.path(path)).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        parts.insert(file.name().unwrap().into_owned(), text);
    }
    parts
}

fn workbook(project: &Project) -> BTreeMap<String, String> {
    parts(project, &format!("{REPORT}/downloads/shop.xlsx"))
}

/// The sheet of a name.
fn sheet<'a>(parts: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    let place =
        sheets(parts).iter().position(|known| known == name).unwrap_or_else(|| panic!("no sheet {name}"));
    &parts[&format!("xl/worksheets/sheet{}.xml", place + 1)]
}

fn sheets(parts: &BTreeMap<String, String>) -> Vec<String> {
    let names = parts["xl/workbook.xml"].split("<sheet name=\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Each cell of a sheet on a line of its own.
fn in_lines(xml: &str) -> String {
    xml.replace("<row", "\n<row").replace("<c ", "\n<c ").replace("</sheetData>", "\n</sheetData>\n")
}

/// The texts of the overview.
fn overview(parts: &BTreeMap<String, String>) -> String {
    let texts = parts["xl/sharedStrings.xml"].split("<si><t").skip(1);
    let text = |rest: &str| rest.split_once('>').unwrap().1.split("</t>").next().unwrap().to_owned();
    texts.map(text).collect::<Vec<_>>().join("\n")
}

fn downloads(project: &Project) -> Vec<String> {
    let folder = project.path(&format!("{REPORT}/downloads"));
    if !folder.exists() {
        return Vec::new();
    }
    content(&folder).into_iter().map(|(name, _)| name).collect()
}

/// A sheet's own rows have the format of their kind; a text is a text, whatever it looks like.
#[test]
fn cells_are_typed_by_what_is_declared() {
    let project = shop();
    project.ran();
    let parts = workbook(&project);
    assert_eq!(sheets(&parts), ["Overview", "seen", "kinds", "audit_rows", "audit_checks"]);
    assert_snapshot!(in_lines(sheet(&parts, "kinds")), @r#"
    <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
    <worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1:J4"/><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="1" width="12" customWidth="1"/><col min="2" max="2" width="11" customWidth="1"/><col min="3" max="3" width="20" customWidth="1"/><col min="4" max="4" width="14" customWidth="1"/><col min="5" max="5" width="10" customWidth="1"/><col min="6" max="6" width="10" customWidth="1"/><col min="7" max="7" width="10" customWidth="1"/><col min="8" max="8" width="10" customWidth="1"/><col min="9" max="9" width="10" customWidth="1"/><col min="10" max="10" width="19" customWidth="1"/></cols><sheetData>
    <row r="1" ht="17" customHeight="1">
    <c r="A1" s="7" t="inlineStr"><is><t xml:space="preserve">Customer</t></is></c>
    <c r="B1" s="7" t="inlineStr"><is><t xml:space="preserve">Since</t></is></c>
    <c r="C1" s="7" t="inlineStr"><is><t xml:space="preserve">seen at</t></is></c>
    <c r="D1" s="8" t="inlineStr"><is><t xml:space="preserve">Turnover, £</t></is></c>
    <c r="E1" s="8" t="inlineStr"><is><t xml:space="preserve">share</t></is></c>
    <c r="F1" s="8" t="inlineStr"><is><t xml:space="preserve">Up by</t></is></c>
    <c r="G1" s="8" t="inlineStr"><is><t xml:space="preserve">Orders</t></is></c>
    <c r="H1" s="7" t="inlineStr"><is><t xml:space="preserve">is sale</t></is></c>
    <c r="I1" s="7" t="inlineStr"><is><t xml:space="preserve">note</t></is></c>
    <c r="J1" s="8" t="inlineStr"><is><t xml:space="preserve">code</t></is></c></row>
    <row r="2">
    <c r="A2" s="22" t="inlineStr"><is><t xml:space="preserve">••11·3507vs</t></is></c>
    <c r="B2" s="5"><v>45296</v></c>
    <c r="C2" s="20"><v>45382.27083333333</v></c>
    <c r="D2" s="12"><v>1234.50</v></c>
    <c r="E2" s="14"><v>0.256</v></c>
    <c r="F2" s="15"><v>0.1</v></c>
    <c r="G2" s="10"><v>12345</v></c>
    <c r="H2" s="21" t="b"><v>1</v></c>
    <c r="I2" s="22" t="inlineStr"><is><t xml:space="preserve">=1+1 t1</t></is></c>
    <c r="J2" s="22" t="inlineStr"><is><t xml:space="preserve">123456789012345678</t></is></c></row>
    <row r="3">
    <c r="A3" s="22" t="inlineStr"><is><t xml:space="preserve">••11·1ez6ea</t></is></c>
    <c r="B3" s="5"><v>45328</v></c>
    <c r="C3" s="20"><v>45382.27083333333</v></c>
    <c r="D3" s="12"><v>20.00</v></c>
    <c r="E3" s="14"><v>0.256</v></c>
    <c r="F3" s="15"><v>0.1</v></c>
    <c r="G3" s="10"><v>12345</v></c>
    <c r="H3" s="21" t="b"><v>1</v></c>
    <c r="I3" s="22" t="inlineStr"><is><t xml:space="preserve">=1+1 t2</t></is></c>
    <c r="J3" s="22" t="inlineStr"><is><t xml:space="preserve">123456789012345678</t></is></c></row>
    <row r="4">
    <c r="A4" s="22" t="inlineStr"><is><t xml:space="preserve">••11·3507vs</t></is></c>
    <c r="B4" s="5"><v>45358</v></c>
    <c r="C4" s="20"><v>45382.27083333333</v></c>
    <c r="D4" s="12"><v>-5.25</v></c>
    <c r="E4" s="14"><v>0.256</v></c>
    <c r="F4" s="15"><v>0.1</v></c>
    <c r="G4" s="10"><v>12345</v></c>
    <c r="H4" s="21" t="b"><v>0</v></c>
    <c r="I4" s="22" t="inlineStr"><is><t xml:space="preserve">=1+1 t3</t></is></c>
    <c r="J4" s="22" t="inlineStr"><is><t xml:space="preserve">123456789012345678</t></is></c></row>
    </sheetData>
    <autoFilter ref="A1:J4"/><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><pageSetup fitToHeight="0" orientation="landscape" horizontalDpi="200" verticalDpi="200"/><ignoredErrors><ignoredError sqref="A1:J4" numberStoredAsText="1"/></ignoredErrors><legacyDrawing r:id="rId1"/></worksheet>
    "#);
    let styles = &parts["xl/styles.xml"];
    for format in ["#,##0.00", "0.0%", "+0.0%;-0.0%;0.0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"] {
        assert!(styles.contains(&format!("formatCode=\"{format}\"")), "{format} in {styles}");
    }
    // What a column is called in SQL, and what it means.
    let notes: String = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/comments"))
        .map(|(_, text)| text.as_str())
        .collect();
    assert!(notes.contains("since\nThe first day.") && notes.contains(">is_sale<"), "{notes}");
}

#[test]
fn the_overview_says_what_the_sheets_hold() {
    let project = shop();
    project.ran();
    let parts = workbook(&project);
    assert_snapshot!(overview(&parts), @"
    Smith &amp; Sons
    A &amp; B
    As of
    Period
    March 2024
    Currency
    GBP
    Pipeline
    shop
    Sheet
    Rows
    One row is
    seen
    kinds
    sale &amp; return
    audit_rows
    source × what became of its rows
    audit_checks
    check
    ");
    assert!(
        parts["xl/worksheets/sheet1.xml"].contains("location=\"kinds!A1\"")
            || parts["xl/worksheets/sheet1.xml"].contains("location=\"'kinds'!A1\"")
    );
    assert!(parts["docProps/core.xml"].contains("2024-03-31T00:00:00Z"), "{}", parts["docProps/core.xml"]);
    project.replace(PIPELINE, "currency: GBP", "currency: CNY\nlocale: zh-CN");
    project.ran();
    let parts = workbook(&project);
    assert_eq!(sheets(&parts)[0], "概览");
    let text = overview(&parts);
    for word in ["每行内容", "销售与退货", "报告期"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert!(sheet(&parts, "kinds").contains(">营业额（元）<"));
}

/// The shop of the demo has a headline with months: a chart of each figure.
#[test]
fn the_headline_has_charts() {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "150", "--days=420"]);
    let parts = parts(&project, "shop/site/customer_value/2026-10-31/downloads/customer_value.xlsx");
    let charts: Vec<&String> = parts.keys().filter(|name| name.starts_with("xl/charts/chart")).collect();
    assert!((4..=6).contains(&charts.len()), "{charts:?}");
    let first = &parts["xl/charts/chart1.xml"];
    assert!(first.contains("<a:t>Revenue</a:t>") && first.contains("<c:lineChart>"), "{first}");
    assert!(first.contains("<c:f>Overview!$B$"), "{first}");
    let text = overview(&parts);
    assert!(text.contains("Active customers\nRepeat rate, 12 months"), "{text}");
    assert!(parts["xl/styles.xml"].contains("+0.0&quot; points&quot;"), "shares change by points");
    for table in sheets(&parts).iter().skip(1) {
        let xml = sheet(&parts, table);
        assert!(xml.contains("state=\"frozen\"") && xml.contains("<autoFilter ref=\"A1:"), "{table}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = shop();
    let bytes = |threads: &str| {
        project.done(&["run", PIPELINE, "--threads", threads]);
        std::fs::read(project.path(&format!("{REPORT}/downloads/shop.xlsx"))).unwrap()
    };
    let first = bytes("1");
    assert!(first == bytes("4") && first == bytes("1"));
}

#[test]
fn ids_are_masked_in_every_part_of_a_workbook() {
    let project = shop();
    project.ran();
    for (name, text) in workbook(&project) {
        assert!(
            !text.contains("K-100011") && !text.contains("100011") && !text.contains("K-200011"),
            "{name}"
        );
    }
    let csv = project.read(&format!("{REPORT}/downloads/kinds.csv"));
    let mask = csv.lines().nth(1).unwrap().split(',').next().unwrap();
    assert!(mask.starts_with("••11·") && sheet(&workbook(&project), "kinds").contains(&format!(">{mask}<")));
    project.replace(PIPELINE, "method] }", "method], customer_ids: shown }");
    project.ran();
    assert!(sheet(&workbook(&project), "kinds").contains(">K-100011<"));
}

#[test]
fn nothing_hides_in_a_workbook_and_nothing_runs() {
    let project = shop();
    project.write(
        "sql/kinds.sql",
        KINDS.replace(
            "'=1+1 ' || transaction_id",
            "case transaction_id when 't1' then '_x003D_HYPERLINK(1)' when 't2' then chr(27) || '<b>' || chr(8238) || 'x' else '@SUM(1)' end",
        ),
    );
    project.ran();
    let parts = workbook(&project);
    let xml = sheet(&parts, "kinds");
    for cell in [">_x005F_x003D_HYPERLINK(1)<", ">␛&lt;b&gt;�x<", ">@SUM(1)<"] {
        assert!(xml.contains(cell), "{cell} in {xml}");
    }
    assert!(parts.values().all(|text| !text.contains("<f>")), "a formula");
    // Whoever edits such a cell finds it marked as text.
    assert!(parts["xl/styles.xml"].contains("quotePrefix=\"1\""));
}

#[test]
fn a_text_that_is_too_long_is_cut_and_said() {
    let project = shop();
    project.write(
        "sql/kinds.sql",
        KINDS.replace(
            "'=1+1 ' || transaction_id",
            "repeat('x', 32766 + cast(row_number() over (order by transaction_id) as bigint))",
        ),
    );
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @"
    ⚠ `kinds` does not fit into shop.xlsx: without the ends of 2 long texts
    help: the format `csv` has them; the first sheet of shop.xlsx says so too
    ");
    let parts = workbook(&project);
    assert!(
        overview(&parts)
            .contains("sale &amp; return · 2 texts are cut: a cell has room for 32,767 characters."),
        "{}",
        overview(&parts)
    );
    let xml = sheet(&parts, "kinds");
    assert!(
        xml.contains(&format!(">{}<", "x".repeat(32_767)))
            && xml.contains(&format!("{}…<", "x".repeat(32_766)))
    );
    let csv = project.read(&format!("{REPORT}/downloads/kinds.csv"));
    assert!(csv.contains(&"x".repeat(32_769)));
}

/// A pipeline says which formats there are, and pages offer no others.
#[test]
fn a_pipeline_chooses_its_formats() {
    let project = shop();
    project.replace(
        PIPELINE,
        "sections: [kinds, method]",
        "sections: [{ table: kinds, title: Kinds, chart: bars, label: note, value: revenue }, method]",
    );
    let ran = |formats: &str| {
        project.write(
            PIPELINE,
            project.read(PIPELINE).replace("report: { ", &format!("report: {{ formats: {formats}, ")),
        );
        project.ran();
        project.write(PIPELINE, project.read(PIPELINE).replace(&format!("formats: {formats}, "), ""));
        let pages = ["index.html", "method.html"].map(|page| project.read(&format!("{REPORT}/{page}")));
        let links = |page: &String| {
            let links = page.split("href=\"downloads/").skip(1).map(|rest| rest.split('"').next().unwrap());
            links.collect::<Vec<_>>().join(" ")
        };
        format!("{}\n{}\n{}", downloads(&project).join(" "), links(&pages[0]), links(&pages[1]))
    };
    assert_snapshot!(ran("[csv, xlsx]"), @"
    audit_checks.csv audit_rows.csv kinds.csv seen.csv shop.xlsx
    kinds.csv shop.xlsx
    seen.csv kinds.csv shop.xlsx
    ");
    assert_snapshot!(ran("[csv]"), @"
    audit_checks.csv audit_rows.csv kinds.csv seen.csv
    kinds.csv
    seen.csv kinds.csv
    ");
    assert_snapshot!(ran("[xlsx]"), @"
    shop.xlsx
    shop.xlsx shop.xlsx
    shop.xlsx shop.xlsx shop.xlsx
    ");
    assert_snapshot!(ran("[]"), @"");
    project.ran();
    let page = project.read(&format!("{REPORT}/index.html"));
    assert!(
        page.contains("All tables in one file: <a href=\"downloads/shop.xlsx\" download>shop.xlsx</a>"),
        "{page}"
    );
    assert!(page.contains("<a href=\"downloads/kinds.csv\" download>Data (CSV)</a>"), "{page}");
}

#[test]
fn formats_and_rows_that_there_are_not() {
    let project = shop();
    project.replace(PIPELINE, "report: { ", "report: { formats: [csv, xslx, csv], download_rows: 0, ");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × `xslx` is not a value of `formats`
        ╭─[pipelines/shop.yaml:12:26]
     11 │ currency: GBP
     12 │ report: { formats: [csv, xslx, csv], download_rows: 0, firm: Smith & Sons, title: A & B, sections: [kinds, method] }
        ·                          ────
     13 │ steps:
        ╰────
      help: did you mean `xlsx`?
      × the format `csv` is listed twice
        ╭─[pipelines/shop.yaml:12:32]
     11 │ currency: GBP
     12 │ report: { formats: [csv, xslx, csv], download_rows: 0, firm: Smith & Sons, title: A & B, sections: [kinds, method] }
        ·                                ───
     13 │ steps:
        ╰────
      help: remove one of them
      × `download_rows` must be from 1 to 1,048,575, not 0
        ╭─[pipelines/shop.yaml:12:53]
     11 │ currency: GBP
     12 │ report: { formats: [csv, xslx, csv], download_rows: 0, firm: Smith & Sons, title: A & B, sections: [kinds, method] }
        ·                                                     ─
     13 │ steps:
        ╰────
      help: a sheet has no more rows; larger tables are in private/, as Parquet
    ");
    project.replace(PIPELINE, "[csv, xslx, csv], download_rows: 0", "pdf, download_rows: 2000000");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × `formats` must be a list, not text
        ╭─[pipelines/shop.yaml:12:20]
     11 │ currency: GBP
     12 │ report: { formats: pdf, download_rows: 2000000, firm: Smith & Sons, title: A & B, sections: [kinds, method] }
        ·                    ───
     13 │ steps:
        ╰────
      help: write `formats: [...]` or one `- item` a line
      × `download_rows` must be from 1 to 1,048,575, not 2000000
        ╭─[pipelines/shop.yaml:12:40]
     11 │ currency: GBP
     12 │ report: { formats: pdf, download_rows: 2000000, firm: Smith & Sons, title: A & B, sections: [kinds, method] }
        ·                                        ───────
     13 │ steps:
        ╰────
      help: a sheet has no more rows; larger tables are in private/, as Parquet
    ");
}

/// 6,000 customers. One of them is named by another, in a column that nobody said to hold ids.
fn large() -> Project {
    let project = shop();
    let referrer = |n: usize| if n == 5_499 { "K-000711" } else { "none" };
    let rows = (0..6_000).map(|n| format!("t{n:04},K-{n:04}11,2024-01-05,1.00,{}\n", referrer(n)));
    project.write("data/a.csv", format!("id,customer,day,amount,ref\n{}", rows.collect::<String>()));
    project.replace(PIPELINE, "      amount: cast", "      referrer: ref\n      amount: cast");
    project.write(
        "sql/notes.sql",
        "select transaction_id, referrer from transactions order by transaction_id\n",
    );
    project.replace(PIPELINE, "\n  seen:", "\n  notes: { sql: sql/notes.sql }\n  seen:");
    project.replace(PIPELINE, "sections: [kinds, method]", "sections: [seen, method]");
    project
}

/// Tables that are too large for the page are masked as it is, and lie in both formats.
#[test]
fn large_tables_are_downloads_too() {
    let project = large();
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @r"
     ⚠ the last row of `transactions` is of 2024-01-05, and the report's last full period begins on
     │ 2024-03-01: its figures are zero
      ╭─[pipelines/shop.yaml:2:8]
    1 │ name: shop
    2 │ as_of: 2024-03-31
      ·        ──────────
    3 │ sources:
      ╰────
     help: choose a date within the data under `as_of`, such as 2024-01-05, or by `--as-of`
     ⚠ customers' ids are masked in the column `referrer` of `notes`
     help: if they are none, say so in the source that they come from: `customer_ids:` lists the
           columns that hold ids, `[]` that there are no more
    ");
    let csv = |table: &str| project.read(&format!("{REPORT}/downloads/{table}.csv"));
    let seen = csv("seen");
    assert_eq!(seen.lines().count(), 6_001);
    let parts = workbook(&project);
    let xml = sheet(&parts, "seen");
    assert!(xml.contains("<dimension ref=\"A1:D6001\"/>") && xml.contains("<autoFilter ref=\"A1:D6001\"/>"));
    assert_eq!(xml.matches("<row ").count(), 6_001);
    let mask = |row: usize| seen.lines().nth(row).unwrap().split(',').nth(1).unwrap().to_owned();
    assert!(xml.contains(&format!(">{}<", mask(6_000))));
    // One customer looks the same in all tables, and no other looks like it.
    let masks: std::collections::BTreeSet<String> = (1..=6_000).map(mask).collect();
    assert_eq!(masks.len(), 6_000);
    let of = |csv: &str, id: &str| {
        let line = csv.lines().find(|line| line.starts_with(id)).unwrap();
        line.split(',').nth(1).unwrap().to_owned()
    };
    let notes = csv("notes");
    assert_eq!(of(&notes, "t5499"), of(&seen, "t0007"));
    assert_eq!(of(&notes, "t5498"), "none");
    let all: String = workbook(&project).into_values().collect();
    for text in [&all, &seen, &notes, &project.read(&format!("{REPORT}/index.html"))] {
        assert!(!text.contains("K-"), "a whole id");
    }
    // The page has the first rows, and says where all are.
    let page = project.read(&format!("{REPORT}/index.html"));
    assert!(page.contains("of 6,000 rows are shown"), "{page}");
    assert!((1..=6_000).filter(|row| page.contains(&mask(*row))).count() < 1_001);
    assert!(
        project
            .read(&format!("{REPORT}/method.html"))
            .contains("<a href=\"downloads/notes.csv\">notes.csv</a>")
    );
}

#[test]
fn a_table_with_too_many_rows_is_no_download_and_that_is_said() {
    let project = large();
    project.replace(PIPELINE, "report: { ", "report: { download_rows: 5999, ");
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @r"
     ⚠ the last row of `transactions` is of 2024-01-05, and the report's last full period begins on
     │ 2024-03-01: its figures are zero
      ╭─[pipelines/shop.yaml:2:8]
    1 │ name: shop
    2 │ as_of: 2024-03-31
      ·        ──────────
    3 │ sources:
      ╰────
     help: choose a date within the data under `as_of`, such as 2024-01-05, or by `--as-of`
       `notes` has 6,000 rows, more than `download_rows: 5999`: it is no download
       `seen` has 6,000 rows, more than `download_rows: 5999`: it is no download
       `kinds` has 6,000 rows, more than `download_rows: 5999`: it is no download
    ");
    assert_eq!(downloads(&project).join(" "), "audit_checks.csv audit_rows.csv shop.xlsx");
    let parts = workbook(&project);
    assert_eq!(sheets(&parts), ["Overview", "audit_rows", "audit_checks"]);
    assert!(
        overview(&parts).contains("notes\nLeft out: it has more than 5,999 rows."),
        "{}",
        overview(&parts)
    );
    let method = project.read(&format!("{REPORT}/method.html"));
    assert_eq!(method.matches("More than 5,999 rows").count(), 3, "{method}");
    // A page may show what is no download.
    assert!(project.read(&format!("{REPORT}/index.html")).contains("of 6,000 rows are shown"));
}

/// Without a page there are downloads still.
#[test]
fn tables_without_a_page() {
    let project = shop();
    project.replace(
        PIPELINE,
        "report: { firm: Smith & Sons, title: A & B, sections: [kinds, method] }\n",
        "",
    );
    project.ran();
    assert_eq!(downloads(&project).join(" "), "audit_checks.csv audit_rows.csv kinds.csv seen.csv shop.xlsx");
    assert!(overview(&workbook(&project)).starts_with("shop\n"));
}

/// A disk without room for the workbook: a clear word, and the site as it was.
#[cfg(unix)]
#[test]
fn a_disk_without_room_for_a_workbook() {
    let project = large();
    project.replace(PIPELINE, "report: { ", "report: { formats: [xlsx], ");
    let script = format!("trap '' XFSZ; ulimit -f 300; exec \"$0\" run {PIPELINE}");
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_regulars")])
        .current_dir(project.root())
        .env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("downloads/shop.xlsx cannot be written"), "{said}");
    assert!(said.contains("check the permissions and the free space"), "{said}");
    assert!(!said.contains("panicked") && !said.contains("ZipWriter"), "{said}");
    assert!(project.nothing_published());
}

#[test]
fn tables_that_ship_say_what_a_row_is_in_both_languages() {
    let tables = shipped().groups.iter().flat_map(|group| &group.tables);
    let same: Vec<&str> = tables
        .filter(|(_, table)| table.grain.en == table.grain.zh_cn)
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(same.is_empty(), "{same:?}");
}
