-- Grain: one row per customer, the 50 with the most revenue of the last 365 days.
--
-- value_rank     1 = most revenue of these days
-- customer_id    text
-- rank_before    the rank one period earlier. Among others with equal revenue it is the possible rank nearest to value_rank:
--                ties make no change. NULL: no order and no money in the 365 days of then, or history does not cover them
-- revenue_12m    money of the last 365 days
-- revenue_share  share of all revenue of these days; NULL where it is not above zero in total
-- orders_12m     orders of these days
-- last_day       last day with an order
-- segment        key
-- status         key, as in churn
-- clv            money: predicted value; NULL where the model failed
--
-- Parameters: none.
with totals as (
    select case when sum(revenue_12m) > 0 then cast(sum(revenue_12m) as double) end as revenue from customer_rank
),

chosen as (
    select customer_id, value_rank, revenue_12m
    from customer_rank
    where value_rank <= 50
),

-- The ranks of 50 customers one period earlier: from 1 + those who had more then, to all who had as much or more. Counting
-- these is cheaper than ranking everybody.
buyers_before as (
    select earlier.customer_id, earlier.revenue_12m as revenue
    from previous.customer_summary as earlier
    cross join previous.periods as covered
    where covered.history_days >= 365 and (earlier.orders_12m > 0 or earlier.revenue_12m <> 0)
),

chosen_before as (
    select chosen.customer_id, earlier.revenue
    from chosen
    inner join buyers_before as earlier on chosen.customer_id = earlier.customer_id
),

ahead as (
    select revenue
    from buyers_before
    where revenue >= (select min(revenue) from chosen_before)
),

before as (
    select
        chosen_before.customer_id,
        1 + count(*) filter (where ahead.revenue > chosen_before.revenue) as first_rank,
        count(*) as last_rank
    from chosen_before
    inner join ahead on ahead.revenue >= chosen_before.revenue
    group by chosen_before.customer_id
)

select
    chosen.value_rank,
    chosen.customer_id,
    case
        when before.first_rank is not null
            then greatest(before.first_rank, least(before.last_rank, chosen.value_rank))
    end as rank_before,
    chosen.revenue_12m,
    cast(chosen.revenue_12m as double) / totals.revenue as revenue_share,
    customer_summary.orders_12m,
    customer_summary.last_day,
    segments.segment,
    churn.status,
    cast(clv.clv as decimal(38, 6)) as clv
from chosen
cross join totals
inner join customer_summary on chosen.customer_id = customer_summary.customer_id
inner join segments on chosen.customer_id = segments.customer_id
inner join churn on chosen.customer_id = churn.customer_id
left join clv on chosen.customer_id = clv.customer_id
left join before on chosen.customer_id = before.customer_id
order by chosen.value_rank
