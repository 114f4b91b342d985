-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, of_customers      of the action, and of all with a predicted value
-- before                       customers of the action one period earlier
-- revenue, clv                 money of these
-- clv_share                    share of all predicted value
-- elsewhere                    money that the customers of the sentence say to spend elsewhere
--
-- Parameters: none.
with whole as (
    select sum(customers) as of_customers from potential_actions having sum(customers) > 0
),

said as (
    select count(*) as customers, sum(elsewhere) as elsewhere from potential where basis = 'stated'
),

actions as (
    select potential_actions.*, whole.of_customers from potential_actions cross join whole
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when customers = 0 then 'potential.answer.none'
            when customers_before is null then 'potential.answer.alone'
            when customers <> customers_before then 'potential.answer.changed'
            else 'potential.answer.same'
        end as word,
        customers,
        of_customers,
        customers_before as before,
        revenue_12m as revenue,
        clv,
        clv_share,
        elsewhere
    from actions
    where action = 'develop'
    union all
    select 'note', 2, 'potential.note.defend', customers, of_customers, null, revenue_12m, clv, clv_share, null
    from actions
    where action = 'defend' and customers > 0
    union all
    select 'note', 3, 'potential.note.keep', customers, of_customers, null, revenue_12m, clv, clv_share, null
    from actions
    where action = 'keep' and customers > 0 and clv_share is not null
    union all
    select 'note', 4, 'potential.note.stated', said.customers, whole.of_customers, null, null, null, null, said.elsewhere
    from said
    cross join whole
    where said.customers > 0
    union all
    select 'left_out', 1, 'potential.none', null, null, null, null, null, null, null
    where (select count(*) from whole) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    case word when 'potential.note.stated' then 'potential' else 'potential_actions' end as step,
    customers,
    of_customers,
    before,
    revenue,
    clv,
    clv_share,
    cast(elsewhere as decimal(38, 6)) as elsewhere
from sentences
order by position
