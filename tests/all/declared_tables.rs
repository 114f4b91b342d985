//! Declared tables: what ships is what queries yield, and what a step's own `table` says holds on page and in downloads.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use insta::assert_snapshot;
use regulars::engine::{Overrides, Plan};
use regulars::pipeline;
use regulars::pipeline::declared::shipped;
use regulars::tables::Group;

use crate::support::{PIPELINE, Project, repository};

/// Where a table as it was found differs from its declaration.
fn differences(plan: &Plan, name: &str, found: &SchemaRef) -> Vec<String> {
    let Some(declared) = plan.pipeline.declared.get(name) else {
        return vec![format!("{name} is not declared")];
    };
    let mut said = Vec::new();
    for field in found.fields() {
        match declared.column(field.name()) {
            None => said.push(format!("{name}.{} is not declared", field.name())),
            Some(column) if !column.kind.fits(field.data_type()) => said.push(format!(
                "{name}.{} is declared as {}, but is {}",
                field.name(),
                column.kind.key(),
                field.data_type()
            )),
            Some(_) => {}
        }
    }
    // As the manual lists them.
    let place = |name: &str| declared.columns.iter().position(|column| column.number(name).is_some());
    let places: Vec<_> = found.fields().iter().map(|field| place(field.name())).collect();
    if !places.is_sorted() {
        said.push(format!("{name} has its columns in another order than declared"));
    }
    for column in &declared.columns {
        if !found.fields().iter().any(|field| column.number(field.name()).is_some()) {
            said.push(format!("{name} has no {}", column.name));
        }
    }
    said
}

fn plan(pipeline: &Path) -> Plan {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let loaded = pipeline::load(pipeline).map_err(|problems| format!("{problems:?}")).unwrap();
    let plan = runtime.block_on(Plan::new(loaded, &Overrides::default()));
    plan.map_err(|failure| format!("{:?}", failure.problems)).unwrap()
}

#[test]
fn every_shipped_table_holds_what_it_is_declared_to() {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "40", "--days=120"]);
    // It has every module but one, which goes with a model that it does not have.
    project.done(&["eject", "pipelines/crm.yaml", "--project", "shop"]);
    let file = "shop/pipelines/crm.yaml";
    // What no shipped pipeline has: queries to put in the place of others, and models that the demo shop has no use for.
    let more = "
  churn_goods: { sql: sql/churn_goods.sql, keep: false }
  churn_rated_goods: { sql: sql/churn_rated_goods.sql, keep: false }
  occasions: { sql: sql/occasions.sql, keep: false }
  contracts: { sql: sql/contracts.sql, keep: false }
  visits: { model: bg_bb, from: occasions, with: { horizon: [1, 10] } }
  renewals: { model: s_bg, from: contracts }
  silence: { model: kaplan_meier, from: customer_summary, with: { duration: tenure_days, event: again } }
  known: { model: bg_nbd_covariates, from: customer_summary, with: { covariates: [orders] } }
";
    let more = more.replace("from: customer_summary, with: { duration", "from: occasions, with: { duration");
    let text = project.read(file);
    project.write(file, format!("{}\nsteps:{more}", text.trim_end()));
    project.write(
        "shop/sql/occasions.sql",
        "select customer_id, 1 as purchases, 2 as last_occasion, 3 as occasions, tenure_days, true as again
from customer_summary",
    );
    project.write("shop/sql/contracts.sql", "select 'all' as cohort, 0 as renewal, 10 as customers");
    let mut seen = BTreeSet::new();
    project.done(&["eject", "pipelines/modules/segments.yaml", "--project", "shop"]);
    let module = "shop/pipelines/modules/segments.yaml";
    let fixed = "{ sql: sql/rfm_fixed.sql, with: { recency_cuts: [1, 2, 3, 4], frequency_cuts: [1, 2, 3, 4], monetary_cuts: [1, 2, 3, 4] } }";
    let presets = [
        (file, "rules: grid", "rules: grid"),
        (file, "rules: grid", "rules: ten"),
        (file, "rules: ten", "rules: cn8"),
        (module, "{ sql: sql/rfm.sql }", fixed),
    ];
    for (file_of, old, new) in presets {
        project.replace(file_of, old, new);
        let plan = plan(&project.path(file));
        assert_eq!(plan.warnings, []);
        let own = ["occasions", "contracts"];
        // What a module makes on the way and nobody is shown need not be declared.
        let hidden = |name: &String| {
            let step = plan.pipeline.steps.iter().find(|step| step.name.value == *name);
            !plan.pipeline.declared.contains_key(name) && step.is_some_and(|step| !step.keep)
        };
        let tables = plan.yields.iter().filter(|(name, _)| !own.contains(&name.as_str()) && !hidden(name));
        let said: Vec<String> =
            tables.clone().flat_map(|(name, found)| differences(&plan, name, found)).collect();
        assert!(said.is_empty(), "with {new}:\n{}", said.join("\n"));
        seen.extend(tables.map(|(name, _)| name.clone()));
    }
    // No declaration of a module that is switched on is of a table that nobody makes.
    let text = project.read(file);
    let on = |group: &&Group| text.contains(&format!("\n  {}:", group.name));
    let of_queries = shipped().groups.iter().filter(on);
    assert!(of_queries.clone().count() > 10);
    for (name, _) in of_queries.flat_map(|group| &group.tables) {
        assert!(seen.contains(name), "{name} is declared, but no step yields it");
    }
}

