-- Grain: one row per account manager with money in the period, or in the one that it is compared with.
--
-- account_manager   text
-- revenue           money of the period, each customer's by the share of the day. Shares that sum to 1 within
--                   $manager_scores_share_within are taken as parts of their sum; others as they stand
-- revenue_before    of the period that it is compared with
--
-- Parameters: $manager_scores_share_within.
-- $manager_scores_share_within must be a number of 0 or more
with parts as (
    select
        held.account_manager,
        days.time,
        cast(
            cast(days.revenue as decimal(28, 6)) * cast(
                held.share
                / case when abs(days.shares - 1) <= cast($manager_scores_share_within as double) then days.shares else 1 end
                as decimal(10, 9)
            ) as decimal(38, 9)
        ) as revenue
    from manager_scores_days as days
    inner join manager_scores_held as held
        on days.customer_id = held.customer_id and days.day between held.from_day and held.to_day
)

select
    account_manager,
    cast(coalesce(sum(revenue) filter (where time = 'now'), 0) as decimal(38, 6)) as revenue,
    cast(coalesce(sum(revenue) filter (where time = 'before'), 0) as decimal(38, 6)) as revenue_before
from parts
group by account_manager
order by account_manager
