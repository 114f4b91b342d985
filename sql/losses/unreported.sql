-- Grain: one row per customer who is gone since a day of the last $losses_days days and whom nobody reported since the last
-- order, or since the request to leave; the most revenue of all time first.
--
-- customer_id      text
-- known_by         request: a request to leave was closed without keeping the customer, who has not ordered since; else
--                  purchases: the status (churn) became lost
-- gone_on          the day on which the last such request was closed; of the status lost_on of churn
-- last_day         last day with an order; NULL without a transaction
-- recency_days     days since; likewise
-- account_manager  who is in charge; NULL where nobody is known
-- revenue          money of the whole history; 0 without a transaction
--
-- Parameters: $as_of, $losses_days, $losses_kept.
with asked as (
    select
        cast(customer_id as varchar) as customer_id,
        max(cast(closed_on as date)) as gone_on,
        max(cast(occurred_at as date)) as asked_on
    from interactions
    where
        kind = 'leave_request'
        and customer_id is not null
        and cast(occurred_at as date) <= cast($as_of as date)
        and cast(closed_on as date) <= cast($as_of as date)
        and not coalesce(array_has($losses_kept, lower(trim(cast(outcome as varchar)))), false)
    group by cast(customer_id as varchar)
),

gone as (
    select
        coalesce(asked.customer_id, churn.customer_id) as customer_id,
        case when asked.customer_id is not null then 'request' else 'purchases' end as known_by,
        coalesce(asked.gone_on, churn.lost_on) as gone_on,
        -- A report from this day on tells of this loss.
        coalesce(asked.asked_on, customer_summary.last_day) as reported_from,
        customer_summary.last_day,
        customer_summary.revenue
    from (select customer_id, lost_on from churn where status = 'lost') as churn
    full outer join (
        select asked.customer_id, asked.gone_on, asked.asked_on
        from asked
        left join customer_summary on asked.customer_id = customer_summary.customer_id
        where customer_summary.last_day is null or customer_summary.last_day <= asked.gone_on
    ) as asked on churn.customer_id = asked.customer_id
    left join customer_summary on coalesce(asked.customer_id, churn.customer_id) = customer_summary.customer_id
),

reported as (
    select customer_id, max(day) as day from losses_events group by customer_id
)

select
    gone.customer_id,
    gone.known_by,
    gone.gone_on,
    gone.last_day,
    cast(cast($as_of as date) - gone.last_day as bigint) as recency_days,
    in_charge.account_manager,
    coalesce(gone.revenue, 0) as revenue
from gone
left join reported on gone.customer_id = reported.customer_id and reported.day >= gone.reported_from
left join in_charge on gone.customer_id = in_charge.customer_id
where
    gone.gone_on > cast(cast($as_of as date) - interval $losses_days day as date)
    and reported.customer_id is null
order by coalesce(gone.revenue, 0) desc, gone.customer_id
