//! Names and figures: none touches another, at any number of them.

use super::super::sample::*;
use super::*;

/// Labels at one height may not touch.
fn assert_apart(name: &str, svg: &str) {
    let labels = texts(svg);
    for (index, a) in labels.iter().enumerate() {
        for b in &labels[index + 1..] {
            let apart = (a.2 - b.2).abs() > 12.0 || a.1 < b.0 + 1.0 || b.1 < a.0 + 1.0;
            assert!(apart, "{name}: {a:?} touches {b:?}");
        }
    }
}

fn assert_fits(name: &str, picture: Result<String, ChartError>) {
    let svg = picture.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_apart(name, &svg);
    assert_inside(name, &svg);
}

#[test]
fn no_label_touches_another() {
    for (name, svg) in pictures() {
        assert_apart(name, &svg);
    }
}

#[test]
fn lines_and_columns_of_any_length_keep_their_labels_apart() {
    for size in 1..=120 {
        let language = size % 2;
        assert_fits("combo", combo_of(language, size, 0.0));
        assert_fits("line", line_of(language, size, 1 + size % 6));
        assert_fits("area band", area_band_of(language, size, 1 + size % 60));
    }
    for ahead in 0..=60 {
        assert_fits("forecast", ahead_of(0, 13, ahead));
        assert_fits("forecast", ahead_of(1, ahead.max(1), 12));
    }
    for size in 1..=36 {
        assert_fits("columns", columns_of(size % 2, size, -3e5));
    }
    for size in 1..=12 {
        assert_fits("ordered lines", cumulative_of(size % 2, size));
    }
}

#[test]
fn curves_of_any_steepness_keep_their_labels_apart() {
    for steep in 1..=60 {
        assert_fits("lorenz", lorenz_of(steep % 2, 1.0 + steep as f64 / 3.0, 0.0));
        assert_fits("gains", gains_of(steep % 2, 1.0 + steep as f64 / 3.0));
    }
}

#[test]
fn bars_and_cells_in_any_number_keep_their_labels_apart() {
    for language in 0..2 {
        for size in 1..=36 {
            assert_fits("bars", bars_of(language, size, Some(size / 2)));
            assert_fits("grouped", grouped_of(language, size, 1 + size % 4, -0.1));
            assert_fits("heat", cohorts_of(language, size));
        }
        for size in 1..=24 {
            assert_fits("pyramid", sides_of(language, size));
            assert_fits("multiples", multiples_of(language, size, size, multiples::PanelMarks::Line));
            assert_fits("waterfall", steps_of(language, size.max(2), 3e6));
        }
        for size in 1..=12 {
            assert_fits("funnel", funnel_of(language, size));
            assert_fits("scores", scores_of(language, size));
        }
        for size in 1..=80 {
            assert_fits("histogram", histogram_of(language, size));
        }
        for (columns, nodes) in [(2, 2), (2, 14), (3, 9), (4, 14)] {
            assert_fits("sankey", sankey_of(language, columns, nodes));
        }
    }
}

#[test]
fn a_name_that_stands_out_is_written_where_it_touches_nothing() {
    for size in [1, 10, 40, 200, 1000] {
        let svg = scatter_of(0, size).expect("points");
        assert_apart("scatter", &svg);
    }
    let svg = scatter_of(0, 40).expect("points");
    for name in ["Champions", "Loyal", "Lost", "Promising"] {
        assert_eq!(svg.matches(&format!(">{name}</text>")).count(), 1, "{name}");
    }
}

#[test]
fn long_names_lie_in_rows_and_short_ones_under_columns() {
    let lies_in_rows = |labels: &[&str]| {
        let bar = |label: &&str| bars::Bar {
            label: (*label).to_owned(),
            note: String::new(),
            value: 1.0,
            mark: f64::NAN,
            highlight: false,
        };
        let bars: Vec<_> = labels.iter().map(bar).collect();
        let data = bars::Data { bars: &bars, reference: None, lay: Lay::Fit, number: &count };
        let svg = bars::render(&frame("b"), &data, &bars::Words { value: "", label: "", mark: "" });
        let svg = svg.expect("bars");
        let tops: Vec<&str> = svg.split("<rect").skip(1).filter_map(|rect| attribute(rect, "y")).collect();
        tops.windows(2).any(|pair| pair[0] != pair[1])
    };
    assert!(!lies_in_rows(&["1", "2", "3", "4"]));
    assert!(!lies_in_rows(&["门店", "线上"]));
    assert!(lies_in_rows(&["Customers that need attention", "New", "Lost"]));
    assert!(lies_in_rows(&["不能流失的重要挽留客户", "需要关注的客户", "新", "老", "流失"]));
}
