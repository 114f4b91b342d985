//! The section on the early warning: which sentences it chooses, and what it shows of the models, from tables made by hand.

use crate::support::{PIPELINE, Project};

/// What a test changes: of 100 pairs the regression ranked so many right; the model of purchases; the share predicted to leave; how
/// the fit ended; customers learned from; customers watched.
const PARAMS: &str = "params: { auc: 0.75, silent: 0.72, gone: 0.715, predicted: 0.41, status: converged, learned: 300, \
                      watched: 250, cost_missed: 5.0, cost_needless: 1.0, call_from: 1, write_from: 0.25 }\n";

/// The tables that the section's queries read, by name.
const TABLES: [(&str, &str); 10] = [
    (
        "warning_summary",
        "select 180 as within_days, 73 as window_days, cast('2023-12-01' as date) as judged_until,\n    \
         cast($watched as bigint) as customers, case when $watched > 0 then cast(99.6 as double) end as expected_leavers,\n    \
         cast(10000 as decimal(38, 6)) as window_revenue, cast(1234.5 as decimal(38, 6)) as revenue_at_stake",
    ),
    (
        "churn_weights_judged",
        "select column1 as contender, column2 as kind, 200 as customers, cast(0.4 as double) as share,\n    \
         cast(column3 as double) as predicted, cast(column4 as double) as auc, cast(0.02 as double) as auc_error,\n    \
         cast(column5 as double) as calibration_error, column6 as found, 30 as needless, column7 as missed,\n    \
         cast(column8 as double) as cost\nfrom (values\n    \
         ('logistic', 'model', $predicted, $auc, 0.031, 60, 20, 130),\n    \
         ('p_silent', 'probability', 0.5, $silent, 0.1, 50, 30, 180),\n    \
         ('p_gone', 'rule', null, $gone, null, 50, 30, 180),\n    \
         ('recency_days', 'rule', null, 0.7, null, 45, 35, 205)\n)\nwhere column4 > 0",
    ),
    (
        "churn_groups_judged",
        "select 'tree' as contender, 'model' as kind, cast(0.7 as double) as auc, cast(0.05 as double) as calibration_error,\n    \
         40 as found, 30 as needless, 40 as missed, cast(230 as double) as cost",
    ),
    (
        "churn_weights_gains",
        "select column1 as contender, column2 as tenth, cast(column3 as double) as customers,\n    \
         cast(column4 as double) as observed, cast(column5 as double) as lift, cast(column6 as double) as captured\n\
         from (values\n    ('logistic', 1, 20, 0.8, 2.0, 0.2), ('logistic', 2, 180, 0.35, 0.9, 1),\n    \
         ('recency_days', 1, 20, 0.6, 1.5, 0.15), ('recency_days', 2, 180, 0.3, 0.9, 1)\n)",
    ),
    (
        "churn_groups_gains",
        "select 'tree' as contender, 1 as tenth, cast(200 as double) as customers, cast(1 as double) as captured",
    ),
    (
        "churn_weights_fit",
        "select column1 as feature, column2 as missing, cast(column3 as double) as standardised,\n    \
         cast(column4 as double) as standardised_error, cast(column5 as double) as odds_ratio,\n    \
         cast($status as varchar) as status, cast($learned as double) as customers, cast(120 as double) as churned\n\
         from (values\n    ('intercept', null, -0.2, 0.1, null), ('recency_days', false, 0.9, 0.1, 2.46),\n    \
         ('lateness', true, 0.1, 0.09, 1.11), ('own_feature', false, 0.05, 0.01, 1.05),\n    \
         ('active_days', false, -1.2, 0.2, 0.30)\n)",
    ),
    (
        "churn_groups_fit",
        "select column1 as leaf, column2 as rule, cast(column3 as bigint) as leaf_customers,\n    \
         cast(column4 as bigint) as leaf_churned, cast(column5 as double) as share\nfrom (values\n    \
         (1, '`recency_days` at most 30.5 (or missing)', 200, 40, 0.2),\n    \
         (2, '`recency_days` above 30.5 and at most 60 and `lateness` missing and `returns_share` above 0.25 or missing and \
         `average_day` at most 1500', 100, 80, 0.8)\n)",
    ),
    (
        "early_warning",
        "select column1 as customer_id, column2 as class, column3 as status, cast(column4 as double) as probability,\n    \
         38 as recency_days, cast(5.07 as double) as lateness, 7 as orders, cast(200 as decimal(10, 2)) as revenue_12m,\n    \
         cast(column5 as decimal(38, 6)) as revenue_at_stake, cast(321 as decimal(38, 6)) as clv, column6 as action\n\
         from (values ('ann', 'A', 'at_risk', 0.625, 125, 'call'), ('bob', 'B', 'not_known', 0.5, 20, 'message'))\n\
         where $status = 'converged'\norder by revenue_at_stake desc",
    ),
    ("customer_summary", "select 10 as orders, cast(1000 as decimal(10, 2)) as revenue"),
    ("warning_sound", include_str!("../../sql/warning/sound.sql")),
];

