-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- managers, scored     account managers, and those with a score of all parts that somebody has
-- median, highest, lowest, best, worst  scores, and who has them
-- compared, up, down   with an earlier score of the same parts; whose rose, whose fell
-- part, lost, weight   a part, the mean points lost in it, and its weight; or the sum of all weights
-- partial              account managers without a part that others have
-- customers, money, revenue  customers concerned, their money, all money of the period
--
-- Parameters: $manager_scores_against.
with scores as (
    select
        count(*) as managers,
        count(case when not partial then score end) as scored,
        median(case when not partial then cast(score as double) end) as median,
        cast(max(case when not partial then score end) as double) as highest,
        cast(min(case when not partial then score end) as double) as lowest,
        first_value(coalesce(name, account_manager) order by case when not partial then score end desc nulls last, account_manager) as best,
        first_value(coalesce(name, account_manager) order by case when not partial then score end asc nulls last, account_manager) as worst,
        count(case when partial then 1 end) as partial,
        count(change) as compared,
        count(case when change > 0 then 1 end) as up,
        count(case when change < 0 then 1 end) as down,
        count(case when not registered then 1 end) as unregistered,
        count(case when band = 'new' then 1 end) as new,
        count(case when band = 'no_history' then 1 end) as no_history
    from manager_scores
),

losses as (
    select part, lost, weight
    from manager_scores_reached
    where lost > 0
    order by cast(lost as decimal(18, 6)) desc, part_order
    limit 1
),

sums as (
    select sum(weight) as weight from manager_scores_reached
),

sentences as (
    select 'left_out' as place, 1 as position, 'manager_scores.nobody' as word, 'manager_scores' as step,
        cast(null as varchar) as part, cast(null as double) as lost, cast(null as double) as weight
    from scores
    where managers = 0
    union all
    select
        'answer', 1,
        case
            when scored = 0 then 'manager_scores.answer.none'
            when scored = 1 then 'manager_scores.answer.one'
            when highest = lowest then 'manager_scores.answer.same'
            else 'manager_scores.answer.many'
        end,
        'manager_scores', null, null, null
    from scores
    where managers > 0
    union all
    select
        'note', 2,
        case
            when up = 0 then 'manager_scores.note.compared_fell'
            when down = 0 then 'manager_scores.note.compared_rose'
            else 'manager_scores.note.compared'
        end,
        'manager_scores', null, null, null
    from scores
    where compared > 0 and up + down > 0
    union all
    select 'note', 2, 'manager_scores.note.lost', 'manager_scores_reached', part, lost, weight from losses
    union all
    select 'note', 3, 'manager_scores.note.no_part', 'manager_scores_reached', part, null, weight
    from manager_scores_reached
    where managers = 0 and weight > 0 and part <> 'marketing'
    union all
    select 'note', 3, 'manager_scores.note.no_history', 'manager_scores', null, null, null from scores where no_history > 0
    union all
    select 'note', 3, 'manager_scores.note.fewer_parts', 'manager_scores', null, null, null from scores where partial > 0
    union all
    select 'note', 3, 'manager_scores.note.newcomers', 'manager_scores', null, null, null from scores where new > 0
    union all
    select 'note', 3, 'manager_scores.note.weights', 'manager_scores_reached', null, null, weight
    from sums
    where abs(weight - 100) > 0.000001
    union all
    select
        'note', 4,
        case
            when uncredited > 0 then 'manager_scores.note.split_less'
            when uncredited < 0 then 'manager_scores.note.split_more'
            else 'manager_scores.note.split'
        end,
        'manager_scores_splits', null, null, null
    from manager_scores_credits
    where split_customers > 0
    union all
    select 'behind', 5, 'manager_scores.behind.nobody', 'manager_scores_credits', null, null, null
    from manager_scores_credits
    where nobody_customers > 0
    union all
    select 'behind', 6, 'manager_scores.behind.unregistered', 'manager_scores', null, null, null from scores where unregistered > 0
    union all
    select 'behind', 7,
        case $manager_scores_against when 'before' then 'manager_scores.behind.before' else 'manager_scores.behind.year_ago' end,
        'manager_scores', null, null, null
    union all
    select 'behind', 8,
        case when (select count(*) from manager_scores_shares) > 0 then 'manager_scores.behind.assigned' else 'manager_scores.behind.today' end,
        'manager_scores_credits', null, null, null
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    sentences.step,
    scores.managers,
    scores.scored,
    scores.median,
    scores.highest,
    scores.lowest,
    scores.best,
    scores.worst,
    scores.compared,
    scores.up,
    scores.down,
    sentences.part,
    sentences.lost,
    sentences.weight,
    scores.partial,
    scores.new as newcomers,
    scores.no_history,
    scores.unregistered,
    case when sentences.word = 'manager_scores.behind.nobody' then credits.nobody_customers else credits.split_customers end
        as customers,
    case when sentences.word = 'manager_scores.behind.nobody' then credits.nobody else abs(credits.uncredited) end as money,
    credits.revenue
from sentences
cross join scores
cross join manager_scores_credits as credits
where scores.managers > 0 or sentences.place = 'left_out'
order by sentences.place, sentences.position, sentences.word, sentences.part
