-- Grain: one row; none where no manager has a customer.
--
-- managers     with a customer
-- revenue_12m  of all customers
-- assigned     of this in the hands of managers
-- first_share, three_share  of the one and of the three with the most; NULL where revenue is not above zero in total
-- half         the fewest managers who hold half of all revenue; NULL where all together hold less, or revenue is not above zero
--
-- Parameters: none.
with placed as (
    select
        account_manager,
        revenue_12m,
        hands_share,
        row_number() over (order by revenue_12m desc, account_manager) as place,
        sum(hands_share) over (
            order by revenue_12m desc, account_manager rows between unbounded preceding and current row
        ) as cumulative
    from departures_hands
    where account_manager <> '-'
),

total as (
    select sum(revenue_12m) as revenue_12m from departures_hands
)

select
    count(*) as managers,
    max(total.revenue_12m) as revenue_12m,
    cast(sum(placed.revenue_12m) as decimal(38, 6)) as assigned,
    sum(placed.hands_share) filter (where placed.place = 1) as first_share,
    sum(placed.hands_share) filter (where placed.place <= 3) as three_share,
    cast(min(placed.place) filter (where cast(placed.cumulative as decimal(18, 9)) >= 0.5) as bigint) as half
from placed
cross join total
having count(*) > 0
