//! Whole pages, from tables made by hand.

use super::fixture::{batch, cents, facts, floats, ints, replaced, tables, texts, theme, worded, words};
use super::words::{OF_RUN, placeholders};
use super::{
    CustomerIds, Download, Facts, HeadlineFigure, IndexEntry, Page, Summary, Tables, Theme, leads_to, lists,
    render,
};
use sha2::{Digest, Sha256};

const LOCALES: [&str; 2] = ["en", "zh-CN"];

fn page(facts: &Facts, tables: &Tables) -> Page {
    render(facts, &worded(tables), &theme(&facts.locale)).expect("a page")
}

/// The page on data and method.
fn method(page: &Page) -> &str {
    page.method.as_deref().expect("a page on data and method")
}

/// The values of an attribute, in order.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(start.as_str())
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(value, _)| value)
        .collect()
}

/// The part of a page that is one section.
fn section<'a>(html: &'a str, id: &str) -> &'a str {
    let from = html.split_once(&format!("<section id=\"{id}\"")).map_or("", |(_, rest)| rest);
    from.split_once("</section>").map_or("", |(inside, _)| inside)
}

#[test]
fn both_languages_say_the_same_things() {
    let (en, zh) = (words("en"), words("zh-CN"));
    // 环比 and 同比 need no period.
    let asked = |text: &str| {
        placeholders(text).into_iter().filter(|name| !OF_RUN.contains(&name.as_str())).collect::<Vec<_>>()
    };
    assert!(en.len() > 250, "{}", en.len());
    assert_eq!(en.keys().collect::<Vec<_>>(), zh.keys().collect::<Vec<_>>());
    for (key, text) in &en {
        assert_eq!(asked(text), asked(&zh[key]), "{key}");
        assert!(!text.trim().is_empty() && !zh[key].trim().is_empty(), "{key}");
    }
}

#[test]
fn chinese_has_full_width_punctuation() {
    let ideograph = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    for (key, text) in words("zh-CN") {
        // Within braces these are signs of ours.
        let mut within = false;
        let letters: Vec<char> = text
            .chars()
            .map(|letter| {
                within = letter == '{' || within && letter != '}';
                if within && [':', '?'].contains(&letter) { '|' } else { letter }
            })
            .collect();
        for pair in letters.windows(2) {
            let half = [',', ';', ':', '?', '!', '('].contains(&pair[1]);
            assert!(!(ideograph(pair[0]) && half), "{key}: {text}");
            let spaced = pair[0] == ' ' && ideograph(pair[1]) && !text.starts_with(['▲', '▼', '✓', '✗', '!']);
            assert!(!spaced, "{key}: {text}");
        }
    }
}

#[test]
fn pages_need_no_other_file_and_run_no_script_but_their_own() {
    for locale in LOCALES {
        let page = page(&facts(locale), &tables());
        for html in [&page.html, method(&page)] {
            assert!(html.starts_with("<!doctype html>\n<html lang=\""), "{locale}");
            assert!(html.contains(&format!("<html lang=\"{locale}\">")));
            let lower = html.to_lowercase();
            for foreign in ["<link", "<img", "@import", "url(http", " src=", "href=\"http", "<iframe"] {
                assert!(!lower.contains(foreign), "{locale}: {foreign}");
            }
            let (_, script) = html.split_once("<script>").expect("a script");
            let (script, rest) = script.split_once("</script>").expect("its end");
            assert!(!rest.contains("<script"), "{locale}: one script");
            assert_eq!(lower.matches("<script").count(), 1, "{locale}: one script");
            // Base64 of the script's hash, by hand: six bits a letter.
            let bits: String = Sha256::digest(script).iter().map(|byte| format!("{byte:08b}")).collect();
            let letters =
                ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect::<Vec<char>>();
            let six =
                |at: usize| usize::from_str_radix(&format!("{:0<6}", &bits[at..usize::min(256, at + 6)]), 2);
            let hash: String =
                (0..256).step_by(6).map(|at| letters[six(at).expect("six bits")]).collect::<String>() + "=";
            let policy = format!("content=\"default-src 'none'; script-src 'sha256-{hash}'; ");
            assert!(html.contains(&policy), "{locale}: {policy}");
        }
    }
}

