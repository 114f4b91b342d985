-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- middle_margin, large_margin, small_margin  profit of the sizes, of their revenue; NULL where a size has no revenue above zero
-- middle_each, large_each, small_each        profit a customer
-- middle_share, large_share, small_share     share of all profit
-- from_tenth, to_tenth   $profit_deciles_middle
-- known                  share of revenue with a known cost
-- margin                 the stated margin of the rest
-- service, marketing     $service_cost_per_order, $marketing_cost_per_year
-- losing, customers      customers with a profit below zero, of all
-- loss                   what these lost, as a positive figure
--
-- The middle is said to lead or to lag only beyond two standard errors of the difference; and only where costs differ among
-- customers: at one stated margin for all, margins are alike by construction.
--
-- Parameters: $margin, $service_cost_per_order, $marketing_cost_per_year, $profit_deciles_middle, $least_customers.
with sizes as (
    select
        max(margin) filter (where size = 'middle') as middle_margin,
        max(margin) filter (where size = 'large') as large_margin,
        max(margin) filter (where size = 'small') as small_margin,
        max(noise) filter (where size = 'middle') as middle_noise,
        max(noise) filter (where size = 'large') as large_noise,
        max(noise) filter (where size = 'small') as small_noise,
        max(profit_each) filter (where size = 'middle') as middle_each,
        max(profit_each) filter (where size = 'large') as large_each,
        max(profit_each) filter (where size = 'small') as small_each,
        max(profit_share) filter (where size = 'middle') as middle_share,
        max(profit_share) filter (where size = 'large') as large_share,
        max(profit_share) filter (where size = 'small') as small_share,
        cast(sum(customers) as bigint) as customers,
        min(customers) as fewest,
        count(*) as sizes
    from profit_deciles_sizes
),

basis as (
    select
        case when sum(revenue) > 0 then cast(sum(costed_revenue) as double) / cast(sum(revenue) as double) end as known,
        cast(sum(losing) as bigint) as losing,
        sum(costed_revenue) > 0 or sum(service_cost) > 0 or sum(marketing_cost) > 0 as differs
    from profit_deciles
),

losses as (
    select -sum(profit) as loss from profit_deciles_customers where profit < 0
),

judged as (
    select
        sizes.*,
        basis.known,
        basis.losing,
        losses.loss,
        case
            when sizes.sizes < 3 or sizes.fewest < $least_customers then 'small'
            when not basis.differs then 'alike'
            when sizes.middle_margin is null or sizes.large_margin is null or sizes.small_margin is null then 'no_revenue'
            when
                sizes.middle_margin - sizes.large_margin > 2 * sqrt(power(sizes.middle_noise, 2) + power(sizes.large_noise, 2))
                and sizes.middle_margin - sizes.small_margin > 2 * sqrt(power(sizes.middle_noise, 2) + power(sizes.small_noise, 2))
                then 'middle'
            when
                sizes.large_margin - sizes.middle_margin > 2 * sqrt(power(sizes.middle_noise, 2) + power(sizes.large_noise, 2))
                and sizes.large_margin >= sizes.small_margin then 'large'
            when
                sizes.small_margin - sizes.middle_margin > 2 * sqrt(power(sizes.middle_noise, 2) + power(sizes.small_noise, 2))
                and sizes.small_margin > sizes.large_margin then 'smallest'
            else 'chance'
        end as verdict
    from sizes
    cross join basis
    cross join losses
    where sizes.customers > 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        concat('profit_deciles.answer.', verdict) as word,
        'profit_deciles_sizes' as step,
        middle_margin,
        large_margin,
        small_margin,
        middle_each,
        large_each,
        small_each,
        middle_share,
        large_share,
        small_share,
        cast($profit_deciles_middle[1] as bigint) as from_tenth,
        cast($profit_deciles_middle[2] as bigint) as to_tenth,
        known,
        cast($margin as double) as margin,
        cast($service_cost_per_order as decimal(38, 6)) as service,
        cast($marketing_cost_per_year as decimal(38, 6)) as marketing,
        losing,
        customers,
        loss
    from judged
    union all
    select
        'note', 2, 'profit_deciles.note.each', 'profit_deciles_sizes',
        middle_margin, large_margin, small_margin, middle_each, large_each, small_each, middle_share, large_share, small_share,
        cast($profit_deciles_middle[1] as bigint), cast($profit_deciles_middle[2] as bigint),
        known, null, null, null, losing, customers, loss
    from judged
    where verdict not in ('small') and middle_share is not null
    union all
    select
        'note', 3,
        case when verdict = 'middle' then 'profit_deciles.note.rule_held' else 'profit_deciles.note.rule' end,
        'profit_deciles_sizes',
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    from judged
    where verdict in ('middle', 'large', 'smallest', 'chance')
    union all
    select
        'note', 4,
        case
            when known is null then 'profit_deciles.note.stated'
            when known = 0 then 'profit_deciles.note.stated'
            when known >= 0.9995 then 'profit_deciles.note.known'
            else 'profit_deciles.note.in_part'
        end,
        'profit_deciles',
        null, null, null, null, null, null, null, null, null, null, null, known, cast($margin as double),
        null, null, null, null, null
    from judged
    union all
    select
        'note', 4,
        case
            when $service_cost_per_order > 0 and $marketing_cost_per_year > 0 then 'profit_deciles.note.then_both'
            when $service_cost_per_order > 0 then 'profit_deciles.note.then_service'
            when $marketing_cost_per_year > 0 then 'profit_deciles.note.then_marketing'
            else 'profit_deciles.note.then_none'
        end,
        'profit_deciles',
        null, null, null, null, null, null, null, null, null, null, null, null, null,
        cast($service_cost_per_order as decimal(38, 6)), cast($marketing_cost_per_year as decimal(38, 6)), null, null, null
    from judged
    union all
    select
        'note', 5, 'profit_deciles.note.losing', 'profit_deciles',
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, losing, customers, loss
    from judged
    where losing > 0
    union all
    select
        'left_out', 1, 'profit_deciles.nothing', 'profit_deciles',
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    where (select count(*) from judged) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    middle_margin,
    large_margin,
    small_margin,
    middle_each,
    large_each,
    small_each,
    middle_share,
    large_share,
    small_share,
    from_tenth,
    to_tenth,
    known,
    margin,
    service,
    marketing,
    losing,
    customers,
    loss
from sentences
order by position, word
