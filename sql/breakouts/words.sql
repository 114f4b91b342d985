-- Grain: one row per sentence of the section.
--
-- place, word, step  where it stands, its key, the table that its figures come from
-- products, categories  how many broke out
-- of_products, of_categories  of how many
-- months_before      months before that they were compared with
-- sigmas             the setting $breakout_sigmas
-- buyers             the setting $breakout_buyers
--
-- Parameters: $breakout_sigmas, $breakout_buyers.
with counts as (
    select
        count(*) filter (where kind = 'product') as of_products,
        count(*) filter (where kind = 'category') as of_categories,
        max(months_before) as months_before
    from breakouts_measured
    having count(*) > 0
),

out as (
    select
        count(*) filter (where kind = 'product') as products,
        count(*) filter (where kind = 'category') as categories
    from breakouts
)

select
    'answer' as place,
    case
        when out.products + out.categories = 0 then 'breakouts.answer.none'
        when out.categories = 0 then 'breakouts.answer.products'
        when out.products = 0 then 'breakouts.answer.categories'
        else 'breakouts.answer.some'
    end as word,
    'breakouts' as step,
    out.products,
    out.categories,
    counts.of_products,
    counts.of_categories,
    counts.months_before,
    -- 3, not 3.000.
    case
        when $breakout_sigmas = floor($breakout_sigmas) then cast(cast($breakout_sigmas as bigint) as varchar)
        else cast(cast($breakout_sigmas as double) as varchar)
    end as sigmas,
    cast($breakout_buyers as bigint) as buyers
from counts
cross join out
union all
select
    'left_out' as place,
    'breakouts.too_short' as word,
    'periods' as step,
    null, null, null, null, null, null, null
where (select count(*) from breakouts_measured) = 0