/// A project's own script, with the line ends of another system, cannot close its element; and without one nothing runs.
#[test]
fn a_script_of_a_projects_own_stays_in_its_element() {
    let mut theme = theme("en");
    theme.templates.insert("script.js".to_owned(), "a('</script><b>');\r\nb('<!--');\r\n".to_owned());
    let page = render(&facts("en"), &worded(&tables()), &theme).expect("a page");
    assert!(page.html.contains("<script>a('<\\/script><b>');\nb('<\\!--');\n</script>"));
    theme.templates.remove("script.js");
    let error = render(&facts("en"), &worded(&tables()), &theme).expect_err("no script");
    assert!(error.what.contains("there is no reports/script.js"), "{}", error.what);
}

/// The firm stands before the title, in both titles and on paper; as text, whatever it is.
#[test]
fn the_firm_is_on_top() {
    let facts = Facts { firm: Some("</style>Smith & \"Sons\"".to_owned()), ..facts("en") };
    let page = page(&facts, &tables());
    for html in [&page.html, method(&page)] {
        assert!(html.contains(
            "&lt;/style&gt;Smith &amp; &quot;Sons&quot; · Customer value · 9 December 2011</title>"
        ));
        assert!(
            html.contains("content: \"\\3c \\2f style\\3e Smith \\26  \\22 Sons\\22  \\b7  Customer value")
        );
    }
    assert!(page.html.contains(
        "<span class=\"firm\">&lt;/style&gt;Smith &amp; &quot;Sons&quot;</span> Customer value</h1>"
    ));
}

#[test]
fn every_section_is_there_and_every_link_arrives() {
    for locale in LOCALES {
        let page = page(&facts(locale), &tables());
        assert_eq!(page.skipped, []);
        let of_method = attributes(method(&page), "id");
        for (html, ids) in [(&*page.html, attributes(&page.html, "id")), (method(&page), of_method.clone())] {
            let mut unique = ids.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), ids.len(), "an id stands twice");
            for link in attributes(html, "href") {
                let arrives = match link.split_once('#') {
                    Some(("", place)) => ids.contains(&place),
                    Some(("method.html", place)) => of_method.contains(&place),
                    Some(_) => false,
                    None => {
                        ["downloads/", "../before/", "../after/"]
                            .iter()
                            .any(|beside| link.starts_with(beside))
                            || ["index.html", "method.html", "../../index.html"].contains(&link)
                    }
                };
                assert!(arrives, "{locale}: {link} leads nowhere");
            }
        }
        let ids = attributes(&page.html, "id");
        for name in super::fixture::SECTIONS {
            assert!(ids.contains(&name), "{locale}: {name}");
        }
        let links: Vec<&str> = attributes(&page.html, "href");
        assert!(links.iter().filter(|link| link.starts_with("method.html#step-")).count() > 40);
        assert!(links.contains(&"method.html") && attributes(method(&page), "href").contains(&"index.html"));
        assert!(!method(&page).contains("method.html"), "the page needs not to know its own name");
    }
}

#[test]
fn the_answer_comes_from_the_figures() {
    let html = page(&facts("en"), &tables()).html;
    let concentration = section(&html, "concentration");
    for figure in
        [">73.8%<", ">875<", ">4,371<", ">1.8\u{a0}points<", ">75.0%<", ">41<", ">13<", "80% (Pareto"]
    {
        assert!(concentration.contains(figure), "{figure}");
    }
    // What card holders bring is no rule of thumb for the best 5%.
    let best =
        concentration.split("<tr>").find(|row| row.contains("Share of the top 5%")).unwrap_or_default();
    assert_eq!(best.matches('%').count(), 4, "its name and the measured shares of three spans: {best}");
    // 8,000 of 21,000 came at an age of a month or more.
    assert!(section(&html, "cohorts").contains(">38.1%<") && section(&html, "cohorts").contains("50–80%"));
    let zh = page(&facts("zh-CN"), &tables()).html;
    assert!(section(&zh, "concentration").contains(">1.8个百分点<"));
}

