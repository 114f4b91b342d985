//! Sections that are data: own charts in a pipeline, section files, and what is said of mistakes in them.

use insta::assert_snapshot;

use regulars::report::chart::reference;

use crate::support::{PIPELINE, Project, repository};

const SALES: &str = "customer_id,transaction_id,occurred_at,amount,channel\n\
a,1,2024-01-05,10.00,shop\n\
a,2,2024-02-07,20.00,web\n\
b,3,2024-02-09,5.50,shop\n\
c,4,2024-03-11,40.00,web\n\
d,5,2024-03-12,4.00,\"<b>post</b>\"\n";

const CHANNELS: &str = "select channel, count(distinct customer_id) as customers, sum(amount) as revenue,\n    \
sum(amount) > 20 as large from transactions group by channel order by revenue desc\n";

/// A shop with a table of its channels, and these sections.
fn shop(sections: &str) -> Project {
    let project = Project::shop(
        "path: data/sales.csv\ncolumns:\n  customer_id: customer_id\n  transaction_id: transaction_id\n  occurred_at: CAST(occurred_at AS DATE)\n  amount: CAST(amount AS DECIMAL(10, 2))\n  channel: channel",
    );
    project.write("data/sales.csv", SALES);
    project.write("sql/channels.sql", CHANNELS);
    let text = project.read(PIPELINE);
    let steps = "  channels: { sql: sql/channels.sql }\n";
    project.write(PIPELINE, format!("{text}{steps}report:\n  sections:\n{sections}"));
    project
}

fn page(project: &Project) -> String {
    project.read("site/shop/2024-03-31/index.html")
}

/// The section of a page, without its pictures.
fn section(html: &str, id: &str) -> String {
    let from = html.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    let end = html[from..].find("</section>").unwrap();
    html[from..from + end].to_owned()
}

#[test]
fn an_own_chart_is_a_line_of_the_pipeline() {
    let project = shop(
        "    - { table: channels, title: Sales by channel, chart: bars, label: channel, value: revenue }\n",
    );
    project.ran();
    let own = section(&page(&project), "channels");
    let (before, rest) = own.split_once("<svg").unwrap();
    let (svg, after) = rest.split_once("</svg>").unwrap();
    assert_snapshot!("own_chart_page", format!("{before}[picture]{after}"));
    assert_snapshot!("own_chart_picture", svg);
}

#[test]
fn titles_are_in_the_language_of_the_report() {
    let project = shop(
        "    - { table: channels, title: { en: Sales by channel, zh-CN: 各渠道销售额 }, chart: bars, label: channel, value: customers }\n    - { table: channels, title: Again }\n",
    );
    project.replace(PIPELINE, "name: shop\n", "name: shop\nlocale: zh-CN\n");
    project.ran();
    let html = page(&project);
    assert!(section(&html, "channels").contains("各渠道销售额：3行"), "{}", section(&html, "channels"));
    assert!(section(&html, "channels-2").contains("Again"));
}

#[test]
fn every_kind_of_chart_draws_an_own_table() {
    let sections = "
    - { name: c1, table: wide, chart: bars, label: name, value: a, mark: b, highlight: yes_no }
    - { name: c2, table: wide, chart: grouped_bars, label: name, value: [a, b] }
    - { name: c3, table: wide, chart: stacked_bars, label: name, value: [a, b], whole: share }
    - { name: c4, table: wide, chart: line, label: month, value: [a, b], from_zero: true }
    - { name: c5, table: wide, chart: area_band, label: month, actual: a, expected: b, low: a, high: b }
    - { name: c6, table: wide, chart: combo, label: month, bar: a, line: b, complete: yes_no }
    - { name: c7, table: wide, chart: multiples, label: month, value: a, by: name }
    - { name: c8, table: wide, chart: heat, row: name, column: month, value: a }
    - { name: c9, table: wide, chart: matrix, from: name, to: name, value: a }
    - { name: c10, table: wide, chart: sankey, from: name, to: month, value: a }
    - { name: c11, table: wide, chart: histogram, from: a, to: b, count: a }
    - { name: c12, table: wide, chart: lorenz, customers: first_share, share: second_share }
    - { name: c13, table: wide, chart: scatter, x: a, y: b, label: name, split: mean }
    - { name: c14, table: wide, chart: waterfall, label: name, value: a, is_total: yes_no }
    - { name: c15, table: wide, chart: funnel, label: name, value: a }
    - { name: c16, table: wide, chart: pyramid, label: name, value: [a, b] }
    - { name: c17, table: wide, chart: numbers, figure: name, now: a, before: b }
";
    let project = shop(sections.trim_start_matches('\n'));
    project.write(
        "sql/wide.sql",
        "select column1 as name, cast(column2 as date) as month, column3 as a, column4 as b, column5 as yes_no,\n    \
column6 as first_share, column7 as second_share\nfrom (values\n    ('one', '2024-01-01', 1, 2, true, 0.0, 0.0),\n    \
('two', '2024-02-01', 2, 5, false, 0.5, 0.9),\n    ('three', '2024-03-01', 5, 9, false, 1.0, 1.0)\n)\norder by month\n",
    );
    project.replace(PIPELINE, "  channels:", "  wide: { sql: sql/wide.sql }\n  channels:");
    project.ran();
    let html = page(&project);
    for number in 1..=16 {
        let own = section(&html, &format!("c{number}"));
        assert!(own.contains("<svg"), "c{number}: {own}");
    }
    assert_eq!(section(&html, "c17").matches("class=\"card\"").count(), 3);
}

