//! SQL gives the same figures as the model, to the last bit, whatever other rows are in the batch.

use arrow::array::{Int32Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::analysis::clv::Repurchase;
use crate::analysis::clv::purchases::PurchaseModel;

/// Two sets of parameters, in turn: one model of a batch must not be used for another.
const PARAMETERS: [[f64; 5]; 2] = [[0.7, 4.0, 0.9, 2.5, 3.0], [1.3, 30.0, 0.4, 9.0, 2.0]];

const HORIZON: f64 = 26.0;

/// x, tₓ and t, and which parameters. Some customers have whole weeks, and many of these are alike; some have any time.
type Customer = (i32, f64, f64, usize);

fn customers(count: usize) -> Vec<Customer> {
    let mut chance = ChaCha8Rng::seed_from_u64(11);
    (0..count)
        .map(|_| {
            let most = [1, 5, 300][chance.random_range(0..3)];
            let (x, t) = (chance.random_range(0..=most), 100.0 * chance.random::<f64>());
            let t = if chance.random() { t.ceil() } else { t };
            let t_x = (t * chance.random::<f64>()).ceil().min(t);
            (x, if x == 0 { 0.0 } else { t_x }, t, chance.random_range(0..2))
        })
        .collect()
}

fn table(customers: &[Customer]) -> RecordBatch {
    let times = |of: fn(&Customer) -> f64| -> ArrayRef {
        Arc::new(customers.iter().map(|customer| Some(of(customer))).collect::<Float64Array>())
    };
    let counts = |of: fn(&Customer) -> i32| -> ArrayRef {
        Arc::new(customers.iter().map(|customer| Some(of(customer))).collect::<Int32Array>())
    };
    let rows = i32::try_from(customers.len()).unwrap();
    RecordBatch::try_from_iter([
        ("customer", Arc::new(Int32Array::from_iter_values(0..rows)) as ArrayRef),
        ("x", counts(|customer| customer.0)),
        ("t_x", times(|customer| customer.1)),
        ("t", times(|customer| customer.2)),
        ("which", counts(|customer| i32::try_from(customer.3).unwrap())),
    ])
    .unwrap()
}

/// P(alive) and expected purchases of each customer, in order; the functions get `rows` rows at a time.
fn scored(customers: &RecordBatch, kind: PurchaseModel, rows: usize) -> Vec<[u64; 2]> {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
    for function in all() {
        context.register_udf(datafusion::logical_expr::ScalarUDF::from(function));
    }
    let pieces = (0..customers.num_rows()).step_by(rows);
    let pieces = pieces.map(|at| customers.slice(at, rows.min(customers.num_rows() - at))).collect();
    let table = MemTable::try_new(customers.schema(), vec![pieces]).unwrap();
    context.register_table("customers", Arc::new(table)).unwrap();
    let parameters: String = (0..kind.symbols().len())
        .map(|at| {
            let [one, other] = PARAMETERS.map(|parameters| parameters[at]);
            format!(", case when which = 0 then {one:?} else {other:?} end")
        })
        .collect();
    let key = kind.key();
    let sql = format!(
        "select customer, {key}_p_alive(x, t_x, t{parameters}) as p_alive,
            {key}_expected_purchases(x, t_x, t, {HORIZON:?}{parameters}) as purchases from customers"
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let batches = runtime.block_on(async { context.sql(&sql).await.unwrap().collect().await.unwrap() });
    let mut scores = vec![[0; 2]; customers.num_rows()];
    for batch in batches {
        let customers = batch.column(0).as_primitive::<arrow::datatypes::Int32Type>();
        let [alive, purchases] = [1, 2].map(|at| batch.column(at).as_primitive::<Float64Type>());
        for (row, customer) in customers.values().iter().enumerate() {
            let found = [alive, purchases].map(|scores| scores.value(row).to_bits());
            scores[usize::try_from(*customer).unwrap()] = found;
        }
    }
    scores
}

#[test]
fn sql_says_what_the_model_says_in_any_company() {
    let customers = customers(3000);
    let table = table(&customers);
    let mut shuffled: Vec<u32> = (0..3000).collect();
    shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(12));
    let shuffled = take_record_batch(&table, &UInt32Array::from(shuffled)).unwrap();
    for kind in PurchaseModel::ALL {
        let models = PARAMETERS
            .map(|parameters| kind.with_parameters(&parameters[..kind.symbols().len()], 1.0).unwrap());
        let expected: Vec<[u64; 2]> = customers
            .iter()
            .map(|(x, t_x, t, which)| {
                let (model, x) = (&models[*which], u32::try_from(*x).unwrap());
                let figures = [model.p_alive(x, *t_x, *t), model.expected_purchases(x, *t_x, *t, HORIZON)];
                figures.map(f64::to_bits)
            })
            .collect();
        for (rows, table) in [(8192, &table), (8192, &shuffled), (100, &shuffled), (1, &table)] {
            let found = scored(table, kind, rows);
            let differs = found.iter().zip(&expected).position(|(found, expected)| found != expected);
            assert_eq!(differs.map(|at| customers[at]), None, "{} of {rows} rows at once", kind.key());
        }
    }
}
