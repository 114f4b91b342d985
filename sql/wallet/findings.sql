-- Grain: one row if the customers to sell more to are enough to speak of, and spend more elsewhere than they do here; else
-- none.
--
-- Parameters: $least_customers, $wallet_days.
-- $wallet_days must be a whole number from 1 to 3650
with more as (
    select
        count(*) as customers,
        coalesce(sum(elsewhere), 0) as elsewhere,
        sum(spend_here) as spend_here,
        sum(spend_all) as spend_all
    from wallet_more
)

select
    'wallet_elsewhere' as rule,
    -- Money of a year, whatever the days of an answer.
    cast(more.elsewhere * 365 / cast($wallet_days as bigint) as decimal(38, 6)) as money,
    cast(cast(more.spend_here as double) / cast(more.spend_all as double) as decimal(38, 6)) as value,
    cast(null as decimal(38, 6)) as before,
    cast(null as decimal(38, 6)) as change,
    more.customers,
    wallet_summary.customers as of_customers,
    cast(null as varchar) as name,
    'wallet_more' as step,
    false as of_data
from more
cross join wallet_summary
where more.customers >= cast($least_customers as bigint) and more.elsewhere > more.spend_here
