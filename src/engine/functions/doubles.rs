//! `sum`, `avg`, `var` and `stddev` of doubles, rounded once: the engine's own depend on the order in which threads add.
//!
//! A run gives the same bytes whatever the number of threads. Sums of doubles would break that in their last digits.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Float64Builder, ListArray, ListBuilder, UInt64Array,
};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, UInt64Type};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::stddev::{stddev_pop_udaf, stddev_udaf};
use datafusion::functions_aggregate::variance::{var_pop_udaf, var_samp_udaf};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

use crate::analysis::special::ExactSum;

/// What is asked of the doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Figure {
    Sum,
    Mean,
    /// Of a sample, or of a whole population.
    Variance {
        sample: bool,
    },
    Deviation {
        sample: bool,
    },
}

impl Figure {
    fn squares(self) -> bool {
        !matches!(self, Self::Sum | Self::Mean)
    }

    fn of(self, moments: &Moments) -> Option<f64> {
        let count = moments.count as f64;
        match self {
            _ if moments.count == 0 => None,
            Self::Sum => Some(moments.sum.value()),
            Self::Mean => Some(moments.sum.value() / count),
            Self::Variance { sample } => moments.variance(sample),
            Self::Deviation { sample } => moments.variance(sample).map(f64::sqrt),
        }
    }
}

/// A function of the engine's that gives another figure for doubles.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Doubles {
    engine: Arc<AggregateUDF>,
    figure: Figure,
}

/// `avg`, `var`, `var_pop`, `stddev` and `stddev_pop`, under all of their names.
pub(super) fn all() -> impl Iterator<Item = Doubles> {
    [
        (avg_udaf(), Figure::Mean),
        (var_samp_udaf(), Figure::Variance { sample: true }),
        (var_pop_udaf(), Figure::Variance { sample: false }),
        (stddev_udaf(), Figure::Deviation { sample: true }),
        (stddev_pop_udaf(), Figure::Deviation { sample: false }),
    ]
    .into_iter()
    .map(|(engine, figure)| Doubles { engine, figure })
}

/// Whether a column holds doubles; other numbers are exact without us.
fn doubles(fields: &[FieldRef]) -> bool {
    fields.first().is_some_and(|field| *field.data_type() == DataType::Float64)
}

