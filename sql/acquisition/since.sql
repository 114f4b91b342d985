-- Grain: one row: from which month on newcomers and what winning them cost are counted.
--
-- since          first day of the first month that counts; NULL where there is none
-- joined_known   whether the day on which a customer joined is known (customers.joined_on) of all customers with an
--                order
-- costs_since    the first month with a cost, in the last 24
--
-- Customers who first ordered early in the files may have been customers for long. Counted as newcomers they would
-- make a newcomer too cheap. If it is not known when each joined, the months before $lost_after_days of history have
-- passed do not count: whoever first orders after as long a silence is new, or was lost. If it is known, the first
-- whole month of history counts.
--
-- Parameters: $as_of, $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650
with costs as (
    select min(cast(date_trunc('month', cast(month as date)) as date)) as month
    from acquisition_costs
    where
        cast(month as date) <= cast($as_of as date)
        and cast(month as date) >= cast(date_trunc('month', cast($as_of as date)) as date) - interval '23 months'
),

joined as (
    select count(*) filter (where customers.joined_on is null) = 0 as is_known
    from customer_summary
    left join customers on customer_summary.customer_id = cast(customers.customer_id as varchar)
    where customer_summary.orders > 0
),

begun as (
    select
        joined.is_known,
        case
            when joined.is_known then origins.begins
            else origins.begins + cast($lost_after_days as int)
        end as day
    from origins
    cross join joined
)

select
    greatest(
        costs.month,
        -- The month that begins on that day, or the next one.
        cast(date_trunc('month', begun.day + interval '1 month' - interval '1 day') as date)
    ) as since,
    begun.is_known as joined_known,
    costs.month as costs_since
from costs
cross join begun
where costs.month is not null