/// Every change is printed, and beside it what is usual; the console has the change alone.
#[test]
fn a_change_stands_beside_what_is_usual() {
    let rendered = page(&facts("en"), &tables());
    let changes: Vec<(&str, &str)> = rendered
        .summary
        .figures
        .iter()
        .map(|figure| (figure.value.as_str(), figure.change.as_str()))
        .collect();
    let wanted = [("£1.16M", "+16.2% vs October"), ("64.2%", "+4.2\u{a0}points vs October"), ("£500", "")];
    assert_eq!(changes, wanted);
    let html = section(&rendered.html, "headline");
    // Beyond the range, and good; within it, neither good nor bad.
    assert!(
        html.contains(
            "<p class=\"change good\"><span aria-hidden=\"true\">▲</span> <b>+16.2%</b> vs October"
        )
    );
    assert!(html.contains(
        "<p class=\"change neutral\"><span aria-hidden=\"true\">▲</span> <b>+5.6%</b> vs November 2010"
    ));
    let text = plain(html);
    for said in [
        "Revenue in November 2011: £1.16M, +16.2% vs October and +5.6% vs November 2010.",
        "Year on year, −20.0% to +30.0% was usual in the 12 months before.",
        "+16.2% vs October outside the usual −10.0% to +10.0%",
        "+5.6% vs November 2010 usual: −20.0% to +30.0%",
        "+4.2 points vs October usual: −5.0 points to +5.0 points",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let zh = plain(section(&page(&facts("zh-CN"), &tables()).html, "headline"));
    assert!(zh.contains("2011年11月收入为116万英镑，环比+16.2%，同比+5.6%。"), "{zh}");
    assert!(zh.contains("环比+16.2% 超出常见的−10.0%至+10.0%"), "{zh}");
}

/// What rounds to nothing in print is no change, and has no arrow.
#[test]
fn a_change_that_does_not_show_is_none() {
    let mut tables = tables();
    let headline = tables.0["headline"].clone();
    tables.insert(
        "headline",
        replaced(&headline, &["before"], &floats(&[1_161_817.38, 0.642_000_1, f64::NAN])),
    );
    let html = page(&facts("en"), &tables).html;
    let text_of = section(&html, "headline");
    assert_eq!(
        text_of.matches("<p class=\"change neutral\"><b>unchanged</b> vs October").count(),
        2,
        "{text_of}"
    );
}

/// A customer with only returns in a period is in the bridge, but is not active: the page says why the counts differ.
#[test]
fn customers_who_only_returned_are_told_beside_the_bridge() {
    let mut tables = tables();
    let components = ["new", "reactivation", "expansion", "unchanged", "contraction", "churn"];
    tables.insert(
        "revenue_bridge",
        batch(vec![
            ("component", texts(&components)),
            ("component_order", ints(&[1, 2, 3, 4, 5, 6])),
            ("customers", ints(&[3, 2, 4, 0, 1, 50])),
            ("revenue_before", cents(&[0, 0, 400, 0, 500, 900])),
            ("revenue", cents(&[300, 200, 600, 0, 400, 0])),
            ("change", cents(&[300, 200, 200, 0, -100, -900])),
        ]),
    );
    // The bridge stands after the findings, which stand beside the figures.
    let text_of = |tables: &Tables, locale: &str| {
        let html = page(&facts(locale), tables).html;
        let (_, more) = html.split_once("<div class=\"more\">").expect("what explains the figures");
        plain(more.split("<section").next().unwrap_or_default())
    };
    let active = |tables: &mut Tables, count: f64| {
        let headline = tables.0["headline"].clone();
        let headline =
            replaced(&headline, &["figure"], &texts(&["revenue", "repeat_rate", "active_customers"]));
        tables.insert("headline", replaced(&headline, &["now"], &floats(&[1_161_817.38, 0.642, count])));
    };
    active(&mut tables, 8.0);
    let text = text_of(&tables, "en");
    let says =
        "2 of the 10 customers with money in this period have no order in it, only returns: 8 are active.";
    assert!(text.contains(says), "{text}");
    assert!(text_of(&tables, "zh-CN").contains("10名客户中，2名没有订单，只有退货；活跃客户为8名。"));
    active(&mut tables, 10.0);
    assert!(!text_of(&tables, "en").contains("only returns"));
}

#[test]
fn few_customers_are_no_cohort_to_compare() {
    let text_of = |sizes: [i64; 5]| {
        let mut tables = tables();
        let cohorts = replaced(&tables.0["cohorts"].clone(), &["size"], &ints(&sizes));
        tables.insert("cohorts", replaced(&cohorts, &["active"], &ints(&[100, 50, 20, 20, 8])));
        plain(section(&page(&facts("en"), &tables).html, "cohorts"))
    };
    let text = text_of([100, 100, 100, 200, 200]);
    assert!(
        text.contains("40.0% ordered in month 1: 10.0 points below the 1 cohort before (50.0%)."),
        "{text}"
    );
    // The newest one, of one customer, says nothing. The one before it has none to be compared with.
    let text = text_of([100, 100, 100, 1, 1]);
    assert!(text.contains("Of the 100 customers who first ordered in"), "{text}");
    assert!(text.contains("50.0% ordered in month 1. "), "{text}");
    let text = text_of([29, 29, 29, 1, 1]);
    assert!(text.contains("Of the 1 customer who first ordered in") && !text.contains("before ("), "{text}");
}

/// A ratio to zero or less has no meaning: the page says the base. A missing figure has no change.
#[test]
fn a_change_from_nothing_is_told_as_such() {
    let mut tables = tables();
    let headline = tables.0["headline"].clone();
    let headline = replaced(&headline, &["before"], &floats(&[0.0, 0.60, -2.5]));
    let headline = replaced(&headline, &["year_ago"], &floats(&[-100.0, f64::NAN, 100.0]));
    let headline = replaced(&headline, &["before_change", "year_change"], &floats(&[f64::NAN; 3]));
    tables.insert("headline", headline);
    let rendered = page(&facts("en"), &tables);
    let text = plain(section(&rendered.html, "headline"));
    assert!(text.contains("Revenue in November 2011: £1.16M, after £0 in October."), "{text}");
    assert!(
        text.contains("▲ after £0 in October") && text.contains("▲ after −£100 in November 2010"),
        "{text}"
    );
    assert_eq!(rendered.summary.figures[0].change, "after £0 in October");
    let zh = plain(section(&page(&facts("zh-CN"), &tables).html, "headline"));
    assert!(zh.contains("2011年11月收入为116万英镑，2011年10月为0英镑。"), "{zh}");

    let headline = tables.0["headline"].clone();
    tables.insert("headline", replaced(&headline, &["now"], &floats(&[5.0, f64::NAN, f64::NAN])));
    let rendered = page(&facts("en"), &tables);
    assert_eq!(
        (rendered.summary.figures[1].value.as_str(), rendered.summary.figures[1].change.as_str()),
        ("–", "")
    );
}

#[test]
fn data_cannot_become_markup() {
    let evil = "<script>alert(1)</script>\" onmouseover=\"x";
    let mut tables = tables();
    let mut facts = facts("en");
    facts.customer_ids = CustomerIds::Shown;
    facts.title = Some(evil.to_owned());
    facts.pipeline = evil.to_owned();
    facts.parameters.push((evil.to_owned(), evil.to_owned()));
    facts.checks[0].measured = evil.to_owned();
    facts.sources[0].name = evil.to_owned();
    for step in &mut facts.steps {
        step.downloads =
            vec![Download { path: "javascript:alert(1)".to_owned(), format: "csv", is_whole: false }];
    }
    facts.sections.push(evil.to_owned());
    tables.insert(evil, batch(vec![(evil, texts(&[evil])), ("customer_id", texts(&[evil]))]));
    let winback = replaced(&tables.0["winback"], &["customer_id", "segment", "status"], &texts(&[evil]));
    tables.insert("winback", winback);
    let page = page(&facts, &tables);
    for html in [&page.html, method(&page)] {
        let scripts = html.matches("<script").count();
        assert!(scripts == 1 && !html.contains(" onmouseover=\"x"), "data became markup");
        assert!(!html.contains("href=\"javascript:"));
    }
    assert!(section(&page.html, "churn").matches("&lt;script&gt;").count() >= 3);
}

/// The tables come masked; the page says whether they do.
#[test]
fn whether_ids_are_masked_is_said() {
    let says =
        |page: &Page| method(page).contains("Customer ids are masked on this page and in its downloads");
    assert!(says(&page(&facts("en"), &tables())));
    let shown = page(&Facts { customer_ids: CustomerIds::Shown, ..facts("en") }, &tables());
    assert!(!says(&shown) && shown.html.contains("customer-0001"));
}

#[test]
fn a_missing_table_costs_its_section_only() {
    let mut tables = tables();
    tables.0.remove("churn_summary");
    tables.0.remove("abc");
    let page = page(&facts("en"), &tables);
    let left_out: Vec<_> =
        page.skipped.iter().map(|left| (left.section.as_str(), left.reason.as_str(), left.whole)).collect();
    let wanted = [
        ("concentration", "The table abc is missing.", false),
        ("churn", "The table churn_summary is missing.", true),
    ];
    assert_eq!(left_out, wanted);
    assert_eq!(section(&page.html, "churn"), "");
    assert!(section(&page.html, "concentration").contains(">73.8%<"));
    // The report's own page names whole sections, and how many parts are missing.
    let short = section(&page.html, "method");
    assert!(short.contains("The table churn_summary is missing.") && !short.contains("abc"), "{short}");
    assert!(short.contains("1 picture or table of other sections"), "{short}");
    let all = method(&page);
    assert!(all.contains("The table churn_summary is missing.") && all.contains("The table abc is missing."));
}

#[test]
fn an_edited_query_costs_its_section_only() {
    let mut tables = tables();
    let segments = tables.0["segment_summary"].clone();
    let kept: Vec<usize> = (0..segments.num_columns())
        .filter(|at| segments.schema().field(*at).name() != "average_order")
        .collect();
    tables.insert("segment_summary", segments.project(&kept).expect("its other columns"));
    let trend = replaced(&tables.0["concentration_trend"], &["top20_share"], &texts(&["a", "b"]));
    tables.insert("concentration_trend", trend);
    tables.insert("migration", batch(vec![("from_segment", ints(&[1])), ("to_segment", ints(&[1]))]));
    let reasons: Vec<_> = page(&facts("en"), &tables).skipped.into_iter().map(|left| left.reason).collect();
    let wanted = [
        "The picture “Share of the top 20% by month, each of the 12 months before” was left out: the line chart has \
         nothing to draw.",
        "The table segment_summary has no column average_order.",
        // Its sentence cannot be asked either; `check` says so before a run.
        "The table migration_words is missing.",
    ];
    assert_eq!(reasons, wanted);
}

#[test]
fn nulls_anywhere_are_no_panic() {
    let mut tables = tables();
    for batch in tables.0.values_mut() {
        let schema = batch.schema();
        let columns = schema.fields().iter().map(|field| {
            (field.name().clone(), arrow::array::new_null_array(field.data_type(), batch.num_rows()), true)
        });
        *batch = arrow::array::RecordBatch::try_from_iter_with_nullable(columns).expect("a batch");
    }
    for locale in LOCALES {
        let page = page(&facts(locale), &tables);
        for html in [&page.html, method(&page)] {
            // The script knows the word.
            let (text, _) = html.split_once("<script>").expect("a script");
            assert!(text.contains("id=\"method\"") && !text.contains("NaN"));
        }
    }
}

#[test]
fn predictions_that_nobody_made_are_no_column() {
    let mut tables = tables();
    assert!(section(&page(&facts("en"), &tables).html, "customers").contains("Predicted value"));
    let nothing = floats(&[f64::NAN, f64::NAN]);
    tables.insert("top_customers", replaced(&tables.0["top_customers"], &["clv"], &nothing));
    assert!(!section(&page(&facts("en"), &tables).html, "customers").contains("Predicted value"));
}

/// The fits where one model saw nobody leave and the one without dropout predicts.
fn nobody_leaves() -> arrow::array::RecordBatch {
    batch(vec![
        ("model", texts(&["bg_nbd", "nbd", "gamma_gamma"])),
        ("parameter", texts(&["a", "r", "p"])),
        ("estimate", floats(&[0.003, 0.83, 2.1])),
        ("standard_error", floats(&[f64::NAN, 0.03, 0.1])),
        ("status", texts(&["boundary", "converged", "converged"])),
        ("reason", texts(&["no_dropout", "none", "none"])),
        ("message", texts(&["parameter a runs to 0", "", ""])),
        ("customers", ints(&[4338, 4338, 2781])),
    ])
}

#[test]
fn where_nobody_can_be_seen_to_leave_the_page_says_so_and_shows_no_chance_of_it() {
    let mut tables = tables();
    let winback = replaced(&tables.0["winback"], &["p_alive", "recoverable"], &floats(&[0.4]));
    tables.insert("winback", winback);
    let chance = "href=\"method.html#term-p-alive\"";
    let before = page(&facts("en"), &tables).html;
    assert!(section(&before, "value").contains(chance) && section(&before, "churn").contains(chance));
    tables.insert("clv_fit", nobody_leaves());
    // Then no sentence says who is still active.
    let answer = tables.0["value_words"].slice(0, 1);
    tables.insert("value_words", answer);
    let findings = tables.0["findings"].clone();
    tables.insert(
        "findings",
        replaced(&findings, &["rule"], &texts(&["no_dropout", "cold", "dependence_one"])),
    );
    let page_of = page(&facts("en"), &tables);
    let html = &page_of.html;
    assert!(!section(html, "value").contains(chance));
    assert!(!section(html, "churn").contains(chance));
    assert!(section(html, "churn").contains("assumes that nobody has left"));
    assert!(section(html, "findings").contains("nobody can be seen to leave"));
    let assumed = section(method(&page_of), "method");
    assert!(assumed.contains("that nobody leaves") && !assumed.contains("each leaves at some time"));
}

#[test]
fn scores_that_nobody_has_are_said() {
    let mut tables = tables();
    assert!(!section(&page(&facts("en"), &tables).html, "segments").contains("Nobody has"));
    let bins = batch(vec![
        ("measure", texts(&["r", "f", "f", "f"])),
        ("score", ints(&[1, 2, 3, 4])),
        ("customers", ints(&[6, 0, 0, 6])),
        ("lowest", floats(&[50.0, f64::NAN, f64::NAN, 1.0])),
        ("highest", floats(&[400.0, f64::NAN, f64::NAN, 1.0])),
    ]);
    tables.insert("rfm_bins", bins);
    let segments = page(&facts("en"), &tables).html;
    let segments = section(&segments, "segments");
    assert!(segments.contains("Nobody has a frequency score of") && segments.contains(">2, 3<"));
    assert!(!segments.contains("a recency score of"));
}

#[test]
fn checks_speak_the_language_of_the_report() {
    let mut facts = facts("zh-CN");
    facts.checks[0].measured = "1,203 rows without a value".to_owned();
    facts.checks[0].expected = "at most 2 days old".to_owned();
    let says = |facts: &Facts, text: &str| method(&page(facts, &tables())).contains(text);
    assert!(says(&facts, "1,203行没有值") && says(&facts, "不早于2天前"));
    facts.checks[0].expected = "a value in every row".to_owned();
    assert!(says(&facts, "每行都有值"));
    facts.checks[0].measured = "7 cats, grey".to_owned();
    assert!(says(&facts, "7 cats, grey"), "what is not known stays");
    facts.locale = "en".to_owned();
    facts.checks[0].measured = "1 row outside".to_owned();
    assert!(says(&facts, ">1 row outside<"));
}

#[test]
fn last_years_curve_needs_last_years_history() {
    let mut tables = tables();
    let count = |tables: &Tables| {
        let html = page(&facts("en"), tables).html;
        section(&html, "concentration").matches("9 December 2010").count()
    };
    tables.insert("year_ago.lorenz", tables.0["lorenz"].clone());
    tables.insert("year_ago.periods", batch(vec![("history_days", ints(&[365]))]));
    let with = count(&tables);
    tables.insert("year_ago.periods", batch(vec![("history_days", ints(&[364]))]));
    assert!(with > 0 && count(&tables) == 0, "{with}");
}

#[test]
fn findings_go_by_money_and_an_own_rule_is_printed_plainly() {
    let html = page(&facts("en"), &tables()).html;
    let findings = section(&html, "findings");
    let place = |text: &str| findings.find(text).unwrap_or(usize::MAX);
    assert!(place("<h3>dependence on one customer") < place("<h3>cold"), "the most money comes first");
    assert!(place("<h3>cold") < place("<h3>a model is not to be trusted"));
    assert!(place("<h3>a model is not to be trusted") < usize::MAX, "always shown");
    assert!(findings.contains("customer-0001"), "as the table names it");
    assert!(findings.contains("0.5000") && findings.contains("wet"));
}

#[test]
fn money_that_does_not_tie_out_is_said_first() {
    let mut facts = facts("en");
    assert!(method(&page(&facts, &tables())).contains("✓ Used + set aside equals"));
    facts.sources[0].amount_used = Some("8300065.813".to_owned());
    let page = page(&facts, &tables());
    assert!(method(&page).contains("✗ Used + set aside differs"));
    assert!(section(&page.html, "method").contains("do not tie out"), "on the first page too");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let first = page(&facts("zh-CN"), &tables()).html;
    let second = page(&facts("zh-CN"), &tables()).html;
    assert_eq!(first, second);
}

#[test]
fn any_table_can_be_a_section() {
    let mut facts = facts("en");
    facts.sections = vec!["basket_pairs".to_owned(), "method".to_owned()];
    let mut tables = Tables::default();
    let columns =
        vec![("pair", texts(&["tea, milk"])), ("lift_share", floats(&[0.25])), ("baskets", ints(&[1200]))];
    tables.insert("basket_pairs", batch(columns));
    let html = page(&facts, &tables).html;
    let own = section(&html, "basket-pairs");
    assert!(own.contains("Basket pairs") && own.contains("25.0%") && own.contains("1,200"));
    facts.sections = vec!["parcels".to_owned()];
    let error = render(&facts, &tables, &theme("en")).expect_err("no such section");
    assert_eq!(error.what, "there is no section parcels, and no table of that name");
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    let what = |path: &str, text: &str| {
        let mut theme: Theme = theme("en");
        theme.templates.insert(path.to_owned(), text.to_owned());
        render(&facts("en"), &tables(), &theme).expect_err("an error").what
    };
    let parse = what("sections/value.html", "a\n{% if %}");
    assert!(parse.starts_with("template reports/sections/value.html, line 2: syntax error"), "{parse}");
    let absent = what("sections/value.html", "\n\n{{ section.no.such }}");
    assert!(absent.starts_with("template reports/sections/value.html, line 3: undefined value"), "{absent}");
    let key = what("sections/value.html", "{{ t(\"my.own\") }}");
    assert!(key.contains("words/en.yaml has no text for my.own"), "{key}");
}

#[test]
fn a_missing_text_is_named() {
    let mut theme = theme("zh-CN");
    theme.words.remove("concentration.top");
    let error = render(&facts("zh-CN"), &worded(&tables()), &theme).expect_err("an error");
    assert_eq!(error.what, "reports/words/zh-CN.yaml has no text for concentration.top");
    let error = render(&facts("fr"), &tables(), &theme).expect_err("an error");
    assert_eq!(error.help, "set locale to en or zh-CN");
}

/// A report of a shop's revenue, as lists have it.
fn listed(day: i8, revenue: f64) -> IndexEntry {
    let figure = HeadlineFigure {
        figure: "revenue".to_owned(),
        label: "Revenue <net>".to_owned(),
        value: format!("£{revenue}"),
        change: "+1% vs October".to_owned(),
        number: Some(revenue),
    };
    IndexEntry {
        pipeline: "shop".to_owned(),
        summary: Summary { title: "A <shop>".to_owned(), figures: vec![figure], ..Summary::default() },
        as_of: jiff::civil::date(2011, 12, day),
        href: format!("shop/2011-12-{day:02}/index.html"),
    }
}

#[test]
fn the_index_lists_the_latest_first() {
    let html = lists(&[listed(8, 5.0), listed(9, 7.0)], "en", &theme("en")).expect("an index").index;
    let reports: Vec<&str> =
        attributes(&html, "href").into_iter().filter(|href| href.starts_with("shop")).collect();
    assert_eq!(reports, ["shop/2011-12-09/index.html", "shop/2011-12-08/index.html"]);
    assert!(html.contains("A &lt;shop&gt;") && html.contains("Revenue &lt;net&gt;"));
    assert!(html.contains("£7") && html.contains("+1% vs October"));
    assert!(!html.contains("<svg"), "two reports are no trend");
    assert!(lists(&[], "zh-CN", &theme("zh-CN")).is_ok_and(|lists| lists.index.contains("尚未发布报告")));
}

#[test]
fn three_reports_are_a_trend() {
    let entries = [listed(7, 4.0), listed(8, 5.0), listed(9, 7.0)];
    let html = lists(&entries, "en", &theme("en")).expect("an index").index;
    assert!(html.contains("<svg") && html.contains("In 3 reports, oldest first."), "{html}");
}

#[test]
fn the_feed_has_the_newest_first_and_no_markup_of_names() {
    let feed = lists(&[listed(8, 5.0), listed(9, 7.0)], "en", &theme("en")).expect("a feed").feed;
    let ids: Vec<&str> = feed.split("<id>").skip(2).filter_map(|rest| rest.split("</id>").next()).collect();
    assert_eq!(ids, ["urn:regulars:shop:2011-12-09", "urn:regulars:shop:2011-12-08"]);
    assert!(feed.contains("<summary>Revenue &lt;net&gt;: £7 (+1% vs October)</summary>"), "{feed}");
    assert!(feed.contains("<updated>2011-12-09T00:00:00Z</updated>"));
}

#[test]
fn a_lead_leads_on() {
    let to = ["../2011-12-09/index.html".to_owned()];
    let html = leads_to(&to, "en", &theme("en")).expect("a page").remove(0);
    assert!(html.contains("content=\"0; url=../2011-12-09/index.html\""), "{html}");
}

/// The text of HTML, with a space after each block or cell, and single ones elsewhere.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        let (tag, after) = piece.split_once('>').unwrap_or(("", piece));
        if ["/td", "/th", "/p", "/h2", "/h3", "/li"].contains(&tag) {
            text.push(' ');
        }
        text.push_str(after);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