/// Two months past, then two that are predicted, under a bracket with a text that a row chooses and fills; and in the table from
/// where to where each may lie.
#[test]
fn a_forecast_has_a_bracket_and_a_range() {
    let project = shop(
        "    - { table: ahead, title: Ahead, chart: stacked_bars, label: month, value: [came, predicted], not_final: predicted, \
         bracket: note, lay: columns, columns: [month, predicted, { range: [low, high], title: Likely }] }\n",
    );
    project.write(
        "sql/ahead.sql",
        "select cast(column1 as date) as month, column2 as came, column3 as predicted, column4 as low, column5 as high,\n    \
         case when column3 > 0 then 'ahead.sum' end as note, 2 as months\nfrom (values\n    ('2024-01-01', 7, null, null, null),\n    \
         ('2024-02-01', 9, null, null, null), ('2024-03-01', null, 8, 6, 11), ('2024-04-01', null, 5, 4, 7)\n)\norder by month\n",
    );
    project.replace(PIPELINE, "  channels:", "  ahead: { sql: sql/ahead.sql }\n  channels:");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no text `ahead.sum` in the words of en and zh-CN
       ╭─[sql/ahead.sql:2:33]
     1 │ select cast(column1 as date) as month, column2 as came, column3 as predicted, column4 as low, column5 as high,
     2 │     case when column3 > 0 then 'ahead.sum' end as note, 2 as months
       ·                                 ─────────
     3 │ from (values
       ╰────
      help: add it to reports/words/en.yaml and reports/words/zh-CN.yaml
    ");
    for (tag, text) in [("en", "next {months} months"), ("zh-CN", "未来{months}个月")] {
        project.write(&format!("reports/words/{tag}/ahead.yaml"), format!("ahead:\n  sum: \"{text}\"\n"));
    }
    project.ran();
    let own = section(&page(&project), "ahead");
    let (picture, table) = own.split_once("</svg>").unwrap();
    assert!(picture.contains(">next 2 months</text>"), "{picture}");
    // Two columns and the key are paler.
    assert_eq!(picture.matches("fill-opacity=\"0.3\"").count(), 2 + 1, "{picture}");
    for cells in
        ["<td class=\"n\">8</td><td class=\"n\">6 to 11</td>", "<td class=\"n\">–</td><td class=\"n\">–</td>"]
    {
        assert!(table.contains(cells), "{cells}\n{table}");
    }
    project.replace(PIPELINE, "range: [low, high]", "range: [low]");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × this column is not complete
        ╭─[pipelines/shop.yaml:18:177]
     17 │   sections:
     18 │ …d, bracket: note, lay: columns, columns: [month, predicted, { range: [low], title: Likely }] }
        ·                                                              ─
        ╰────
      help: write `{ range: [low, high], title: columns.range }`
    ");
    project.replace(PIPELINE, "range: [low]", "range: [low, hihg]");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `ahead` has no column `hihg`
        ╭─[pipelines/shop.yaml:18:192]
     17 │   sections:
     18 │ …e, lay: columns, columns: [month, predicted, { range: [low, hihg], title: Likely }] }
        ·                                                              ────
        ╰────
      help: did you mean `high`?
    ");
}

/// Whatever rows come, a run ends well: none, one, NULLs, names that are no names.
#[test]
fn sections_never_fail_a_run() {
    let sections = "
    - { table: channels, title: A, chart: bars, label: channel, value: revenue, highlight: large }
    - { table: channels, chart: grouped_bars, label: channel, value: [customers, revenue], compare: true, as: { revenue: number } }
    - { table: channels, chart: line, label: channel, value: revenue }
    - { table: channels, chart: numbers, figure: channel, now: revenue }
    - { table: channels, chart: heat, row: channel, column: customers, value: revenue }
    - { table: channels, chart: waterfall, label: channel, value: revenue, is_total: large }
    - channels_words
    - method
";
    let project = shop(sections.trim_start_matches('\n'));
    project.write(
        "reports/sections/channels_words.yaml",
        "answer: { table: channels, word: { en: \"{channel}: {revenue}\", zh-CN: \"{channel}：{revenue}\" } }\nparts:\n  - table: channels\n",
    );
    let rows = ["where false", "where channel = 'web'", "where channel = 'none' or true"];
    for row in rows {
        project.write("sql/channels.sql", CHANNELS.replace("group by", &format!("{row} group by")));
        project.ran();
        assert!(page(&project).contains("id=\"method\""), "{row}");
    }
    let nothing = "select cast(null as varchar) as channel, cast(null as bigint) as customers,\n    \
cast(null as decimal(10, 2)) as revenue, cast(null as boolean) as large from transactions limit 3\n";
    project.write("sql/channels.sql", nothing);
    project.ran();
    let strange = "select 'a' || chr(8238) || '<script>&' || chr(10) || '{channel}' as channel, 1 as customers,\n    \
-1000000000 as revenue, true as large from transactions limit 2\n";
    project.write("sql/channels.sql", strange);
    project.ran();
    assert_eq!(page(&project).matches("<script").count(), 1, "the page's own");
    assert!(page(&project).contains("&lt;script&gt;"));
}

