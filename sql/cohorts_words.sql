-- Grain: one row per sentence of the section on cohorts.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- age              months since the first order: 3, or 1 for a young business
-- cohort           the newest with the month at that age over, of 30 customers or more if there is one
-- size, retention  its customers, and the share of them who ordered then
-- earlier          the cohorts before it that it is compared with, six at most
-- average_share    retention of all customers of these
-- difference_points  the difference of the two, of the shares as printed
-- after_share      share of all cohorts' revenue that came after a customer's first month
--
-- A difference within its standard error, that of two independent shares, is called none.
--
-- Parameters: none.
with known as (
    select cohort, age, size, active, retention from cohorts where complete and retention is not null
),

-- Month 3 says most; a young business has only month 1.
chosen as (
    select
        case
            when count(*) filter (where age = 3) > 0 then 3
            when count(*) filter (where age = 1) > 0 then 1
        end as age,
        (select count(*) from cohorts) as rows_known
    from known
),

ranked as (
    select
        known.cohort,
        known.size,
        known.active,
        known.retention,
        row_number() over (order by known.cohort desc) as place
    from known
    inner join chosen on known.age = chosen.age
),

-- The newest of 30 customers or more: with fewer, chance moves a share more than cohorts differ. If all are small, simply
-- the newest.
judged as (
    select coalesce(min(place) filter (where size >= 30), min(place)) as place from ranked
),

newest as (
    select ranked.cohort, ranked.size, ranked.retention
    from ranked
    inner join judged on ranked.place = judged.place
),

before as (
    select
        count(*) as earlier,
        sum(ranked.size) as size,
        case
            when sum(ranked.size) >= 30
                then cast(sum(ranked.active) as double) / nullif(cast(sum(ranked.size) as double), 0)
        end as average_share
    from ranked
    inner join judged on ranked.place between judged.place + 1 and judged.place + 6
),

-- A share is printed with one decimal, below 1 % with two.
printed as (
    select
        round(100 * newest.retention, case when 100 * newest.retention < 1 then 2 else 1 end) as newest_percent,
        round(100 * before.average_share, case when 100 * before.average_share < 1 then 2 else 1 end) as average_percent
    from newest
    cross join before
),

later as (
    select
        case
            when sum(revenue) > 0
                then cast(sum(revenue) filter (where age > 0) as double) / cast(sum(revenue) as double)
        end as after_share
    from cohorts
),

sentences (place, position) as (
    values ('answer', 1), ('note', 2)
)

select
    case when chosen.age is null then 'left_out' else sentences.place end as place,
    sentences.position,
    case
        when chosen.age is null then 'cohorts.too_young'
        when sentences.place = 'note' then 'cohorts.after_first_month'
        when before.average_share is null then 'cohorts.answer.alone'
        when
            abs(newest.retention - before.average_share)
            <= sqrt(
                newest.retention * (1 - newest.retention) / cast(newest.size as double)
                + before.average_share * (1 - before.average_share) / cast(before.size as double)
            )
            then 'cohorts.answer.same'
        when newest.retention < before.average_share then 'cohorts.answer.below'
        else 'cohorts.answer.above'
    end as word,
    'cohorts' as step,
    chosen.age,
    newest.cohort,
    newest.size,
    newest.retention,
    before.earlier,
    before.average_share,
    abs(printed.newest_percent - printed.average_percent) / 100 as difference_points,
    later.after_share
from chosen
cross join sentences
cross join before
cross join later
left join newest on chosen.age is not null
left join printed on chosen.age is not null
where
    chosen.rows_known > 0
    and (sentences.place = 'answer' or (chosen.age is not null and later.after_share is not null))
order by sentences.position
