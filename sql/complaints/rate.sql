-- Grain: one row.
--
-- complainers             customers with a complaint in the last $complaints_days days
-- buying_complainers      of these, with an order in these days
-- customers               all customers with an order in these days
-- complaint_rate          buying_complainers / customers; NULL without a customer
-- unhappy_by_rule         complainers / $complaints_speak, rounded: a rule of thumb
-- silent_unhappy_by_rule  unhappy_by_rule - complainers
-- silent                  rows of complaints_silent
--
-- Parameters: $as_of, $complaints_days, $complaints_speak.
-- $complaints_speak must be a number above 0 to 1
with complainers as (
    select distinct customer_id
    from complaints_voices
    where voice = 'complaint' and day > cast(cast($as_of as date) - interval $complaints_days day as date)
),

buyers as (
    select customer_id
    from customer_summary
    where orders > 0 and last_day > cast(cast($as_of as date) - interval $complaints_days day as date)
),

counts as (
    select
        (select count(*) from complainers) as complainers,
        (select count(*) from complainers inner join buyers on complainers.customer_id = buyers.customer_id) as buying_complainers,
        (select count(*) from buyers) as customers,
        (select count(*) from complaints_silent) as silent
)

select
    complainers,
    buying_complainers,
    customers,
    case when customers > 0 then cast(buying_complainers as double) / customers end as complaint_rate,
    cast(round(complainers / cast($complaints_speak as double)) as bigint) as unhappy_by_rule,
    cast(round(complainers / cast($complaints_speak as double)) as bigint) - complainers as silent_unhappy_by_rule,
    silent
from counts
