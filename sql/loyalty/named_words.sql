-- Grain: one row per sentence, notes of the section on loyalty: which kinds customers name, and who is loyal without being content.
--
-- customers     of whom the sentence speaks
-- of_customers  of how many
-- name          the kind that most customers named
-- revenue       money of the last 12 months of these customers
-- low           $loyalty_false_below
--
-- Parameters: $least_customers, $loyalty_false_below.
with asked as (
    select
        sum(customers) as customers,
        sum(customers) filter (where shown is not null) as tellable,
        sum(shown) as shown
    from loyalty_named
    having sum(customers) > 0
),

most as (
    select named, customers from loyalty_named
    where customers = (select max(customers) from loyalty_named)
),

told as (
    select count(*) as kinds, min(named) as named, min(customers) as customers from most
),

loyal as (
    select
        count(*) as customers,
        count(satisfaction_customers.customer_id) as asked
    from loyalty_customers
    left join satisfaction_customers on loyalty_customers.customer_id = satisfaction_customers.customer_id
    where loyalty_customers.type <> 'few'
),

discontent as (
    select count(*) as customers, coalesce(sum(revenue_12m), 0) as revenue from loyalty_false
),

sentences as (
    select
        7 as position,
        case
            when asked.customers < cast($least_customers as bigint) then 'loyalty.named_note.few'
            when told.kinds > 1 then 'loyalty.named_note.several'
            else 'loyalty.named_note.most'
        end as word,
        'loyalty_named' as step,
        case when told.kinds = 1 then told.customers end as customers,
        asked.customers as of_customers,
        case when told.kinds = 1 then told.named end as name,
        null as revenue
    from asked
    cross join told
    union all
    select 8, case when asked.shown > 0 then 'loyalty.named_note.shown' else 'loyalty.named_note.shown_none' end, 'loyalty_named', asked.shown, asked.tellable, null, null
    from asked
    where asked.tellable > 0 and asked.customers >= cast($least_customers as bigint)
    union all
    select
        9,
        case
            when loyal.asked = 0 then 'loyalty.false.unasked'
            when discontent.customers = 0 then 'loyalty.false.nobody'
            else 'loyalty.false.some'
        end,
        'loyalty_false',
        discontent.customers,
        case when loyal.asked = 0 then loyal.customers else loyal.asked end,
        null,
        discontent.revenue
    from loyal
    cross join discontent
    where loyal.customers > 0
)

select
    'note' as place,
    cast(position as bigint) as position,
    word,
    step,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    name,
    cast(revenue as decimal(38, 6)) as revenue,
    cast($loyalty_false_below as double) as low
from sentences
order by position
