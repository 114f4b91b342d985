-- Grain: one row per industry and place, the first $key_accounts_leaders; industries in the order of their revenue.
--
-- industry         as in key_accounts_industries
-- place            1 has the most revenue of the last 365 days; ties go by id
-- customer_id      text
-- account_manager  who is in charge; NULL where nobody is known
-- revenue_12m      money
-- share            of the industry's revenue
--
-- Parameters: $key_accounts_leaders.
-- $key_accounts_leaders must be a whole number of 1 or more
with named as (
    select customer_id, max(trim(industry)) as industry
    from customers
    where trim(industry) <> ''
    group by customer_id
),

placed as (
    select
        named.industry,
        row_number() over (
            partition by named.industry order by customer_summary.revenue_12m desc, named.customer_id
        ) as place,
        named.customer_id,
        customer_summary.revenue_12m
    from named
    inner join customer_summary on named.customer_id = customer_summary.customer_id
    where customer_summary.revenue_12m > 0
)

select
    placed.industry,
    cast(placed.place as bigint) as place,
    placed.customer_id,
    in_charge.account_manager,
    placed.revenue_12m,
    cast(placed.revenue_12m as double) / cast(industries.revenue_12m as double) as share
from placed
inner join key_accounts_industries as industries on placed.industry = industries.industry
left join in_charge on placed.customer_id = in_charge.customer_id
where placed.place <= cast($key_accounts_leaders as bigint)
order by industries.revenue_12m desc, placed.industry, placed.place
