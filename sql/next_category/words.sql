-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, revenue   for whom there is a next category; what is expected of them
-- category, next_category  the pair that the sentence is about
-- came, of_customers, confidence, base  who came, of how many, the share; the share of all
-- days                 $next_category_days
--
-- Parameters: $next_category_days.
with counts as (
    select count(*) as customers, coalesce(sum(expected_revenue), 0) as revenue
    from next_category
),

best as (
    select category, next_category, came, customers, confidence, base
    from next_category_pairs
    where low > base
    order by lift desc, category, next_category
    limit 1
),

sentences as (
    select
        case when customers = 0 then 'left_out' else 'answer' end as place,
        1 as position,
        case when customers = 0 then 'next_category.none' else 'next_category.answer' end as word,
        customers,
        revenue,
        cast(null as varchar) as category,
        cast(null as varchar) as next_category,
        cast(null as bigint) as came,
        cast(null as bigint) as of_customers,
        cast(null as double) as confidence,
        cast(null as double) as base
    from counts
    union all
    select 'note', 2, 'next_category.note.best', null, null, category, next_category, came, customers as of_customers, confidence, base
    from best
    union all
    select 'note', 2, 'next_category.note.none', null, null, null, null, null, null, null, null
    where (select count(*) from best) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'next_category' as step,
    customers,
    revenue,
    category,
    next_category,
    came,
    of_customers,
    confidence,
    base,
    cast($next_category_days as bigint) as days
from sentences
order by position
