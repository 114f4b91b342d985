-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers            with a purchase in both spans
-- moved, share         of these, with another main category; the quotient
-- category             the one that the sentence is about
-- gained, given        customers who came to it from others, who went to others
-- days                 $category_migration_days
--
-- Parameters: $category_migration_days, $least_customers.
with pairs as (
    select from_category, to_category, customers
    from category_migration
    where from_category is not null and to_category is not null
),

counts as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(customers) filter (where from_category <> to_category), 0) as moved
    from pairs
),

ends as (
    select to_category as category, customers as gained, 0 as given
    from pairs
    where from_category <> to_category
    union all
    select from_category, 0, customers
    from pairs
    where from_category <> to_category
),

sums as (
    select category, sum(gained) as gained, sum(given) as given
    from ends
    group by category
),

-- Beyond chance: a sum of moves to and fro has a standard deviation of the root of their number.
winner as (
    select category, gained, given
    from sums
    where gained - given > 2 * sqrt(gained + given) and gained + given >= $least_customers
    order by gained - given desc, category
    limit 1
),

loser as (
    select category, gained, given
    from sums
    where given - gained > 2 * sqrt(gained + given) and gained + given >= $least_customers
    order by given - gained desc, category
    limit 1
),

sentences as (
    select
        case when customers < $least_customers then 'left_out' else 'answer' end as place,
        1 as position,
        case
            when customers < $least_customers then 'category_migration.few'
            when moved = 0 then 'category_migration.answer.nobody'
            else 'category_migration.answer.moved'
        end as word,
        customers,
        moved,
        case when customers > 0 then cast(moved as double) / customers end as share,
        cast(null as varchar) as category,
        cast(null as bigint) as gained,
        cast(null as bigint) as given
    from counts
    union all
    select 'note', 2, 'category_migration.note.winner', null, null, null, category, gained, given
    from winner
    union all
    select 'note', 3, 'category_migration.note.loser', null, null, null, category, gained, given
    from loser
    union all
    select 'note', 2, 'category_migration.note.chance', null, null, null, null, null, null
    where (select count(*) from winner) + (select count(*) from loser) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'category_migration' as step,
    customers,
    moved,
    share,
    category,
    gained,
    given,
    cast($category_migration_days as bigint) as days
from sentences
order by position
