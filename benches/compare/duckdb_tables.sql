-- The tables of sql/*.sql, for DuckDB, as of getvariable('as_of') from the files of getvariable('files').
--
-- The queries follow those of the product, and differ where DuckDB is faster another way. What was tried is
-- said where it was tried, with the seconds of one core that it took for 4 million rows.

-- The rows that only the rule `duplicate` can set aside, and that lie on or before the as-of date.
--
-- The business day: Asia/Shanghai has been UTC+8 since 1991, so that whole days of microseconds will do (0.9
-- s, scan included). `(occurred_at at time zone 'Asia/Shanghai')::date` is right for any zone, and takes 1.5
-- s; adding an interval to a timestamp takes as much. `midnight` is the end of the as-of date; it is before
-- 2099 (`time_outside`), and a time that is NULL (`no_time`) is not before it.
create temp table kept as
select
    customer_id,
    transaction_id,
    line_no,
    occurred_at,
    make_date(((epoch_us(occurred_at) + 28800000000) // 86400000000)::integer) as day,
    quantity,
    amount,
    hash(transaction_id) as transaction_hash
from read_parquet(getvariable('files'))
where
    customer_id is not null
    and occurred_at < getvariable('midnight')
    and amount is not null
    and amount <> 0
    and not (amount < 0 and transaction_id like 'T%');

-- The rule `duplicate`, and the transactions of several rows.
--
-- Hardly any transaction has a second row. One that has none is neither a duplicate nor needs to be grouped:
-- only the few others are treated as the rule and the query say. They are found by hashes of 8 bytes: two
-- transactions that share one are among the few for nothing, and no result is wrong.
--
-- Down to `per_day`: 4.4 s this way, 5.0 s when the files are read twice instead of keeping `kept` (and 10 %
-- less memory). The plain ways take as long to get as far as transactions, before they are grouped by day:
-- row_number() over all rows 4.9 s; min(row(...)) grouped by key 4.6 s; the repeated keys first, by text or
-- by hash, 4.0 s.
create temp table several as
select transaction_hash from kept group by transaction_hash having count(*) > 1;

create temp table per_day as
with once as (
    select *
    from kept
    semi join several using (transaction_hash)
    qualify
        row_number() over (
            partition by transaction_id, line_no order by customer_id, occurred_at, amount, quantity
        ) = 1
),

per_transaction as (
    select
        customer_id,
        day,
        (amount >= 0)::integer as orders,
        quantity::bigint as units,
        amount::decimal(18, 2) as revenue,
        case when amount < 0 then -amount else 0 end::decimal(18, 2) as returns
    from kept
    anti join several using (transaction_hash)
    union all
    select
        customer_id,
        day,
        (max(amount) >= 0)::integer as orders,
        sum(quantity)::bigint as units,
        sum(amount)::decimal(18, 2) as revenue,
        sum(case when amount < 0 then -amount else 0 end)::decimal(18, 2) as returns
    from once
    group by customer_id, day, transaction_id
)

select
    customer_id,
    day,
    count(*)::integer as transactions,
    sum(orders)::integer as orders,
    sum(units)::decimal(18, 3) as units,
    sum(revenue)::decimal(18, 2) as revenue,
    sum(revenue + returns)::decimal(18, 2) as sales,
    sum(returns)::decimal(18, 2) as returns
from per_transaction
group by customer_id, day;

drop table kept;

-- Days without an order have no gap, and are left out of the window: 1.5 s. `ignore nulls` over all days
-- takes 1.7 s, as does a partition by customer and `orders > 0`; sorting the table first 3.0 s; one window
-- over all rows, and not one a customer, 2.3 s.
create temp table customer_day as
select *, day - lag(day) over (partition by customer_id order by day) as gap_days
from per_day
where orders > 0
union all
select *, null as gap_days
from per_day
where orders = 0;

drop table per_day;

-- Both quantiles from one list: 0.6 s; one by one 0.8 s; sorted lists 0.9 s. Gaps are whole days, so that a
-- 90th percentile is a whole number of tenths: rounding takes off what doubles add, on which `late` would
-- turn where the recency equals it.
create temp table customer_summary as
with per_customer as (
    select
        customer_id,
        coalesce(min(day) filter (orders > 0), min(day)) as first_day,
        coalesce(max(day) filter (orders > 0), max(day)) as last_day,
        min(day) filter (gap_days is not null or orders >= 2) as second_day,
        sum(transactions)::bigint as transactions,
        sum(orders)::bigint as orders,
        count(*) filter (orders > 0) as active_days,
        sum(revenue)::decimal(18, 2) as revenue,
        sum(sales)::decimal(18, 2) as sales,
        sum(returns)::decimal(18, 2) as returns,
        count(gap_days) as repeat_days,
        sum(revenue) filter (gap_days is not null) as repeat_revenue,
        quantile_cont(gap_days::double, [0.5, 0.9]) as gaps,
        coalesce(sum(revenue) filter (day > getvariable('as_of') - 365), 0)::decimal(18, 2) as revenue_12m
    from customer_day
    group by customer_id
)

select
    customer_id,
    first_day,
    last_day,
    second_day,
    transactions,
    orders,
    active_days,
    revenue,
    sales,
    returns,
    exact_quotient(revenue, orders) as average_order,
    getvariable('as_of') - first_day as tenure_days,
    getvariable('as_of') - last_day as recency_days,
    last_day - first_day as span_days,
    repeat_days,
    exact_quotient(repeat_revenue, repeat_days) as mean_repeat_spend,
    gaps[1] as median_gap_days,
    round(gaps[2], 1) as p90_gap_days,
    revenue_12m
from per_customer
order by customer_id;

create temp table customer_rank as
with totals as (
    select count(*) as customers, sum(revenue) as revenue from customer_summary
),

ranked as (
    select
        customer_id,
        revenue,
        row_number() over best as value_rank,
        sum(revenue) over (best rows between unbounded preceding and current row) as cumulative,
        -- Of customers with equal revenue all are as good as the first of them.
        sum(revenue) over (order by revenue desc) - sum(revenue) over (partition by revenue) as total_better,
        rank() over (order by revenue desc) - 1 as better,
        rank() over (order by revenue) - 1 as worse
    from customer_summary
    window best as (order by revenue desc, customer_id)
)

select
    customer_id,
    ranked.revenue,
    value_rank,
    case when totals.revenue > 0 then cumulative::double / totals.revenue::double end as cumulative_share,
    case
        when totals.revenue <= 0 then 'C'
        when total_better * 100 < totals.revenue * 80 then 'A'
        when total_better * 100 < totals.revenue * 95 then 'B'
        else 'C'
    end as class,
    case when better + worse = 0 then 5 else greatest(10 - 10 * worse // (better + worse), 1) end as decile
from ranked
cross join totals
order by customer_id;

create temp table concentration as
with totals as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        case when sum(revenue) > 0 then sum(revenue)::double end as base
    from customer_summary
),

sums as (
    select
        customers,
        totals.revenue,
        base,
        (customers + 4) // 5 as top20_customers,
        count(*) filter (ranks.revenue < 0) as customers_negative,
        count(*) filter (ranks.revenue = 0) as customers_zero,
        count(*) filter (before_it * 100 < totals.revenue * 80) as customers_for_80,
        sum(ranks.revenue) filter (value_rank <= (customers + 4) // 5) as top20_revenue,
        sum(ranks.revenue) filter (value_rank <= 1) as top1_revenue,
        sum(ranks.revenue) filter (value_rank <= 5) as top5_revenue,
        sum(ranks.revenue) filter (value_rank <= 10) as top10_revenue,
        sum((customers + 1 - value_rank) * ranks.revenue::decimal(28, 2)) as places_times_revenue,
        sum(pow(ranks.revenue::double / base, 2)::decimal(38, 18)) as hhi
    from (select *, sum(revenue) over (order by value_rank) - revenue as before_it from customer_rank) as ranks
    cross join totals
    group by customers, totals.revenue, base
)

select
    customers,
    customers_negative,
    customers_zero,
    revenue,
    top20_customers,
    top20_revenue,
    top20_revenue::double / base as top20_share,
    2 * places_times_revenue::double / (customers::double * base)
        - (customers::double + 1) / customers::double as gini,
    hhi::double as hhi,
    case when base is not null then customers_for_80 end as customers_for_80,
    case when base is not null then customers_for_80::double / customers end as customers_for_80_share,
    top1_revenue::double / base as top1_share,
    top5_revenue::double / base as top5_share,
    top10_revenue::double / base as top10_share
from sums;

create temp table lorenz as
with points as (
    select k, (customers * k + 99) // 100 as value_rank, revenue
    from range(0, 101) as steps (k)
    cross join concentration
)

select
    k::double / 100 as customer_share,
    case when points.revenue <= 0 then null when k = 0 then 0 else cumulative_share end as revenue_share
from points
left join customer_rank using (value_rank)
order by k;

create temp table rfm as
with population as (
    select count(*) as n from customer_summary
),

-- A score is 1 + floor(5 x worse / (worse + better)), 5 at most, and 3 where all are alike.
recency_scores as (
    select
        recency_days,
        least(5, 1 + coalesce(
            5 * (sum(count(*)) over (order by recency_days desc) - count(*)) // nullif(max(n) - count(*), 0), 2
        )) as r
    from customer_summary
    cross join population
    group by recency_days
),

frequency_scores as (
    select
        orders,
        least(5, 1 + coalesce(
            5 * (sum(count(*)) over (order by orders) - count(*)) // nullif(max(n) - count(*), 0), 2
        )) as f
    from customer_summary
    cross join population
    group by orders
)

select
    customer_id,
    recency_days,
    orders as frequency,
    revenue as monetary,
    r::bigint as r,
    f::bigint as f,
    least(5, 1 + coalesce(
        5 * (rank() over (order by revenue) - 1) // nullif(n - count(*) over (partition by revenue), 0), 2
    )) as m
from customer_summary
cross join population
inner join recency_scores using (recency_days)
inner join frequency_scores using (orders)
order by customer_id;

create temp table rfm_bins as
with counted as (
    select 'r' as measure, r as score, count(*) as customers, min(recency_days)::decimal(38, 6) as lowest,
        max(recency_days)::decimal(38, 6) as highest
    from rfm group by r
    union all
    select 'f', f, count(*), min(frequency)::decimal(38, 6), max(frequency)::decimal(38, 6) from rfm group by f
    union all
    select 'm', m, count(*), min(monetary)::decimal(38, 6), max(monetary)::decimal(38, 6) from rfm group by m
)

select measure, score, coalesce(customers, 0) as customers, lowest, highest
from (values ('r', 1), ('f', 2), ('m', 3)) as measures (measure, measure_order)
cross join range(1, 6) as scores (score)
left join counted using (measure, score)
order by measure_order, score;

create temp table monthly as
with customer_month as (
    select
        customer_id,
        date_trunc('month', day)::date as month,
        sum(revenue) as revenue,
        sum(sales) as sales,
        sum(returns) as returns,
        sum(orders)::bigint as orders,
        count(*) filter (orders > 0 and gap_days is null) as first_days,
        max(gap_days) as longest_gap
    from customer_day
    group by customer_id, date_trunc('month', day)::date
),

activity as (
    select
        month,
        sum(revenue) as revenue,
        sum(sales) as sales,
        sum(returns) as returns,
        sum(orders)::bigint as orders,
        count(*) filter (orders > 0) as active,
        count(*) filter (first_days > 0) as new,
        count(*) filter (first_days = 0 and longest_gap >= 180) as reactivated
    from customer_month
    group by month
),

silent_days as (
    select day - (gap_days - 180)::integer as day from customer_day where gap_days >= 180
    union all
    select last_day + 180 as day from customer_summary where orders > 0 and recency_days >= 180
),

losses as (
    select date_trunc('month', day)::date as month, count(*) as fell_silent from silent_days group by all
),

months as (
    select
        unnest(generate_series(
            (select date_trunc('month', min(day)) from customer_day),
            date_trunc('month', getvariable('as_of')),
            interval 1 month
        ))::date as month
)

select
    month,
    last_day(month) <= getvariable('as_of') as complete,
    coalesce(revenue, 0)::decimal(38, 2) as revenue,
    coalesce(sales, 0)::decimal(38, 2) as sales,
    coalesce(returns, 0)::decimal(38, 2) as returns,
    coalesce(orders, 0) as orders,
    coalesce(active, 0) as active,
    coalesce(new, 0) as new,
    coalesce(active - new - reactivated, 0) as "returning",
    coalesce(reactivated, 0) as reactivated,
    coalesce(fell_silent, 0) as fell_silent,
    exact_quotient(revenue, orders) as average_order
from months
left join activity using (month)
left join losses using (month)
order by month;

create temp table cohorts as
with members as (
    select customer_id, date_trunc('month', first_day)::date as cohort
    from customer_summary
    where orders > 0 and first_day >= date_trunc('month', getvariable('as_of')) - interval 23 months
),

sizes as (
    select cohort, count(*) as size from members group by cohort
),

customer_month as (
    select
        cohort,
        customer_id,
        greatest(date_trunc('month', day)::date, cohort) as month,
        sum(orders)::bigint as orders,
        sum(revenue) as revenue
    from customer_day
    inner join members using (customer_id)
    group by all
),

activity as (
    select cohort, month, count(*) filter (orders > 0) as active, sum(revenue) as revenue
    from customer_month
    group by cohort, month
),

months as (
    select
        cohort,
        size,
        unnest(
            generate_series(cohort, date_trunc('month', getvariable('as_of')), interval 1 month)
        )::date as month
    from sizes
),

aged as (
    select
        cohort,
        date_diff('month', cohort, month) as age,
        month,
        size,
        coalesce(active, 0) as active,
        coalesce(revenue, 0)::decimal(38, 2) as revenue
    from months
    left join activity using (cohort, month)
)

select
    cohort,
    age,
    size,
    active,
    active::double / size::double as retention,
    last_day(month) <= getvariable('as_of') as complete,
    revenue,
    exact_quotient(sum(revenue) over (partition by cohort order by age), size) as cumulative_revenue
from aged
order by cohort, age;

create temp table churn as
with rhythms as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        case when active_days >= 3 then median_gap_days end as own_gap,
        case when active_days >= 3 then p90_gap_days end as own_limit,
        median_gap_days as any_gap,
        p90_gap_days as any_limit
    from customer_summary
),

population as (
    select
        coalesce(median(own_gap), median(any_gap)) as gap,
        coalesce(median(own_limit), median(any_limit)) as gap_limit
    from rhythms
),

gaps as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        case when gap is not null then greatest(coalesce(own_gap, gap), 7) end as gap_days,
        case when gap is not null then greatest(coalesce(own_limit, gap_limit), 7) end as gap_limit
    from rhythms
    cross join population
),

judged as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        gap_days,
        recency_days::double / gap_days as lateness,
        gap_limit is not null and recency_days::double > gap_limit as late,
        case when lateness > 6 then 4 when lateness > 3 then 3 when lateness > 1.5::double then 2 else 1 end
            as status_order
    from gaps
)

select
    customer_id,
    recency_days,
    gap_days,
    lateness,
    late,
    case status_order when 1 then 'active' when 2 then 'cooling' when 3 then 'at_risk' else 'lost' end
        as status,
    status_order,
    revenue_12m,
    case when status_order >= 3 and revenue_12m > 0 then revenue_12m else 0 end::decimal(18, 2)
        as revenue_at_risk
from judged
order by customer_id;

create temp table churn_summary as
with counted as (
    select
        class,
        status,
        count(*) as customers,
        sum(revenue_12m) as revenue_12m,
        sum(revenue_at_risk) as revenue_at_risk
    from churn
    inner join customer_rank using (customer_id)
    group by class, status
)

select
    class,
    status,
    statuses.status_order,
    coalesce(customers, 0) as customers,
    coalesce(revenue_12m, 0)::decimal(38, 2) as revenue_12m,
    coalesce(revenue_at_risk, 0)::decimal(38, 2) as revenue_at_risk
from (values ('A'), ('B'), ('C')) as classes (class)
cross join (
    values ('active', 1), ('cooling', 2), ('at_risk', 3), ('lost', 4)
) as statuses (status, status_order)
left join counted using (class, status)
order by class, status_order;

-- The distinct histories on which BG/NBD is fitted.
create temp table cells as
select repeat_days as x, span_days as t_x, tenure_days as t, count(*) as customers
from customer_summary
where active_days > 0
group by x, t_x, t
order by x, t_x, t;