impl AggregateUDFImpl for Doubles {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn aliases(&self) -> &[String] {
        self.engine.aliases()
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.engine.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if doubles(args.expr_fields) { Ok(one(self.figure, &args)) } else { self.engine.accumulator(args) }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if doubles(args.expr_fields) && !args.is_distinct {
            return Ok(one(self.figure, &args));
        }
        self.engine.create_sliding_accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if doubles(args.input_fields) { Ok(state_fields(args.name)) } else { self.engine.state_fields(args) }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        if doubles(args.expr_fields) {
            !args.is_distinct
        } else {
            self.engine.groups_accumulator_supported(args)
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        if doubles(args.expr_fields) {
            Ok(many(self.figure))
        } else {
            self.engine.create_groups_accumulator(args)
        }
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        self.engine.default_value(data_type)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The figure of one group.
pub(super) fn one(figure: Figure, args: &AccumulatorArgs) -> Box<dyn Accumulator> {
    Box::new(One { figure, moments: Moments::default(), seen: args.is_distinct.then(HashSet::new) })
}

/// The figures of many groups.
pub(super) fn many(figure: Figure) -> Box<dyn GroupsAccumulator> {
    Box::new(Many { figure, groups: Vec::new(), held: 0 })
}

/// Terms of the sum and of the sum of squares, and how many values they are of.
pub(super) fn state_fields(name: &str) -> Vec<FieldRef> {
    let field = |part, data_type| Arc::new(Field::new(format_state_name(name, part), data_type, true));
    let terms = DataType::new_list(DataType::Float64, true);
    vec![field("terms", terms.clone()), field("squares", terms), field("count", DataType::UInt64)]
}

/// What the figures follow from.
#[derive(Debug, Clone, Default)]
struct Moments {
    count: u64,
    sum: ExactSum,
    /// Stays empty where no figure asks for it.
    squares: ExactSum,
}

impl Moments {
    fn add(&mut self, figure: Figure, value: f64) {
        self.count += 1;
        self.sum.add(value);
        if figure.squares() {
            self.squares.add_product(value, value);
        }
    }

    fn subtract(&mut self, figure: Figure, value: f64) {
        self.count = self.count.saturating_sub(1);
        self.sum.subtract(value);
        if figure.squares() {
            self.squares.subtract_product(value, value);
        }
    }

    /// (n Σx² - (Σx)²) / (n (n - 1)), or / n² of a population: the numerator is exact.
    fn variance(&self, sample: bool) -> Option<f64> {
        let count = self.count as f64;
        let divisor = if sample { count * (count - 1.0) } else { count * count };
        let mut numerator = ExactSum::default();
        for square in self.squares.terms() {
            numerator.add_product(count, square);
        }
        for one in self.sum.terms() {
            for other in self.sum.terms() {
                // Added, not taken away: an infinite term here does not undo one among the squares.
                numerator.add_product(-one, other);
            }
        }
        (divisor > 0.0).then(|| numerator.value() / divisor)
    }

    /// Adds what other values left: see [`state`].
    fn merge(&mut self, terms: &[f64], squares: &[f64], count: u64) {
        self.count += count;
        for term in terms {
            self.sum.add(*term);
        }
        for term in squares {
            self.squares.add(*term);
        }
    }

    fn held(&self) -> usize {
        self.sum.held() + self.squares.held()
    }
}

fn values_of(columns: &[ArrayRef]) -> Result<&Float64Array> {
    match columns.first().and_then(|column| column.as_primitive_opt::<Float64Type>()) {
        Some(values) => Ok(values),
        None => internal_err!("a figure of doubles was asked of something else"),
    }
}

/// The values that count. Zero is one value, with either sign.
fn counted<'a>(
    values: &'a Float64Array,
    filter: Option<&'a BooleanArray>,
) -> impl Iterator<Item = Option<f64>> + 'a {
    let counts = move |row: usize| filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
    values.iter().enumerate().map(move |(row, value)| value.filter(|_| counts(row)).map(|value| value + 0.0))
}

/// Reads what [`state`] wrote, row by row.
fn each_state(states: &[ArrayRef], mut f: impl FnMut(usize, &[f64], &[f64], u64)) -> Result<()> {
    let [terms, squares, counts] = states else {
        return internal_err!("a figure of doubles has three states");
    };
    let (terms, squares) = (terms.as_list::<i32>(), squares.as_list::<i32>());
    for (row, count) in counts.as_primitive::<UInt64Type>().iter().enumerate() {
        f(row, of_row(terms, row), of_row(squares, row), count.unwrap_or_default());
    }
    Ok(())
}

/// The doubles of a row, without an array for each.
fn of_row(lists: &ListArray, row: usize) -> &[f64] {
    let at = |place: usize| lists.value_offsets().get(place).and_then(|offset| usize::try_from(*offset).ok());
    let values = lists.values().as_primitive_opt::<Float64Type>();
    let range = at(row).zip(at(row + 1)).map(|(start, end)| start..end);
    values.zip(range).and_then(|(values, range)| values.values().get(range)).unwrap_or_default()
}

fn state<'a>(groups: impl Iterator<Item = &'a Moments>) -> Vec<ArrayRef> {
    let mut terms = ListBuilder::new(Float64Builder::new());
    let mut squares = ListBuilder::new(Float64Builder::new());
    let mut counts = Vec::new();
    for group in groups {
        terms.append_value(group.sum.terms().map(Some));
        squares.append_value(group.squares.terms().map(Some));
        counts.push(group.count);
    }
    vec![Arc::new(terms.finish()), Arc::new(squares.finish()), Arc::new(UInt64Array::from(counts))]
}

#[derive(Debug)]
struct One {
    figure: Figure,
    moments: Moments,
    /// The values as bits, if each counts only once.
    seen: Option<HashSet<u64>>,
}