#[test]
fn a_large_table_shows_its_best_rows_and_says_so() {
    let project = shop(
        "    - { table: many, title: Many, chart: bars, label: name, value: number, rows: 3 }\n    - method\n",
    );
    project.write(
        "sql/many.sql",
        "with numbers as (select unnest(range(1, 6001)) as number)\n\nselect 'n' || cast(number as varchar) as name, number from numbers order by number desc\n",
    );
    project.replace(PIPELINE, "  channels:", "  many: { sql: sql/many.sql, keep: false }\n  channels:");
    project.ran();
    let own = section(&page(&project), "many");
    assert!(own.contains("n6000") && own.contains("n5965") && !own.contains("n5963"), "{own}");
    assert_eq!(own.matches("of 6,000 rows are shown").count(), 2, "{own}");
    assert!(own.contains("36 of 6,000") && own.contains("3 of 6,000"));
    // Not all of its rows, and not kept: it is no download, so nobody is sent to one.
    assert!(!own.contains("all are in the table"), "{own}");
    assert!(!project.path("site/shop/2024-03-31/downloads/many.csv").exists());
    assert!(!project.path("private/shop/2024-03-31/tables/many.parquet").exists());
}

/// Pictures write figures by their kind: differences of shares as points, shares as per cent, with the places asked for.
/// What rounds to nothing is neither good nor bad.
#[test]
fn figures_of_a_picture_are_of_their_kind() {
    let project = shop(
        "    - { name: bars, table: gaps, chart: bars, label: level, value: gap }
    - { name: line, table: gaps, chart: line, label: level, value: gap }
    - { name: heat, table: cells, chart: heat, row: a, column: b, value: index, as: { index: number.1 } }
    - { name: under, table: gaps, chart: bars, label: name, value: level, under: name, lay: columns }
",
    );
    project.write(
        "sql/gaps.sql",
        "select * from (values ('one', 0.35, 0.021), ('two', 0.5, -0.0001), ('six', 0.6, -0.05)) as v(name, level, gap) order by 1",
    );
    project.write(
        "sql/cells.sql",
        "with n as (select unnest(range(0, 11)) as n) select l.n as a, r.n as b, cast(l.n + r.n as double) / 4 as index from n l cross join n r order by 1, 2",
    );
    let gaps = "  gaps:
    sql: sql/gaps.sql
    table:
      grain: name
      columns: { name: text, level: share, gap: { kind: points, up: good } }
  cells: { sql: sql/cells.sql }
";
    project.replace(PIPELINE, "  channels:", &format!("{gaps}  channels:"));
    project.ran();
    let html = page(&project);
    let picture = |id: &str| {
        let section = section(&html, id);
        section.split_once("<svg").unwrap().1.split_once("</svg>").unwrap().0.to_owned()
    };
    let bars = picture("bars");
    assert!(bars.contains(">+2.1\u{a0}points<") && bars.contains(">35.0%<"), "{bars}");
    let line = picture("line");
    assert!(
        line.contains(">0\u{a0}points<") && line.contains(">35.0%<") && !line.contains("0.350"),
        "{line}"
    );
    let heat = picture("heat");
    assert!(heat.contains(">0.3<") && heat.contains(">5.0<"), "{heat}");
    let under = picture("under");
    assert_eq!(under.matches(">two<").count(), 2, "{under}");
    let table = section(&html, "bars");
    assert!(table.contains("<td class=\"n\">±0.0\u{a0}points"), "{table}");
    assert!(table.contains("<td class=\"n bad\">−5.0\u{a0}points"), "{table}");
}

