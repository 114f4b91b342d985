-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, of_customers      of the quarter, and of all with an order in the last 365 days
-- before                       of the quarter one period earlier
-- contribution, share          money of the quarter, and its share
-- mean                         money: the mean of all
--
-- Parameters: none.
with whole as (
    select
        sum(customers) as of_customers,
        cast(cast(sum(contribution) as decimal(38, 6)) / sum(customers) as decimal(38, 6)) as mean
    from engagement_quarters
    having sum(customers) > 0
),

quarters as (
    select engagement_quarters.*, whole.of_customers, whole.mean from engagement_quarters cross join whole
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when customers = 0 then 'engagement.answer.none'
            when customers_before is null then 'engagement.answer.alone'
            when customers <> customers_before then 'engagement.answer.changed'
            else 'engagement.answer.same'
        end as word,
        customers,
        of_customers,
        customers_before as before,
        contribution,
        contribution_share as share,
        mean
    from quarters
    where quarter = 'undervalued'
    union all
    select 'note', 2, 'engagement.note.distant', customers, of_customers, null, contribution, contribution_share, mean
    from quarters
    where quarter = 'distant' and customers > 0 and contribution_share is not null
    union all
    select 'note', 3, 'engagement.note.core', customers, of_customers, null, contribution, contribution_share, mean
    from quarters
    where quarter = 'core' and customers > 0 and contribution_share is not null
    union all
    select 'left_out', 1, 'engagement.none', null, null, null, null, null, null
    where (select count(*) from whole) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'engagement_quarters' as step,
    customers,
    of_customers,
    before,
    contribution,
    share,
    mean
from sentences
order by position
