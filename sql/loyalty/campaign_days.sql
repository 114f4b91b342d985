-- Grain: one row per day of a campaign of $loyalty_campaign_kinds, of the last 365 days.
--
-- day  date
--
-- Parameters: $as_of, $loyalty_campaign_kinds.
with running as (
    select
        greatest(starts_on, cast($as_of as date) - 364) as starts_on,
        least(ends_on, cast($as_of as date)) as ends_on
    from campaigns
    where
        array_has($loyalty_campaign_kinds, kind)
        and starts_on <= $as_of
        and ends_on > cast($as_of as date) - 365
        and ends_on >= starts_on
)

select distinct day
from (
    select cast(unnest(generate_series(starts_on, ends_on, interval '1 day')) as date) as day from running
)
