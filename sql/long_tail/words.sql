-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- members, of_members          of the part, and of all
-- amount, share                money of the part, and its share of all
-- change                       money: how much more or less than a year ago; NULL where history does not reach
--
-- Parameters: none.
with totals as (
    select basis, sum(members) as members
    from long_tail
    where part <> 'class_c'
    group by basis
),

parts as (
    select long_tail.*, totals.members as of_members
    from long_tail
    inner join totals on long_tail.basis = totals.basis
),

sentences as (
    select
        case when basis = 'revenue' and part = 'rest' then 'answer' else 'note' end as place,
        case basis when 'revenue' then 0 else 3 end + case part when 'rest' then 1 when 'top20' then 2 else 3 end as position,
        'long_tail.' || basis || '.' || part || case
            when change is null then '.alone'
            when change > 0 then '.more'
            when change < 0 then '.less'
            else '.same'
        end as word,
        members,
        of_members,
        amount,
        amount_share as share,
        change
    from parts
    where amount_share is not null and members > 0 and (part <> 'class_c' or basis = 'revenue')
    union all
    -- A single customer is the best fifth, and nobody is the rest.
    select 'left_out', 1, 'long_tail.nobody', members, of_members, amount, amount_share, change
    from parts
    where basis = 'revenue' and part = 'rest' and members = 0
    union all
    select 'left_out', 1, 'long_tail.no_revenue', members, of_members, amount, amount_share, change
    from parts
    where basis = 'revenue' and part = 'rest' and members > 0 and amount_share is null
)

select
    place,
    cast(position as bigint) as position,
    word,
    'long_tail' as step,
    members,
    of_members,
    amount,
    share,
    change
from sentences
order by position
