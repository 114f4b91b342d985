-- Grain: one row per sentence of the section on the share of wallet.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        customers who answered, or of whom the sentence speaks
-- of_customers     of how many
-- share            share of wallet
-- earlier          the same a year ago
-- points           share: their difference, without sign
-- here, everything, elsewhere  money in $wallet_days
-- answers          answers that do not count, or count as all here
-- segment          the segment with the lowest share
-- days             $wallet_days
-- low              $wallet_low_share
--
-- Parameters: $wallet_days, $wallet_low_share, $least_customers.
with now as (
    select * from wallet_summary
),

last_year as (
    select share, customers from year_ago.wallet_summary
),

more as (
    select count(*) as customers, coalesce(sum(elsewhere), 0) as elsewhere from wallet_more
),

-- Segments with enough answers to compare.
compared as (
    select segment, customers, share, count(*) over () as segments
    from wallet_segments
    where segment is not null and customers >= cast($least_customers as bigint)
),

-- The others may be too small to compare: then a share above that of all is not the lowest.
lowest as (
    select compared.segment, compared.customers, compared.share
    from compared
    cross join now
    where compared.segments > 1 and compared.share < now.share
    order by compared.share, compared.segment
    limit 1
),

sentences as (
    select
        case when now.customers = 0 then 'left_out' else 'answer' end as place, 1 as position,
        case
            when now.customers = 0 then 'wallet.answer.none'
            when last_year.share is null then 'wallet.answer.alone'
            when now.share > last_year.share then 'wallet.answer.rose'
            when now.share < last_year.share then 'wallet.answer.fell'
            else 'wallet.answer.same'
        end as word,
        'wallet_summary' as step,
        now.customers, now.bought as of_customers, now.share, last_year.share as earlier,
        now.spend_here as here, now.spend_all as everything, now.elsewhere, now.left_out as answers,
        cast(null as varchar) as segment
    from now
    left join last_year on true
    union all
    select
        'note' as place, 2 as position,
        case when now.customers < cast($least_customers as bigint) then 'wallet.note.few' else 'wallet.note.asked' end as word,
        'wallet_summary' as step,
        now.customers, now.bought as of_customers, now.mean_share as share, null as earlier,
        null as here, null as everything, null as elsewhere, null as answers, null as segment
    from now
    where now.customers > 0
    union all
    select
        'note' as place, 3 as position, 'wallet.note.lowest' as word, 'wallet_segments' as step,
        customers, null as of_customers, share, null as earlier,
        null as here, null as everything, null as elsewhere, null as answers, segment
    from lowest
    union all
    select
        'note' as place, 4 as position, 'wallet.note.more' as word, 'wallet_more' as step,
        more.customers, now.customers as of_customers, null as share, null as earlier,
        null as here, null as everything, more.elsewhere, null as answers, null as segment
    from more
    cross join now
    where more.customers > 0
    union all
    select
        'note' as place, 2 as position, 'wallet.note.left_out' as word, 'wallet_answers' as step,
        null as customers, null as of_customers, null as share, null as earlier,
        null as here, null as everything, null as elsewhere, now.left_out as answers, null as segment
    from now
    where now.left_out > 0 and now.customers > 0
    union all
    select
        'note' as place, 2 as position, 'wallet.note.understated' as word, 'wallet' as step,
        null as customers, null as of_customers, null as share, null as earlier,
        null as here, null as everything, null as elsewhere, now.understated as answers, null as segment
    from now
    where now.understated > 0
    union all
    select
        'left_out' as place, 1 as position, 'wallet.nobody' as word, 'wallet_summary' as step,
        null as customers, null as of_customers, null as share, null as earlier,
        null as here, null as everything, null as elsewhere, null as answers, null as segment
    where (select count(*) from now) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    share,
    earlier,
    abs(share - earlier) as points,
    cast(here as decimal(38, 6)) as here,
    cast(everything as decimal(38, 6)) as everything,
    cast(elsewhere as decimal(38, 6)) as elsewhere,
    cast(answers as bigint) as answers,
    segment,
    cast($wallet_days as bigint) as days,
    cast($wallet_low_share as double) as low
from sentences
order by position, word
