//! Bars of all kinds.

use super::*;

pub(in crate::chart) fn all_bars(language: usize) -> Vec<Picture> {
    vec![
        ("bars", bars_of(language, 7, Some(2))),
        ("bars 1", bars_of(language, 1, None)),
        ("bars 36", bars_of(language, 36, None)),
        ("bars deciles", deciles_of(language)),
        ("bars months", columns_of(language, 36, 0.0)),
        ("bars months negative", columns_of(language, 12, -5e5)),
        ("bars compared", compared_of(language, Lay::Rows)),
        ("bars compared columns", compared_of(language, Lay::Columns)),
        ("grouped", grouped_of(language, 10, 2, 0.02)),
        ("grouped negative", grouped_of(language, 10, 2, -0.08)),
        ("grouped 4", grouped_of(language, 5, 4, 0.02)),
        ("grouped columns", grouped_columns_of(language, 12, 2)),
        ("grouped columns 36", grouped_columns_of(language, 36, 3)),
        ("stacked statuses", statuses_of(language)),
        ("stacked sums", sums_of(language, 7, 6)),
        ("stacked negative", stacked_of(language, 12, -0.3)),
        ("stacked months", stacked_of(language, 36, 0.0)),
        ("stacked forecast 13 12", ahead_of(language, 13, 12)),
        ("stacked forecast 1 1", ahead_of(language, 1, 1)),
        ("stacked forecast 13 60", ahead_of(language, 13, 60)),
        ("waterfall", waterfall_of(language, 8e6, [3e5, -1e5])),
        ("waterfall from zero", waterfall_of(language, 8e6, [6e6, -3e6])),
        ("waterfall below zero", waterfall_of(language, 2e6, [-6e6, 1e6])),
        ("waterfall tiny", waterfall_of(language, 2e6, [1.0, -2.0])),
        ("waterfall rows", steps_of(language, 14, 9e5)),
        ("waterfall rows cut", steps_of(language, 10, 4e7)),
        ("funnel", funnel_of(language, 5)),
        ("funnel 12", funnel_of(language, 12)),
        ("pyramid", tiers_of(language, 5)),
        ("pyramid two", sides_of(language, 9)),
        ("pyramid two 24", sides_of(language, 24)),
        ("histogram", histogram_of(language, 14)),
        ("histogram 60", histogram_of(language, 60)),
        ("histogram 1", histogram_of(language, 1)),
    ]
}

fn bar(label: String, value: f64) -> bars::Bar {
    bars::Bar { label, note: String::new(), value, mark: f64::NAN, highlight: false }
}

const NO_WORDS: bars::Words<'static> = bars::Words { value: "", label: "", mark: "" };

pub(in crate::chart) fn bars_of(
    language: usize,
    size: usize,
    highlight: Option<usize>,
) -> Result<String, ChartError> {
    let one = |(index, label)| bars::Bar {
        highlight: highlight == Some(index),
        ..bar(label, 9e5 * (1.0 - index as f64 / (size as f64 + 2.0)) * (0.8 + 0.2 * figure(index)))
    };
    let list: Vec<_> = names(language, size).into_iter().enumerate().map(one).collect();
    let money = money(language);
    let reference = pick(language, "mean £482k", "均值48万元");
    let data = bars::Data {
        bars: &list,
        reference: highlight.map(|_| Reference { at: 4.82e5, name: reference }),
        lay: Lay::Fit,
        number: &money,
    };
    let words = bars::Words { value: pick(language, "Revenue by segment", "各分群收入"), ..NO_WORDS };
    bars::render(&frame("bars"), &data, &words)
}

fn deciles_of(language: usize) -> Result<String, ChartError> {
    let one = |index: i32| bar((index + 1).to_string(), 9e6 * 0.55_f64.powi(index) - 4e4);
    let list: Vec<_> = (0..10).map(one).collect();
    let money = money(language);
    let words = bars::Words {
        value: pick(language, "Expected value over three years", "三年预期价值"),
        label: pick(language, "Tenth of customers (1 = most valuable)", "客户十分位（1为最高）"),
        mark: "",
    };
    let data = bars::Data { bars: &list, reference: None, lay: Lay::Fit, number: &money };
    bars::render(&frame("deciles"), &data, &words)
}

pub(in crate::chart) fn columns_of(language: usize, size: usize, shift: f64) -> Result<String, ChartError> {
    let one = |(index, label)| bar(label, 4e5 + shift + figure(index) * 5e5);
    let list: Vec<_> = months(size).into_iter().enumerate().map(one).collect();
    let money = money(language);
    let words = bars::Words { value: pick(language, "Revenue a month", "月收入"), ..NO_WORDS };
    let reference = Some(Reference { at: 3e5, name: pick(language, "target £300k", "目标30万元") });
    let data = bars::Data { bars: &list, reference, lay: Lay::Columns, number: &money };
    bars::render(&frame("columns"), &data, &words)
}

