-- Grain: account manager × part: base, service, feedback, marketing.
--
-- account_manager  text
-- part, part_order key, and its place
-- items            how many items of the part have data
-- measured         their names, with commas; NULL without one
-- weight           the part's points, at most
-- reached          mean of the items' shares (numerator / denominator, 0 to 1); of marketing the points by growth. NULL without data
-- points           weight × reached; NULL likewise
--
-- Parameters: $manager_scores_base, $manager_scores_service, $manager_scores_feedback, $manager_scores_marketing.
-- $manager_scores_base must be a number of 0 or more
-- $manager_scores_service must be a number of 0 or more
-- $manager_scores_feedback must be a number of 0 or more
-- $manager_scores_marketing must be a number of 0 or more
with parts as (
    select 'base' as part, 1 as part_order, cast($manager_scores_base as double) as weight
    union all
    select 'service', 2, cast($manager_scores_service as double)
    union all
    select 'feedback', 3, cast($manager_scores_feedback as double)
    union all
    select 'marketing', 4, cast($manager_scores_marketing as double)
),

items as (
    select account_manager, part, item, sum(numerator) as numerator, sum(denominator) as denominator
    from manager_scores_items
    group by account_manager, part, item
    having sum(denominator) > 0
),

shares as (
    select
        account_manager,
        part,
        item,
        -- Decimals: their sum does not depend on the order of rows.
        cast(greatest(least(cast(numerator as double) / cast(denominator as double), 1), 0) as decimal(18, 12)) as reached
    from items
    union all
    select account_manager, 'marketing', 'growth', cast(points / 100 as decimal(18, 12))
    from manager_scores_growth
    where points is not null
),

means as (
    select
        account_manager,
        part,
        count(*) as items,
        array_to_string(array_sort(array_agg(item)), ', ') as measured,
        cast(sum(reached) as double) / count(*) as reached
    from shares
    group by account_manager, part
)

select
    growth.account_manager,
    parts.part,
    parts.part_order,
    coalesce(means.items, 0) as items,
    means.measured,
    parts.weight,
    means.reached,
    parts.weight * means.reached as points
from manager_scores_growth as growth
cross join parts
left join means on growth.account_manager = means.account_manager and parts.part = means.part
order by growth.account_manager, parts.part_order
