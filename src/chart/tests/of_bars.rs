//! Bars are as long as their figures say, and lie in the right places.

use super::super::sample::*;
use super::*;

fn bar(value: f64) -> bars::Bar {
    bars::Bar { label: value.to_string(), note: String::new(), value, mark: f64::NAN, highlight: false }
}

fn draw_bars(bars: &[bars::Bar], lay: Lay, reference: Option<Reference<'_>>) -> Result<String, ChartError> {
    let data = bars::Data { bars, reference, lay, number: &count };
    bars::render(&frame("b"), &data, &bars::Words { value: "", label: "", mark: "plan" })
}

#[test]
fn a_bar_grows_with_its_value_either_way() {
    let bars = [1.0, 2.0, 4.0].map(bar);
    let columns = rectangles(&draw_bars(&bars, Lay::Columns, None).expect("bars"), FILLS[0]);
    assert!(
        (columns[1][3] / columns[0][3] - 2.0).abs() < 0.01
            && (columns[2][3] / columns[0][3] - 4.0).abs() < 0.02
    );
    let rows = rectangles(&draw_bars(&bars, Lay::Rows, None).expect("bars"), FILLS[0]);
    assert!((rows[1][2] / rows[0][2] - 2.0).abs() < 0.01 && (rows[2][2] / rows[0][2] - 4.0).abs() < 0.02);
    let mixed = rectangles(&draw_bars(&[bar(2.0), bar(-1.0)], Lay::Rows, None).expect("bars"), FILLS[0]);
    near(mixed[0][0], mixed[1][0] + mixed[1][2]);
    assert!((mixed[0][2] / mixed[1][2] - 2.0).abs() < 0.02);
}

#[test]
fn a_mark_and_a_reference_lie_at_their_values_and_what_is_unknown_has_no_bar() {
    let bars = [bars::Bar { mark: 2.0, ..bar(1.0) }, bar(f64::NAN), bar(4.0)];
    let svg = draw_bars(&bars, Lay::Rows, Some(Reference { at: 2.0, name: "mean" })).expect("bars");
    let rows = rectangles(&svg, FILLS[0]);
    assert_eq!(rows.len(), 2);
    let at = |width: &str| {
        let line = svg.split('<').rfind(|element| element.contains(&format!("stroke-width=\"{width}\"")));
        let points = attribute(line.expect("a line"), "points").expect("points");
        points.split(',').next().and_then(|x| x.parse::<f64>().ok()).expect("a place")
    };
    let half = rows[1][0] + rows[1][2] / 2.0;
    near(at("2.5"), half);
    near(at("1.2"), half);
    assert!(svg.contains(">mean</text>") && svg.contains(">plan</text>"));
}

#[test]
fn the_bar_that_matters_is_the_blue_one() {
    let svg = draw_bars(&[bar(1.0), bars::Bar { highlight: true, ..bar(2.0) }, bar(3.0)], Lay::Rows, None);
    let svg = svg.expect("bars");
    assert_eq!((rectangles(&svg, FILLS[0]).len(), rectangles(&svg, "#8c96a0").len()), (1, 2));
}

#[test]
fn a_share_below_zero_grows_to_the_left() {
    let left = |lowest| {
        let blue = rectangles(&grouped_of(0, 10, 2, lowest).expect("groups"), FILLS[0]);
        // The first belongs to the key.
        (blue.last().expect("bars")[0], blue[1][0])
    };
    let (last, first) = left(0.1);
    near(last, first);
    let (last, first) = left(-0.1);
    assert!(last < first - 20.0, "{last} {first}");
}

fn stacks(parts: &[[f64; 2]], whole: stacked_bars::Whole) -> Result<String, ChartError> {
    let series: Vec<Series> = parts.iter().map(|values| stacked("part", values, Tone::Plain)).collect();
    let data = stacked_bars::Data {
        labels: &["a", "b"].map(str::to_owned),
        notes: &[],
        series: &series,
        whole,
        span: None,
        lay: Lay::Rows,
        number: &count,
    };
    stacked_bars::render(&frame("s"), &data, &stacked_bars::Words { value: "" })
}