/// A project with these tables, whose page is the section.
fn project(locale: &str) -> Project {
    let project = Project::new();
    let mut steps = String::new();
    for (name, query) in TABLES {
        project.write(&format!("sql/made/{name}.sql"), format!("{query}\n"));
        steps += &format!("  {name}: {{ sql: sql/made/{name}.sql }}\n");
    }
    for name in ["actions", "gains", "judged", "weights", "groups", "conditions", "words"] {
        steps += &format!("  warning_{name}: {{ sql: sql/warning/{name}.sql }}\n");
    }
    project
        .write("data/sales.csv", "customer_id,transaction_id,occurred_at,amount\nann,1,2024-01-05,10.00\n");
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\ncurrency: GBP\nlocale: {locale}\n{PARAMS}sources:\n  transactions:\n    \
             path: data/sales.csv\n    columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      \
             occurred_at: CAST(occurred_at AS DATE)\n      amount: CAST(amount AS DECIMAL(10, 2))\n\
             steps:\n{steps}report:\n  sections: [warning, method]\n"
        ),
    );
    project
}

/// The section's text after a run with these parameters.
fn told(project: &Project, params: &[&str]) -> String {
    let mut arguments = vec!["run", PIPELINE];
    for param in params {
        arguments.extend(["--param", param]);
    }
    project.done(&arguments);
    plain(&section(project))
}

fn section(project: &Project) -> String {
    let page = project.read("site/shop/2024-03-31/index.html");
    let (_, from) = page.split_once("<section id=\"warning\"").expect("the section");
    from.split_once("</section>").expect("its end").0.to_owned()
}

/// Text without markup, with single spaces.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    text.replace("&nbsp;", " ").replace("ⓘ", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words without the spaces that markup leaves before punctuation.
fn told_tight(project: &Project, params: &[&str]) -> String {
    let mut text = told(project, params);
    for mark in [".", ",", ";", ")", "，", "。", "（", "）", "；"] {
        text = text.replace(&format!(" {mark}"), mark);
    }
    text.replace("( ", "(")
}

#[test]
fn the_early_warning_says_who_is_expected_to_leave_and_what_to_do() {
    let project = project("en");
    let text = told_tight(&project, &[]);
    for says in [
        "Of 250 customers who ordered within the last 180 days, about 100 (39.8%) are expected to place no order in the next 73 \
         days. Of the £10.0K that these days would bring at the pace of the last 12 months, £1,230 is at stake.",
        "on 200 customers by what was known on 1 December 2023. In 75.0 of 100 pairs of one who then left and one who stayed, it \
         ranked the leaver higher.",
        "“the longest silence first” did so in 70.0; a model of purchases in 72.0 by its probability of no order, in 71.5 by the",
        "The regression is better than the rule by more than chance explains.",
        "Of the tenth with the highest probabilities 80.0% left, 2.0 times the share of all; 20.0% of all who left were in it. It \
         predicted that 41.0% would leave, and 40.0% did.",
        "What is known Odds ratio More of it goes with days with an order 0.30 staying days since the last order 2.46 leaving fewer \
         than three days with an order 1.11 may be chance own feature 1.05 leaving",
        "1 customer has been silent for longer than nine in ten of their own gaps between orders, and is not lost: 1 at risk, 0 \
         cooling. At stake in the next 73 days: £125. 1 customer has too few orders for a rhythm; the regression alone lists them, \
         with £20 at stake. A call is for class A with £100 or more at stake, a \
         personal message for classes A and B with £25 or more.",
        "Call in person 1 125 Automatic message 1 20",
        "38 5.1 7 200.00 125 321 Call in person",
        "Regression 75.0 20.0% 3.1 90 60 20 130 Groups by rules 70.0 100% 5.0 70 40 40 230 Model of purchases: no order 72.0 – 10.0",
        "Rule: the longest silence first 70.0 15.0% – 75 45 35 205",
        "Leavers missed",
        "Cost: 5 for a leaver who was not contacted, 1 for a contact with one who stays",
        // The group with the most leavers first, its rule in words. If nobody lacked a value, the rule does not say so.
        "days since the last order above 30.5, at most 60; fewer than three days with an order; share returned above 25.0% (or share \
         returned: unknown); spend a day with an order at most £1,500 100 80 80.0% days since the last order at most 30.5 200 40 20.0%",
    ] {
        assert!(text.contains(says), "{says}\n{text}");
    }
    let html = section(&project);
    assert!(!text.contains("simpler list") && !text.contains("Odds,") && html.contains("at random"));
    // The row that chance may explain is pale, and no other.
    assert_eq!(html.matches("<tr class=\"soft\">").count(), 1);
    assert!(
        html.split("<tr class=\"soft\">").nth(1).is_some_and(|row| row.contains("fewer than three days"))
    );
    assert_eq!(html.matches("<svg").count(), 1);
    assert!(html.contains(">Regression<") && html.contains(">Groups by rules<"));
    let left_out = project.read("site/shop/2024-03-31/index.html");
    assert!(!left_out.contains("A sentence is left out"), "{left_out}");
}

