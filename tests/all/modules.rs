//! Modules: switched on by a line, with settings; shipped files that a project's own take the place of.

use insta::assert_snapshot;

use crate::support::Project;

const PIPELINE: &str = "pipelines/shop.yaml";

/// Three customers, one of whom came back.
const SALES: &str = "customer_id,transaction_id,occurred_at,amount\n\
    a,1,2024-01-05,10.00\na,2,2024-02-05,20.00\na,3,2024-03-05,30.00\nb,4,2024-02-10,40.00\nc,5,2024-03-20,50.00\n";

fn shop(modules: &str) -> Project {
    let project = Project::new();
    project.write("data/sales.csv", SALES);
    project.write(PIPELINE, pipeline(modules));
    project
}

fn pipeline(modules: &str) -> String {
    format!(
        "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      occurred_at: CAST(occurred_at AS DATE)\n      amount: CAST(amount AS DECIMAL(12, 2))\n{modules}"
    )
}

fn left(project: &Project, name: &str) -> bool {
    project.path(&format!("private/shop/2024-03-31/tables/{name}.parquet")).exists()
}

/// A pipeline of one module is a whole report: no steps, no sections, no SQL of one's own.
#[test]
fn one_line_is_a_report() {
    let project = shop("modules:\n  base:\n");
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    let anchors: Vec<&str> =
        page.split("<section id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert_eq!(anchors, ["headline", "findings", "method"]);
    let summary = project.table("private/shop/2024-03-31/tables/customer_summary.parquet");
    assert_eq!(summary.at("customer_id", "a", "revenue"), "60.00");
}

/// Sections come in the order of the modules, the closing ones last; a report may list its own.
#[test]
fn sections_follow_the_modules() {
    let sections = |project: &Project| {
        project.ran();
        let page = project.read("site/shop/2024-03-31/index.html");
        let anchors = page.split("<section id=\"").skip(1).filter_map(|part| part.split('"').next());
        anchors.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    let project = shop("modules:\n  base:\n  segments:\n  concentration:\n");
    assert_eq!(sections(&project), "headline findings segments migration concentration method");
    project.write(
        PIPELINE,
        pipeline("modules:\n  base:\n  concentration:\nreport:\n  sections: [method, concentration]\n"),
    );
    assert_eq!(sections(&project), "method concentration");
}

/// A setting reaches every query that names it, wherever it is set.
#[test]
fn settings_are_parameters() {
    let project = shop("modules:\n  base:\n  segments: { bins: 3 }\n");
    let most = || {
        let rfm = project.table("private/shop/2024-03-31/tables/rfm.parquet");
        rfm.column("m").iter().max().cloned()
    };
    project.ran();
    assert_eq!(most().as_deref(), Some("3"));
    project.done(&["run", PIPELINE, "--param", "bins=2"]);
    assert_eq!(most().as_deref(), Some("2"));
    project.write(
        PIPELINE,
        pipeline("params:\n  scores: 4\nmodules:\n  base:\n  segments: { bins: $scores }\n"),
    );
    project.ran();
    assert_eq!(most().as_deref(), Some("4"));
    assert_snapshot!(project.run(&["run", PIPELINE, "--param", "bins=11"]).message(), @r"
    exit code 2
      × `bins` must be a whole number from 2 to 10, not 11
      help: RFM scores go from 1 to this.
    ");
    assert_snapshot!(project.run(&["run", PIPELINE, "--param", "scores=11"]).message(), @r"
    exit code 2
      × `bins` must be a whole number from 2 to 10, not 11
        ╭─[pipelines/shop.yaml:15:15]
     14 │   base:
     15 │   segments: { bins: $scores }
        ·               ────
        ╰────
      help: RFM scores go from 1 to this.
    ");
    assert_snapshot!(project.run(&["run", PIPELINE, "--param", "rules=ten"]).message(), @r"
    exit code 2
      × --param rules: it settles which query or model a step has
      help: set it in the pipeline, under `modules`
    ");
}

/// A choice settles which query a step has.
#[test]
fn a_choice_is_of_a_query() {
    let project = shop("modules:\n  base:\n  segments: { rules: cn8 }\n");
    project.ran();
    let segments = project.table("private/shop/2024-03-31/tables/segments.parquet");
    assert!(segments.column("segment").iter().all(|name| name.contains('_')), "{}", segments.text());
    let steps = project.json("site/shop/2024-03-31/manifest.json");
    assert!(steps.to_string().contains("sql/segments_cn8.sql"));
}

#[test]
fn what_is_wrong_with_modules() {
    let complaint = |modules: &str| {
        let project = shop(modules);
        project.complaint()
    };
    assert_snapshot!(complaint("modules:\n  base:\n  concentraton:\n"), @r"
    exit code 2
      × there is no module `concentraton`
        ╭─[pipelines/shop.yaml:13:3]
     12 │   base:
     13 │   concentraton:
        ·   ────────────
        ╰────
      help: did you mean `concentration`?
    ");
    assert_snapshot!(complaint("modules:\n  segments: { bin: 5, rules: grids, bins: 1, margin: 0.3 }\n  base:\n  churn:\n"), @r"
    exit code 2
      × `bin` is not a setting of the module `segments`
        ╭─[pipelines/shop.yaml:12:15]
     11 │ modules:
     12 │   segments: { bin: 5, rules: grids, bins: 1, margin: 0.3 }
        ·               ───
     13 │   base:
        ╰────
      help: did you mean `bins`?
      × `rules` must be one of grid, ten, cn8, not grids
        ╭─[pipelines/shop.yaml:12:30]
     11 │ modules:
     12 │   segments: { bin: 5, rules: grids, bins: 1, margin: 0.3 }
        ·                              ─────
     13 │   base:
        ╰────
      help: did you mean `grid`?
      × `bins` must be a whole number from 2 to 10, not 1
        ╭─[pipelines/shop.yaml:12:43]
     11 │ modules:
     12 │   segments: { bin: 5, rules: grids, bins: 1, margin: 0.3 }
        ·                                           ─
     13 │   base:
        ╰────
      help: RFM scores go from 1 to this.
      × `margin` is not a setting of the module `segments`
        ╭─[pipelines/shop.yaml:12:46]
     11 │ modules:
     12 │   segments: { bin: 5, rules: grids, bins: 1, margin: 0.3 }
        ·                                              ──────
     13 │   base:
        ╰────
      help: it is a setting of `base`: write it there
    ");
    assert_snapshot!(complaint("modules:\n  concentration:\n  cohorts:\n"), @r"
    exit code 2
      × the modules `concentration`, `cohorts` need the module `base`
        ╭─[pipelines/shop.yaml:12:3]
     11 │ modules:
     12 │   concentration:
        ·   ─────────────
     13 │   cohorts:
        ╰────
      help: add `base:` under `modules`, above this line
    ");
    assert_snapshot!(complaint("modules:\n"), @r"
    exit code 2
      × `modules` is blank
        ╭─[pipelines/shop.yaml:11:8]
     10 │       amount: CAST(amount AS DECIMAL(12, 2))
     11 │ modules:
        ·        ▲
        ╰────
      help: add `module:`, such as `base:` below it
    ");
    assert_snapshot!(complaint("modules:\n  base: 3\n"), @r"
    exit code 2
      × `base` must be a map, not a whole number
        ╭─[pipelines/shop.yaml:12:9]
     11 │ modules:
     12 │   base: 3
        ·         ─
        ╰────
      help: each entry is `setting: value`
    ");
}

#[test]
fn what_is_wrong_with_steps_and_settings_of_modules() {
    let complaint = |modules: &str| {
        let project = shop(modules);
        project.complaint()
    };
    assert_snapshot!(complaint("params:\n  margin: 0.3\nmodules:\n  base:\n"), @r"
    exit code 2
      × `margin` is a setting of the module `base`
        ╭─[pipelines/shop.yaml:12:3]
     11 │ params:
     12 │   margin: 0.3
        ·   ──────
     13 │ modules:
        ╰────
      help: set it there: `modules: { base: { margin: ... } }`
    ");
    assert_snapshot!(complaint("modules:\n  base:\nsteps:\n  monthly: { sql: sql/monthly.sql }\n"), @r"
    exit code 2
      × `monthly` is a step of a module too
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   monthly: { sql: sql/monthly.sql }
        ·   ───────
        ╰────
      help: choose another name; to change the module's own, copy its query by `regulars eject sql/
            monthly.sql`
    ");
    assert_snapshot!(complaint("modules:\n  base: { margin: $own }\n"), @r"
    exit code 2
      × no parameter `$own` is set
        ╭─[pipelines/shop.yaml:12:11]
     11 │ modules:
     12 │   base: { margin: $own }
        ·           ──────
        ╰────
      help: set it: `params: { own: ... }`
    ");
    assert_snapshot!(complaint("modules:\n  base:\nsteps:\n  mine: { sql: sql/periods.sql, into: all_finding }\n"), @r"
    exit code 2
      × there is no step `all_finding` that gathers tables
        ╭─[pipelines/shop.yaml:14:39]
     13 │ steps:
     14 │   mine: { sql: sql/periods.sql, into: all_finding }
        ·                                       ───────────
        ╰────
      help: did you mean `all_findings`?
    ");
    assert_snapshot!(complaint("modules:\n  base:\nsteps:\n  mine: { gather: { day: date }, sql: sql/x.sql }\n"), @r"
    exit code 2
      × `sql` has no use beside `gather`
        ╭─[pipelines/shop.yaml:14:34]
     13 │ steps:
     14 │   mine: { gather: { day: date }, sql: sql/x.sql }
        ·                                  ───
        ╰────
      help: its rows are those of the steps with `into: ` and its name
    ");
}

/// What a module needs and has not costs the module, by name and with the reason; what needs it goes with it.
#[test]
fn a_module_without_its_source() {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "300", "--days=400", "--data-only"]);
    let text = project.read("shop/pipelines/demo.yaml");
    let (before, rest) = text.split_once("  acquisition_costs:").unwrap();
    let (_, after) = rest.split_once("# What ships").unwrap();
    project.write("shop/pipelines/demo.yaml", format!("{before}\n# What ships{after}"));
    let outcome = project.done(&["run", "shop/pipelines/demo.yaml"]);
    let said = "the module `acquisition` is left out: there is no source `acquisition_costs`";
    assert!(outcome.err.contains(said), "{}", outcome.err);
    let planned = project.done(&["plan", "shop/pipelines/demo.yaml"]).out;
    assert!(
        planned.contains("left out\n  acquisition: there is no source `acquisition_costs`\n"),
        "{planned}"
    );
    let page = project.read("shop/site/customer_value/2026-10-31/index.html");
    assert!(
        page.contains("<b>Costs of winning customers</b> – The source acquisition_costs is missing."),
        "{page}"
    );
    assert!(!project.path("shop/private/customer_value/2026-10-31/tables/acquisition.parquet").exists());
}

/// A module of one's own is one more file in the project; its findings stand among the others.
#[test]
fn a_module_of_ones_own() {
    let project = shop("modules:\n  base: { least_customers: 1 }\n  gifts: { least: 35 }\n");
    project.write(
        "pipelines/modules/gifts.yaml",
        "answers: Who buys for others?\nneeds: [base]\nsettings:\n  least: { kind: number, from: 0, default: 25, means: The least amount of a gift. }\nsteps:\n  gifts: { sql: sql/gifts.sql }\n  gift_findings: { sql: sql/gift_findings.sql, into: all_findings, keep: false }\nsections: [gifts]\n",
    );
    project.write(
        "sql/gifts.sql",
        "select customer_id, day, revenue from customer_day where revenue >= $least order by customer_id, day",
    );
    project.write(
        "sql/gift_findings.sql",
        "select 'gifts' as rule, cast(sum(revenue) as decimal(38, 6)) as money, cast(null as decimal(38, 6)) as value,
            cast(null as decimal(38, 6)) as before, cast(null as decimal(38, 6)) as change, count(*) as customers,
            cast(null as bigint) as of_customers, 'gifts' as name, 'gifts' as step, false as of_data from gifts",
    );
    project.ran();
    assert_eq!(
        project.table("private/shop/2024-03-31/tables/gifts.parquet").column("customer_id"),
        ["b", "c"]
    );
    let findings = project.table("private/shop/2024-03-31/tables/findings.parquet");
    assert_eq!(findings.at("rule", "gifts", "money"), "90.000000");
    assert!(!left(&project, "gift_findings"));
    // How far the questions are set in goes by the longest name of a module.
    let listed = project.done(&["modules"]).out;
    let listed = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(listed.contains("gifts Who buys for others? needs the modules base"), "{listed}");
    assert_snapshot!(project.done(&["modules", "gifts"]).out, @r"
    Who buys for others?
    needs the modules base
    its sections: gifts

    its steps:
      gifts: sql/gifts.sql
      gift_findings: sql/gift_findings.sql, into all_findings

    modules:
      gifts:
        # The least amount of a gift. (a number of 0 or more)
        least: 25
    ");
    // A mistake in its file has a place there.
    project.replace("pipelines/modules/gifts.yaml", "kind: number", "kind: nummer");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `nummer` is not a value of `kind`
       ╭─[pipelines/modules/gifts.yaml:4:18]
     3 │ settings:
     4 │   least: { kind: nummer, from: 0, default: 25, means: The least amount of a gift. }
       ·                  ──────
     5 │ steps:
       ╰────
      help: did you mean `number`?
    ");
    project.replace(
        "pipelines/modules/gifts.yaml",
        "kind: nummer, from: 0, default: 25",
        "kind: share, default: 25",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `least` must be a share from 0 to 1, not 35
        ╭─[pipelines/shop.yaml:13:19]
     12 │   base: { least_customers: 1 }
     13 │   gifts: { least: 35 }
        ·                   ──
        ╰────
      help: The least amount of a gift.
      × the default of `least` must be a share from 0 to 1, not 25
       ╭─[pipelines/modules/gifts.yaml:4:25]
     3 │ settings:
     4 │   least: { kind: share, default: 25, means: The least amount of a gift. }
       ·                         ───────
     5 │ steps:
       ╰────
      help: a default is a value that a pipeline could set, too
    ");
}

/// What a module of one's own says of its tables, sections and figures is held to its queries, with a place in its file.
#[test]
fn what_a_module_of_ones_own_says_of_its_tables() {
    let project = shop("modules:\n  base:\n  gifts:\n");
    let module = "answers: Who buys for others?\nneeds: [base]\nsources:\n  transactions: [colour?]\nsteps:\n  \
        gifts: { sql: sql/gifts.sql }\n  gift_findings: { sql: sql/gift_findings.sql, into: all_findings }\nsections: [gift]\n\
        tables:\n  gifts:\n    grain: customer\n    columns:\n      customer_id: customer\n      \
        gifts: { kind: count, en: Gifts, zh-CN: 礼品 }\n      colour: { kind: text, en: Colour, zh-CN: 颜色 }\n";
    project.write("pipelines/modules/gifts.yaml", module);
    project.write(
        "sql/gifts.sql",
        "select customer_id, max(colour) as color, 'x' as gifts from transactions group by customer_id order by customer_id",
    );
    project.write(
        "sql/gift_findings.sql",
        "select 'gifts' as rule, 'much' as money, count(*) as buyers from gifts",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no section `gift`
       ╭─[pipelines/modules/gifts.yaml:8:12]
     7 │   gift_findings: { sql: sql/gift_findings.sql, into: all_findings }
     8 │ sections: [gift]
       ·            ────
     9 │ tables:
       ╰────
      help: did you mean `gifts`?
    ");
    project.replace("pipelines/modules/gifts.yaml", "sections: [gift]", "sections: [gifts]");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `gift_findings` goes into `all_findings`, and yields no columns `value`, `before`, `change`,
      │ `customers`, `of_customers`, `name`, `step`, `of_data`
       ╭─[pipelines/modules/gifts.yaml:7:54]
     6 │   gifts: { sql: sql/gifts.sql }
     7 │   gift_findings: { sql: sql/gift_findings.sql, into: all_findings }
       ·                                                      ────────────
     8 │ sections: [gifts]
       ╰────
      help: add them to the query; where there is nothing to say, `cast(null as decimal(38, 6)) as
            value, cast(null as decimal(38, 6)) as before, cast(null as decimal(38, 6)) as change,
            cast(null as bigint) as customers, cast(null as bigint) as of_customers, cast(null as
            varchar) as name, cast(null as varchar) as step, cast(null as boolean) as of_data`
      × `gift_findings` goes into `all_findings`, and its `money` is VARCHAR, not a number
       ╭─[pipelines/modules/gifts.yaml:7:54]
     6 │   gifts: { sql: sql/gifts.sql }
     7 │   gift_findings: { sql: sql/gift_findings.sql, into: all_findings }
       ·                                                      ────────────
     8 │ sections: [gifts]
       ╰────
      help: cast it in the query: `cast(... as decimal(38, 6)) as money`
      × `gifts` of the table `gifts` is declared as `count`, how many, but sql/gifts.sql yields
      │ VARCHAR
        ╭─[pipelines/modules/gifts.yaml:14:7]
     13 │       customer_id: customer
     14 │       gifts: { kind: count, en: Gifts, zh-CN: 礼品 }
        ·       ─────
     15 │       colour: { kind: text, en: Colour, zh-CN: 颜色 }
        ╰────
      help: cast it in the query, or declare it as `text`
      × sql/gifts.sql yields no column `colour`, which the table `gifts` is declared to have
        ╭─[pipelines/modules/gifts.yaml:15:7]
     14 │       gifts: { kind: count, en: Gifts, zh-CN: 礼品 }
     15 │       colour: { kind: text, en: Colour, zh-CN: 颜色 }
        ·       ──────
        ╰────
      help: did you mean `color`?
    ");
    project.replace(
        "sql/gifts.sql",
        "max(colour) as color, 'x' as gifts",
        "count(*) as gifts, max(colour) as colour",
    );
    project.write(
        "sql/gift_findings.sql",
        "select 'gifts' as rule, 1.5 as money, 204 as value, null as before, null as change, count(*) as customers, \
         null as of_customers, 'gifts' as name, 'gifts' as step, true as of_data from gifts",
    );
    // Its words alone are a file of the page.
    project.write("reports/words/en/gifts.yaml", "findings:\n  rules:\n    gifts:\n      title: Gifts for others\n      text: \"{customers} customers.\"\n");
    project.ran();
    let gifts = project.table("private/shop/2024-03-31/tables/gifts.parquet").text();
    assert_snapshot!(gifts, @r"
    customer_id | gifts | colour
    a | 3 | NULL
    b | 1 | NULL
    c | 1 | NULL
    ");
    let findings = project.table("private/shop/2024-03-31/tables/findings.parquet");
    assert_eq!(findings.at("rule", "gifts", "money"), "1.500000");
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(page.contains("Gifts for others"), "{page}");
}

/// A shipped file that is copied out takes the place of the shipped one, and `plan` says so once it differs.
#[test]
fn shipped_files_that_are_copied_out() {
    let project = shop("modules:\n  base:\n  churn:\n");
    assert_snapshot!(project.run(&["eject", "sql/chrun.sql"]).message(), @r"
    exit code 2
      × no file sql/chrun.sql ships with the program
      help: did you mean `sql/churn.sql`?
    ");
    assert_eq!(project.done(&["eject", "sql/churn.sql"]).out, "./sql/churn.sql\n");
    assert_snapshot!(project.run(&["eject", "sql/churn.sql"]).message(), @r"
    exit code 2
      × ./sql/churn.sql is there already
      help: move it away first; nothing was written
    ");
    let shadowed = || {
        let out = project.done(&["plan", PIPELINE]).out;
        out.split_once("in place of shipped files\n").map(|(_, lines)| lines.to_owned())
    };
    assert_eq!(shadowed(), None);
    let copied = project.read("sql/churn.sql");
    assert!(copied.starts_with("-- copied from regulars "), "{copied}");
    project.write("sql/churn.sql", format!("{copied}\n-- mine\n"));
    assert_eq!(shadowed().as_deref(), Some("  sql/churn.sql\n"));
    let (first, rest) = copied.split_once('\n').unwrap();
    let (said, _) = first.rsplit_once(' ').unwrap();
    project.write("sql/churn.sql", format!("{said} 0123456789ab\n{rest}\n-- mine\n"));
    assert_eq!(
        shadowed().as_deref(),
        Some("  sql/churn.sql: the shipped one has changed since it was copied\n")
    );
    project.write("sql/churn.sql", format!("{rest}\n-- mine\n"));
    assert!(shadowed().unwrap().contains("sql/churn.sql: nobody knows what it was copied from"));
    // Its mistakes are told at its own place.
    project.write("sql/churn.sql", "select customer_id, lateness from custmer_summary");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no table `custmer_summary`
       ╭─[sql/churn.sql:1:35]
     1 │ select customer_id, lateness from custmer_summary
       ·                                   ───────────────
       ╰────
      help: did you mean `customer_summary`?
    ");
    // A folder is copied whole, with the words that modules have in folders of their own.
    let words = project.done(&["eject", "reports/words"]).out;
    let words: Vec<&str> = words.lines().filter(|path| path.matches('/').count() == 3).collect();
    assert_eq!(words, ["./reports/words/en.yaml", "./reports/words/zh-CN.yaml"]);
}

/// The word `modules` stands for the sections of all modules; a table of one's own comes behind them, and before the end.
#[test]
fn sections_beside_those_of_modules() {
    let project = shop(
        "modules:\n  base:\nsteps:\n  mine: { sql: sql/mine.sql }\nreport:\n  title: Sales in $place\n  sections: [modules, mine]\nparams:\n  place: $5 shops\n",
    );
    project.write("sql/mine.sql", "select customer_id, revenue from customer_summary order by customer_id");
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    let anchors: Vec<&str> =
        page.split("<section id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert_eq!(anchors, ["headline", "findings", "mine", "method"]);
    assert!(page.contains("<title>Sales in $5 shops"), "{page}");
}

/// What a file says of the report as a whole takes parameters, and the command line's come first.
#[test]
fn parameters_at_the_top() {
    let project = shop("params:\n  country: uk\n  day: 2024-03-31\n  coin: GBP\nmodules:\n  base:\n");
    project.replace(
        PIPELINE,
        "name: shop\nas_of: 2024-03-31\n",
        "name: sales_$country\nas_of: $day\ncurrency: $coin\n",
    );
    project.ran();
    assert!(project.path("site/sales_uk/2024-03-31/index.html").exists());
    project.done(&[
        "run",
        PIPELINE,
        "--param",
        "country=de",
        "--param",
        "day=2024-02-29",
        "--param",
        "coin=EUR",
    ]);
    let manifest = project.json("site/sales_de/2024-02-29/manifest.json");
    assert_eq!(
        (manifest["currency"].as_str(), manifest["as_of"].as_str()),
        (Some("EUR"), Some("2024-02-29"))
    );
    project.replace(PIPELINE, "name: sales_$country", "name: sales_$contry");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × no parameter `$contry` is set
       ╭─[pipelines/shop.yaml:1:7]
     1 │ name: sales_$contry
       ·       ─────────────
     2 │ as_of: $day
       ╰────
      help: did you mean `country`?
    ");
}

/// Variables of the environment fill paths and parameters, and secrets are printed nowhere.
#[test]
fn the_environment_and_its_secrets() {
    let project = shop("secrets: [SHOP_TOKEN]\nparams:\n  token: ${SHOP_TOKEN}\nmodules:\n  base:\n");
    project.replace(PIPELINE, "path: data/sales.csv", "path: ${SHOP_TOKEN}/${SHOP_FILE}");
    project.write("x7-very-secret/sales.csv", SALES);
    let run = |verb: &str, token: &str, file: &str| {
        let mut command = project.command(&[verb, PIPELINE]);
        let output = command.env("SHOP_TOKEN", token).env("SHOP_FILE", file).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = run("run", "x7-very-secret", "sales.csv");
    assert_eq!(code, Some(0), "{said}");
    let (_, planned) = run("plan", "x7-very-secret", "sales.csv");
    let (code, missing) = run("check", "x7-very-secret", "nothing.csv");
    assert_eq!(code, Some(3), "{missing}");
    assert!(missing.contains("[secret]/nothing.csv does not exist"), "{missing}");
    let page = project.read("site/shop/2024-03-31/index.html");
    let manifest = project.read("site/shop/2024-03-31/manifest.json");
    assert!(manifest.contains("\"token\": \"[secret]\""), "{manifest}");
    for text in [said, planned, missing, page, manifest] {
        assert!(!text.contains("x7-very-secret"), "{text}");
    }
    let (code, short) = run("check", "x7", "sales.csv");
    assert_eq!(code, Some(2));
    assert!(short.contains("the variable `SHOP_TOKEN` is too short for a secret"), "{short}");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the environment has no variable `SHOP_TOKEN`
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: ${SHOP_TOKEN}/${SHOP_FILE}
       ·           ──────────────────────────
     6 │     columns:
       ╰────
      help: set it for the program: `SHOP_TOKEN=... regulars run ...`
      × the environment has no variable `SHOP_FILE`
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: ${SHOP_TOKEN}/${SHOP_FILE}
       ·           ──────────────────────────
     6 │     columns:
       ╰────
      help: set it for the program: `SHOP_FILE=... regulars run ...`
      × the environment has no variable `SHOP_TOKEN`
        ╭─[pipelines/shop.yaml:13:10]
     12 │ params:
     13 │   token: ${SHOP_TOKEN}
        ·          ─────────────
     14 │ modules:
        ╰────
      help: set it for the program: `SHOP_TOKEN=... regulars run ...`
    ");
}

/// A draft is the whole report, and readers see nothing of it.
#[test]
fn a_draft_is_published_to_nobody() {
    let project = shop("modules:\n  base:\n");
    let done = project.done(&["run", PIPELINE, "--draft"]);
    assert_eq!(done.out, "./drafts/shop/index.html\n".trim_start_matches("./"));
    assert!(project.nothing_published());
    assert!(project.path("drafts/shop/manifest.json").exists());
    let tables = project.table("drafts/shop/tables/customer_summary.parquet");
    assert_eq!(tables.at("customer_id", "a", "revenue"), "60.00");
    project.ran();
    let published = project.read("site/shop/2024-03-31/index.html");
    project.write("data/sales.csv", format!("{SALES}d,6,2024-03-21,60.00\n"));
    project.done(&["run", PIPELINE, "--draft"]);
    assert_eq!(project.read("site/shop/2024-03-31/index.html"), published);
    assert_ne!(project.read("drafts/shop/index.html"), published);
}

/// A project's words come before those that ship, also where these stand in the file of a module.
#[test]
fn words_of_the_project_come_first() {
    let project = shop("modules:\n  base:\n  membership:\n");
    project.write("reports/words/en.yaml", "nav:\n  membership: Our clubs\n");
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(page.contains("Our clubs"), "{page}");
}

/// The sections of modules are named as others are. One of a module that is left out is left out too; one of a module that is
/// not switched on names that.
#[test]
fn sections_of_modules_by_their_names() {
    let project =
        shop("modules:\n  base:\n  cohorts:\n  gifts:\nreport:\n  sections: [gifts_page, cohorts, calls]\n");
    project.write(
        "pipelines/modules/gifts.yaml",
        "answers: Who buys for others?\nsections: [gifts_page]\nsteps:\n  gifts: { sql: sql/gifts.sql }\n",
    );
    project.write(
        "pipelines/modules/calls.yaml",
        "answers: Who calls?\nsources:\n  calls: [day]\nsections: [calls]\nsteps:\n  calls_made: { sql: sql/gifts.sql }\n",
    );
    project.write("sql/gifts.sql", "select customer_id from transactions order by customer_id");
    project.write("reports/sections/gifts_page.yaml", "needs: [gifts]\nparts: [{ table: gifts }]\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the section `calls` is one of the module `calls`, which is not switched on
        ╭─[pipelines/shop.yaml:16:35]
     15 │ report:
     16 │   sections: [gifts_page, cohorts, calls]
        ·                                   ─────
        ╰────
      help: add `calls:` under `modules`
    ");
    project.replace(PIPELINE, "  gifts:\n", "  gifts:\n  calls:\n");
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    let anchors: Vec<&str> =
        page.split("<section id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert_eq!(anchors, ["gifts-page", "cohorts"]);
}