/// What the source does not name has the key `-` in tables that are grouped by it, and NULL in lists: readers see one dash.
#[test]
fn what_is_not_named_has_one_dash() {
    let project = shop(
        "    - { table: channels, title: By channel, chart: bars, label: channel, value: revenue }
    - { name: list, table: channels_null, title: List }
",
    );
    let rows = "select * from (values ('-', 3), ('web', 2), ('a-b', 1)) as v(channel, revenue) order by revenue desc";
    project.write("sql/channels.sql", rows);
    project.write("sql/channels_null.sql", rows.replace("'-'", "null"));
    project.replace(PIPELINE, "report:", "  channels_null: { sql: sql/channels_null.sql }\nreport:");
    project.ran();
    let html = page(&project);
    let cells = |id: &str| {
        let section = section(&html, id);
        let rows = section.split("<tbody>").nth(1).unwrap().split("<tr>").skip(1);
        rows.map(|row| row.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(cells("channels"), ["–", "web", "a-b"]);
    assert_eq!(cells("list"), ["–", "web", "a-b"]);
    let own = section(&html, "channels");
    let picture = own.split_once("<svg").unwrap().1.split_once("</svg>").unwrap().0;
    assert!(picture.contains(">–<") && !picture.contains(">-<"), "{picture}");
}

#[test]
fn sentences_are_chosen_and_filled_by_sql() {
    let project = shop("    - shops\n    - method\n");
    project.write(
        "sql/shops_words.sql",
        "with counted as (\n    select count(*) as shops, sum(revenue) as revenue, max(channel) as best from channels\n)\n\n\
select 'answer' as place, 1 as position, 'shops.answer' as word, 'channels' as step, shops, revenue, best from counted\n\
union all\nselect 'note', 2, case when shops > 2 then 'shops.many' else 'shops.few' end, 'channels', shops, revenue, best from counted\n\
union all\nselect 'note', 2, 'shops.best', 'channels', shops, revenue, best from counted\n",
    );
    project.replace(PIPELINE, "  channels:", "  shops_words: { sql: sql/shops_words.sql }\n  channels:");
    project.write(
        "reports/sections/shops.yaml",
        "question: { en: How many?, zh-CN: 多少？ }\nneeds: [channels]\nanswer: { table: shops_words }\nnotes: { table: shops_words }\nparts:\n  - fold:\n      parts:\n        - table: channels\n          columns: [channel, revenue]\n          titles: { channel: { en: Way, zh-CN: 方式 } }\n",
    );
    let words = "shops:\n  answer: \"{shops} {shops?way:ways} of selling brought {revenue}.\"\n  many: Many.\n  few: Few.\n  best: \"The last is {best}.\"\n";
    for tag in ["en", "zh-CN"] {
        project.write(&format!("reports/words/{tag}.yaml"), words);
    }
    project.ran();
    let own = section(&page(&project), "shops");
    let text: String = own
        .lines()
        .filter(|line| {
            line.contains("class=\"question\"") || line.contains("<h2>") || line.contains("class=\"note\"")
        })
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    assert_snapshot!(text, @r##"
    <p class="question" id="shops-question">How many?</p>
    <h2><a class="figure" tabindex="-1" href="method.html#step-channels" title="channels · sql/channels.sql">3</a> ways of selling brought <a class="figure" tabindex="-1" href="method.html#step-channels" title="channels · sql/channels.sql">$79.50</a>.</h2>
    <p class="note">The last is web. Many.</p>
    "##);
    // A table without rows leaves the section out, and a sentence may say why.
    project.write(
        "sql/shops_words.sql",
        "select 'left_out' as place, 1 as position, 'shops.few' as word, count(*) as shops from channels\n",
    );
    project.ran();
    let html = page(&project);
    assert!(!html.contains("id=\"shops\"") && section(&html, "method").contains("Few."));
    // Rows of another place are no answer, and the reason is not that there are none.
    project.write(
        "sql/shops_words.sql",
        "select 'answr' as place, 1 as position, 'shops.few' as word, count(*) as shops from channels\n",
    );
    let done = project.ran();
    assert!(
        done.err.contains(
            "section `shops` is left out: The table shops_words has rows, but none whose `place` is"
        ),
        "{}",
        done.err
    );
}

/// Of each row an entry: its heading by the words, a text beside it where the row has what it asks for, a link to the section
/// that shows more where the page has it.
#[test]
fn a_list_has_an_entry_for_each_sentence() {
    let project = shop("    - ways\n    - method\n");
    project.write(
        "sql/ways_words.sql",
        "select 'way' as place, row_number() over (order by revenue desc) as position,\n    \
concat('ways.of.', channel, '.text') as word, channel, customers,\n    \
case when large then revenue end as revenue, case when large then 'method' else 'elsewhere' end as section\nfrom channels\n",
    );
    project.replace(PIPELINE, "  channels:", "  ways_words: { sql: sql/ways_words.sql }\n  channels:");
    project.write(
        "reports/sections/ways.yaml",
        "question: Which?\nanswer: ways.answer\nparts:\n  - list:\n      table: ways_words\n      place: way\n      heading: channel\n      \
beside: ways.beside\n      otherwise: ways.other\n      section: section\n      of: channels\n      as: { channel: ways.of.*.title, revenue: money }\n",
    );
    let words = "ways:\n  answer: These.\n  beside: \"brought {revenue}\"\n  other: \"Of {customers}.\"\n  of:\n    web:\n      title: On the web\n      text: \"{channel}, {customers} {customers?customer:customers}.\"\n";
    for tag in ["en", "zh-CN"] {
        project.write(&format!("reports/words/{tag}.yaml"), words);
    }
    project.ran();
    let own = section(&page(&project), "ways");
    let (_, list) = own.split_once("<ol").unwrap();
    let list = list.replace(" href=\"method.html#step-channels\" title=\"channels · sql/channels.sql\"", "");
    assert_snapshot!(list, @r##"
    class="findings">
       <li>
         <h3>On the web <span class="stake">brought <a class="figure" tabindex="-1">$60</a></span></h3>
         <p>On the web, <a class="figure" tabindex="-1">2</a> customers.</p>
         <p class="remark"><a href="#method">See: Data and method</a> · <a href="downloads/channels.csv">The rows</a>&nbsp;<a class="source" aria-label="source channels">ⓘ</a></p>
       </li>
       <li>
         <h3>shop</h3>
         <p>Of <a class="figure" tabindex="-1">2</a>.</p>
         <p class="remark"><a href="downloads/channels.csv">The rows</a>&nbsp;<a class="source" aria-label="source channels">ⓘ</a></p>
       </li>
       <li>
         <h3>&lt;b&gt;post&lt;/b&gt;</h3>
         <p>Of <a class="figure" tabindex="-1">1</a>.</p>
         <p class="remark"><a href="downloads/channels.csv">The rows</a>&nbsp;<a class="source" aria-label="source channels">ⓘ</a></p>
       </li>
     </ol>
    "##);
}

/// What a table of sentences has for a row stands in its cell. A row of little weight is pale.
#[test]
fn cells_have_sentences_and_rows_are_pale() {
    let project = shop("    - ways\n    - method\n");
    project.write(
        "sql/ways_words.sql",
        "select channel, 1 as position, 'ways.many' as word, customers, revenue from channels where customers > 1\n\
         union all\nselect channel, 2, 'ways.brought', customers, revenue from channels where large\n",
    );
    project.replace(
        PIPELINE,
        "  channels:",
        "  ways_words: { sql: sql/ways_words.sql, keep: false }\n  channels:",
    );
    project.write(
        "reports/sections/ways.yaml",
        "question: Which?\nanswer: ways.answer\nparts:\n  - table: channels\n    pale: large\n    columns:\n      - channel\n      \
         - { sentences: ways_words, by: channel, title: ways.what, as: { revenue: money } }\n      - revenue\n",
    );
    let words = |tag: &str, between: &str| {
        let ways = "ways:\n  answer: These.\n  what: What\n  many: \"{customers} customers\"\n  brought: \"{revenue} <all>\"\n";
        let table = format!("table:\n  between_sentences: \"{between}\"\n");
        project.write(&format!("reports/words/{tag}.yaml"), format!("{ways}{table}"));
    };
    words("en", " / ");
    words("zh-CN", "；");
    project.ran();
    let own = section(&page(&project), "ways");
    let (_, body) = own.split_once("<tbody").unwrap();
    let rows: Vec<&str> = body.split("<tr").skip(1).collect();
    for (row, pale, cells) in [
        (0, true, [">web</th>", ">2 customers / $60 &lt;all&gt;</td>", ">60.00</td>"]),
        (1, false, [">shop</th>", ">2 customers</td>", ">15.50</td>"]),
        (2, false, [">&lt;b&gt;post&lt;/b&gt;</th>", ">–</td>", ">4.00</td>"]),
    ] {
        let (tag, inside) = rows[row].split_once('>').unwrap();
        assert_eq!(tag.contains("soft"), pale, "{tag}");
        for cell in cells {
            assert!(inside.contains(cell), "{cell}: {inside}");
        }
    }
    // Without a row of sentences all cells are empty, and nothing else is missing.
    project.replace("sql/ways_words.sql", "where large", "where false");
    project.replace("sql/ways_words.sql", "customers > 1", "customers > 9");
    project.ran();
    let html = page(&project);
    assert_eq!(section(&html, "ways").matches(">–</td>").count(), 3, "{}", section(&html, "ways"));
    assert!(!section(&html, "method").contains("ways_words has no rows"));
}

/// Curves of one table by the names in a column, in its order; as many as there is room for. A point of the first is marked.
#[test]
fn one_picture_has_several_curves() {
    let sections = "    - { table: gains, chart: lorenz, customers: all_share, share: left_share, curve: who, mark: 50, \
                    customers_text: Contacted, share_text: Reached, diagonal_text: At random }\n";
    let project = shop(sections);
    project.write(
        "sql/gains.sql",
        "select column1 as who, column2 as all_share, column3 as left_share\nfrom (values\n    ('one', 0.0, 0.0, 1), \
         ('one', 0.5, 0.75, 1), ('one', 1.0, 1.0, 1),\n    ('two', 0.0, 0.0, 2), ('two', 1.0, 1.0, 2), \
         ('three', 0.0, 0.0, 3), ('three', 1.0, 1.0, 3),\n    ('four', 0.0, 0.0, 4), ('four', 1.0, 1.0, 4)\n)\n\
         order by column4, column2\n",
    );
    project.replace(PIPELINE, "  channels:", "  gains: { sql: sql/gains.sql }\n  channels:");
    project.ran();
    let own = section(&page(&project), "gains");
    let (svg, after) = own.split_once("</svg>").unwrap();
    for says in [">one<", ">two<", ">three<", ">75%<", ">Contacted<", ">Reached<", ">At random<"] {
        assert!(svg.contains(says), "{says}: {svg}");
    }
    assert!(!svg.contains(">four<") && after.contains("3 of 4"), "{after}");
}

#[test]
fn mistakes_in_cells_of_sentences_and_pale_rows() {
    let project = shop("    - ways\n");
    project.write("sql/ways_words.sql", "select channel, 'page.more' as word, customers from channels\n");
    project.replace(
        PIPELINE,
        "  channels:",
        "  ways_words: { sql: sql/ways_words.sql, keep: false }\n  channels:",
    );
    project.write(
        "reports/sections/ways.yaml",
        "question: Which?\nanswer: Which\nparts:\n  - table: channels\n    pale: customers\n    columns:\n      \
         - { sentences: ways_words, by: large, title: What }\n      - { sentences: way_words, by: channel, title: What }\n      \
         - { sentences: ways_words, title: What }\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `customers` does not say yes or no: its values are count
       ╭─[reports/sections/ways.yaml:5:11]
     4 │   - table: channels
     5 │     pale: customers
       ·           ─────────
     6 │     columns:
       ╰────
      × `ways_words` has no column `large`
       ╭─[reports/sections/ways.yaml:7:38]
     6 │     columns:
     7 │       - { sentences: ways_words, by: large, title: What }
       ·                                      ─────
     8 │       - { sentences: way_words, by: channel, title: What }
       ╰────
      help: known here: channel, word, customers
      × no step yields a table `way_words`
       ╭─[reports/sections/ways.yaml:8:22]
     7 │       - { sentences: ways_words, by: large, title: What }
     8 │       - { sentences: way_words, by: channel, title: What }
       ·                      ─────────
     9 │       - { sentences: ways_words, title: What }
       ╰────
      help: did you mean `ways_words`?
      × this column is not complete
       ╭─[reports/sections/ways.yaml:9:9]
     8 │       - { sentences: way_words, by: channel, title: What }
     9 │       - { sentences: ways_words, title: What }
       ·         ─
       ╰────
      help: write `{ sentences: basket_words, by: basket, title: baskets.what }`: a table of
            sentences, and the column that both tables have
    ");
}

/// A scale of pounds says nothing of customers.
#[test]
fn values_of_one_picture_have_one_unit() {
    let project =
        shop("    - { table: channels, chart: grouped_bars, label: channel, value: [revenue, customers] }\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the values of `revenue` are money, and those of `customers` are count: one picture has one
      │ unit
        ╭─[pipelines/shop.yaml:17:80]
     16 │   sections:
     17 │     - { table: channels, chart: grouped_bars, label: channel, value: [revenue, customers] }
        ·                                                                                ─────────
        ╰────
      help: draw them in two pictures
    ");
}

// One message, however long.
#[allow(clippy::too_many_lines)]
#[test]
fn mistakes_in_inline_sections_are_said_all_at_once() {
    let sections = "
    - { table: chanels, chart: bars, label: channel, value: revenue }
    - { table: channels, chart: bras, label: channel, value: revenue }
    - { name: b, table: channels, chart: bars, lable: channel, value: revenue }
    - { name: c, table: channels, chart: bars, label: channel, value: channel }
    - { name: d, table: channels, chart: bars, label: chanel, value: revenue, lay: across }
    - { name: e, table: channels, title: { en: One }, rows: 0 }
    - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
    - { chart: bars }
    - { title: Nothing }
";
    let project = shop(sections.trim_start_matches('\n'));
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × no step yields a table `chanels`
        ╭─[pipelines/shop.yaml:17:16]
     16 │   sections:
     17 │     - { table: chanels, chart: bars, label: channel, value: revenue }
        ·                ───────
     18 │     - { table: channels, chart: bras, label: channel, value: revenue }
        ╰────
      help: did you mean `channels`?
      × there is no chart `bras`
        ╭─[pipelines/shop.yaml:18:33]
     17 │     - { table: chanels, chart: bars, label: channel, value: revenue }
     18 │     - { table: channels, chart: bras, label: channel, value: revenue }
        ·                                 ────
     19 │     - { name: b, table: channels, chart: bars, lable: channel, value: revenue }
        ╰────
      help: did you mean `bars`?
      × the chart `bars` has no `label`
        ╭─[pipelines/shop.yaml:19:35]
     18 │     - { table: channels, chart: bras, label: channel, value: revenue }
     19 │     - { name: b, table: channels, chart: bars, lable: channel, value: revenue }
        ·                                   ─────
     20 │     - { name: c, table: channels, chart: bars, label: channel, value: channel }
        ╰────
      help: add `label:`, with the name of a column
      × `lable` is not a key of `sections`
        ╭─[pipelines/shop.yaml:19:48]
     18 │     - { table: channels, chart: bras, label: channel, value: revenue }
     19 │     - { name: b, table: channels, chart: bars, lable: channel, value: revenue }
        ·                                                ─────
     20 │     - { name: c, table: channels, chart: bars, label: channel, value: channel }
        ╰────
      help: did you mean `label`?
      × `value` takes figures, and the values of `channel` are text
        ╭─[pipelines/shop.yaml:20:71]
     19 │     - { name: b, table: channels, chart: bars, lable: channel, value: revenue }
     20 │     - { name: c, table: channels, chart: bars, label: channel, value: channel }
        ·                                                                       ───────
     21 │     - { name: d, table: channels, chart: bars, label: chanel, value: revenue, lay: across }
        ╰────
      help: columns that fit: customers, revenue
      × `channels` has no column `chanel`
        ╭─[pipelines/shop.yaml:21:55]
     20 │     - { name: c, table: channels, chart: bars, label: channel, value: channel }
     21 │     - { name: d, table: channels, chart: bars, label: chanel, value: revenue, lay: across }
        ·                                                       ──────
     22 │     - { name: e, table: channels, title: { en: One }, rows: 0 }
        ╰────
      help: did you mean `channel`?
      × `across` is not a value of `lay`
        ╭─[pipelines/shop.yaml:21:84]
     20 │     - { name: c, table: channels, chart: bars, label: channel, value: channel }
     21 │     - { name: d, table: channels, chart: bars, label: chanel, value: revenue, lay: across }
        ·                                                                                    ──────
     22 │     - { name: e, table: channels, title: { en: One }, rows: 0 }
        ╰────
      help: known here: rows, columns
      × `title` has no text for zh-CN
        ╭─[pipelines/shop.yaml:22:42]
     21 │     - { name: d, table: channels, chart: bars, label: chanel, value: revenue, lay: across }
     22 │     - { name: e, table: channels, title: { en: One }, rows: 0 }
        ·                                          ─
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
        ╰────
      help: add `zh-CN:`, or write one text for both languages
      × `rows` must be from 1 to 1000
        ╭─[pipelines/shop.yaml:22:61]
     21 │     - { name: d, table: channels, chart: bars, label: chanel, value: revenue, lay: across }
     22 │     - { name: e, table: channels, title: { en: One }, rows: 0 }
        ·                                                             ─
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
        ╰────
      × there is no text `shops.title` in the words of en and zh-CN
        ╭─[pipelines/shop.yaml:23:42]
     22 │     - { name: e, table: channels, title: { en: One }, rows: 0 }
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
        ·                                          ───────────
     24 │     - { chart: bars }
        ╰────
      help: add it to reports/words/en.yaml and reports/words/zh-CN.yaml
      × `revenue` cannot be written as `mony`
        ╭─[pipelines/shop.yaml:23:61]
     22 │     - { name: e, table: channels, title: { en: One }, rows: 0 }
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
        ·                                                             ───────
     24 │     - { chart: bars }
        ╰────
      help: name a kind, or a group of the words files, did you mean `money`?
      × a picture has no `table`
        ╭─[pipelines/shop.yaml:24:7]
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
     24 │     - { chart: bars }
        ·       ─
     25 │     - { title: Nothing }
        ╰────
      help: add `table:` with the name of a step
      × the chart `bars` has no `label`
        ╭─[pipelines/shop.yaml:24:9]
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
     24 │     - { chart: bars }
        ·         ─────
     25 │     - { title: Nothing }
        ╰────
      help: add `label:`, with the name of a column
      × the chart `bars` has no `value`
        ╭─[pipelines/shop.yaml:24:9]
     23 │     - { name: f, table: channels, title: shops.title, as: { revenue: mony } }
     24 │     - { chart: bars }
        ·         ─────
     25 │     - { title: Nothing }
        ╰────
      help: add `value:`, with the name of a column of figures
      × this section has neither a `table` nor `parts`
        ╭─[pipelines/shop.yaml:25:7]
     24 │     - { chart: bars }
     25 │     - { title: Nothing }
        ·       ─
        ╰────
      help: write `{ table: channels, title: Channels, chart: bars, label: channel, value: revenue }`,
            or `parts:`
      × `title` is not a key of `section_2`
        ╭─[pipelines/shop.yaml:25:9]
     24 │     - { chart: bars }
     25 │     - { title: Nothing }
        ·         ─────
        ╰────
      help: known here: name, needs, nav, question, answer, notes, definition, parts
    "#);
}

#[test]
fn mistakes_in_a_section_file_are_said_with_their_place() {
    let project = shop("    - shops\n");
    project.write(
        "sql/shops_words.sql",
        "select 'answer' as place, 'shops.answer' as word, count(*) as shops from channels\n",
    );
    project.replace(PIPELINE, "  channels:", "  shops_words: { sql: sql/shops_words.sql }\n  channels:");
    project.write(
        "reports/sections/shops.yaml",
        "needs: [chanels]\nanswer: { table: shops_words }\nnotes: shops.missing\nparts:\n  - tabel: channels\n  - table: channels\n    columns: [channel, { change: customers, from: channel, title: columns.change }]\n  - chart: line\n    table: channels\n    label: channel\n  - pair: []\n",
    );
    project.write("reports/words/en.yaml", "shops:\n  answer: \"{shops} of {all}\"\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × no step yields a table `chanels`
       ╭─[reports/sections/shops.yaml:1:9]
     1 │ needs: [chanels]
       ·         ───────
     2 │ answer: { table: shops_words }
       ╰────
      help: did you mean `channels`?
      × there is no text `shops.missing` in the words of en and zh-CN
       ╭─[reports/sections/shops.yaml:3:8]
     2 │ answer: { table: shops_words }
     3 │ notes: shops.missing
       ·        ─────────────
     4 │ parts:
       ╰────
      help: add it to reports/words/en/shops.yaml and reports/words/zh-CN/shops.yaml
      × this part is of no kind
       ╭─[reports/sections/shops.yaml:5:5]
     4 │ parts:
     5 │   - tabel: channels
       ·     ─────
     6 │   - table: channels
       ╰────
      help: did you mean `table`?
      × `channel` has no figures: its values are text
       ╭─[reports/sections/shops.yaml:7:51]
     6 │   - table: channels
     7 │     columns: [channel, { change: customers, from: channel, title: columns.change }]
       ·                                                   ───────
     8 │   - chart: line
       ╰────
      × the chart `line` has no `value`
       ╭─[reports/sections/shops.yaml:8:5]
     7 │     columns: [channel, { change: customers, from: channel, title: columns.change }]
     8 │   - chart: line
       ·     ─────
     9 │     table: channels
       ╰────
      help: add `value:`, with the names of columns of figures
      × `pair` is empty
        ╭─[reports/sections/shops.yaml:11:11]
     10 │     label: channel
     11 │   - pair: []
        ·           ─
        ╰────
      help: write what belongs in it, or remove `pair`
      × `shops.answer` of words/en.yaml asks for {all}, which nothing fills
       ╭─[sql/shops_words.sql:1:28]
     1 │ select 'answer' as place, 'shops.answer' as word, count(*) as shops from channels
       ·                            ────────────
       ╰────
      help: the columns of its row are shops
      × there is no text `shops.answer` in the words of zh-CN
       ╭─[sql/shops_words.sql:1:28]
     1 │ select 'answer' as place, 'shops.answer' as word, count(*) as shops from channels
       ·                            ────────────
       ╰────
      help: add it to reports/words/zh-CN/shops.yaml
    ");
}

#[test]
fn mistakes_in_a_list_are_said_with_their_place() {
    let project = shop("    - ways\n");
    project.write(
        "sql/ways_words.sql",
        "select 'way' as place, 'ways.text' as word, channel, 'number.2' as written, revenue from channels\n",
    );
    project.replace(PIPELINE, "  channels:", "  ways_words: { sql: sql/ways_words.sql }\n  channels:");
    project.write(
        "reports/sections/ways.yaml",
        "parts:\n  - list: { table: ways_words, heding: channel }\n  - list: { heading: channel }\n  \
- list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }\n",
    );
    for tag in ["en", "zh-CN"] {
        let words = "ways:\n  text: \"{revenue}\"\n  beside: \"{money}\"\n";
        project.write(&format!("reports/words/{tag}.yaml"), words);
    }
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `list` has no `heading`
       ╭─[reports/sections/ways.yaml:2:11]
     1 │ parts:
     2 │   - list: { table: ways_words, heding: channel }
       ·           ─
     3 │   - list: { heading: channel }
       ╰────
      help: add `heading:` with the column of the headings
      × `heding` is not a key of `list`
       ╭─[reports/sections/ways.yaml:2:32]
     1 │ parts:
     2 │   - list: { table: ways_words, heding: channel }
       ·                                ──────
     3 │   - list: { heading: channel }
       ╰────
      help: did you mean `heading`?
      × `list` has no `table`
       ╭─[reports/sections/ways.yaml:3:11]
     2 │   - list: { table: ways_words, heding: channel }
     3 │   - list: { heading: channel }
       ·           ─
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ╰────
      help: add `table:` with the name of a step
      × `ways_words` has no column `chanel`
       ╭─[reports/sections/ways.yaml:4:41]
     3 │   - list: { heading: channel }
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ·                                         ──────
       ╰────
      help: did you mean `channel`?
      × `ways_words` has no column `part`
       ╭─[reports/sections/ways.yaml:4:58]
     3 │   - list: { heading: channel }
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ·                                                          ────
       ╰────
      help: known here: place, word, channel, written, revenue
      × `ways.beside` of words/en.yaml asks for {money}, which nothing fills
       ╭─[reports/sections/ways.yaml:4:72]
     3 │   - list: { heading: channel }
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ·                                                                        ───────────
       ╰────
      help: the columns of its row are channel, written, revenue
      × `ways.beside` of words/zh-CN.yaml asks for {money}, which nothing fills
       ╭─[reports/sections/ways.yaml:4:72]
     3 │   - list: { heading: channel }
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ·                                                                        ───────────
       ╰────
      help: the columns of its row are channel, written, revenue
      × there is no text `ways.other` in the words of en and zh-CN
       ╭─[reports/sections/ways.yaml:4:96]
     3 │   - list: { heading: channel }
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ·                                                                                                ──────────
       ╰────
      help: add it to reports/words/en/ways.yaml and reports/words/zh-CN/ways.yaml
      × `channel` cannot be written as `way.*.title`
       ╭─[reports/sections/ways.yaml:4:114]
     3 │   - list: { heading: channel }
     4 │   - list: { table: ways_words, heading: chanel, section: part, beside: ways.beside, otherwise: ways.other, as: { channel: way.*.title, revenue: by.written } }
       ·                                                                                                                  ───────
       ╰────
      help: name a kind, or a group of the words files, known here: date, estimate, days, share,
            points, growth, count, month, instant, customer, and 7 more
    ");
}

#[test]
fn a_section_file_must_be_a_map() {
    let project = shop("    - shops\n");
    project.write("reports/sections/shops.yaml", "- one\n- two\n");
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × reports/sections/shops.yaml must be a map of keys, not a list
       ╭─[reports/sections/shops.yaml:1:1]
     1 │ - one
       · ▲
     2 │ - two
       ╰────
      help: each line is `key: value`
    "#);
    project.write("reports/sections/shops.yaml", "needs: [channels]\nneeds: [channels]\n");
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × the key `needs` is there twice
       ╭─[reports/sections/shops.yaml:2:1]
     1 │ needs: [channels]
     2 │ needs: [channels]
       · ─────
       ╰────
      help: remove one of them
    "#);
}

/// The tables of settings in the manual are those of the program. `REGULARS_WRITE_DOCS=1` writes them anew.
#[test]
fn the_settings_of_charts_are_documented() {
    const BEGIN: &str = "<!-- generated: settings -->\n";
    let path = repository().join("docs/charts.md");
    let found = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = found.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let wanted = format!("{before}{BEGIN}\n{}\n<!-- end -->{after}", reference().trim_end());
    if std::env::var_os("REGULARS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(found == wanted, "docs/charts.md is not current; REGULARS_WRITE_DOCS=1 writes it anew");
    }
}
