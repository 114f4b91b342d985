//! Bars, lines and marks lie where their figures say.

use super::super::sample::*;
use super::*;

/// Blue, orange, pale blue.
const FILLS: [&str; 3] = ["#2f78b7", "#d5711b", "#8fbbdc"];

/// The numbers of an attribute, over all elements that hold a mark.
fn numbers(svg: &str, mark: &str, name: &str) -> Vec<f64> {
    svg.split('<').filter(|element| element.contains(mark)).map(|element| number(element, name)).collect()
}

/// The rectangles of a picture with a fill: left, top, width, height.
fn rectangles(svg: &str, fill: &str) -> Vec<[f64; 4]> {
    let mark = format!("fill=\"{fill}\"");
    svg.split('<')
        .filter(|element| element.starts_with("rect") && element.contains(&mark))
        .map(|rect| ["x", "y", "width", "height"].map(|name| number(rect, name)))
        .collect()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 0.3, "{a} {b}");
}

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
        // The first is that of the key.
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

/// Widths of the parts of the first bar, with the gap that each leaves to the next.
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
    // The first of each is that of the key.
    let (earlier, ahead) = (rectangles(&of(false), FILLS[0]), rectangles(&of(true), FILLS[0]));
    let newcomers = rectangles(&svg, "#8c96a0");
    assert_eq!((earlier.len(), newcomers.len(), ahead.len()), (3, 3, 3));
    let foot = |bar: [f64; 4]| bar[1] + bar[3];
    // A gap of 1.5 is left over each part.
    let unit = (earlier[1][3] + 1.5) / 4.0;
    near(foot(newcomers[2]), earlier[2][1] - 1.5);
    near(foot(ahead[1]), newcomers[2][1] - 1.5);
    near(ahead[1][3] + 1.5, 3.0 * unit);
    near(foot(ahead[2]), foot(earlier[1]));
    // What is said of the whole stands over a bracket.
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
    // Next to nothing stays next to nothing, but is seen.
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
    // Of nothing, or of what is not known, there is no share.
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
    let (mirror, middle) = (left[0][0] + left[0][2], 280.0);
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
    // The open bin holds what lies beyond its edge; it has no figure at its end.
    assert!(svg.contains(">median</text>") && svg.contains(">beyond</text>"));
    assert_eq!((svg.matches(">20</text>").count(), svg.matches("inf").count()), (1, 0));
}

#[test]
fn the_marks_of_the_concentration_curve_lie_where_their_figures_say() {
    let curves =
        [lorenz::Curve { name: String::new(), points: vec![(0.0, 0.0), (0.2, 0.7), (0.3, 0.8), (1.0, 1.0)] }];
    let data = lorenz::Data {
        curves: &curves,
        held: Some(lorenz::Mark { customers: 0.2, total: 0.7, note: "" }),
        needed: Some(lorenz::Mark { customers: 0.3, total: 0.8, note: "" }),
        share: &percent,
    };
    let words = lorenz::Words { customers: "", total: "", diagonal: "" };
    let svg = lorenz::render(&frame("l"), &data, &words).expect("a curve");
    let points = points_of(&svg, "3.5");
    assert_eq!(points.len(), 4);
    let circles = numbers(&svg, "circle", "cx").into_iter().zip(numbers(&svg, "circle", "cy"));
    // 80 % before 20 %.
    assert_eq!(circles.collect::<Vec<_>>(), [points[2], points[1]]);
}

/// The points of the line of a width.
fn points_of(svg: &str, width: &str) -> Vec<(f64, f64)> {
    let line = svg.split('<').find(|element| element.contains(&format!("stroke-width=\"{width}\"")));
    let points = attribute(line.expect("a line"), "points").expect("points").split(' ');
    let point = |point: &str| {
        let (x, y) = point.split_once(',').expect("two coordinates");
        (x.parse().expect("a number"), y.parse().expect("a number"))
    };
    points.map(point).collect()
}

