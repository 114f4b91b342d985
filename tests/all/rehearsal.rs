//! Before anything runs, the page is rendered of made-up tables: what is wrong with a project's own templates and words is
//! told by `check`, and a night's run does not end at it.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

const SALES: &str =
    "customer_id,transaction_id,occurred_at,amount\na,1,2024-01-05,10.00\nb,2,2024-03-07,20.00\n";

fn shop(locale: &str) -> Project {
    let project = Project::new();
    project.write("data/sales.csv", SALES);
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nlocale: {locale}\nsources:\n  transactions:\n    path: data/sales.csv\n    \
             columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      \
             occurred_at: cast(occurred_at as date)\n      amount: cast(amount as decimal(10, 2))\n    \
             quarantine:\n      no_amount: amount is null\n    checks:\n      - not_null: [amount]\n\
             modules:\n  base:\n  concentration:\n"
        ),
    );
    project
}

/// A shipped file in the project, with one change.
fn own(project: &Project, path: &str, old: &str, new: &str) {
    project.done(&["eject", path]);
    let text = project.read(path);
    assert!(text.contains(old), "{path}: {text}");
    project.write(path, text.replacen(old, new, 1));
}

fn complaint(path: &str, old: &str, new: &str) -> String {
    let project = shop("en");
    own(&project, path, old, new);
    let checked = project.complaint();
    let run = project.run(&["run", PIPELINE]);
    assert!(project.nothing_published());
    assert!(run.message() == checked, "{}", run.message());
    checked
}

#[test]
fn templates_that_do_not_work() {
    // It does not parse.
    assert_snapshot!(complaint("reports/report.html", "{%- endfor %}", "{%- endfro %}"), @r##"
    exit code 2
      × template reports/report.html, line 25: syntax error: unknown statement endfro
        ╭─[reports/report.html:25:3]
     24 │     <li><a href="#{{ section.anchor }}">{{ section.label }}</a></li>
     25 │   {%- endfro %}
        ·   ─────────────
     26 │   </ol>
        ╰────
      help: mend reports/report.html, or remove it, and the shipped one is used
    "##);
    // It asks for what there is not.
    assert_snapshot!(complaint("reports/sections/headline.html", "section.notes", "section.extra.crads.all"), @r#"
    exit code 2
      × template reports/sections/headline.html, line 11: undefined value
        ╭─[reports/sections/headline.html:11:1]
     10 │ {%- endfor %}
     11 │ {{- parts.sentences(section.extra.crads.all) }}
        · ───────────────────────────────────────────────
     12 │ </section>
        ╰────
      help: mend reports/sections/headline.html, or remove it, and the shipped one is used
    "#);
    // A filter that nobody has.
    assert_snapshot!(complaint("reports/sections/method.html", "source in section.extra.sources", "source in section.extra.sources | shout"), @r#"
    exit code 2
      × template reports/sections/method.html, line 7: unknown filter: filter shout is unknown
       ╭─[reports/sections/method.html:7:3]
     6 │   <h3 id="method-sources">{{ t("method.sources_heading") }}</h3>
     7 │   {%- for source in section.extra.sources | shout %}
       ·   ──────────────────────────────────────────────────
     8 │   {{- parts.table(source) }}
       ╰────
      help: mend reports/sections/method.html, or remove it, and the shipped one is used
    "#);
    // That of the list of all reports.
    assert_snapshot!(complaint("reports/index.html", "pipeline.title", "pipeline.tilte.x"), @r#"
    exit code 2
      × template reports/index.html, line 23: undefined value
        ╭─[reports/index.html:23:5]
     22 │     <p class="question">{% if pipeline.firm %}{{ pipeline.firm }} · {% endif %}{{ pipeline.pipeline }}</p>
     23 │     <h2>{{ pipeline.tilte.x }}</h2>
        ·     ───────────────────────────────
     24 │     <p class="latest"><a href="{{ latest.href }}">{{ latest.as_of }}</a> <span class="source">{{ t("index.latest") }}</span></p>
        ╰────
      help: mend reports/index.html, or remove it, and the shipped one is used
    "#);
}

/// Sections whose sentences a query chooses are rendered too, with all that stands below these.
#[test]
fn templates_of_sections_that_are_data() {
    assert_snapshot!(complaint("reports/sections/part.html", "part.entries %}", "part.entrees.all %}"), @r#"
    exit code 2
      × template reports/sections/part.html, line 24: undefined value
        ╭─[reports/sections/part.html:24:3]
     23 │   <ol class="findings">
     24 │   {%- for entry in part.entrees.all %}
        ·   ────────────────────────────────────
     25 │     <li>
        ╰────
      help: mend reports/sections/part.html, or remove it, and the shipped one is used
    "#);
    assert_snapshot!(complaint("reports/sections/part.html", "parts.picture(part.picture)", "parts.pictures(part.picture)"), @r#"
    exit code 2
      × template reports/sections/part.html, line 41: unknown method: map has no method named pictures
        ╭─[reports/sections/part.html:41:1]
     40 │ {%- elif part.kind == "picture" %}
     41 │ {{- parts.pictures(part.picture) }}
        · ───────────────────────────────────
     42 │ {%- else %}
        ╰────
      help: mend reports/sections/part.html, or remove it, and the shipped one is used
    "#);
    assert_snapshot!(complaint("reports/sections/section.html", "part in section.parts", "part in section.partes.all"), @r#"
    exit code 2
      × template reports/sections/section.html, line 7: undefined value
       ╭─[reports/sections/section.html:7:1]
     6 │ {{- parts.opening(section) }}
     7 │ {%- for part in section.partes.all %}
       · ─────────────────────────────────────
     8 │ {%- include "sections/part.html" %}
       ╰────
      help: mend reports/sections/section.html, or remove it, and the shipped one is used
    "#);
}

/// Words of one's own may ask for figures that a sentence does not have; each is told, in whichever section it stands.
#[test]
fn words_that_ask_for_what_there_is_not() {
    let project = shop("en");
    project.write(
        "reports/words/en.yaml",
        "method:\n  answer: \"{rows} rows, {orders} orders\"\nfindings:\n  question: \"What of {shop}?\"\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × reports/words/en.yaml: method.answer asks for {orders}, which is not among its figures
      help: its figures are {rows}, {used}, {aside}, {outside}, {passed}, {checks}
      × reports/words/en.yaml: findings.question asks for {shop}, which is not among its figures
      help: this text has no figures: remove the placeholder
    ");
    // Of another language than the report's they are nobody's business but the sections' that are data.
    project.replace(PIPELINE, "locale: en", "locale: zh-CN");
    project.done(&["check", PIPELINE]);
}

/// What no night's tables can do without is the fault of the tables: the page leaves a section out and says so.
#[test]
fn tables_without_rows_are_no_mistake() {
    for locale in ["en", "zh-CN"] {
        let project = shop(locale);
        project.done(&["check", PIPELINE]);
        project.write("data/sales.csv", "customer_id,transaction_id,occurred_at,amount\na,1,2024-01-05,\n");
        project.ran();
    }
}
