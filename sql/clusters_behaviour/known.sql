-- Grain: one row per customer with an event in the last $clusters_behaviour_days: what customers are compared by.
--
-- customer_id      text
-- actions_count    events that the customer made: all but messages and news that were received
-- launches_count, messages_count, push_count, tabs_count, functions_count, news_count, viewed_count  how many of each;
--                  push_count is of the launches that a push started
-- actions, launches, messages, tabs, functions, news, viewed  ln(1 + count): skewed
-- push_share       push_count / launches_count; NULL without a launch
--
-- Parameters: $as_of, $clusters_behaviour_days, and the names of events.
with counts as (
    select
        customer_id,
        count(*) filter (where event not in ($clusters_behaviour_message, $clusters_behaviour_news)) as actions_count,
        count(*) filter (where event = $clusters_behaviour_launch) as launches_count,
        count(*) filter (where event = $clusters_behaviour_message) as messages_count,
        count(*) filter (where event = $clusters_behaviour_launch and from_push) as push_count,
        count(*) filter (where event = $clusters_behaviour_tab) as tabs_count,
        count(*) filter (where event = $clusters_behaviour_function) as functions_count,
        count(*) filter (where event = $clusters_behaviour_news) as news_count,
        count(*) filter (where event = $clusters_behaviour_viewed) as viewed_count
    from events
    where
        occurred_at > cast($as_of as date) - interval $clusters_behaviour_days day
        and occurred_at <= $as_of
        and customer_id is not null
        and event is not null
    group by customer_id
)

select
    customer_id,
    actions_count,
    launches_count,
    messages_count,
    push_count,
    tabs_count,
    functions_count,
    news_count,
    viewed_count,
    ln(1 + cast(actions_count as double)) as actions,
    ln(1 + cast(launches_count as double)) as launches,
    ln(1 + cast(messages_count as double)) as messages,
    case when launches_count > 0 then cast(push_count as double) / launches_count end as push_share,
    ln(1 + cast(tabs_count as double)) as tabs,
    ln(1 + cast(functions_count as double)) as functions,
    ln(1 + cast(news_count as double)) as news,
    ln(1 + cast(viewed_count as double)) as viewed
from counts
order by customer_id
