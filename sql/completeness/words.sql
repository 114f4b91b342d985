-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- fields, customers   how many fields are asked for, of how many customers
-- asked, stated, filled  values asked for, those with a value, their share
-- field, field_filled the emptiest field
-- valuable, incomplete, revenue  customers of class A, those with a field missing, and their revenue of the last 12 months
-- managers, least     account managers with $least_customers customers or more, and that bound
-- name, low, other, high  of these, the one with the emptiest and the one with the fullest profiles
-- without             customers of class A without an account manager; revenue is theirs then
--
-- Parameters: $least_customers.
with sums as (
    select
        cast(sum(customers) as bigint) as customers,
        cast(sum(complete) as bigint) as complete,
        cast(sum(values_asked) as bigint) as asked,
        cast(sum(values_stated) as bigint) as stated,
        cast(sum(valuable) as bigint) as valuable,
        cast(sum(valuable_incomplete) as bigint) as incomplete,
        sum(revenue_12m) as revenue
    from completeness_managers
),

kept as (
    select count(*) as fields from completeness_fields
),

emptiest as (
    select field, filled from completeness_fields order by stated, field limit 1
),

able as (
    select account_manager, filled
    from completeness_managers
    where account_manager <> '-' and customers >= $least_customers and filled is not null
),

spread as (
    select
        count(*) as managers,
        min(filled) as low,
        max(filled) as high,
        first_value(account_manager order by filled, account_manager) as name,
        first_value(account_manager order by filled desc, account_manager) as other
    from able
    having count(*) > 1 and max(filled) > min(filled)
),

unnamed as (
    select count(*) as without, sum(revenue_12m) as revenue
    from completeness_customers
    where class = 'A' and account_manager = '-'
    having count(*) > 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        1 as part,
        case when sums.stated = sums.asked then 'completeness.answer.full' else 'completeness.answer.filled' end as word,
        'completeness_fields' as step,
        kept.fields,
        sums.customers,
        sums.asked,
        sums.stated,
        cast(sums.stated as double) / sums.asked as filled,
        emptiest.field,
        emptiest.filled as field_filled,
        cast(null as bigint) as valuable,
        cast(null as bigint) as incomplete,
        cast(null as decimal(38, 6)) as revenue,
        cast(null as bigint) as managers,
        cast(null as bigint) as least,
        cast(null as varchar) as name,
        cast(null as double) as low,
        cast(null as varchar) as other,
        cast(null as double) as high,
        cast(null as bigint) as without
    from sums
    cross join kept
    cross join emptiest
    union all
    select
        'answer', 1, 2,
        case
            when sums.incomplete = 0 then 'completeness.answer.valuable_full'
            when sums.incomplete = sums.valuable then 'completeness.answer.valuable_none'
            else 'completeness.answer.valuable'
        end,
        'completeness_managers',
        null, null, null, null, null, null, null, sums.valuable, sums.incomplete, sums.revenue,
        null, null, null, null, null, null, null
    from sums
    cross join kept
    where kept.fields > 0 and sums.valuable > 0 and sums.stated < sums.asked
    union all
    select
        'note', 2, 1, 'completeness.note.managers', 'completeness_managers',
        null, null, null, null, null, null, null, null, null, null,
        managers, cast($least_customers as bigint), name, low, other, high, null
    from spread
    union all
    select
        'note', 3, 1, 'completeness.note.without', 'completeness_list',
        null, null, null, null, null, null, null, sums.valuable, null, unnamed.revenue,
        null, null, null, null, null, null, unnamed.without
    from unnamed
    cross join sums
    union all
    select
        'left_out', 1, 1, 'completeness.none', 'completeness_fields',
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    from kept
    where fields = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    fields,
    customers,
    asked,
    stated,
    filled,
    field,
    field_filled,
    valuable,
    incomplete,
    revenue,
    managers,
    least,
    name,
    low,
    other,
    high,
    without
from sentences
order by position, part
