-- Grain: one row per sentence of the section. It speaks of the ten largest customers; where there are ten or fewer, of the
-- five largest; where there are five or fewer, of the largest one.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, of_customers      the largest, of how many
-- revenue, share               what goes if they leave, and its share
-- needed                       by how much the others would have to grow
-- before, change               their share a year ago, and the difference; NULL where history does not reach
-- profit, profit_share         profit on goods that goes with them, and its share
-- late, late_revenue           of them, those at risk or lost by the status, and their revenue
--
-- Parameters: none.
with spoken as (
    select * from dependency order by customers desc limit 1
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case when customers = 1 then 'dependency.answer.one' else 'dependency.answer.several' end as word
    from spoken
    where needed_growth is not null
    union all
    select
        'note',
        2,
        case
            when share_change > 0 then 'dependency.note.more'
            when share_change < 0 then 'dependency.note.less'
            else 'dependency.note.same'
        end
    from spoken
    where share_change is not null
    union all
    select 'note', 3, 'dependency.note.profit' from spoken where profit_share is not null and profit > 0
    union all
    select 'note', 3, 'dependency.note.loss' from spoken where profit_share is not null and profit <= 0
    union all
    select
        'note',
        4,
        case
            when customers = 1 then 'dependency.note.one_late'
            when at_risk = 0 then 'dependency.note.none_late'
            else 'dependency.note.late'
        end
    from spoken
    where customers > 1 or at_risk = 1
    union all
    -- No row, or nothing that stays or goes.
    select 'left_out', 1, 'dependency.none'
    where (select count(*) from spoken where needed_growth is not null) = 0
),

told as (
    select
        sentences.place,
        cast(sentences.position as bigint) as position,
        sentences.word,
        spoken.*
    from sentences
    left join spoken on true
)

select
    place,
    position,
    word,
    'dependency' as step,
    customers,
    of_customers,
    revenue,
    revenue_share as share,
    needed_growth as needed,
    share_year_ago as before,
    share_change as change,
    profit,
    profit_share,
    at_risk as late,
    at_risk_revenue as late_revenue
from told
order by position, word