#[test]
fn the_early_warning_in_chinese() {
    let project = project("zh-CN");
    let text = told_tight(&project, &[]).replace(' ', "");
    for says in [
        "近180天下过单的250名客户中，预计约100名（39.8%）今后73天内不会下单。按近12个月的水平，这些天本应带来收入1.00万英镑，其中1,230英镑可能因此损失。",
        "每100对中有75.0对排序正确",
        "回归模型优于该规则，差异显著",
        "有1名客户距上次购买已超过其90%的历史间隔而尚未流失（有流失风险1名，趋冷0名），今后73天内可能因此损失125英镑。另有1名客户订单过少，看不出间隔，仅由回归模型列入，可能损失20英镑。",
        "距上次下单天数大于30.5且不超过60；下单不足三天；退货比例大于25.0%（或退货比例未知）；每个下单日金额不超过1,500英镑",
        "优势比",
        "下单天数0.30留存",
    ] {
        assert!(text.contains(says), "{says}\n{text}");
    }
}

/// The simpler list is recommended wherever it is as good or better, by two standard errors of 2 pairs in 100 each.
#[test]
fn a_regression_that_is_no_better_sends_readers_to_the_simpler_list() {
    let project = project("en");
    let rule = "customers below by the days since their last order, the longest silence first.";
    let purchases = "the column p_silent of the table early_warning";
    let alike = "The regression is not better than the rule by more than chance explains.";
    for (params, says, never) in [
        (
            &["auc=0.739", "predicted=0.5"][..],
            &[
                alike,
                "So the simpler list is as good: take the",
                rule,
                "the number above may also be too high",
            ][..],
            &[purchases, "was better", "too low"][..],
        ),
        // The model of purchases is ahead of the regression, and behind the rule.
        (
            &["auc=0.65", "silent=0.695", "predicted=0.3"],
            &[
                "The rule was better than the regression",
                "The model of purchases ranked customers better",
                "So use the simpler list instead",
                rule,
                "the number above may also be too low",
            ],
            &[purchases, "too high"],
        ),
        // Better than the rule, and still behind the model of purchases, which has one of its two figures.
        (
            &["silent=0.8", "gone=0", "cost_missed=2.5"],
            &[
                "a model of purchases in 80.0 by its probability of no order. The regression is better than the rule",
                purchases,
                "Cost: 2.50 for a leaver who was not contacted, 1.00 for a contact",
            ],
            &["simpler list", "still active"],
        ),
        // Nobody was judged: parameters were given, and history is short.
        (
            &["auc=0", "silent=0", "gone=0", "status=given"],
            &[
                "about 100 (39.8%)",
                "fewer than three days with an order 1.11",
                "so there is nobody to turn to now",
            ],
            &["tested on the past,", "Cost:", "The rule"],
        ),
    ] {
        let text = told_tight(&project, params);
        for says in says {
            assert!(text.contains(says), "{params:?}: {says}\n{text}");
        }
        for never in never {
            assert!(!text.contains(never), "{params:?}: {never}\n{text}");
        }
    }
}

#[test]
fn an_early_warning_that_could_not_learn_says_why_in_one_sentence() {
    let project = project("en");
    for (params, says) in [
        (["status=not_identified", "learned=0"], "cannot be told yet: history is too short"),
        (
            ["status=separated", "learned=300"],
            "120 of the 300 customers to learn from left, and a single figure",
        ),
    ] {
        let text = told_tight(&project, &params);
        assert!(text.contains(says), "{params:?}: {text}");
        let html = section(&project);
        assert!(
            !html.contains("<table") && !html.contains("<svg") && !html.contains("class=\"note\""),
            "{html}"
        );
    }
    // Nothing is missed where there is nothing to show.
    assert!(!project.read("site/shop/2024-03-31/index.html").contains("The table warning_"));
}
