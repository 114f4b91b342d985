-- Grain: one row per level, kind of day (and `all`) and pair of things that are often in one basket; the surest first.
-- A pair can only be frequent if both its things are (Agrawal and Srikant 1994, Fast Algorithms for Mining Association
-- Rules): all others are left out before baskets are compared.
--
-- level, kind        category or product; all, weekday, weekend or festival
-- item, other        the two things, the one that fewer baskets have first
-- baskets            all of the level and kind of day, among the customers drawn
-- item_baskets, other_baskets, with_both  with the one, with the other, with both
-- customers          customers with both in one basket
-- support            with_both / baskets
-- confidence         with_both / item_baskets: who buys the first also buys the other
-- confidence_back    with_both / other_baskets
-- lift               with_both * baskets / (item_baskets * other_baskets): 1 if they have nothing to do with each other,
--                    however popular they are
-- lift_low, lift_high  exp(ln lift -+ $baskets_sigmas * s), s^2 = (1/p - 1/p_item - 1/p_other + 2 lift - 1) / baskets, the
--                    shares p being those of the multinomial (delta method)
-- verdict            together: lift_low is above 1; apart: lift_high is below 1; chance: neither
--
-- Parameters: $baskets_support, $baskets_sigmas, $least_customers.
-- $baskets_sigmas must be a number above 0
with frequent as (
    select level, item
    from baskets_items
    where kind = 'all' and baskets >= $baskets_support * all_baskets and baskets >= $least_customers
),

lines as (
    select baskets_lines.*
    from baskets_lines
    inner join frequent on baskets_lines.level = frequent.level and baskets_lines.item = frequent.item
),

per_customer as (
    select one.level, one.kind, one.item as first_item, next.item as second_item, one.customer_id, count(*) as with_both
    from lines as one
    inner join lines as next
        on one.customer_id = next.customer_id and one.day = next.day and one.level = next.level and one.item < next.item
    group by one.level, one.kind, one.item, next.item, one.customer_id
),

pairs as (
    select level, kind, first_item, second_item, sum(with_both) as with_both, count(*) as customers
    from per_customer
    group by level, kind, first_item, second_item
    union all
    select level, 'all', first_item, second_item, sum(with_both), count(distinct customer_id)
    from per_customer
    group by level, first_item, second_item
),

counted as (
    select
        pairs.level,
        pairs.kind,
        case when one.baskets <= next.baskets then pairs.first_item else pairs.second_item end as item,
        case when one.baskets <= next.baskets then pairs.second_item else pairs.first_item end as other,
        one.all_baskets as baskets,
        least(one.baskets, next.baskets) as item_baskets,
        greatest(one.baskets, next.baskets) as other_baskets,
        pairs.with_both,
        pairs.customers
    from pairs
    inner join baskets_items as one
        on pairs.level = one.level and pairs.kind = one.kind and pairs.first_item = one.item
    inner join baskets_items as next
        on pairs.level = next.level and pairs.kind = next.kind and pairs.second_item = next.item
    where pairs.with_both >= $baskets_support * one.all_baskets and pairs.customers >= $least_customers
),

measured as (
    select
        *,
        cast(with_both as double) / baskets as support,
        cast(with_both as double) / item_baskets as confidence,
        cast(with_both as double) / other_baskets as confidence_back,
        cast(with_both as double) * baskets / (cast(item_baskets as double) * other_baskets) as lift
    from counted
),

sure as (
    select
        *,
        sqrt(greatest(
            (1 / support - cast(baskets as double) / item_baskets - cast(baskets as double) / other_baskets + 2 * lift - 1)
            / baskets,
            cast(0 as double)
        )) as deviation
    from measured
),

bounded as (
    select *, lift * exp(-$baskets_sigmas * deviation) as lift_low, lift * exp($baskets_sigmas * deviation) as lift_high
    from sure
)

select
    level,
    kind,
    item,
    other,
    baskets,
    item_baskets,
    other_baskets,
    with_both,
    customers,
    support,
    confidence,
    confidence_back,
    lift,
    lift_low,
    lift_high,
    case when lift_low > 1 then 'together' when lift_high < 1 then 'apart' else 'chance' end as verdict
from bounded
order by level, kind, lift_low desc, item, other