impl One {
    fn add(&mut self, value: f64) {
        if self.seen.as_mut().is_none_or(|seen| seen.insert(value.to_bits())) {
            self.moments.add(self.figure, value);
        }
    }
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        counted(values_of(values)?, None).flatten().for_each(|value| self.add(value));
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values_of(values)?.iter().flatten().for_each(|value| self.moments.subtract(self.figure, value));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        self.seen.is_none()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.figure.of(&self.moments)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = match &self.seen {
            None => state(std::iter::once(&self.moments)),
            Some(seen) => {
                let mut values = ListBuilder::new(Float64Builder::new());
                values.append_value(seen.iter().map(|bits| Some(f64::from_bits(*bits))));
                let mut columns = state(std::iter::once(&Moments::default()));
                if let Some(terms) = columns.first_mut() {
                    *terms = Arc::new(values.finish());
                }
                columns
            }
        };
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        each_state(states, |_, terms, squares, count| {
            if self.seen.is_some() {
                return terms.iter().for_each(|value| self.add(*value));
            }
            self.moments.merge(terms, squares, count);
        })
    }

    fn size(&self) -> usize {
        let seen = self.seen.as_ref().map_or(0, HashSet::capacity);
        size_of_val(self) + self.moments.held() + seen * 2 * size_of::<u64>()
    }
}

struct Many {
    figure: Figure,
    groups: Vec<Moments>,
    /// Bytes of the sums, at the end of the last batch.
    held: usize,
}

impl Many {
    fn grown(&mut self, groups: usize) {
        self.groups.resize_with(groups, Moments::default);
    }

