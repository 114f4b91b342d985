-- Grain: one row per sentence on what winning customers costs and brings.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        newcomers of all channels
-- cost_a_customer  money: what winning one cost
-- lifetime_value   money a customer: margin so far, and value ahead
-- value_to_cost    lifetime_value / cost_a_customer
-- since            the first month that counts
-- months           months between that and the one of the day of the report, both counted
-- channel          a channel through which customers cost more than they bring
-- keeping, times   money: the stated cost of marketing to a customer a year; cost_a_customer / keeping
--
-- Parameters: $as_of, $marketing_cost_per_year.
-- $marketing_cost_per_year must be a number of 0 or more
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'acquisition.nobody'),
    ('answer', 2, 'acquisition.answer'),
    ('note', 3, 'acquisition.dear'),
    ('note', 4, 'acquisition.joined_known'),
    ('note', 4, 'acquisition.joined_unknown'),
    ('note', 5, 'acquisition.keeping')
),

summed as (
    select
        coalesce(sum(customers), 0) as customers,
        cast(sum(cost) as decimal(38, 6)) as cost,
        sum(lifetime_value * customers) as lifetime_value
    from acquisition_by_channel
),

known as (
    select
        summed.customers,
        cast(summed.cost / nullif(summed.customers, 0) as decimal(38, 6)) as cost_a_customer,
        cast(summed.lifetime_value / nullif(summed.customers, 0) as decimal(38, 6)) as lifetime_value,
        cast(summed.lifetime_value as double) / nullif(cast(summed.cost as double), 0) as value_to_cost,
        acquisition_since.since,
        acquisition_since.joined_known,
        cast(
            (extract(year from cast($as_of as date)) - extract(year from acquisition_since.since)) * 12
            + extract(month from cast($as_of as date)) - extract(month from acquisition_since.since) + 1 as bigint
        ) as months
    from summed
    left join acquisition_since on true
),

dear as (
    select channel, value_to_cost from acquisition_by_channel where value_to_cost < 1
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    'acquisition_by_channel' as step,
    known.customers,
    known.cost_a_customer,
    known.lifetime_value,
    case when sentences.word = 'acquisition.dear' then dear.value_to_cost else known.value_to_cost end as value_to_cost,
    known.since,
    known.months,
    dear.channel,
    cast($marketing_cost_per_year as decimal(38, 6)) as keeping,
    case
        when $marketing_cost_per_year > 0
            then cast(known.cost_a_customer as double) / cast($marketing_cost_per_year as double)
    end as times
from sentences
cross join known
left join dear on sentences.word = 'acquisition.dear'
where
    case sentences.word
        when 'acquisition.nobody' then known.customers = 0
        when 'acquisition.answer' then known.customers > 0 and known.value_to_cost is not null
        when 'acquisition.dear' then dear.channel is not null
        when 'acquisition.joined_known' then known.customers > 0 and known.joined_known
        when 'acquisition.joined_unknown' then known.customers > 0 and not known.joined_known
        when 'acquisition.keeping' then known.customers > 0 and $marketing_cost_per_year > 0
    end
order by sentences.position, dear.channel