/// Widths of the parts of the first bar, with the gap from each to the next.
fn widths(svg: &str) -> Vec<f64> {
    let rows = ["#1d4e79", "#8fbbdc", "#d5711b", "#d0d4da"].map(|fill| rectangles(svg, fill));
    let bars = rows.iter().flatten().filter(|bar| bar[2] > 14.0 && bar[3] > 14.5);
    let top = bars.clone().map(|bar| bar[1]).fold(f64::INFINITY, f64::min);
    bars.filter(|bar| bar[1] - top < 1.0).map(|bar| bar[2] + 1.5).collect()
}

#[test]
fn parts_of_a_whole_are_as_wide_as_their_shares() {
    let parts = [[1.0, 0.0], [2.0, 0.0], [-3.0, 0.0], [5.0, 1.0]];
    let wide = widths(&stacks(&parts, stacked_bars::Whole::Share).expect("parts"));
    assert_eq!(wide.len(), 3, "a negative part is nothing: {wide:?}");
    assert!((wide[1] / wide[0] - 2.0).abs() < 0.01 && (wide[2] / wide[0] - 5.0).abs() < 0.02);
}

#[test]
fn parts_below_zero_go_the_other_way_and_the_sum_stands_at_the_end() {
    let svg = stacks(&[[4.0, 1.0], [-2.0, 1.0]], stacked_bars::Whole::Sum).expect("parts");
    let (above, below) = (rectangles(&svg, "#1d4e79")[1], rectangles(&svg, "#8fbbdc")[1]);
    near(below[0] + below[2] + 1.5, above[0]);
    assert!(((above[2] + 1.5) / (below[2] + 1.5) - 2.0).abs() < 0.02);
    assert_eq!(svg.matches(">2</text>").count(), 2, "both sums: {svg}");
}

#[test]
fn what_is_expected_stands_on_what_came() {
    let unknown = f64::NAN;
    let series = [
        stacked("e", &[4.0, 2.0, unknown], Tone::Main),
        stacked("n", &[2.0, 1.0, unknown], Tone::Beside),
        stacked("a", &[unknown, 3.0, 4.0], Tone::Ahead),
    ];
    let picture = |text| {
        let data = stacked_bars::Data {
            labels: &["1", "2", "3"].map(str::to_owned),
            notes: &[],
            series: &series,
            whole: stacked_bars::Whole::Sum,
            span: Some(stacked_bars::Span { first: 1, end: 3, text }),
            lay: Lay::Columns,
            number: &count,
        };
        stacked_bars::render(&frame("f"), &data, &stacked_bars::Words { value: "v" }).expect("three months")
    };
    let svg = picture("");
    let of =
        |pale: bool| -> String { svg.lines().filter(|line| line.contains("fill-opacity") == pale).collect() };
    // The first of each belongs to the key.
    let (earlier, ahead) = (rectangles(&of(false), FILLS[0]), rectangles(&of(true), FILLS[0]));
    let newcomers = rectangles(&svg, "#8c96a0");
    assert_eq!((earlier.len(), newcomers.len(), ahead.len()), (3, 3, 3));
    let foot = |bar: [f64; 4]| bar[1] + bar[3];
    // Each part leaves a gap of 1.5 above it.
    let unit = (earlier[1][3] + 1.5) / 4.0;
    near(foot(newcomers[2]), earlier[2][1] - 1.5);
    near(foot(ahead[1]), newcomers[2][1] - 1.5);
    near(ahead[1][3] + 1.5, 3.0 * unit);
    near(foot(ahead[2]), foot(earlier[1]));
    // The note on the whole stands over a bracket.
    assert_eq!(picture("next year: 7").matches("<polyline").count(), svg.matches("<polyline").count() + 1);
}

