//! The texts of sections of one's own: those that only one language has, or none; sentences that no section asks for.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

const SALES: &str =
    "customer_id,transaction_id,occurred_at,amount\na,1,2024-01-05,10.00\nb,2,2024-02-10,40.00\n";

/// A shop with a table of gifts, its sentences, and these sections; the section file of `gifts` has these lines more.
fn shop(sections: &str, file: &str) -> Project {
    let project = Project::shop(
        "path: data/sales.csv\ncolumns:\n  customer_id: customer_id\n  transaction_id: transaction_id\n  occurred_at: CAST(occurred_at AS DATE)\n  amount: CAST(amount AS DECIMAL(10, 2))",
    );
    project.write("data/sales.csv", SALES);
    project.write(
        "sql/gifts.sql",
        "select customer_id, count(*) as gifts from transactions group by 1 order by 1",
    );
    project.write(
        "sql/gifts_words.sql",
        "select 'answer' as place, 1 as position, 'gifts.answer' as word, count(*) as customers from gifts",
    );
    let steps = "  gifts: { sql: sql/gifts.sql }\n  gifts_words: { sql: sql/gifts_words.sql }\n";
    let text = project.read(PIPELINE);
    project.write(PIPELINE, format!("{text}{steps}report: {{ sections: [{sections}] }}\n"));
    if !file.is_empty() {
        project.write(
            "reports/sections/gifts.yaml",
            format!("needs: [gifts]\nanswer: {{ table: gifts_words }}\n{file}"),
        );
    }
    project
}

const PARTS: &str =
    "parts:\n  - { chart: bars, table: gifts, label: customer_id, value: gifts }\n  - table: gifts\n";

/// The words of a language.
fn words(project: &Project, tag: &str, texts: &str) {
    project.write(&format!("reports/words/{tag}/gifts.yaml"), texts);
}

const ANSWER: &str = "gifts:\n  answer: \"{customers}\"\n";

