-- Grain: one row per quarter, four; none where nobody ordered in the last 365 days.
--
-- quarter           key
-- quarter_order     1 = core
-- customers         in the quarter
-- customer_share    share of all with an order in these days
-- customers_before  one period earlier; NULL where nobody had ordered then, or history does not cover the 365 days up to then
-- contribution      money of the last 365 days
-- contribution_share  share of that of all; NULL where it is not above zero
-- contribution_each   money: contribution / customers, to six decimals; NULL without a customer
-- engagement        mean of the customers' engagement; NULL without a customer
--
-- Parameters: none.
with quarters (quarter, quarter_order) as (
    values ('core', 1), ('undervalued', 2), ('distant', 3), ('occasional', 4)
),

now as (
    select
        quarter,
        count(*) as customers,
        sum(contribution) as contribution,
        -- Decimals add up to the same sum in any order.
        cast(sum(cast(engagement as decimal(18, 9))) as double) / cast(count(*) as double) as engagement
    from engagement
    group by quarter
),

before as (
    select earlier.quarter, count(*) as customers
    from previous.engagement as earlier
    cross join previous.periods as covered
    where covered.history_days >= 365
    group by earlier.quarter
),

totals as (
    select
        sum(customers) as customers,
        sum(contribution) as contribution,
        (select sum(customers) from before) as customers_before
    from now
    having sum(customers) > 0
)

select
    quarters.quarter,
    quarters.quarter_order,
    coalesce(now.customers, 0) as customers,
    cast(coalesce(now.customers, 0) as double) / cast(totals.customers as double) as customer_share,
    case when totals.customers_before > 0 then coalesce(before.customers, 0) end as customers_before,
    coalesce(now.contribution, totals.contribution - totals.contribution) as contribution,
    case
        when totals.contribution > 0
            then cast(coalesce(now.contribution, totals.contribution - totals.contribution) as double)
                / cast(totals.contribution as double)
    end as contribution_share,
    cast(cast(now.contribution as decimal(38, 6)) / nullif(now.customers, 0) as decimal(38, 6)) as contribution_each,
    now.engagement
from quarters
cross join totals
left join now on quarters.quarter = now.quarter
left join before on quarters.quarter = before.quarter
order by quarters.quarter_order
