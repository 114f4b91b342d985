-- Grain: one row per person with a lead or an opportunity on or before $as_of, who had not ordered before the first of them.
--
-- customer_id     text: a person may have an id before the first order
-- first_day       the first lead or opportunity
-- had_opportunity whether there was an opportunity on or before $as_of
-- ordered_on      the first order; NULL without one
-- stage_order     as in lifecycle; NULL without an order
--
-- Parameters: $as_of.
with entries as (
    select
        customer_id,
        min(occurred_at) as first_day,
        bool_or(kind = 'opportunity') as had_opportunity
    from interactions
    where kind in ('lead', 'opportunity') and customer_id is not null and occurred_at <= $as_of
    group by customer_id
)

select
    entries.customer_id,
    entries.first_day,
    entries.had_opportunity,
    case when customer_summary.orders > 0 then customer_summary.first_day end as ordered_on,
    lifecycle.stage_order
from entries
left join customer_summary on entries.customer_id = customer_summary.customer_id
left join lifecycle on entries.customer_id = lifecycle.customer_id
where not coalesce(customer_summary.orders > 0 and customer_summary.first_day < entries.first_day, false)