#[test]
fn each_step_begins_where_the_one_before_it_ended() {
    let svg = waterfall_of(0, 8.0, [6.0, -3.0]).expect("four columns");
    let [amounts, falls, rises] = FILLS.map(|fill| rectangles(&svg, fill));
    assert_eq!((amounts.len(), falls.len(), rises.len()), (2, 1, 1));
    let foot = amounts[0][1] + amounts[0][3];
    // 8, up to 14, down to 11.
    let unit = amounts[0][3] / 8.0;
    let level = |height: f64| foot - height * unit;
    near(rises[0][1], level(14.0));
    near(rises[0][1] + rises[0][3], level(8.0));
    near(falls[0][1], level(14.0));
    near(falls[0][1] + falls[0][3], level(11.0));
    near(amounts[1][1], level(11.0));
}

#[test]
fn a_waterfall_crosses_zero() {
    let svg = waterfall_of(0, 2.0, [-6.0, 1.0]).expect("four columns");
    let [amounts, falls, _] = FILLS.map(|fill| rectangles(&svg, fill));
    let zero = amounts[0][1] + amounts[0][3];
    assert!((amounts[1][1] - zero).abs() < 0.3, "what is below zero hangs from it");
    assert!((amounts[1][3] / amounts[0][3] - 1.5).abs() < 0.02);
    assert!((falls[0][3] / amounts[0][3] - 3.0).abs() < 0.02 && falls[0][1] < zero);
}

#[test]
fn a_waterfall_of_like_amounts_is_cut_and_says_so() {
    let parts = |steps| {
        let svg = waterfall_of(0, 8e6, steps).expect("four columns");
        (svg.contains("bars cut"), rectangles(&svg, FILLS[0]).len(), rectangles(&svg, FILLS[2])[0][3])
    };
    let (cut, amounts, rise) = parts([3e5, -1e5]);
    assert!(cut && amounts == 4 && rise > 50.0, "{amounts} {rise}");
    let (cut, amounts, _) = parts([6e6, -3e6]);
    assert!(!cut && amounts == 2);
    // A very small value stays small, but is visible.
    let (cut, amounts, rise) = parts([2.0, -1.0]);
    assert!(!cut && amounts == 2 && (rise - 2.0).abs() < 0.1, "{rise}");
}

#[test]
fn a_funnel_gives_the_share_of_the_stage_before() {
    let stage = |count: f64| funnel::Stage { label: String::new(), count };
    let data = |stages: &[funnel::Stage]| {
        let data = funnel::Data { stages, number: &count, share: &percent };
        funnel::render(&frame("f"), &data, &funnel::Words { value: "", step: "go on" }).expect("stages")
    };
    let svg = data(&[stage(200.0), stage(100.0), stage(25.0)]);
    assert!(svg.contains(">50 % go on</text>") && svg.contains(">25 % go on</text>"), "{svg}");
    assert!(
        svg.contains(">200</text>")
            && svg.contains(">100 · 50 %</text>")
            && svg.contains(">25 · 12 %</text>")
    );
    let solid: String = svg.lines().filter(|line| !line.contains("fill-opacity")).collect();
    let bars = rectangles(&solid, FILLS[0]);
    assert!((bars[0][2] / bars[1][2] - 2.0).abs() < 0.02 && (bars[1][2] / bars[2][2] - 4.0).abs() < 0.05);
    // Zero and an unknown count have no share.
    let svg = data(&[stage(0.0), stage(1.0), stage(f64::NAN), stage(3.0)]);
    assert!(!svg.contains("go on"), "{svg}");
}

#[test]
fn both_sides_of_a_pyramid_have_one_scale() {
    let tier = |value, other| pyramid::Tier { label: String::new(), value, other, note: String::new() };
    let tiers = [tier(1.0, 2.0), tier(f64::NAN, -1.0)];
    let data = pyramid::Data { tiers: &tiers, sides: pyramid::Sides::Two, number: &count };
    let svg = pyramid::render(&frame("p"), &data, &pyramid::Words { value: "", left: "l", right: "r" });
    let svg = svg.expect("two tiers");
    let (left, right) = (rectangles(&svg, "#8c96a0"), rectangles(&svg, FILLS[0]));
    assert_eq!((left.len(), right.len()), (1, 1));
    assert!((right[0][2] / left[0][2] - 2.0).abs() < 0.02);
    let (mirror, middle) = (left[0][0] + left[0][2], WIDTH / 2.0);
    near(middle - mirror, right[0][0] - middle);
}