fn compared_of(language: usize, lay: Lay) -> Result<String, ChartError> {
    let one = |(index, label)| bars::Bar {
        note: pick(language, "1,171 customers", "1171位客户").to_owned(),
        mark: if index == 3 { f64::NAN } else { figure(index + 4) * 9e5 },
        ..bar(label, if index == 2 { f64::NAN } else { figure(index + 1) * 9e5 - 1e5 })
    };
    let list: Vec<_> = names(language, 6).into_iter().enumerate().map(one).collect();
    let money = money(language);
    let words = bars::Words {
        value: pick(language, "Revenue against plan", "收入与计划"),
        mark: pick(language, "plan", "计划"),
        label: pick(language, "segment", "分群"),
    };
    let data = bars::Data { bars: &list, reference: None, lay, number: &money };
    bars::render(&frame("compared"), &data, &words)
}

pub(in crate::chart) fn grouped_of(
    language: usize,
    size: usize,
    series: usize,
    lowest: f64,
) -> Result<String, ChartError> {
    let words = [
        ("share of customers", "客户占比"),
        ("share of revenue", "收入占比"),
        ("share of orders", "订单占比"),
        ("share of returns", "退货占比"),
    ];
    let tones = [Tone::Beside, Tone::Main, Tone::Plain, Tone::Plain];
    let one = |(index, ((english, chinese), tone)): (usize, ((&'static str, &'static str), Tone))| Series {
        name: pick(language, english, chinese).to_owned(),
        values: (0..size)
            .map(|row| if row + 1 == size && index == 1 { lowest } else { figure(row + 1 + 4 * index) * 0.3 })
            .collect(),
        tone: if series > 2 { Tone::Plain } else { tone },
    };
    let list: Vec<_> = words.into_iter().zip(tones).enumerate().map(one).take(series).collect();
    let labels = names(language, size);
    let data = grouped_bars::Data { labels: &labels, series: &list, lay: Lay::Rows, number: &percent_fine };
    grouped_bars::render(&frame("grouped"), &data, &grouped_bars::Words { value: "" })
}

fn grouped_columns_of(language: usize, size: usize, series: usize) -> Result<String, ChartError> {
    let years = ["2014", "2015", "2016"];
    let one = |(index, year): (usize, &&str)| Series {
        name: (*year).to_owned(),
        values: (0..size).map(|month| 4e5 + 3e5 * figure(month * 3 + index)).collect(),
        tone: Tone::Plain,
    };
    let list: Vec<_> = years.iter().enumerate().map(one).take(series).collect();
    let labels = months(size);
    let money = money(language);
    let data = grouped_bars::Data { labels: &labels, series: &list, lay: Lay::Columns, number: &money };
    let words = grouped_bars::Words { value: pick(language, "Revenue a month", "月收入") };
    grouped_bars::render(&frame("grouped"), &data, &words)
}

pub(in crate::chart) fn stacked(name: &str, values: &[f64], tone: Tone) -> Series {
    Series { name: name.to_owned(), values: values.to_vec(), tone }
}

pub(in crate::chart) fn statuses_of(language: usize) -> Result<String, ChartError> {
    let parts = [[600.0, 300.0, 150.0], [210.0, 300.0, 40.0], [90.0, 200.0, 310.0], [20.0, 180.0, 900.0]];
    let statuses = if language == 0 {
        ["active", "cooling", "at risk", "lost"]
    } else {
        ["活跃", "降温", "有流失风险", "已流失"]
    };
    let list: Vec<_> =
        statuses.into_iter().zip(parts).map(|(name, values)| stacked(name, &values, Tone::Plain)).collect();
    let notes = vec![pick(language, "1,171 customers", "1171位客户").to_owned(); 3];
    let data = stacked_bars::Data {
        labels: &["A", "B", "C"].map(str::to_owned),
        notes: &notes,
        series: &list,
        whole: stacked_bars::Whole::Share,
        span: None,
        lay: Lay::Fit,
        number: &percent,
    };
    stacked_bars::render(&frame("statuses"), &data, &stacked_bars::Words { value: "" })
}

fn sums_of(language: usize, size: usize, series: usize) -> Result<String, ChartError> {
    let one = |(index, name): (usize, String)| {
        let values: Vec<f64> =
            (0..size).map(|row| figure(row * 5 + index) * 5e5 / (row + 1) as f64).collect();
        stacked(&name, &values, Tone::Plain)
    };
    let list: Vec<_> = names(language, series).into_iter().enumerate().map(one).collect();
    let labels: Vec<String> =
        (0..size).map(|row| format!("{} {}", pick(language, "Store no.", "门店"), row + 1)).collect();
    let money = money(language);
    let data = stacked_bars::Data {
        labels: &labels,
        notes: &[],
        series: &list,
        whole: stacked_bars::Whole::Sum,
        span: None,
        lay: Lay::Rows,
        number: &money,
    };
    let words = stacked_bars::Words { value: pick(language, "Revenue", "收入") };
    stacked_bars::render(&frame("sums"), &data, &words)
}