/// A text that one language has and the other lacks, whoever names it.
#[test]
fn a_text_in_one_language() {
    let project = shop("gifts, method", PARTS);
    words(
        &project,
        "en",
        "nav:\n  gifts: Gifts\ngifts:\n  answer: \"{customers}\"\n  definition: What is given.\n",
    );
    words(&project, "zh-CN", "gifts:\n  answer: \"{customers}\"\n  question: 谁送礼？\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no text `gifts.definition` in the words of zh-CN
       ╭─[reports/sections/gifts.yaml:1:1]
     1 │ needs: [gifts]
       · ▲
     2 │ answer: { table: gifts_words }
       ╰────
      help: add it to reports/words/zh-CN/gifts.yaml
      × there is no text `gifts.question` in the words of en
       ╭─[reports/sections/gifts.yaml:1:1]
     1 │ needs: [gifts]
       · ▲
     2 │ answer: { table: gifts_words }
       ╰────
      help: add it to reports/words/en/gifts.yaml
      × there is no text `nav.gifts` in the words of zh-CN
       ╭─[reports/sections/gifts.yaml:1:1]
     1 │ needs: [gifts]
       · ▲
     2 │ answer: { table: gifts_words }
       ╰────
      help: add it to reports/words/zh-CN/gifts.yaml
    ");
    // The texts of a section in the pipeline have no file of their own.
    let project = shop("{ table: gifts }", "");
    words(&project, "en", "gifts:\n  definition: What is given.\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 3 steps, as of 2024-03-31
    ");
}

/// A name or caption that no language has is that of the section or table: enough for English alone.
#[test]
fn a_text_in_no_language() {
    let project = shop("gifts, method", PARTS);
    for tag in ["en", "zh-CN"] {
        words(&project, tag, ANSWER);
    }
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 3 steps, as of 2024-03-31
    ");
    project.replace(PIPELINE, "name: shop\n", "name: shop\nlocale: zh-CN\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no text `nav.gifts` in the words: the page would print `gifts`
       ╭─[reports/sections/gifts.yaml:1:1]
     1 │ needs: [gifts]
       · ▲
     2 │ answer: { table: gifts_words }
       ╰────
      help: add it to reports/words/en/gifts.yaml and reports/words/zh-CN/gifts.yaml
      × there is no text `gifts.picture.gifts.caption` in the words: the page would print `gifts`
       ╭─[reports/sections/gifts.yaml:4:7]
     3 │ parts:
     4 │   - { chart: bars, table: gifts, label: customer_id, value: gifts }
       ·       ─────
     5 │   - table: gifts
       ╰────
      help: add it to reports/words/en/gifts.yaml and reports/words/zh-CN/gifts.yaml
      × there is no text `gifts.gifts` in the words: the page would print `gifts`
       ╭─[reports/sections/gifts.yaml:5:12]
     4 │   - { chart: bars, table: gifts, label: customer_id, value: gifts }
     5 │   - table: gifts
       ·            ─────
       ╰────
      help: add it to reports/words/en/gifts.yaml and reports/words/zh-CN/gifts.yaml
    ");
    for tag in ["en", "zh-CN"] {
        words(&project, tag, &format!("nav:\n  gifts: 礼品\n{ANSWER}"));
    }
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 3 steps, as of 2024-03-31
    ");
}

/// The same of a variant in Chinese, and of a section that stands in the pipeline.
#[test]
fn a_title_in_no_language() {
    let project = shop("{ table: gifts, chart: bars, label: customer_id, value: gifts }", "");
    let text = project.read(PIPELINE);
    project.write(PIPELINE, format!("{text}variants:\n  zh: {{ locale: zh-CN }}\n"));
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × this section has no title in zh-CN: the page would print `gifts`
        ╭─[pipelines/shop.yaml:15:22]
     14 │   gifts_words: { sql: sql/gifts_words.sql }
     15 │ report: { sections: [{ table: gifts, chart: bars, label: customer_id, value: gifts }] }
        ·                      ▲
     16 │ variants:
        ╰────
      help: add `title:` with a text in each language: `title: { en: ..., zh-CN: ... }`
    ");
    project.replace(PIPELINE, "{ table: gifts,", "{ table: gifts, title: { en: Gifts, zh-CN: 礼品 },");
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 3 steps, 1 variant, as of 2024-03-31
    ");
}

/// Words with an answer belong to a section file; without it, the table of its name is shown as it is.
#[test]
fn a_section_without_its_file() {
    let project = shop("gifts, method", "");
    for tag in ["en", "zh-CN"] {
        words(&project, tag, ANSWER);
    }
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ the words have `gifts.answer`, and there is no reports/sections/gifts.yaml that asks for it:
      │ the page shows the table `gifts` as it is
        ╭─[pipelines/shop.yaml:15:22]
     14 │   gifts_words: { sql: sql/gifts_words.sql }
     15 │ report: { sections: [gifts, method] }
        ·                      ─────
        ╰────
      help: add reports/sections/gifts.yaml, or take the text out of the words
    pipelines/shop.yaml is sound: 1 source in 1 file, 3 steps, as of 2024-03-31
    ");
    // A file of that name holds before the table.
    project.write("reports/sections/gifts.yaml", format!("answer: {{ table: gifts_words }}\n{PARTS}"));
    project.ran();
    assert!(project.read("site/shop/2024-03-31/index.html").contains("<svg"));
}

/// A sentence whose place no section asks for, and a second answer, are left out, and the page and the log say so.
#[test]
fn sentences_that_are_left_out() {
    let project = shop("gifts, method", PARTS);
    for tag in ["en", "zh-CN"] {
        words(&project, tag, "gifts:\n  answer: \"{customers}\"\n  more: \"More: {customers}.\"\n");
    }
    project.write(
        "sql/gifts_words.sql",
        "select 'answer' as place, 1 as position, 'gifts.answer' as word, count(*) as customers from gifts
union all
select 'answer', 2, 'gifts.more', count(*) from gifts
union all
select 'nots', 3, 'gifts.more', count(*) from gifts",
    );
    let told = |project: &Project| {
        let said = project.ran().err;
        let said: Vec<&str> =
            said.lines().filter(|line| line.contains("gifts_words has")).map(str::trim).collect();
        said.join("\n")
    };
    assert_snapshot!(told(&project), @r"
    ⚠ part of section `gifts` is left out: The table gifts_words has several answers; the first is
    ⚠ part of section `gifts` is left out: The table gifts_words has a sentence with the `place`
    ");
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(!page.contains("More:"), "{page}");
    // Both in one paragraph are one answer.
    project.replace("sql/gifts_words.sql", "select 'answer', 2,", "select 'answer', 1,");
    project.replace("sql/gifts_words.sql", "'nots', 3", "'note', 3");
    project.replace("reports/sections/gifts.yaml", "parts:", "notes: { table: gifts_words }\nparts:");
    assert_eq!(told(&project), "");
}
