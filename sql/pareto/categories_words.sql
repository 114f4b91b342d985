-- Grain: one row per sentence on concentration within categories; none where no category has $least_customers customers.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- categories, measured         how many categories there are; of these, with $least_customers customers or more
-- name, customers, share       the category whose best fifth has the largest share of its revenue
-- least, least_share           the one with the smallest
-- risen, rise                  the category whose share rose most within a year, and by how much in points; by what is printed
--
-- Parameters: $least_customers.
with measured as (
    select
        *,
        share_change as change
    from pareto_categories
    where customers >= $least_customers and top20_share is not null
),

counts as (
    select (select count(*) from pareto_categories) as categories, count(*) as measured
    from measured
),

most as (
    select category, customers, top20_share from measured order by top20_share desc, category limit 1
),

least as (
    select category, top20_share from measured order by top20_share, category limit 1
),

risen as (
    select category, top20_share, change
    from measured
    where change > 0 and customers_year_ago >= $least_customers
    order by change desc, category
    limit 1
),

sentences as (
    select
        'categories' as place,
        20 as position,
        case when counts.measured = 1 then 'pareto_categories.one' else 'pareto_categories.range' end as word,
        counts.categories,
        counts.measured,
        most.category as name,
        most.customers,
        most.top20_share as share,
        least.category as least,
        least.top20_share as least_share,
        cast(null as double) as rise
    from counts
    cross join most
    cross join least
    union all
    select
        'categories' as place,
        21 as position,
        'pareto_categories.risen' as word,
        null, null, category, null, top20_share, null, null, change
    from risen
)

select
    place,
    cast(position as bigint) as position,
    word,
    'pareto_categories' as step,
    categories,
    measured,
    name,
    customers,
    share,
    least,
    least_share,
    rise
from sentences
order by position