fn stacked_of(language: usize, size: usize, lowest: f64) -> Result<String, ChartError> {
    let one = |index: usize, low: f64| -> Vec<f64> {
        (0..size).map(|month| 4e5 * (figure(month * 3 + index) + low)).collect()
    };
    let list = [
        stacked(pick(language, "won", "新增"), &one(0, 0.0), Tone::Main),
        stacked(pick(language, "returned", "回归"), &one(1, 0.0), Tone::Beside),
        stacked(pick(language, "lost", "流失"), &one(2, lowest * 3.0), Tone::Alert),
    ];
    let labels = months(size);
    let money = money(language);
    let data = stacked_bars::Data {
        labels: &labels,
        notes: &[],
        series: &list,
        whole: stacked_bars::Whole::Sum,
        span: None,
        lay: Lay::Columns,
        number: &money,
    };
    let words = stacked_bars::Words { value: pick(language, "Revenue won and lost", "收入增减") };
    stacked_bars::render(&frame("stacked"), &data, &words)
}

pub(in crate::chart) fn ahead_of(language: usize, past: usize, ahead: usize) -> Result<String, ChartError> {
    let all = past + ahead;
    let until = |value: &dyn Fn(usize) -> f64, wanted: &dyn Fn(usize) -> bool| -> Vec<f64> {
        (0..all).map(|month| if wanted(month) { value(month) } else { f64::NAN }).collect()
    };
    let came = |month: usize| month < past;
    let earlier = until(&|month| 400.0 - 200.0 * month as f64 / past as f64, &came);
    let newcomers = until(&|month| 300.0 * figure(month), &came);
    // The current month has a part of its values, and a forecast for the rest.
    let expected = until(&|month| 250.0 + 200.0 * figure(month), &|month| month + 1 >= past);
    let list = [
        stacked(
            pick(language, "of customers won before December 2010", "2010年12月之前获得的客户"),
            &earlier,
            Tone::Main,
        ),
        stacked(pick(language, "of customers won since", "此后新增的客户"), &newcomers, Tone::Beside),
        stacked(
            pick(
                language,
                "expected of today's customers, none yet to be won",
                "现有客户的预期，不含今后新增",
            ),
            &expected,
            Tone::Ahead,
        ),
    ];
    let total =
        pick(language, "next 365 days: 12,300 (10,900 to 13,700)", "未来365天：1.23万（1.09万至1.37万）");
    let labels = months(all);
    let data = stacked_bars::Data {
        labels: &labels,
        notes: &[],
        series: &list,
        whole: stacked_bars::Whole::Sum,
        span: Some(stacked_bars::Span { first: past.saturating_sub(1), end: all, text: total }),
        lay: Lay::Columns,
        number: &count,
    };
    let words = stacked_bars::Words {
        value: pick(language, "Days with an order, a month", "各月合计下单天数"),
    };
    stacked_bars::render(&frame("ahead"), &data, &words)
}

fn amount(language: usize, name: &str, value: f64) -> waterfall::Bar {
    waterfall::Bar {
        name: name.to_owned(),
        figure: money(language)(value),
        value,
        kind: waterfall::BarKind::Amount,
    }
}

fn step(language: usize, name: &str, value: f64) -> waterfall::Bar {
    let figure = money(language)(value);
    waterfall::Bar {
        figure: if value < 0.0 { figure } else { format!("+{figure}") },
        kind: waterfall::BarKind::Step,
        ..amount(language, name, value)
    }
}

pub(in crate::chart) fn waterfall_of(
    language: usize,
    before: f64,
    steps: [f64; 2],
) -> Result<String, ChartError> {
    let [number, mean] = steps;
    let bars = [
        amount(language, pick(language, "9 November 2011", "2011年11月9日"), before),
        step(language, pick(language, "Number of customers", "客户数"), number),
        step(language, pick(language, "Value of each", "人均价值"), mean),
        amount(language, pick(language, "9 December 2011", "2011年12月9日"), before + number + mean),
    ];
    draw_waterfall(language, &bars)
}

