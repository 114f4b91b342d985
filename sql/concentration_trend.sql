-- Grain: one row per month, the last 13 up to the month of $as_of, as far as history reaches. Each row is what
-- `concentration` would say at the end of that month ($as_of in the last one): all revenue from the first day
-- of history on.
--
-- month        its first day
-- customers    of any row until then
-- revenue      money until then
-- top20_share  share of revenue of the best fifth of customers, rounded up
-- gini         of revenue
--
-- Shares and gini are NULL where revenue is not above zero in total.
--
-- Parameters: $as_of.

-- The last 13 months by number, 0 to 12; everything before them counts to month 0.
with customer_month as (
    select
        customer_id,
        greatest(
            12 - cast(
                (extract(year from cast($as_of as date)) - extract(year from day)) * 12
                + extract(month from cast($as_of as date)) - extract(month from day) as bigint
            ),
            0
        ) as place,
        sum(revenue) as revenue
    from customer_day
    where day <= $as_of
    group by customer_id, place
),

-- Revenue to date, which stands until the customer's next month.
to_date as (
    select
        place,
        sum(revenue) over (
            partition by customer_id order by place rows between unbounded preceding and current row
        ) as revenue,
        lead(place, 1, 13) over (partition by customer_id order by place) as next_place
    from customer_month
),

places as (
    select unnest(range(0, 13)) as place
),

standing as (
    select places.place, to_date.revenue
    from to_date
    inner join places on places.place >= to_date.place and places.place < to_date.next_place
),

totals as (
    select
        place,
        count(*) as customers,
        sum(revenue) as revenue,
        sum(count(*)) over (order by place) - count(*) as customers_of_earlier_places
    from standing
    group by place
),

-- One window over all months, not one a month: it is many times faster.
numbered as (
    select place, revenue, cast(row_number() over (order by place, revenue desc) as bigint) as number
    from standing
),

months as (
    select
        unnest(range(0, 13)) as place,
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month
),

ranked as (
    select
        totals.place,
        totals.customers,
        totals.revenue as total,
        numbered.revenue,
        numbered.number - totals.customers_of_earlier_places as value_rank
    from numbered
    inner join totals on numbered.place = totals.place
),

sums as (
    select
        place,
        customers,
        total as revenue,
        case when total > 0 then cast(total as double) end as base,
        sum(case when value_rank <= (customers + 4) / 5 then revenue end) as top20_revenue,
        sum((customers + 1 - value_rank) * revenue) as places_times_revenue
    from ranked
    group by place, customers, total
)

select
    months.month,
    customers,
    revenue,
    cast(top20_revenue as double) / base as top20_share,
    2 * cast(places_times_revenue as double) / (cast(customers as double) * base)
        - (cast(customers as double) + 1) / cast(customers as double) as gini
from sums
inner join months on sums.place = months.place
order by months.month
