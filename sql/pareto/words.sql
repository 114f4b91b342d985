-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- basis                        what the sentence is about
-- share, before, change        the best fifth's share, of a year ago, and the difference of what is printed; NULL where history
--                              does not reach
-- best, members                how many the best fifth are, of how many
-- negative, losses             members below zero, and their sum
-- peak                         the highest share on the curve
-- known                        share of the revenue with a known cost
--
-- The first basis with a share, of profit, value, products, their profit, and revenue, is the answer; all others but revenue are notes.
--
-- Parameters: none.
with measured as (
    select
        *,
        top20_change as change,
        row_number() over (
            order by
                top20_share is null,
                case basis when 'profit' then 1 when 'value' then 2 when 'products' then 3 when 'product_profit' then 4 else 5 end
        ) as place_order
    from pareto
),

coverage as (
    select cast(known_revenue as double) / cast(all_revenue as double) as known
    from pareto_coverage
    where all_revenue > 0
),

sentences as (
    select
        case when place_order = 1 then 'answer' else 'note' end as place,
        place_order as position,
        'pareto.' || kind || case
            when top20_share is null then '.no_amount'
            when change is null then '.alone'
            when change > 0 then '.more'
            when change < 0 then '.less'
            else '.same'
        end as word,
        basis,
        top20_share as share,
        top20_share_year_ago as before,
        change,
        top20 as best,
        members,
        cast(null as bigint) as negative,
        cast(null as decimal(38, 6)) as losses,
        cast(null as double) as peak,
        cast(null as double) as known
    from measured
    where place_order = 1 or basis <> 'revenue'
    union all
    select
        'note' as place,
        10 as position,
        'pareto.losses' as word,
        basis, null, null, null, null, members, negative, losses, peak_share, null
    from measured
    where basis = 'profit' and negative > 0 and peak_share is not null
    union all
    select
        'note' as place,
        11 as position,
        'pareto.product_losses' as word,
        basis, null, null, null, null, members, negative, losses, peak_share, null
    from measured
    where basis = 'product_profit' and negative > 0 and peak_share is not null
    union all
    select
        'note' as place,
        11 as position,
        'pareto.returned' as word,
        basis, null, null, null, null, members, negative, losses, peak_share, null
    from measured
    where basis = 'products' and negative > 0 and peak_share is not null
    union all
    -- Printed with one decimal: what is printed as 100 % is all.
    select
        'note' as place,
        12 as position,
        'pareto.known' as word,
        'profit' as basis, null, null, null, null, null, null, null, null, known
    from coverage
    where round(1000 * known) < 1000
)

select
    place,
    cast(position as bigint) as position,
    word,
    'pareto' as step,
    basis,
    share,
    before,
    change,
    best,
    members,
    negative,
    losses,
    peak,
    known
from sentences
order by position, word