pub(in crate::chart) fn steps_of(language: usize, size: usize, before: f64) -> Result<String, ChartError> {
    let mut bars = vec![amount(language, pick(language, "Revenue in 2015", "2015年收入"), before)];
    let steps: Vec<f64> = (0..size - 2).map(|index| (figure(index + 1) - 0.4) * 6e5).collect();
    bars.extend(
        names(language, size - 2).iter().zip(&steps).map(|(name, value)| step(language, name, *value)),
    );
    let after = before + steps.iter().sum::<f64>();
    bars.push(amount(language, pick(language, "Revenue in 2016", "2016年收入"), after));
    draw_waterfall(language, &bars)
}

fn draw_waterfall(language: usize, bars: &[waterfall::Bar]) -> Result<String, ChartError> {
    let words = waterfall::Words {
        value: pick(language, "Predicted value after costs", "扣除成本后的预测价值"),
        cut: pick(language, "bars cut, not from zero", "柱体截断，不从零起"),
    };
    waterfall::render(&frame("waterfall"), &waterfall::Data { bars, lay: Lay::Fit }, &words)
}

pub(in crate::chart) fn funnel_of(language: usize, size: usize) -> Result<String, ChartError> {
    let words = [
        ("Bought once", "首次购买"),
        ("Bought again within a year", "一年内复购"),
        ("Third order", "第三次购买"),
        ("Joined the programme", "加入会员计划"),
        ("Reached gold", "升级金卡会员"),
    ];
    let name = |index: usize| {
        let word = words.get(index % 5).map_or("", |word| pick(language, word.0, word.1));
        if index < 5 { word.to_owned() } else { format!("{word} {}", index / 5 + 1) }
    };
    let stages: Vec<_> = (0..size)
        .map(|index| funnel::Stage { label: name(index), count: 12_400.0 * 0.57_f64.powf(index as f64) })
        .collect();
    let data = funnel::Data { stages: &stages, number: &count, share: &percent };
    let words = funnel::Words {
        value: pick(language, "Customers by number of orders", "按订单数统计的客户"),
        step: pick(language, "go on", "进入下一步"),
    };
    funnel::render(&frame("funnel"), &data, &words)
}

fn tier(label: String, value: f64, other: f64, note: &str) -> pyramid::Tier {
    pyramid::Tier { label, value, other, note: note.to_owned() }
}

pub(in crate::chart) fn tiers_of(language: usize, size: usize) -> Result<String, ChartError> {
    let cards = [
        ("Black diamond", "黑钻卡"),
        ("Diamond", "钻石卡"),
        ("Gold", "金卡"),
        ("Silver", "银卡"),
        ("Member without a card", "普通会员"),
    ];
    let tiers: Vec<_> = (0..size)
        .map(|index| {
            let name = cards.get(index % 5).map_or("", |card| pick(language, card.0, card.1));
            tier(
                name.to_owned(),
                12.0 * 5.5_f64.powf(index as f64),
                f64::NAN,
                pick(language, "38 % of revenue", "占收入38%"),
            )
        })
        .collect();
    let data = pyramid::Data { tiers: &tiers, sides: pyramid::Sides::One, number: &count };
    let words =
        pyramid::Words {
            value: pick(language, "Members by card", "各等级会员数"), left: "", right: ""
        };
    pyramid::render(&frame("pyramid"), &data, &words)
}

pub(in crate::chart) fn sides_of(language: usize, size: usize) -> Result<String, ChartError> {
    let tiers: Vec<_> = names(language, size)
        .into_iter()
        .enumerate()
        .map(|(index, label)| tier(label, 0.02 + 0.2 * figure(index + 1), 0.3 * figure(index + 7), ""))
        .collect();
    let data = pyramid::Data { tiers: &tiers, sides: pyramid::Sides::Two, number: &percent_fine };
    let words = pyramid::Words {
        value: "",
        left: pick(language, "share of customers", "客户占比"),
        right: pick(language, "share of revenue", "收入占比"),
    };
    pyramid::render(&frame("sides"), &data, &words)
}

pub(in crate::chart) fn histogram_of(language: usize, size: usize) -> Result<String, ChartError> {
    let mut edges: Vec<f64> = (0..=size).map(|edge| edge as f64 * 50.0).collect();
    if let Some(last) = edges.last_mut().filter(|_| size > 1) {
        *last = f64::INFINITY;
    }
    let counts: Vec<f64> =
        (0..size).map(|bin| (900.0 * (bin as f64 + 0.6) * (-(bin as f64) / 2.4).exp()).round()).collect();
    let marks = [
        Reference { at: 131.0, name: pick(language, "median 131", "中位数131") },
        Reference { at: 174.0, name: pick(language, "mean 174", "均值174") },
    ];
    let data = histogram::Data { edges: &edges, counts: &counts, marks: &marks, edge: &count, count: &count };
    let words = histogram::Words {
        count: pick(language, "Orders", "订单数"),
        edge: pick(language, "Amount of an order, £", "单笔金额（元）"),
    };
    histogram::render(&frame("histogram"), &data, &words)
}