    fn emitted(&mut self, emit_to: EmitTo) -> Vec<Moments> {
        let emitted = emit_to.take_needed(&mut self.groups);
        self.held = self.held.saturating_sub(emitted.iter().map(Moments::held).sum());
        emitted
    }
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grown(total_num_groups);
        for (value, group) in counted(values_of(values)?, opt_filter).zip(group_indices) {
            if let Some(value) = value
                && let Some(moments) = self.groups.get_mut(*group)
            {
                let before = moments.held();
                moments.add(self.figure, value);
                self.held = (self.held + moments.held()).saturating_sub(before);
            }
        }
        Ok(())
    }

    fn merge_batch(
        &mut self,
        states: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grown(total_num_groups);
        let (groups, held) = (&mut self.groups, &mut self.held);
        each_state(states, |row, terms, squares, count| {
            let Some(moments) = group_indices.get(row).and_then(|group| groups.get_mut(*group)) else {
                return;
            };
            let before = moments.held();
            moments.merge(terms, squares, count);
            *held = (*held + moments.held()).saturating_sub(before);
        })
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = self.emitted(emit_to);
        let figures: Float64Array = groups.iter().map(|moments| self.figure.of(moments)).collect();
        Ok(Arc::new(figures))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(state(self.emitted(emit_to).iter()))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let alone = |value: Option<f64>| {
            let mut moments = Moments::default();
            if let Some(value) = value {
                moments.add(self.figure, value);
            }
            moments
        };
        let groups: Vec<Moments> = counted(values_of(values)?, opt_filter).map(alone).collect();
        Ok(state(groups.iter()))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Moments>() + self.held
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::datasource::MemTable;
    use datafusion::prelude::{SessionConfig, SessionContext};
    use proptest::prelude::*;

    async fn answer(rows: &[(i64, Option<f64>)], batch: usize, parts: usize, sql: &str) -> String {
        let config = SessionConfig::new().with_target_partitions(parts).with_batch_size(batch);
        let context = SessionContext::new_with_config(config);
        super::super::register(&context).unwrap();
        let groups: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0)));
        let values: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<Float64Array>());
        let whole =
            RecordBatch::try_from_iter_with_nullable([("k", groups, true), ("x", values, true)]).unwrap();
        let batches: Vec<RecordBatch> =
            (0..rows.len()).step_by(batch).map(|row| whole.slice(row, batch.min(rows.len() - row))).collect();
        let mut divided = vec![Vec::new(); parts];
        for (number, batch) in batches.into_iter().enumerate() {
            divided[number % parts].push(batch);
        }
        context.register_table("t", Arc::new(MemTable::try_new(whole.schema(), divided).unwrap())).unwrap();
        let rows = context.sql(sql).await.unwrap().collect().await.unwrap();
        pretty_format_batches(&rows).unwrap().to_string()
    }

    const FIGURES: &str = "sum(x) as s, avg(x) as a, mean(x) as m, var(x) as v, var_samp(x) as vs, var_pop(x) as vp, \
                           stddev(x) as d, stddev_pop(x) as dp, sum(distinct x) as sd, avg(distinct x) as ad, \
                           sum(x) filter (where x > 0) as f";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn neither_order_nor_threads_change_a_digit(
            rows in prop::collection::vec((0_i64..4, prop::option::of(-1e9_f64..1e9)), 1..80),
            batch in 1_usize..9,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let backwards: Vec<_> = rows.iter().rev().copied().collect();
            for sql in [
                format!("select k, {FIGURES} from t group by k order by k"),
                format!("select {FIGURES} from t"),
                "select k, x, sum(x) over w as s, avg(x) over w as a from t \
                 window w as (order by x rows between 3 preceding and current row) order by x, k".to_owned(),
            ] {
                let one = runtime.block_on(answer(&rows, 1000, 1, &sql));
                let other = runtime.block_on(answer(&backwards, batch, 3, &sql));
                // A frame of rows has no one order among NULLs.
                if !sql.contains("over w") || rows.iter().all(|row| row.1.is_some()) {
                    prop_assert_eq!(one, other);
                }
            }
        }
    }

    #[tokio::test]
    async fn an_infinite_value_leaves_no_finite_figure() {
        let rows = [(1, Some(1.0)), (1, Some(f64::INFINITY))];
        let sql = "select sum(x) as s, avg(x) as a, var(x) as v, stddev_pop(x) as d from t";
        insta::assert_snapshot!(answer(&rows, 2, 1, sql).await, @r#"
+-----+-----+-----+-----+
| s   | a   | v   | d   |
+-----+-----+-----+-----+
| inf | inf | NaN | NaN |
+-----+-----+-----+-----+
"#);
    }

    /// By hand: 2, 4, 4, 4, 5, 5, 7, 9 have the mean 5, the squares 232, so Σ(x - 5)² = 32.
    #[tokio::test]
    async fn figures_are_those_of_the_formulas() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let rows: Vec<_> = values.iter().map(|value| (1, Some(*value))).chain([(1, None)]).collect();
        let sql = "select sum(x), avg(x), var_pop(x), stddev_pop(x), var_samp(x) * 7, sum(distinct x), avg(distinct x) from t";
        insta::assert_snapshot!(answer(&rows, 2, 3, &sql.replace("avg(distinct x)", "avg(distinct x) as a")).await, @r#"
+----------+----------+--------------+-----------------+--------------------------+-------------------+-----+
| sum(t.x) | avg(t.x) | var_pop(t.x) | stddev_pop(t.x) | var_samp(t.x) * Int64(7) | sum(DISTINCT t.x) | a   |
+----------+----------+--------------+-----------------+--------------------------+-------------------+-----+
| 40.0     | 5.0      | 4.0          | 2.0             | 32.0                     | 27.0              | 5.4 |
+----------+----------+--------------+-----------------+--------------------------+-------------------+-----+
"#);
        let sql = "select sum(x), avg(x), var_pop(x), var_samp(x), stddev(x) from t where x > 8";
        insta::assert_snapshot!(answer(&rows, 2, 1, sql).await, @r#"
+----------+----------+--------------+---------------+-------------+
| sum(t.x) | avg(t.x) | var_pop(t.x) | var_samp(t.x) | stddev(t.x) |
+----------+----------+--------------+---------------+-------------+
| 9.0      | 9.0      | 0.0          |               |             |
+----------+----------+--------------+---------------+-------------+
"#);
        let sql = "select sum(x), avg(x), var_pop(x), var_samp(x), stddev(x) from t where x > 10";
        insta::assert_snapshot!(answer(&rows, 2, 1, sql).await, @r#"
+----------+----------+--------------+---------------+-------------+
| sum(t.x) | avg(t.x) | var_pop(t.x) | var_samp(t.x) | stddev(t.x) |
+----------+----------+--------------+---------------+-------------+
|          |          |              |               |             |
+----------+----------+--------------+---------------+-------------+
"#);
    }
}
