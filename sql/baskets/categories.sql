-- Grain: one row per pair of categories, on all days; those that go together first, the surest on top.
--
-- Columns: those of `baskets_pairs`; weekday_lift, weekend_lift, festival_lift  the lift on such days; NULL where too few
-- customers bought both on them.
--
-- Parameters: none.
select
    every.item,
    every.other,
    every.baskets,
    every.item_baskets,
    every.other_baskets,
    every.with_both,
    every.customers,
    every.support,
    every.confidence,
    every.confidence_back,
    every.lift,
    every.lift_low,
    every.lift_high,
    every.verdict,
    weekday.lift as weekday_lift,
    weekend.lift as weekend_lift,
    festival.lift as festival_lift
from baskets_pairs as every
left join baskets_pairs as weekday
    on
        weekday.level = every.level and weekday.item in (every.item, every.other)
        and weekday.other in (every.item, every.other) and weekday.kind = 'weekday'
left join baskets_pairs as weekend
    on
        weekend.level = every.level and weekend.item in (every.item, every.other)
        and weekend.other in (every.item, every.other) and weekend.kind = 'weekend'
left join baskets_pairs as festival
    on
        festival.level = every.level and festival.item in (every.item, every.other)
        and festival.other in (every.item, every.other) and festival.kind = 'festival'
where every.level = 'category' and every.kind = 'all'
order by every.lift_low desc, every.item, every.other
