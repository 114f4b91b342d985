-- Grain: one row: where the money of the period went.
--
-- revenue               of all customers in the period
-- credited              to account managers
-- nobody, nobody_customers  money of customers on days on which nobody has them, and how many they are
-- uncredited            money of customers whose shares do not sum to 1, less what was credited of it
-- split_customers       how many customers' shares do not sum to 1, in manager_scores_splits
-- difference            revenue - credited - nobody - uncredited: 0 to the cent
--
-- Parameters: none.
with days as (
    select
        coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(revenue) filter (where shares = 0), 0) as nobody,
        count(distinct case when shares = 0 then customer_id end) as nobody_customers
    from manager_scores_days
    where time = 'now'
),

others as (
    select
        coalesce((select sum(revenue) from manager_scores_credited), 0) as credited,
        coalesce((select sum(uncredited) from manager_scores_splits), 0) as uncredited,
        (select count(*) from manager_scores_splits) as split_customers
)

select
    cast(days.revenue as decimal(38, 6)) as revenue,
    cast(others.credited as decimal(38, 6)) as credited,
    cast(days.nobody as decimal(38, 6)) as nobody,
    days.nobody_customers,
    cast(others.uncredited as decimal(38, 6)) as uncredited,
    others.split_customers,
    cast(days.revenue - others.credited - days.nobody - others.uncredited as decimal(38, 2)) as difference
from days
cross join others