#[test]
fn a_height_is_read_between_the_points_of_a_curve() {
    let points = [(0.0, 0.0), (0.2, 0.6), (1.0, 1.0)];
    // Half way to the point of 60 %.
    assert!(lorenz::height_at(&points, 0.1).is_some_and(|height| (height - 0.3).abs() < 1e-12));
    assert_eq!(lorenz::height_at(&points[1..], 0.1), None, "no point on its left");
    assert_eq!(lorenz::height_at(&[(0.0, 0.0), (f64::NAN, 0.5), (1.0, 1.0)], 0.1), None);
    let curve = |points: &[(f64, f64)]| lorenz::Curve { name: String::new(), points: points.to_vec() };
    let words = lorenz::Words { customers: "", total: "", diagonal: "" };
    let draw = |curves: &[lorenz::Curve]| {
        let total = curves.first().and_then(|curve| lorenz::height_at(&curve.points, 0.1));
        let held = total.map(|total| lorenz::Mark { customers: 0.1, total, note: "" });
        lorenz::render(&frame("g"), &lorenz::Data { curves, held, needed: None, share: &percent }, &words)
    };
    let svg = draw(&[curve(&points), curve(&[(0.0, 0.0), (0.2, 0.4), (1.0, 1.0)])]).expect("two curves");
    assert!(svg.contains(">30 %</text>"), "{svg}");
    let (line, dot) =
        (points_of(&svg, "3.5"), (numbers(&svg, "circle", "cx")[0], numbers(&svg, "circle", "cy")[0]));
    near(dot.0, f64::midpoint(line[0].0, line[1].0));
    near(dot.1, f64::midpoint(line[0].1, line[1].1));
    assert!(matches!(draw(&vec![curve(&points); 4]), Err(ChartError::TooMany { found: 4, .. })));
    assert!(matches!(draw(&[]), Err(ChartError::Empty(_))));
    assert!(!draw(&[curve(&points[1..])]).expect("a curve").contains("<circle"));
}

#[test]
fn the_largest_value_is_the_darkest_cell_and_its_text_is_light() {
    let names = ["1".to_owned(), "2".to_owned()];
    let draw = |values: [[f64; 2]; 2], darkest| {
        let cells = values.map(|row| row.map(|value| cell(value, false)).to_vec());
        let data = heat::Data { rows: &names, columns: &names, cells: &cells, darkest, number: &percent };
        heat::render(&frame("h"), &data, &heat::Words { row: "r", column: "c", framed: "" })
            .expect("four cells")
    };
    let svg = draw([[0.1, 0.6], [0.0, 0.3]], None);
    let fill = |svg: &str, mark: &str| svg.matches(mark).count();
    assert_eq!((fill(&svg, "fill=\"#123f6b\""), fill(&svg, "fill=\"#e9f1f8\"")), (1, 1));
    assert!(svg.contains("fill=\"#ffffff\">60 %</text>") && svg.contains("fill=\"#14181c\">0 %</text>"));
    // What is above the given value is as dark as that.
    assert_eq!(fill(&draw([[0.3, 0.6], [0.0, 0.3]], Some(0.3)), "fill=\"#123f6b\""), 3);
    // Below zero is orange, on the same measure.
    let svg = draw([[0.6, -0.6], [0.0, 0.3]], None);
    assert_eq!((fill(&svg, "fill=\"#123f6b\""), fill(&svg, "fill=\"#843e08\"")), (1, 1));
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
    let svg = combo_of(0, 13, 0.0).expect("months");
    let pale = svg.lines().filter(|line| line.starts_with("<rect") && line.contains("fill-opacity=\"0.3\""));
    assert_eq!(pale.count(), 2, "its column, and the note");
    assert_eq!(svg.matches("<circle").count(), 1, "a ring on the line");
}

#[test]
fn a_line_breaks_where_a_value_is_missing() {
    let draw = |values: [f64; 5]| {
        let series = [line::Series { name: "a".to_owned(), values: values.to_vec(), last: "9".to_owned() }];
        let data = line::Data {
            labels: &["1", "2", "3", "4", "5"].map(str::to_owned),
            series: &series,
            colours: line::Colours::Distinct,
            from_zero: true,
            reference: None,
            open: 0,
            number: &count,
        };
        let svg = line::render(&frame("l"), &data, &line::Words { value: "", label: "" }).expect("a line");
        svg.matches("stroke=\"#2f78b7\" stroke-width=\"3\"").count()
    };
    assert_eq!(draw([1.0, 2.0, 3.0, 4.0, 5.0]), 1);
    assert_eq!(draw([1.0, 2.0, f64::NAN, 4.0, 5.0]), 2);
    assert_eq!(draw([1.0, 2.0, f64::NAN, 4.0, f64::NAN]), 1, "a point alone is a dot");
}

#[test]
fn the_band_goes_around_what_is_expected() {
    let point =
        |actual, expected, interval| area_band::Point { label: String::new(), actual, expected, interval };
    let unknown = f64::NAN;
    let points = [
        point(4.0, unknown, (unknown, unknown)),
        point(unknown, 5.0, (8.0, 3.0)),
        point(unknown, 6.0, (2.0, 10.0)),
    ];
    let data = area_band::Data { points: &points, filled: false, number: &count, last: "6" };
    let words = area_band::Words { value: "", actual: "a", expected: "e", interval: "i", boundary: "b" };
    let svg = area_band::render(&frame("a"), &data, &words).expect("three points");
    let band = svg.split('<').find(|element| element.starts_with("polygon")).expect("a band");
    let heights: Vec<f64> = attribute(band, "points")
        .expect("points")
        .split(' ')
        .filter_map(|point| point.split_once(',')?.1.parse().ok())
        .collect();
    // 8, 10, and back 2, 3.
    let unit = (heights[2] - heights[1]) / 8.0;
    near(heights[0], heights[1] + 2.0 * unit);
    near(heights[3], heights[1] + 7.0 * unit);
    assert!(svg.contains(">b</text>") && svg.contains(">i</text>"));
}

