-- Grain: one row, the figure that the section on value leads with; none where nothing is predicted. It is what
-- customers are predicted to be worth after costs, where the pipeline knows costs (the module equity), else predicted
-- value.
--
-- after_costs  whether costs are taken off
-- customers    with a prediction
-- value        money over the longest horizon, discounted
-- low, high    money: as far off as forecasts of the past were; without such tests the model's own ends. NULL where
--              nobody knows, and where forecasts were too far off
-- level        share of cases in which it is to lie between these
-- windows      past windows that gave the ends; NULL where there are none
-- days         the longest horizon
--
-- Past errors are errors of orders. What goes with orders (revenue, cost of goods and service) is off by as much; the
-- cost of marketing, which goes with time, is not.
--
-- Parameters: none.
with forecast as (
    select
        horizon_days,
        level,
        windows,
        cast(case when windows is null then coalesce(tested_low, low) else tested_low end as double)
        / nullif(cast(expected as double), 0) as low,
        cast(case when windows is null then coalesce(tested_high, high) else tested_high end as double)
        / nullif(cast(expected as double), 0) as high
    from clv_forecast
    where figure = 'value'
    order by horizon_days desc
    limit 1
),

leads as (
    select
        value_after_costs.value is not null as after_costs,
        value_summary.customers,
        coalesce(value_after_costs.value, value_summary.equity) as value,
        coalesce(value_after_costs.with_orders, value_summary.equity) as with_orders,
        value_summary.horizon_days as days
    from value_summary
    left join value_after_costs on true
    where value_summary.equity is not null
)

select
    leads.after_costs,
    leads.customers,
    leads.value,
    leads.value + cast(cast(leads.with_orders as double) * (forecast.low - 1) as decimal(38, 6)) as low,
    leads.value + cast(cast(leads.with_orders as double) * (forecast.high - 1) as decimal(38, 6)) as high,
    forecast.level,
    forecast.windows,
    leads.days
from leads
left join forecast on true