#[test]
fn a_histogram_marks_a_value_between_its_edges() {
    let marks = [Reference { at: 15.0, name: "median" }, Reference { at: 99.0, name: "beyond" }];
    let edges = [0.0, 10.0, 20.0, f64::INFINITY];
    let data = histogram::Data {
        edges: &edges,
        counts: &[1.0, 2.0, 4.0],
        marks: &marks,
        edge: &count,
        count: &count,
    };
    let svg = histogram::render(&frame("h"), &data, &histogram::Words { count: "", edge: "" }).expect("bins");
    let bins = rectangles(&svg, FILLS[0]);
    assert!((bins[1][3] / bins[0][3] - 2.0).abs() < 0.02 && (bins[2][3] / bins[0][3] - 4.0).abs() < 0.04);
    let dash = svg.split('<').rfind(|element| element.contains("stroke-width=\"1.3\"")).expect("a mark");
    let x = attribute(dash, "points").and_then(|points| points.split(',').next()).expect("a place");
    near(x.parse().expect("a number"), bins[1][0] + bins[1][2] / 2.0);
    // The open bin holds the values beyond its edge; it has no figure at its end.
    assert!(svg.contains(">median</text>") && svg.contains(">beyond</text>"));
    assert_eq!((svg.matches(">20</text>").count(), svg.matches("inf").count()), (1, 0));
}

/// Months of two years, too many for a figure on each column: the axis has the values.
fn months(values: [f64; 14]) -> String {
    let labels: Vec<String> = (0..14).map(|month| format!("month {month}")).collect();
    let before = Series {
        name: "a year earlier".to_owned(),
        values: values.map(|value| value / 2.0 + 1.0).to_vec(),
        tone: Tone::Beside,
    };
    let now = Series { name: "now".to_owned(), values: values.to_vec(), tone: Tone::Main };
    let write = |value: f64| format!("{value:.1}K all");
    let data =
        grouped_bars::Data { labels: &labels, series: &[before, now], lay: Lay::Columns, number: &write };
    grouped_bars::render(&frame("g"), &data, &grouped_bars::Words { value: "" }).expect("bars")
}

#[test]
fn the_last_column_what_it_is_compared_with_and_the_peak_have_their_figures() {
    let figures = |svg: &str| -> Vec<String> {
        texts(svg).into_iter().map(|text| text.4).filter(|text| text.ends_with("all")).collect()
    };
    let mut values = [100.0; 14];
    values[4] = 333.0;
    values[13] = 222.0;
    let written = figures(&months(values));
    let last = written.iter().rev().take(3).rev().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(last, ["222.0K all", "112.0K all", "333.0K all"]);
    // The last is the highest.
    values[4] = 100.0;
    let written = figures(&months(values));
    assert!(written.ends_with(&["222.0K all".to_owned(), "112.0K all".to_owned()]), "{written:?}");
    // The highest is so near to the last that its figure would stand on that of the last.
    values[12] = 333.0;
    let written = figures(&months(values));
    assert!(written.ends_with(&["222.0K all".to_owned(), "112.0K all".to_owned()]), "{written:?}");
}

#[test]
fn stages_have_their_colours() {
    let part =
        |stage: usize| Series { name: format!("stage {stage}"), values: vec![1.0], tone: Tone::Stage(stage) };
    let data = stacked_bars::Data {
        labels: &["all".to_owned()],
        notes: &[],
        series: &[part(1), part(3), part(4)],
        whole: stacked_bars::Whole::Share,
        span: None,
        lay: Lay::Rows,
        number: &percent,
    };
    let svg =
        stacked_bars::render(&frame("s"), &data, &stacked_bars::Words { value: "" }).expect("stacked bars");
    for (stage, colour) in [(1, "#1d4e79"), (3, "#d5711b"), (4, "#5c646d")] {
        assert!(!rectangles(&svg, colour).is_empty(), "stage {stage}");
    }
}
