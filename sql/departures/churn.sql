-- Grain: one row per state: customers who were handed over, and those who were not; none without a customer to compare.
--
-- The change is the handover (not before the manager's last day less $departures_ahead_days), or the manager's last day. Spans have
-- $departures_compare_days days: two before the change (its day not included) and one from it on. Customers count
-- whose three spans lie in history and are over by $as_of.
--
-- state          handed_over or open
-- customers      who count
-- buyers_before  of these, with an order in the first span; silent_before: of these without one in the second
-- rate_before    silent_before / buyers_before; NULL without a buyer
-- buyers_after   with an order in the second span; silent_after: of these without one in the third; rate_after likewise
-- change_points  rate_after - rate_before
--
-- Parameters: $as_of, $departures_compare_days, $departures_ahead_days.
with changes as (
    select
        customer_id,
        state,
        min(
            case
                when handed_on >= cast(left_on - interval $departures_ahead_days day as date) then handed_on
                else left_on
            end
        ) as changed_on
    from departures_customers
    group by customer_id, state
),

spans as (
    select
        changes.customer_id,
        changes.state,
        changes.changed_on,
        cast(changes.changed_on - interval $departures_compare_days day as date) as second_from,
        cast(changes.changed_on - interval $departures_compare_days day - interval $departures_compare_days day as date)
            as first_from,
        cast(changes.changed_on + interval $departures_compare_days day as date) as until
    from changes
),

whole as (
    select spans.*
    from spans
    cross join periods
    where spans.first_from >= periods.history_start and spans.until <= cast(cast($as_of as date) + interval 1 day as date)
),

bought as (
    select
        whole.customer_id,
        whole.state,
        coalesce(max(case when customer_day.day >= whole.first_from and customer_day.day < whole.second_from then 1 end), 0) as in_first,
        coalesce(max(case when customer_day.day >= whole.second_from and customer_day.day < whole.changed_on then 1 end), 0) as in_second,
        coalesce(max(case when customer_day.day >= whole.changed_on and customer_day.day < whole.until then 1 end), 0) as in_third
    from whole
    left join customer_day on whole.customer_id = customer_day.customer_id and customer_day.orders > 0
    group by whole.customer_id, whole.state
),

sums as (
    select
        state,
        count(*) as customers,
        sum(in_first) as buyers_before,
        sum(case when in_second = 0 then in_first else 0 end) as silent_before,
        sum(in_second) as buyers_after,
        sum(case when in_third = 0 then in_second else 0 end) as silent_after
    from bought
    group by state
)

select
    state,
    customers,
    buyers_before,
    silent_before,
    case when buyers_before > 0 then cast(silent_before as double) / buyers_before end as rate_before,
    buyers_after,
    silent_after,
    case when buyers_after > 0 then cast(silent_after as double) / buyers_after end as rate_after,
    case
        when buyers_before > 0 and buyers_after > 0
            then cast(silent_after as double) / buyers_after - cast(silent_before as double) / buyers_before
    end as change_points
from sums
order by state
