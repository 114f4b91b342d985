//! `struct['field']`, where a field of a NULL struct is NULL.
//!
//! The engine's own takes the field as it lies, without a look at the struct: `(case when ... then s end)['count']` would
//! be the count of what was left out, as `case` marks the struct alone as NULL.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::{is_null, nullif};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::functions::core::get_field;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExpressionPlacement, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};

/// `get_field(struct, name, ...)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct GetField {
    engine: Arc<ScalarUDF>,
}

impl GetField {
    pub(super) fn new() -> Self {
        Self { engine: get_field() }
    }
}

impl ScalarUDFImpl for GetField {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.engine.inner().schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.engine.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.engine.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.engine.coerce_types(types)
    }

    fn placement(&self, args: &[ExpressionPlacement]) -> ExpressionPlacement {
        self.engine.inner().placement(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut values = args.args.iter().cloned();
        let Some(mut value) = values.next() else { return self.engine.invoke_with_args(args) };
        for name in values {
            let whole = ColumnarValue::values_to_arrays(std::slice::from_ref(&value))?.swap_remove(0);
            let one = ScalarFunctionArgs {
                args: vec![value, name],
                arg_fields: args.arg_fields.clone(),
                number_rows: args.number_rows,
                return_field: Arc::clone(&args.return_field),
                config_options: Arc::clone(&args.config_options),
            };
            // Not by way of the function's wrapper, which expects the type of the last field.
            value = of_whole(&whole, self.engine.inner().invoke_with_args(one)?)?;
        }
        Ok(value)
    }
}

/// A field's values, NULL where the struct is.
fn of_whole(whole: &ArrayRef, field: ColumnarValue) -> Result<ColumnarValue> {
    match field {
        ColumnarValue::Array(field)
            if matches!(whole.data_type(), DataType::Struct(_)) && whole.null_count() > 0 =>
        {
            Ok(ColumnarValue::Array(nullif(&field, &is_null(whole)?)?))
        }
        field => Ok(field),
    }
}

/// Puts our function in the place of the engine's, which `[...]` in SQL means.
#[derive(Debug)]
pub struct TrueFields(Arc<ScalarUDF>);

impl TrueFields {
    /// The rewrite, to be registered in a session.
    pub fn new() -> Self {
        Self(Arc::new(ScalarUDF::from(GetField::new())))
    }
}

impl FunctionRewrite for TrueFields {
    fn name(&self) -> &'static str {
        "true_fields"
    }

    fn rewrite(&self, expr: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        match expr {
            Expr::ScalarFunction(call) if *call.func == *get_field() => {
                Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction {
                    func: Arc::clone(&self.0),
                    args: call.args,
                })))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}
