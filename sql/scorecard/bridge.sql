-- Grain: from 100 points to the score of the main card; none without a score.
--
-- step_name  full, a perspective, score
-- amount     points: of the first and the last row; of the others those lost, below zero
-- is_total   whether it is of the first or the last row
-- place      the order
--
-- Parameters: none.
with card as (
    select score from scorecard where main and score is not null
),

steps as (
    select 'full' as step_name, cast(100 as double) as amount, true as is_total, 0 as place from card
    union all
    select
        perspective,
        -lost,
        false,
        row_number() over (
            order by
                case perspective when 'finance' then 1 when 'financial' then 1 when 'customer' then 2 when 'process' then 3 when 'learning' then 4 else 5 end,
                perspective
        )
    from scorecard_perspectives
    where main and lost is not null and (select count(*) from card) > 0
    union all
    select 'score', score, true, 1000 from card
)

select step_name, amount, is_total, place
from steps
order by place
