-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- dimension, value  the group of the sentence
-- mean, others      revenue of a buyer in the last 12 months: in the group, and of all other buyers
-- buyers            customers of the group with an order or money in the last 12 months
-- share             their share of revenue
-- sigmas            $profile_sigmas
-- groups, above, below  how many groups can be compared, and how many of these stand above and below all others
-- least             $least_customers
-- customers, stated, filled  how many customers there are, how many state something, and their share
-- bound             $profile_filled
--
-- Parameters: $profile_sigmas, $profile_filled, $least_customers.
with counts as (
    select
        count(*) as rows_shown,
        count(standing) as groups,
        count(*) filter (where standing = 'above') as above,
        count(*) filter (where standing = 'below') as below
    from profile
),

-- The group that is furthest from all others, measured by its noise.
furthest as (
    select dimension, value, standing, mean, others, buyers, revenue_share as share
    from profile
    where standing in ('above', 'below')
    order by abs(cast(mean - others as double)) / case when noise > 0 then cast(noise as double) else 0.000001 end desc, dimension_order, value_order
    limit 1
),

fullest as (
    select max(filled) as filled from profile_dimensions
),

sentences as (
    select
        'answer' as place,
        1 as position,
        1 as part,
        concat('profile.answer.', standing) as word,
        'profile' as step,
        dimension,
        value,
        mean,
        others,
        buyers,
        share,
        cast(null as varchar) as sigmas,
        cast(null as bigint) as groups,
        cast(null as bigint) as above,
        cast(null as bigint) as below,
        cast(null as bigint) as least,
        cast(null as bigint) as customers,
        cast(null as bigint) as stated,
        cast(null as double) as filled,
        cast(null as double) as bound
    from furthest
    union all
    select
        'answer', 1, 2,
        case
            when groups = 0 then 'profile.answer.small'
            when above + below = 0 then 'profile.answer.usual'
            when below = 0 then 'profile.answer.counts_above'
            when above = 0 then 'profile.answer.counts_below'
            else 'profile.answer.counts'
        end,
        'profile',
        null, null, null, null, null, null, case
            when $profile_sigmas = floor($profile_sigmas) then cast(cast($profile_sigmas as bigint) as varchar)
            else cast(cast($profile_sigmas as double) as varchar)
        end, groups, above, below, cast($least_customers as bigint),
        null, null, null, null
    from counts
    where rows_shown > 0
    union all
    select
        'note', 2, cast(dimension_order as int), 'profile.note.left_out', 'profile_dimensions',
        dimension, null, null, null, null, null, null, null, null, null, null, customers, stated, filled, cast($profile_filled as double)
    from profile_dimensions
    where not shown
    union all
    select
        'left_out', 1, 1, case when filled is null then 'profile.nothing' else 'profile.too_little' end, 'profile_dimensions',
        null, null, null, null, null, null, null, null, null, null, null, null, null, filled, cast($profile_filled as double)
    from fullest
    cross join counts
    where rows_shown = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    dimension,
    value,
    mean,
    others,
    buyers,
    share,
    sigmas,
    groups,
    above,
    below,
    least,
    customers,
    stated,
    filled,
    bound
from sentences
order by position, part
