-- Grain: one row per stage; none where there is no customer with an order. A stage is reached by all who are in it or beyond.
--
-- stage             key
-- stage_order       1 = one_time
-- customers         in the stage
-- customers_before  one period earlier; NULL where history does not reach. Nobody can be lifelong before the first order of all
--                   is $lifecycle_lifelong_days old: until then its customers before, its rates and climbed are NULL too
-- ended             of the customers, those in the phase ended
-- reached           in the stage or beyond
-- reached_from      in the stage before it, or beyond; NULL for the first stage
-- rate              reached / reached_from
-- rate_before       the same one period earlier; NULL where history does not reach
-- climbed           customers who had an order one period earlier, and reached the stage since; NULL likewise
-- revenue_12m       money of the last 365 days of the customers in the stage
-- revenue_share     share of that of all with an order; NULL where it is not above zero
--
-- Parameters: $as_of, $previous_as_of, $lifecycle_lifelong_days.
-- $lifecycle_lifelong_days must be a whole number of 1 or more
with stages (stage, stage_order) as (
    values ('one_time', 1), ('repeat', 2), ('loyal', 3), ('lifelong', 4)
),

-- Days since the first order of all customers, now and one period earlier: so long can the longest life be.
history as (
    select
        cast($as_of as date) - min(first_day) as days,
        cast($previous_as_of as date) - min(first_day) as days_before
    from customer_summary
    where orders > 0
),

pairs as (
    select
        now.stage_order,
        earlier.stage_order as stage_before,
        count(*) as customers,
        count(*) filter (where now.phase = 'ended') as ended,
        sum(now.revenue_12m) as revenue_12m
    from lifecycle as now
    left join previous.lifecycle as earlier on now.customer_id = earlier.customer_id
    group by now.stage_order, earlier.stage_order
),

totals as (
    select sum(customers) as customers, sum(revenue_12m) as revenue_12m, count(stage_before) > 0 as is_reached
    from pairs
    having sum(customers) > 0
),

counted as (
    select
        stages.stage,
        stages.stage_order,
        coalesce(sum(pairs.customers) filter (where pairs.stage_order = stages.stage_order), 0) as customers,
        coalesce(sum(pairs.customers) filter (where pairs.stage_before = stages.stage_order), 0) as customers_before,
        coalesce(sum(pairs.ended) filter (where pairs.stage_order = stages.stage_order), 0) as ended,
        coalesce(sum(pairs.customers) filter (where pairs.stage_order >= stages.stage_order), 0) as reached,
        sum(pairs.customers) filter (where pairs.stage_order >= stages.stage_order - 1) as reached_from,
        coalesce(sum(pairs.customers) filter (where pairs.stage_before >= stages.stage_order), 0) as reached_before,
        sum(pairs.customers) filter (where pairs.stage_before >= stages.stage_order - 1) as reached_from_before,
        coalesce(
            sum(pairs.customers) filter (
                where pairs.stage_order >= stages.stage_order and pairs.stage_before < stages.stage_order
            ), 0
        ) as climbed,
        sum(pairs.revenue_12m) filter (where pairs.stage_order = stages.stage_order) as revenue_12m
    from stages
    cross join pairs
    group by stages.stage, stages.stage_order
),

could as (
    select
        days >= cast($lifecycle_lifelong_days as bigint) as be_now,
        days_before >= cast($lifecycle_lifelong_days as bigint) as be_before
    from history
)

select
    counted.stage,
    counted.stage_order,
    counted.customers,
    case
        when totals.is_reached and (counted.stage <> 'lifelong' or could.be_before) then counted.customers_before
    end as customers_before,
    counted.ended,
    counted.reached,
    case when counted.stage_order > 1 then coalesce(counted.reached_from, 0) end as reached_from,
    case
        when counted.stage_order > 1 and counted.reached_from > 0 and (counted.stage <> 'lifelong' or could.be_now)
            then cast(counted.reached as double) / cast(counted.reached_from as double)
    end as rate,
    case
        when
            totals.is_reached
            and counted.stage_order > 1
            and counted.reached_from_before > 0
            and (counted.stage <> 'lifelong' or could.be_before)
            then cast(counted.reached_before as double) / cast(counted.reached_from_before as double)
    end as rate_before,
    case
        when totals.is_reached and counted.stage_order > 1 and (counted.stage <> 'lifelong' or could.be_before)
            then counted.climbed
    end as climbed,
    coalesce(counted.revenue_12m, totals.revenue_12m - totals.revenue_12m) as revenue_12m,
    case
        when totals.revenue_12m > 0
            then cast(coalesce(counted.revenue_12m, totals.revenue_12m - totals.revenue_12m) as double)
                / cast(totals.revenue_12m as double)
    end as revenue_share
from counted
cross join totals
cross join could
order by counted.stage_order
