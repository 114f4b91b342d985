-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- of_customers                 with an order or money in the last 365 days
-- linked, groups               of these, in a group of two or more; and how many such groups there are
-- together                     customers and groups, once rolled up
-- best                         the largest that the sentence speaks of: 10, or 1 where ten are everybody
-- share, alone, change         their share rolled up, the share of customers as they are, and the difference as printed
-- size, revenue, group_share   customers of the largest group of two or more, its revenue and its share
-- needed                       by how much all others would have to grow if it left; NULL where it has it all
-- endless                      customers whose chain of parents does not end
--
-- Parameters: none.
with counts as (
    select
        coalesce(sum(customers), 0) as of_customers,
        count(*) as together,
        coalesce(sum(customers) filter (where customers >= 2), 0) as linked,
        count(*) filter (where customers >= 2) as groups
    from parents_amounts
    where revenue is not null
),

measured as (
    select
        max(groups) filter (where measure = 'top1') as groups1,
        max(customers) filter (where measure = 'top1') as customers1,
        max(groups) filter (where measure = 'top10') as groups10,
        max(customers) filter (where measure = 'top10') as customers10
    from parents
),

spoken as (
    select
        counts.*,
        case when counts.together > 10 then 10 else 1 end as best,
        case when counts.together > 10 then measured.groups10 else measured.groups1 end as share,
        case when counts.together > 10 then measured.customers10 else measured.customers1 end as alone
    from counts
    cross join measured
),

largest as (
    select customers, revenue, revenue_share from parents_groups order by place limit 1
),

endless as (
    select count(*) as customers from parents_roots where endless
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when best = 1 and round(1000 * share) > round(1000 * alone) then 'parents.answer.one_more'
            when best = 1 then 'parents.answer.one_same'
            when round(1000 * share) > round(1000 * alone) then 'parents.answer.ten_more'
            else 'parents.answer.ten_same'
        end as word,
        of_customers,
        linked,
        groups,
        share,
        alone,
        cast(round(1000 * share) - round(1000 * alone) as double) / 1000 as change,
        cast(null as bigint) as size,
        cast(null as decimal(38, 6)) as revenue,
        cast(null as double) as needed,
        cast(null as bigint) as endless
    from spoken
    where groups > 0 and share is not null
    union all
    select
        'note',
        2,
        case when revenue_share < 1 then 'parents.largest' else 'parents.largest_all' end,
        null, null, null, revenue_share, null, null, customers, revenue,
        case when revenue_share < 1 then revenue_share / (1 - revenue_share) end,
        null
    from largest
    where revenue > 0 and revenue_share is not null
    union all
    select 'note', 3, 'parents.endless', null, null, null, null, null, null, null, null, null, customers
    from endless
    where customers > 0
    union all
    select 'left_out', 1, 'parents.none', null, null, null, null, null, null, null, null, null, null
    from spoken
    where groups = 0 or share is null
)

select
    place,
    cast(position as bigint) as position,
    word,
    case word when 'parents.largest' then 'parents_groups' else 'parents' end as step,
    of_customers,
    linked,
    groups,
    share,
    alone,
    change,
    size,
    revenue,
    needed,
    endless
from sentences
order by position, word
