-- Grain: one row per sentence of the section.
--
-- managers      who left; of the note on concentration all managers, or those who hold half
-- customers     not handed over, of_customers: of all whose manager left; of the notes on churn those who fell silent, of buyers
-- money         revenue of 12 months of those not handed over; of the first manager
-- share, share_before  of revenue; of buyers who fell silent after and before
-- name          the manager with the most revenue
-- days          $departures_days, or $departures_compare_days in the note on churn
--
-- Parameters: $departures_days, $departures_compare_days, $least_customers.
with left_now as (
    select
        count(*) as managers,
        (select count(distinct customer_id) from departures_customers) as of_customers
    from departures_managers
),

waiting as (
    select count(*) as customers, coalesce(sum(revenue_12m), 0) as money
    from (select customer_id, max(revenue_12m) as revenue_12m from departures_open group by customer_id) as once
),

first_hand as (
    select coalesce(name, account_manager) as name, revenue_12m, hands_share
    from departures_hands
    where account_manager <> '-' and revenue_12m > 0 and hands_share is not null
    order by revenue_12m desc, account_manager
    limit 1
),

nobody as (
    select customers, revenue_12m, hands_share from departures_hands where account_manager = '-'
),

handed as (
    select buyers_before, rate_before, buyers_after, silent_after, rate_after
    from departures_churn
    where state = 'handed_over' and buyers_before >= $least_customers and buyers_after >= $least_customers
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when left_now.managers = 0 then 'departures.answer.nobody_left'
            when waiting.customers = 0 then 'departures.answer.all_handed'
            else 'departures.answer.open'
        end as word,
        'departures_customers' as step,
        left_now.managers,
        waiting.customers,
        left_now.of_customers,
        waiting.money,
        null as share,
        null as share_before,
        null as name,
        cast($departures_days as bigint) as days
    from left_now
    cross join waiting
    where (select count(*) from departures_hands where account_manager <> '-') > 0
    union all
    select 'left_out', 1, 'departures.none', 'departures_hands', null, null, null, null, null, null, null, null
    where (select count(*) from departures_hands where account_manager <> '-') = 0
    union all
    select 'note', 2, 'departures.note.first', 'departures_hands', concentration.managers, null, null, first_hand.revenue_12m,
        first_hand.hands_share, null, first_hand.name, null
    from first_hand
    cross join departures_concentration as concentration
    where concentration.managers > 1
    union all
    select 'note', 3, 'departures.note.half', 'departures_concentration', half, managers, null, null, null, null, null, null
    from departures_concentration
    where half is not null and managers > 2
    union all
    select 'note', 4, 'departures.note.nobody', 'departures_hands', null, customers, null, revenue_12m, hands_share, null, null,
        null
    from nobody
    where hands_share is not null and customers > 0
    union all
    select 'note', 5,
        case
            when round(rate_after, 3) > round(rate_before, 3) then 'departures.note.more_silent'
            when round(rate_after, 3) < round(rate_before, 3) then 'departures.note.fewer_silent'
            else 'departures.note.as_silent'
        end,
        'departures_churn', null, silent_after, buyers_after, null, rate_after, rate_before, null,
        cast($departures_compare_days as bigint)
    from handed
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    cast(managers as bigint) as managers,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    cast(money as decimal(38, 6)) as money,
    cast(share as double) as share,
    cast(share_before as double) as share_before,
    cast(name as varchar) as name,
    cast(days as bigint) as days
from sentences
order by position