#[test]
fn all_panels_have_one_scale() {
    let panel = |values: &[f64]| multiples::Panel {
        title: "p".to_owned(),
        values: values.to_vec(),
        last: String::new(),
        highlight: false,
    };
    let panels = [panel(&[1.0, 2.0]), panel(&[4.0, 8.0])];
    let data = multiples::Data {
        labels: &["1", "2"].map(str::to_owned),
        panels: &panels,
        kind: multiples::Kind::Bars,
        from_zero: false,
        reference: None,
        open: 0,
        number: &count,
    };
    let svg = multiples::render(&frame("m"), &data, &multiples::Words { value: "" }).expect("two panels");
    let heights: Vec<f64> = rectangles(&svg, FILLS[0]).iter().map(|bar| bar[3]).collect();
    assert!((heights[3] / heights[0] - 8.0).abs() < 0.2 && (heights[2] / heights[1] - 2.0).abs() < 0.05);
}

#[test]
fn a_node_is_as_tall_as_what_goes_through_it() {
    let column = |nodes: &[&str]| sankey::Column {
        title: String::new(),
        nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
    };
    let flow = |from, to, value| sankey::Flow { column: 0, from, to, value, tone: Tone::Main };
    let flows = [flow(0, 0, 3.0), flow(0, 1, 1.0), flow(1, 1, 2.0), flow(1, 0, f64::NAN)];
    let columns = [column(&["a", "b", "none"]), column(&["c", "d"])];
    let data = sankey::Data { columns: &columns, flows: &flows, number: &count };
    let svg = sankey::render(&frame("s"), &data).expect("three flows");
    let tall: Vec<f64> = rectangles(&svg, FILLS[0]).iter().map(|node| node[3]).collect();
    let unit = tall[0] / 4.0;
    assert_eq!(tall.len(), 4, "a node without a flow is not drawn");
    near(tall[1], 2.0 * unit);
    near(tall[2], 3.0 * unit);
    near(tall[3], 3.0 * unit);
    assert_eq!(svg.matches("<polygon").count(), 3);
    assert!(svg.contains(">a 4</text>") && svg.contains(">d 3</text>") && !svg.contains(">none"));
}

#[test]
fn limits_and_emptiness_are_errors() {
    assert!(matches!(sparkline_of(&[f64::NAN, f64::INFINITY]), Err(ChartError::Empty(_))));
    assert!(matches!(combo_of(0, 0, 0.0), Err(ChartError::Empty(_))));
    assert!(matches!(combo_of(0, 3, f64::NAN).map(|svg| svg.contains("NaN")), Ok(false)));
    assert!(matches!(combo_of(0, 121, 0.0), Err(ChartError::TooMany { found: 121, .. })));
    assert!(matches!(cohorts_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(cohorts_of(0, 38), Err(ChartError::TooMany { .. })));
    assert!(matches!(line_of(0, 0, 2), Err(ChartError::Empty(_))));
    assert!(matches!(line_of(0, 5, 0), Err(ChartError::Empty(_))));
    assert!(matches!(scores_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(ahead_of(0, 0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(ahead_of(0, 13, 108), Err(ChartError::TooMany { found: 121, .. })));
    assert!(matches!(waterfall_of(0, f64::NAN, [f64::NAN; 2]), Err(ChartError::Empty(_))));
    assert!(matches!(grouped_of(0, 5, 2, f64::INFINITY).map(|svg| svg.contains("inf")), Ok(false)));
    assert!(matches!(bars_of(0, 37, None), Err(ChartError::TooMany { found: 37, limit: 36, .. })));
    assert!(matches!(bars_of(0, 0, None), Err(ChartError::Empty(_))));
    assert!(matches!(funnel_of(0, 13), Err(ChartError::TooMany { .. })));
    assert!(matches!(sides_of(0, 25), Err(ChartError::TooMany { .. })));
    assert!(matches!(scatter_of(0, 1001), Err(ChartError::TooMany { .. })));
    assert!(matches!(scatter_of(0, 0), Err(ChartError::Empty(_))));
    assert!(matches!(multiples_of(0, 25, 3, multiples::Kind::Bars), Err(ChartError::TooMany { .. })));
    let series = [stacked("a", &[1.0], Tone::Plain)];
    let labels = ["1", "2"].map(str::to_owned);
    let data = grouped_bars::Data { labels: &labels, series: &series, lay: Lay::Fit, number: &count };
    let outcome = grouped_bars::render(&frame("g"), &data, &grouped_bars::Words { value: "" });
    assert!(matches!(outcome, Err(ChartError::Shape { found: 1, expected: 2, .. })));
}