#[test]
fn shipped_declarations_have_nothing_wrong_with_them() {
    let problems: Vec<String> = shipped().problems.iter().map(|problem| problem.render(false)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // Words that columns hold are there in both languages.
    for file in ["en", "zh-CN"] {
        let mut words =
            std::fs::read_to_string(repository().join(format!("reports/words/{file}.yaml"))).unwrap();
        for entry in std::fs::read_dir(repository().join(format!("reports/words/{file}"))).unwrap().flatten()
        {
            words += &std::fs::read_to_string(entry.path()).unwrap();
        }
        let tables = shipped().groups.iter().flat_map(|group| &group.tables);
        let groups = tables.flat_map(|(_, table)| &table.columns).filter_map(|column| column.words.as_ref());
        for group in groups.collect::<BTreeSet<_>>() {
            let mut lines = words.lines();
            for (depth, part) in group.split('.').enumerate() {
                let key = format!("{}{part}:", "  ".repeat(depth));
                assert!(lines.any(|line| line == key), "words/{file}.yaml has no {group}");
            }
        }
    }
}

/// A shop with some transactions, and a step `channels` with this declaration.
fn channels(table: &str, sql: &str) -> Project {
    let project = Project::shop(
        "path: data/transactions.csv
columns:
  customer_id: customer_id
  transaction_id: transaction_id
  occurred_at: cast(occurred_at as timestamp)
  amount: cast(amount as decimal(18, 2))
  channel: channel",
    );
    project.write(
        "data/transactions.csv",
        "customer_id,transaction_id,occurred_at,amount,channel\n\
         anna,T1,2024-01-05 10:00:00,10.50,web\n\
         anna,T2,2024-02-05 10:00:00,1200.00,store\n\
         bert,T3,2024-03-05 10:00:00,7.25,web\n",
    );
    project.write("sql/channels.sql", sql);
    let step = format!("steps:\n  channels:\n    sql: sql/channels.sql\n    table:\n{table}");
    project.replace(PIPELINE, "steps:\n", &step);
    project.replace(
        PIPELINE,
        "as_of: 2024-03-31\n",
        "as_of: 2024-03-31\ncurrency: EUR\nreport: { sections: [channels, method] }\n",
    );
    project
}

const BY_CHANNEL: &str = "select
    channel,
    count(distinct customer_id) as customers,
    sum(amount) as revenue,
    cast(sum(amount) as double) / 1217.75 as part,
    sum(amount) - 100 as against_plan,
    count(*) - 2 as more,
    max(day) as latest,
    bool_or(amount > 1000) as large
from transactions
group by channel
order by channel
";

const TABLE: &str = "      grain: channel
      columns:
        channel: { kind: word, words: value.channel, en: Way, zh-CN: 途径 }
        customers: count
        revenue: { kind: estimate, means: 'What came in, before `returns`.' }
        part: { kind: share, en: Part of all }
        against_plan: { kind: money_change, up: good, en: Against plan, zh-CN: 与计划之差 }
        more: { kind: count_change, up: bad }
        latest: month
        large: flag
";

/// The lines of a section of the page, tags and all.
fn section(html: &str, id: &str) -> Vec<String> {
    let (_, rest) = html.split_once(&format!("<section id=\"{id}\"")).unwrap();
    let (section, _) = rest.split_once("</section>").unwrap();
    section.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Heads and rows of the section's table, their tags reduced to what matters, and its definitions.
fn shown(project: &Project) -> String {
    let html = project.read("site/shop/2024-03-31/index.html");
    let lines = section(&html, "channels");
    let wanted = |line: &&String| ["<tr", "<thead", "<p>"].iter().any(|tag| line.starts_with(tag));
    let text: Vec<String> = lines
        .iter()
        .filter(wanted)
        .map(|line| {
            let line =
                line.replace(" scope=\"col\"", "").replace(" scope=\"row\"", "").replace(" class=\"\"", "");
            line.replace("</th>", "").replace("</td>", "").replace("</tr>", "")
        })
        .collect();
    text.join("\n")
}

#[test]
fn an_own_table_is_shown_as_it_is_declared() {
    let project = channels(TABLE, BY_CHANNEL);
    project.ran();
    assert_snapshot!(shown(&project), @r#"
    <thead><tr><th>Way<th class="n">Customers<th class="n">Revenue, €<th class="n">Part of all<th class="n">Against plan, €<th class="n">more<th>latest<th>large</thead>
    <tr><th class="word">Store<td class="n">1<td class="n">1,200<td class="n">98.5%<td class="n good">+1,100.00<td class="n good">−1<td class="word" data-v="2024-02-05">Feb 2024<td>yes
    <tr><th class="word">Web<td class="n">2<td class="n">18<td class="n">1.5%<td class="n bad">−82.25<td class="n">±0<td class="word" data-v="2024-03-05">Mar 2024<td>no
    <p><b>Way</b> The channel that a customer came through.</p>
    <p><b>Customers</b> How many customers the row stands for.</p>
    <p><b>Revenue</b> What came in, before <code>returns</code>.</p>
    "#);
    // Programs read the header of the download.
    assert_snapshot!(project.read("site/shop/2024-03-31/downloads/channels.csv").trim_start_matches('\u{feff}'), @r"
    channel,customers,revenue,part,against_plan,more,latest,large
    store,1,1200.00,0.9854239375898173,1100.00,-1,2024-02-05,true
    web,2,17.75,0.014576062410182713,-82.25,0,2024-03-05,false
    ");
    let html = project.read("site/shop/2024-03-31/method.html");
    let meaning = "<dt>Customers</dt><dd>How many customers the row stands for.<br><code>channels.customers</code></dd>";
    assert!(html.contains(meaning), "{html}");
    project.replace(PIPELINE, "currency: EUR\n", "currency: EUR\nlocale: zh-CN\n");
    project.ran();
    assert_snapshot!(shown(&project), @r#"
    <thead><tr><th>途径<th class="n">客户数<th class="n">收入（欧元）<th class="n">Part of all<th class="n">与计划之差（欧元）<th class="n">more<th>latest<th>large</thead>
    <tr><th class="word">门店<td class="n">1<td class="n">1,200<td class="n">98.5%<td class="n good">+1,100.00<td class="n good">−1<td class="word" data-v="2024-02-05">2024-02<td>是
    <tr><th class="word">网站<td class="n">2<td class="n">18<td class="n">1.5%<td class="n bad">−82.25<td class="n">±0<td class="word" data-v="2024-03-05">2024-03<td>否
    <p><b>途径</b> 客户的来源渠道。</p>
    <p><b>客户数</b> 该行所涉及的客户数。</p>
    <p><b>收入</b> What came in, before <code>returns</code>.</p>
    "#);
}

#[test]
fn without_a_declaration_kinds_are_guessed() {
    let project = channels("", BY_CHANNEL);
    project.replace(PIPELINE, "    table:\n", "");
    project.ran();
    assert_snapshot!(shown(&project), @r#"
    <thead><tr><th>Channel<th class="n">Customers<th class="n">Revenue, €<th class="n">part<th class="n">against plan<th class="n">more<th>latest<th>large</thead>
    <tr><th>store<td class="n">1<td class="n">1,200.00<td class="n">0.9854<td class="n">1,100.00<td class="n">−1<td class="word" data-v="2024-02-05">5 Feb 2024<td>yes
    <tr><th>web<td class="n">2<td class="n">17.75<td class="n">0.01458<td class="n">−82.25<td class="n">0<td class="word" data-v="2024-03-05">5 Mar 2024<td>no
    "#);
}

#[test]
fn a_declaration_is_held_against_the_query() {
    let table = "      grain: channel
      columns:
        chanel: text
        customers: date
        revenue: word
        region: text
        part: share
        against_plan: money_change
        more: count_change
        latest: month
";
    assert_snapshot!(channels(table, BY_CHANNEL).complaint(), @r"
    exit code 2
      × sql/channels.sql yields no column `chanel`, which the table `channels` is declared to have
        ╭─[pipelines/shop.yaml:20:9]
     19 │       columns:
     20 │         chanel: text
        ·         ──────
     21 │         customers: date
        ╰────
      help: did you mean `channel`?
      × `customers` of the table `channels` is declared as `date`, a day, but sql/channels.sql yields
      │ BIGINT
        ╭─[pipelines/shop.yaml:21:9]
     20 │         chanel: text
     21 │         customers: date
        ·         ─────────
     22 │         revenue: word
        ╰────
      help: cast it in the query, or declare it as `count`
      × `revenue` of the table `channels` is declared as `word`, a key of the words file, but sql/
      │ channels.sql yields DECIMAL(38, 2)
        ╭─[pipelines/shop.yaml:22:9]
     21 │         customers: date
     22 │         revenue: word
        ·         ───────
     23 │         region: text
        ╰────
      help: cast it in the query, or declare it as `money`
      × sql/channels.sql yields no column `region`, which the table `channels` is declared to have
        ╭─[pipelines/shop.yaml:23:9]
     22 │         revenue: word
     23 │         region: text
        ·         ──────
     24 │         part: share
        ╰────
      help: add it to the query, or take it out of `table`; the query yields channel, customers,
            revenue, part, against_plan, more, latest, large
    ");
}

#[test]
fn what_a_declaration_does_not_have_is_guessed_and_said() {
    let table = "      grain: channel\n      columns:\n        channel: text\n        revenue: money\n";
    assert_snapshot!(channels(table, BY_CHANNEL).complaint(), @r"
    exit code 0
      ⚠ `customers`, `part`, `against_plan`, `more`, `latest`, `large` of the table `channels` are not
      │ declared: their kinds are guessed
        ╭─[pipelines/shop.yaml:15:3]
     14 │ steps:
     15 │   channels:
        ·   ────────
     16 │     sql: sql/channels.sql
        ╰────
      help: add them to `table`, or take them out of sql/channels.sql
    pipelines/shop.yaml is sound: 1 source in 1 file, 2 steps, as of 2024-03-31
    ");
}

#[test]
fn mistakes_in_a_declaration_are_named_all_at_once() {
    let table = "      grian: channel
      columns:
        channel: txt
        customers: { kind: count, words: x, title: Customers }
        revenue: { kind: money, up: well, means: { en: What, fr: Quoi } }
        part: {}
        more: [count]
";
    assert_snapshot!(channels(table, BY_CHANNEL).complaint(), @r"
    exit code 2
      × `grian` is not a key of `channels`
        ╭─[pipelines/shop.yaml:18:7]
     17 │     table:
     18 │       grian: channel
        ·       ─────
     19 │       columns:
        ╰────
      help: did you mean `grain`?
      × the table `channels` has no `grain`
        ╭─[pipelines/shop.yaml:18:7]
     17 │     table:
     18 │       grian: channel
        ·       ▲
     19 │       columns:
        ╰────
      help: say what one row is: `grain: customer`, `grain: customer × month`, `grain: one row`
      × `txt` is not a value of `kind`
        ╭─[pipelines/shop.yaml:20:18]
     19 │       columns:
     20 │         channel: txt
        ·                  ───
     21 │         customers: { kind: count, words: x, title: Customers }
        ╰────
      help: did you mean `text`?
      × `words` has no effect on a column of kind `count`
        ╭─[pipelines/shop.yaml:21:35]
     20 │         channel: txt
     21 │         customers: { kind: count, words: x, title: Customers }
        ·                                   ─────
     22 │         revenue: { kind: money, up: well, means: { en: What, fr: Quoi } }
        ╰────
      help: `words` is for `kind: word`: it names a group of the words file with the values as keys
      × `title` is not a key of `customers`
        ╭─[pipelines/shop.yaml:21:45]
     20 │         channel: txt
     21 │         customers: { kind: count, words: x, title: Customers }
        ·                                             ─────
     22 │         revenue: { kind: money, up: well, means: { en: What, fr: Quoi } }
        ╰────
      help: known here: kind, words, up, en, zh-CN, means
      × `well` is not a value of `up`
        ╭─[pipelines/shop.yaml:22:37]
     21 │         customers: { kind: count, words: x, title: Customers }
     22 │         revenue: { kind: money, up: well, means: { en: What, fr: Quoi } }
        ·                                     ────
     23 │         part: {}
        ╰────
      help: known here: good, bad
      × `fr` is not a key of `means`
        ╭─[pipelines/shop.yaml:22:62]
     21 │         customers: { kind: count, words: x, title: Customers }
     22 │         revenue: { kind: money, up: well, means: { en: What, fr: Quoi } }
        ·                                                              ──
     23 │         part: {}
        ╰────
      help: known here: en, zh-CN
      × the column `part` has no kind
        ╭─[pipelines/shop.yaml:23:9]
     22 │         revenue: { kind: money, up: well, means: { en: What, fr: Quoi } }
     23 │         part: {}
        ·         ────
     24 │         more: [count]
        ╰────
      help: write one of money, estimate, money_change, share, points, growth, count, count_change,
            number, days, date, month, instant, customer, word, text, flag
      × the column `more` must be a kind or a map, not a list
        ╭─[pipelines/shop.yaml:24:15]
     23 │         part: {}
     24 │         more: [count]
        ·               ─
     25 │   seen: { sql: sql/seen.sql }
        ╰────
      help: write `more: count` or `more: { kind: count, en: ... }`
    ");
    let model = channels(TABLE, BY_CHANNEL);
    model.replace(PIPELINE, "    sql: sql/channels.sql\n", "    model: bg_nbd\n    from: seen\n");
    assert_snapshot!(model.complaint(), @r"
    exit code 2
      × `table` has no use beside `model`
        ╭─[pipelines/shop.yaml:19:7]
     18 │     table:
     19 │       grain: channel
        ·       ▲
     20 │       columns:
        ╰────
      help: what a model's tables hold is known; `table` belongs to `sql`
    ");
}

#[test]
fn an_edited_shipped_query_that_lacks_a_column_is_warned_of() {
    let project = channels(
        "",
        "select channel as class, count(*) as customers, 'x' as revenue from transactions group by channel",
    );
    project.replace(PIPELINE, "    table:\n", "");
    project.replace(PIPELINE, "  channels:\n", "  abc:\n");
    project.replace(PIPELINE, "sections: [channels, method]", "sections: [concentration]");
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ sql/channels.sql does not yield what the shipped table `abc` has: `customer_share`, `revenue`
      │ as an amount in the report's currency (it is VARCHAR), `revenue_share`, `customers_before`,
      │ `revenue_before`
       ╭─[sql/channels.sql:1:1]
     1 │ select channel as class, count(*) as customers, 'x' as revenue from transactions group by channel
       · ▲
       ╰────
      help: sections that read it will be left out; add it to the query, or give the step `abc` a
            `table` that says what it holds
    pipelines/shop.yaml is sound: 1 source in 1 file, 2 steps, as of 2024-03-31
    ");
    // Its own declaration says that it is meant.
    project.replace(
        PIPELINE,
        "    sql: sql/channels.sql\n",
        "    sql: sql/channels.sql\n    table: { grain: channel, columns: { class: text, customers: count, revenue: text } }\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 2 steps, as of 2024-03-31
    ");
}

#[test]
fn floats_of_money_have_six_decimals_in_downloads() {
    let sql =
        "select channel, cast(sum(amount) as double) / 3 as revenue, cast(count(*) as double) / 3 as orders
from transactions group by channel order by channel";
    let table = "      grain: channel\n      columns: { channel: text, revenue: estimate, orders: number }\n";
    let project = channels(table, sql);
    project.ran();
    assert_snapshot!(project.read("site/shop/2024-03-31/downloads/channels.csv").trim_start_matches('\u{feff}'), @r"
    channel,revenue,orders
    store,400.000000,0.3333333333333333
    web,5.916667,0.6666666666666666
    ");
}

#[test]
fn the_words_of_a_project_name_its_columns() {
    let project = channels(TABLE, BY_CHANNEL);
    project.write("reports/words/en.yaml", "columns:\n  customers: Clients\n  part: Portion\n");
    project.ran();
    let shown = shown(&project);
    // What the step itself declares goes before.
    assert!(
        shown.contains("Clients") && shown.contains("Part of all") && !shown.contains("Portion"),
        "{shown}"
    );
}
