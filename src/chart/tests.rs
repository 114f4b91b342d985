//! What holds for every chart: structure, safety of texts, places of labels, odd values.

use super::sample::{
    all, bridge_of, cohorts_of, count, forecast_of, frame, gains_of, lorenz_of, monthly_of, percent,
    rf_heat_of, segments_of, sparkline_of, trend_of,
};
use super::*;

fn pictures() -> Vec<(&'static str, String)> {
    let both = all(0).into_iter().chain(all(1));
    both.map(|(name, picture)| (name, picture.unwrap_or_else(|error| panic!("{name}: {error}")))).collect()
}

/// Names of elements in order; fails where tags do not nest, or where markup is not what XML allows.
fn elements(svg: &str) -> Vec<String> {
    let (mut open, mut seen) = (Vec::<String>::new(), vec![]);
    for part in svg.split('<').skip(1) {
        let (tag, after) = part.split_once('>').expect("a tag ends");
        assert!(!after.contains('>'), "stray > in {part}");
        for entity in after.split('&').skip(1).chain(tag.split('&').skip(1)) {
            let name = entity.split(';').next().expect("split gives one part");
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "stray & in {part}");
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else {
            let name = tag.split([' ', '/']).next().expect("split gives one part").to_owned();
            if !tag.ends_with('/') {
                open.push(name.clone());
            }
            seen.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    seen
}

#[test]
fn every_picture_is_well_formed_and_speaks_for_itself() {
    for (name, svg) in pictures() {
        let seen = elements(&svg);
        assert_eq!(seen[..3], ["svg", "title", "desc"], "{name}");
        assert!(svg.contains("role=\"img\""), "{name}");
        assert!(svg.contains(">Title &lt;&amp;&gt; 标题</title>"), "{name}");
        assert!(svg.contains(">&quot;Description&quot; 说明</desc>"), "{name}");
        let head = svg.split('>').next().expect("split gives one part");
        let label = head.split("aria-labelledby=\"").nth(1).and_then(|rest| rest.split('"').next());
        for id in label.expect("a label").split(' ') {
            assert_eq!(svg.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}");
        }
        assert_eq!(svg.matches(" id=\"").count(), 2, "{name}: ids that may clash");
        assert!(head.contains("viewBox=") && !head.contains(" height="), "{name}");
        assert!(!svg.contains("<style") && !svg.contains(" style="), "{name}");
    }
}

#[test]
fn no_coordinate_is_missing() {
    for (name, svg) in pictures() {
        for word in ["NaN", "inf", "\"-0\"", "214748364"] {
            assert!(!svg.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_same_data_give_the_same_bytes() {
    assert_eq!(pictures(), pictures());
}

/// Left and right end of a text element by the same measure that placed it, and its content.
fn reach(text: &str) -> (f64, f64, &str) {
    let value = |name: &str| text.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let number = |name: &str| value(name).and_then(|v| v.parse::<f64>().ok()).expect("a number");
    let content = text.split('>').nth(1).and_then(|rest| rest.split('<').next()).expect("content");
    let plain = content.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("&#39;", "'");
    let (x, wide) = (number(" x"), text::width(&plain, number("font-size")));
    match value("text-anchor") {
        Some("middle") => (x - wide / 2.0, x + wide / 2.0, content),
        Some("end") => (x - wide, x, content),
        _ => (x, x + wide, content),
    }
}

#[test]
fn no_label_leaves_the_sheet() {
    for (name, svg) in pictures().into_iter().filter(|picture| !picture.0.starts_with("sparkline")) {
        for element in svg.split("<text").skip(1).filter(|element| !element.contains("rotate")) {
            let (left, right, content) = reach(element);
            assert!(left >= -1.0 && right <= 601.0, "{name}: {content} from {left} to {right}");
        }
    }
}

/// Labels at one height may not touch.
fn assert_apart(name: &str, svg: &str) {
    let labels: Vec<_> = svg
        .split("<text")
        .skip(1)
        .filter(|element| !element.contains("rotate"))
        .map(|element| {
            let y = element.split(" y=\"").nth(1).and_then(|rest| rest.split('"').next());
            (reach(element), y.and_then(|y| y.parse::<f64>().ok()).expect("a height"))
        })
        .collect();
    for (index, (a, a_y)) in labels.iter().enumerate() {
        for (b, b_y) in &labels[index + 1..] {
            let apart = (a_y - b_y).abs() > 12.0 || a.1 < b.0 + 1.0 || b.1 < a.0 + 1.0;
            assert!(apart, "{name}: {a:?} at {a_y} touches {b:?} at {b_y}");
        }
    }
}

#[test]
fn no_label_touches_another() {
    for (name, svg) in pictures() {
        assert_apart(name, &svg);
    }
    for size in 1..=120 {
        assert_apart("monthly", &monthly_of(0, size, 0.0).expect("months"));
        assert_apart("trend", &trend_of(1, size).expect("months"));
    }
    for steep in 1..=60 {
        let svg = lorenz_of(0, 1.0 + f64::from(steep) / 3.0, 0.0).expect("a curve");
        assert_apart(&format!("lorenz {steep}"), &svg);
    }
    for ahead in 0..=60 {
        assert_apart("forecast", &forecast_of(0, 13, ahead).expect("months"));
        assert_apart("forecast", &forecast_of(1, ahead.max(1), 12).expect("months"));
    }
    for sharp in 1..=60 {
        let svg = gains_of(1, 1.0 + f64::from(sharp) / 3.0).expect("curves");
        assert_apart(&format!("gains {sharp}"), &svg);
    }
    for size in 1..=36 {
        assert_apart("cohorts", &cohorts_of(1, size).expect("cohorts"));
    }
    for size in 1..=10 {
        assert_apart("rf", &rf_heat_of(0, size).expect("scores"));
    }
}

#[test]
fn ids_are_safe_in_attributes() {
    let svg = sparkline::render(
        &Frame { id: "a b\"<", title: "", description: "" },
        &sparkline::Data { values: &[1.0, 2.0] },
    );
    assert!(svg.is_ok_and(|svg| svg.contains("aria-labelledby=\"a-b---title a-b---desc\"")));
}

#[test]
fn nothing_to_draw_is_an_error_not_a_panic() {
    assert!(matches!(sparkline_of(&[]), Err(ChartError::Empty(_))));
    assert!(matches!(sparkline_of(&[f64::NAN, f64::INFINITY]), Err(ChartError::Empty(_))));
    assert!(matches!(monthly_of(0, 0, 0.0), Err(ChartError::Empty(_))));
    assert!(matches!(monthly_of(0, 3, f64::NAN).map(|svg| svg.contains("NaN")), Ok(false)));
    assert!(matches!(monthly_of(0, 121, 0.0), Err(ChartError::TooMany { found: 121, .. })));
    assert!(matches!(cohorts_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(cohorts_of(0, 37), Err(ChartError::TooMany { .. })));
    assert!(matches!(trend_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(rf_heat_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(forecast_of(0, 0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(forecast_of(0, 13, 108), Err(ChartError::TooMany { found: 121, .. })));
    assert!(matches!(bridge_of(0, f64::NAN, [f64::NAN; 2]), Err(ChartError::Empty(_))));
    assert!(matches!(segments_of(0, f64::INFINITY).map(|svg| svg.contains("inf")), Ok(false)));
}

/// The numbers of an attribute, over all elements that hold a mark.
fn numbers(svg: &str, mark: &str, name: &str) -> Vec<f64> {
    let value = |element: &str| element.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok();
    svg.split('<').filter(|element| element.contains(mark)).filter_map(value).collect()
}

#[test]
fn the_marks_of_the_concentration_curve_lie_where_their_figures_say() {
    let data = lorenz::Data {
        curve: &[(0.0, 0.0), (0.2, 0.7), (0.3, 0.8), (1.0, 1.0)],
        before: None,
        top20_share: Some(0.7),
        customers_for_80: Some(0.3),
        share: &percent,
    };
    let words =
        lorenz::Words { customers: "", revenue: "", now: "", before: "", equality: "", top20: "", for80: "" };
    let svg = lorenz::render(&frame("l"), &data, &words).expect("a curve");
    let curve = svg.split("stroke-width=\"3.5\"").next().and_then(|head| head.rsplit("points=\"").next());
    let points: Vec<Vec<f64>> = curve
        .and_then(|rest| rest.split('"').next())
        .expect("the curve")
        .split(' ')
        .map(|point| point.split(',').filter_map(|number| number.parse().ok()).collect())
        .collect();
    assert_eq!(points.len(), 4);
    let circles = numbers(&svg, "circle", "cx").into_iter().zip(numbers(&svg, "circle", "cy"));
    let circles: Vec<(f64, f64)> = circles.collect();
    // The first two circles are the marks, 80 % before 20 %; the others stand beside the sentences.
    assert_eq!(circles[0], (points[2][0], points[2][1]));
    assert_eq!(circles[1], (points[1][0], points[1][1]));
}

#[test]
fn the_mark_of_the_gains_lies_on_the_main_curve_and_says_its_height() {
    let main = gains::Curve { name: String::new(), points: vec![(0.0, 0.0), (0.2, 0.6), (1.0, 1.0)] };
    let rule = gains::Curve { name: String::new(), points: vec![(0.0, 0.0), (0.2, 0.4), (1.0, 1.0)] };
    let words = gains::Words { contacted: "", caught: "", chance: "" };
    let curves = [main.clone(), rule.clone()];
    let data = gains::Data { curves: &curves, mark: 0.1, share: &percent };
    let svg = gains::render(&frame("g"), &data, &words).expect("two curves");
    // Half way to the point of 60 %, where the rule has 20 %.
    assert!(svg.contains(">30 %</text>"), "{svg}");
    let points = |width: &str| -> Vec<f64> {
        let line = svg
            .split(&format!("stroke-width=\"{width}\""))
            .next()
            .and_then(|head| head.rsplit("points=\"").next());
        line.and_then(|rest| rest.split('"').next())
            .expect("a curve")
            .split([' ', ','])
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    let (curve, dot) = (points("3.5"), (numbers(&svg, "circle", "cx")[0], numbers(&svg, "circle", "cy")[0]));
    let half = |axis: usize| f64::midpoint(curve[axis], curve[axis + 2]);
    assert!((dot.0 - half(0)).abs() < 0.2 && (dot.1 - half(1)).abs() < 0.2, "{dot:?} {curve:?}");
    let four = vec![rule; 4];
    let data = gains::Data { curves: &four, mark: 0.1, share: &percent };
    assert!(matches!(gains::render(&frame("g"), &data, &words), Err(ChartError::TooMany { found: 4, .. })));
    let data = gains::Data { curves: &[], mark: 0.1, share: &percent };
    assert!(matches!(gains::render(&frame("g"), &data, &words), Err(ChartError::Empty(_))));
    // Without a curve on either side of it there is no mark.
    let short = [gains::Curve { name: String::new(), points: vec![(0.5, 0.6), (1.0, 1.0)] }];
    let data = gains::Data { curves: &short, mark: 0.1, share: &percent };
    let svg = gains::render(&frame("g"), &data, &words).expect("a curve");
    assert!(!svg.contains("<circle"));
}

#[test]
fn parts_of_a_status_bar_are_as_wide_as_their_shares() {
    let class = churn::Class { label: "A".to_owned(), note: String::new(), parts: [1.0, 2.0, -3.0, 5.0] };
    let data = churn::Data { classes: &[class], share: &percent };
    let svg = churn::render(&frame("c"), &data, &churn::Words { statuses: ["a", "b", "c", "d"] });
    let wide = numbers(&svg.expect("parts"), "height=\"40\"", "width");
    assert_eq!(wide.len(), 3, "a negative part is nothing: {wide:?}");
    assert!(((wide[1] + 1.5) / (wide[0] + 1.5) - 2.0).abs() < 0.01);
    assert!(((wide[2] + 1.5) / (wide[0] + 1.5) - 5.0).abs() < 0.02);
}

#[test]
fn the_largest_share_is_the_darkest_cell_and_its_text_is_light() {
    let names = ["1".to_owned(), "2".to_owned()];
    let shares = [vec![0.1, 0.6], vec![0.0, 0.3]];
    let data = rf_heat::Data { recency: &names, frequency: &names, shares: &shares, share: &percent };
    let words = rf_heat::Words { recency: "r", frequency: "f" };
    let svg = rf_heat::render(&frame("h"), &data, &words).expect("four shares");
    let fill = |mark: &str| svg.matches(mark).count();
    assert_eq!((fill("fill=\"#123f6b\""), fill("fill=\"#e9f1f8\"")), (1, 1));
    assert!(svg.contains("fill=\"#ffffff\">60 %</text>") && svg.contains("fill=\"#14181c\">0 %</text>"));
}

#[test]
fn cells_that_are_not_final_are_framed_and_missing_cells_are_empty() {
    // The last age of each of four cohorts is not over; the note below repeats the frame.
    let svg = cohorts_of(0, 4).expect("cohorts");
    assert_eq!(svg.matches("stroke-width=\"1.5\"").count(), 4 + 1);
    assert_eq!(svg.matches("stroke-width=\"0.5\"").count(), 4 + 3 + 2 + 1);
}

#[test]
fn a_month_that_is_not_over_is_paler() {
    let svg = monthly_of(0, 13, 0.0).expect("months");
    let pale = svg.lines().filter(|line| line.starts_with("<rect") && line.contains("fill-opacity=\"0.3\""));
    assert_eq!(pale.count(), 2, "its column, and the note");
}

/// The rectangles of a picture with a fill: left, top, height.
fn rectangles(svg: &str, fill: &str) -> Vec<(f64, f64, f64)> {
    let mark = format!("fill=\"{fill}\"");
    let part =
        |rect: &str, name: &str| rect.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok();
    svg.split('<')
        .filter(|element| element.starts_with("rect") && element.contains(&mark))
        .filter_map(|rect| Some((part(rect, "x")?, part(rect, "y")?, part(rect, "height")?)))
        .collect()
}

/// Blue, orange, pale blue.
const FILLS: [&str; 3] = ["#2f78b7", "#d5711b", "#8fbbdc"];

#[test]
fn each_step_of_a_bridge_begins_where_the_one_before_it_ended() {
    let svg = bridge_of(0, 8.0, [6.0, -3.0]).expect("four columns");
    let [amounts, falls, rises] = FILLS.map(|fill| rectangles(&svg, fill));
    assert_eq!((amounts.len(), falls.len(), rises.len()), (2, 1, 1));
    let foot = amounts[0].1 + amounts[0].2;
    // 8, up to 14, down to 11.
    let unit = amounts[0].2 / 8.0;
    let level = |height: f64| foot - height * unit;
    let near = |a: f64, b: f64| assert!((a - b).abs() < 0.3, "{a} {b}");
    near(rises[0].1, level(14.0));
    near(rises[0].1 + rises[0].2, level(8.0));
    near(falls[0].1, level(14.0));
    near(falls[0].1 + falls[0].2, level(11.0));
    near(amounts[1].1, level(11.0));
}

#[test]
fn a_bridge_crosses_zero() {
    let svg = bridge_of(0, 2.0, [-6.0, 1.0]).expect("four columns");
    let [amounts, falls, _] = FILLS.map(|fill| rectangles(&svg, fill));
    let zero = amounts[0].1 + amounts[0].2;
    assert!((amounts[1].1 - zero).abs() < 0.3, "what is below zero hangs from it");
    assert!((amounts[1].2 / amounts[0].2 - 1.5).abs() < 0.02);
    assert!((falls[0].2 / amounts[0].2 - 3.0).abs() < 0.02 && falls[0].1 < zero);
}

#[test]
fn a_bridge_of_like_amounts_is_cut_and_says_so() {
    let parts = |steps| {
        let svg = bridge_of(0, 8e6, steps).expect("four columns");
        (svg.contains("columns cut"), rectangles(&svg, FILLS[0]).len(), rectangles(&svg, FILLS[2])[0].2)
    };
    let (cut, amounts, rise) = parts([3e5, -1e5]);
    assert!(cut && amounts == 4 && rise > 50.0, "{amounts} {rise}");
    let (cut, amounts, _) = parts([6e6, -3e6]);
    assert!(!cut && amounts == 2);
    // Next to nothing stays next to nothing, but is seen.
    let (cut, amounts, rise) = parts([2.0, -1.0]);
    assert!(!cut && amounts == 2 && (rise - 2.0).abs() < 0.1, "{rise}");
}

#[test]
fn what_is_expected_stands_on_what_came() {
    let month =
        |earlier, newcomers, ahead| forecast::Month { label: String::new(), earlier, newcomers, ahead };
    let months = [month(4.0, 2.0, f64::NAN), month(2.0, 1.0, 3.0), month(f64::NAN, f64::NAN, 4.0)];
    let words = forecast::Words { value: "v", earlier: "e", newcomers: "n", ahead: "a" };
    let picture = |total| {
        let data = forecast::Data { months: &months, count: &count, total };
        forecast::render(&frame("f"), &data, &words).expect("three months")
    };
    let svg = picture("");
    // The first of each is that of the key.
    let blue = rectangles(&svg, "#2f78b7");
    let (earlier, ahead): (Vec<_>, Vec<_>) = (rectangles_solid(&svg), rectangles_pale(&svg));
    let newcomers = rectangles(&svg, "#8c96a0");
    assert_eq!((blue.len(), earlier.len(), newcomers.len(), ahead.len()), (6, 3, 3, 3));
    let unit = earlier[1].2 / 4.0;
    let near = |a: f64, b: f64| assert!((a - b).abs() < 0.3, "{a} {b}");
    near(newcomers[2].1 + newcomers[2].2, earlier[2].1);
    near(ahead[1].1 + ahead[1].2, newcomers[2].1);
    near(ahead[1].2, 3.0 * unit);
    near(ahead[2].1 + ahead[2].2, earlier[1].1 + earlier[1].2);
    // What is said of the whole stands over a bracket.
    assert_eq!(picture("next year: 7").matches("<polyline").count(), svg.matches("<polyline").count() + 1);
}

/// Solid and pale blue rectangles.
fn rectangles_solid(svg: &str) -> Vec<(f64, f64, f64)> {
    let solid: String = svg.lines().filter(|line| !line.contains("fill-opacity")).collect();
    rectangles(&solid, FILLS[0])
}

fn rectangles_pale(svg: &str) -> Vec<(f64, f64, f64)> {
    let pale: String = svg.lines().filter(|line| line.contains("fill-opacity")).collect();
    rectangles(&pale, FILLS[0])
}

#[test]
fn a_share_below_zero_grows_to_the_left() {
    let left = |lowest| {
        let svg = segments_of(0, lowest).expect("segments");
        let bars = numbers(&svg, "height=\"16\"", "x");
        (*bars.last().expect("bars"), bars[0])
    };
    let (last, first) = left(0.1);
    assert!((last - first).abs() < 0.2, "{last} {first}");
    let (last, first) = left(-0.1);
    assert!(last < first - 20.0, "{last} {first}");
}

#[test]
fn a_column_grows_with_its_value() {
    let bars = [1.0, 2.0, 4.0].map(|value| deciles::Bar { label: value.to_string(), value });
    let words = deciles::Words { value: "", decile: "" };
    let svg = deciles::render(&frame("d"), &deciles::Data { bars: &bars, money: &count }, &words);
    let svg = svg.expect("three finite values");
    let heights: Vec<f64> = svg
        .split("<rect")
        .skip(1)
        .filter_map(|rect| rect.split("height=\"").nth(1)?.split('"').next()?.parse().ok())
        .collect();
    assert_eq!(heights.len(), 3);
    assert!((heights[1] / heights[0] - 2.0).abs() < 0.01 && (heights[2] / heights[0] - 4.0).abs() < 0.02);
}

type Outcome = Result<String, ChartError>;

/// Charts of axes, from a pair of values.
fn odd_lines(a: f64, b: f64) -> Vec<Outcome> {
    let lorenz = lorenz::Data {
        curve: &[(0.0, a), (0.5, b), (a, 1.0)],
        before: Some(&[(b, a)]),
        top20_share: Some(a),
        customers_for_80: Some(b),
        share: &percent,
    };
    let words =
        lorenz::Words { customers: "", revenue: "", now: "", before: "", equality: "", top20: "", for80: "" };
    let month =
        |value| monthly::Month { label: String::new(), revenue: value, active: value, complete: false };
    let months = monthly::Data { months: &[month(a), month(b)], money: &count, count: &count };
    let month_words = monthly::Words { revenue: "", active: "", incomplete: "" };
    let series = trend::Series { name: String::new(), values: vec![a, b], last: String::new() };
    let trend = trend::Data {
        months: &["1".to_owned(), "2".to_owned()],
        series: &[series],
        share: &|_| String::new(),
    };
    let gained = [gains::Curve { name: String::new(), points: vec![(0.0, a), (a, b), (1.0, b)] }];
    let gained = gains::Data { curves: &gained, mark: 0.1, share: &percent };
    let cohort = cumulative::Cohort { label: String::new(), values: vec![a, b] };
    let expected =
        |came, ahead| forecast::Month { label: String::new(), earlier: came, newcomers: came, ahead };
    let cumulative = cumulative::Data { cohorts: &[cohort], money: &count, age: &count };
    vec![
        lorenz::render(&frame("l"), &lorenz, &words),
        monthly::render(&frame("m"), &months, &month_words),
        trend::render(&frame("t"), &trend),
        cumulative::render(&frame("v"), &cumulative, &cumulative::Words { money: "", age: "" }),
        forecast::render(
            &frame("f"),
            &forecast::Data {
                months: &[expected(a, b), expected(b, a)],
                count: &|_| String::new(),
                total: "all",
            },
            &forecast::Words { value: "", earlier: "", newcomers: "", ahead: "" },
        ),
        gains::render(&frame("g"), &gained, &gains::Words { contacted: "", caught: "", chance: "" }),
        sparkline_of(&[a, b]),
    ]
}

/// Charts of bars and cells, from a pair of values.
fn odd_bars(a: f64, b: f64) -> Vec<Outcome> {
    let name = || vec!["x".to_owned()];
    let class = churn::Class { label: String::new(), note: String::new(), parts: [a, b, a, b] };
    let bar = |value| deciles::Bar { label: String::new(), value };
    let cell = |retention| Some(cohorts::Cell { retention, complete: true });
    let cohort = cohorts::Cohort { label: String::new(), cells: vec![cell(a), None, cell(b)] };
    let ages = ["0", "1", "2"].map(str::to_owned);
    let cohorts = cohorts::Data { cohorts: &[cohort], ages: &ages, share: &percent };
    let matrix = [vec![a, b]];
    let pair = ["x".to_owned(), "y".to_owned()];
    let heat = rf_heat::Data { recency: &name(), frequency: &pair, shares: &matrix, share: &percent };
    let moves = migration::Data { from: &name(), to: &pair, customers: &matrix, count: &count };
    vec![
        segments_of(0, a),
        churn::render(
            &frame("c"),
            &churn::Data { classes: &[class], share: &percent },
            &churn::Words { statuses: [""; 4] },
        ),
        deciles::render(
            &frame("d"),
            &deciles::Data { bars: &[bar(a), bar(b)], money: &count },
            &deciles::Words { value: "", decile: "" },
        ),
        bridge_of(0, a, [b, a]),
        cohorts::render(&frame("r"), &cohorts, &cohorts::Words { cohort: "", age: "", incomplete: "" }),
        rf_heat::render(&frame("h"), &heat, &rf_heat::Words { recency: "", frequency: "" }),
        migration::render(&frame("g"), &moves, &migration::Words { from: "", to: "", stayed: "" }),
    ]
}

#[test]
fn odd_values_never_panic() {
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e-320,
        1e16,
        1e308,
        -1e308,
        f64::MAX,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    for a in odd {
        for b in odd {
            for svg in odd_lines(a, b).into_iter().chain(odd_bars(a, b)).flatten() {
                elements(&svg);
                assert!(!svg.contains("=\"NaN") && !svg.contains("=\"inf"), "{a} {b}");
            }
        }
    }
}
