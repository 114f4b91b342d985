-- Grain: one row per sentence of the section.
--
-- customers, of_customers  red, of all with a score; of a note those it is about
-- before        red one period earlier; NULL where history does not reach
-- share, share_before  of red, now and then; more or fewer by the figures as they are printed
-- money         revenue of 12 months: of the red; of those whose light got worse
-- driver        the one that costs most points for most customers, if $least_customers have a score
-- others        customers who are lost and have no score
--
-- Parameters: $least_customers.
with now as (
    select
        sum(customers) as of_customers,
        sum(customers) filter (where colour = 'red') as red,
        sum(customers) filter (where colour = 'green') as green,
        sum(customers_before) filter (where colour = 'red') as red_before,
        sum(customers_before) as all_before,
        sum(revenue_12m) filter (where colour = 'red') as red_money
    from health_colours
    having count(*) > 0
),

shares as (
    select
        *,
        cast(red as double) / cast(of_customers as double) as share,
        case when all_before > 0 then cast(red_before as double) / cast(all_before as double) end as share_before
    from now
),

fallen as (
    select count(*) as customers, coalesce(sum(revenue_12m), 0) as money from health_fallen
),

worst as (
    select driver, worst_of from health_drivers where worst_of > 0 order by worst_of desc, driver limit 1
),

gone as (
    select count(*) as lost from churn where status = 'lost'
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when red = 0 then 'health.answer.none'
            when share_before is null then 'health.answer.count'
            when round(share, 3) > round(share_before, 3) then 'health.answer.more'
            when round(share, 3) < round(share_before, 3) then 'health.answer.fewer'
            else 'health.answer.as_many'
        end as word,
        'health_colours' as step,
        red as customers,
        of_customers,
        red_before as before,
        share,
        share_before,
        red_money as money,
        null as driver,
        null as others
    from shares
    union all
    select 'note', 2, 'health.note.fallen', 'health_fallen', fallen.customers, shares.of_customers, null, null, null, fallen.money,
        null, null
    from fallen
    cross join shares
    where fallen.customers > 0
    union all
    select 'note', 3, 'health.note.driver', 'health_drivers', worst.worst_of, shares.of_customers, null, null, null, null,
        worst.driver, null
    from worst
    cross join shares
    where shares.of_customers >= $least_customers
    union all
    select 'note', 4, 'health.note.lost', 'health', null, null, null, null, null, null, null, gone.lost
    from gone
    where gone.lost > 0
    union all
    select 'left_out', 1, 'health.nobody', 'health', null, null, null, null, null, null, null, null
    where (select count(*) from shares) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    cast(before as bigint) as before,
    cast(share as double) as share,
    cast(share_before as double) as share_before,
    cast(money as decimal(38, 6)) as money,
    cast(driver as varchar) as driver,
    cast(others as bigint) as others
from sentences
order by position
