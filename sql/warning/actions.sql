-- Grain: one row per action that the list of the early warning asks for, the most personal first; its rows sum to the
-- list.
--
-- action            as in early_warning
-- customers         to whom it applies
-- late              of these: late by their own rhythm; the others have too few orders for one
-- revenue_at_stake  money of the window ahead
--
-- Parameters: none.
select
    action,
    count(*) as customers,
    count(*) filter (where status <> 'not_known') as late,
    sum(revenue_at_stake) as revenue_at_stake
from early_warning
group by action
order by case action when 'call' then 1 when 'write' then 2 else 3 end
