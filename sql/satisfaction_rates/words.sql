-- Grain: one row per sentence of the section on rates of satisfaction.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- rate             the rate that the sentence is about
-- customers        of whom it is true
-- of_customers     of how many
-- share            the rate
-- earlier          the same a year ago
-- points           share: their difference, without sign
-- yes              $satisfaction_rates_yes
--
-- Parameters: $satisfaction_rates_yes, $least_customers.
with first_rate as (
    select * from satisfaction_rates order by position limit 1
),

moved as (
    select
        *,
        row_number() over (order by abs(share - year_ago) desc, position) as place
    from satisfaction_rates
    where year_ago is not null and share <> year_ago and of_customers >= cast($least_customers as bigint)
),

below as (
    select
        count(*) filter (where share < benchmark_low) as below,
        count(*) as compared
    from satisfaction_rates
    where benchmark is not null
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when rate = 'complaint' and customers = 0 then 'satisfaction_rates.answer.complaint_none'
            when rate = 'loyalty' and customers = 0 then 'satisfaction_rates.answer.loyalty_none'
            when rate = 'repurchase' and customers = 0 then 'satisfaction_rates.answer.repurchase_none'
            when rate = 'recommend' and customers = 0 then 'satisfaction_rates.answer.recommend_none'
            when customers = 0 then 'satisfaction_rates.answer.none'
            when rate = 'complaint' then 'satisfaction_rates.answer.complaint'
            when rate = 'loyalty' then 'satisfaction_rates.answer.loyalty'
            when rate = 'repurchase' then 'satisfaction_rates.answer.repurchase'
            when rate = 'recommend' then 'satisfaction_rates.answer.recommend'
            when year_ago is null then 'satisfaction_rates.answer.alone'
            when share > year_ago then 'satisfaction_rates.answer.rose'
            when share < year_ago then 'satisfaction_rates.answer.fell'
            else 'satisfaction_rates.answer.same'
        end as word,
        rate, customers, of_customers, share, year_ago as earlier
    from first_rate
    union all
    -- The largest move, if the answer does not say it already.
    select
        'note' as place,
        2 as position,
        case when share > year_ago then 'satisfaction_rates.note.rose' else 'satisfaction_rates.note.fell' end as word,
        rate, customers, of_customers, share, year_ago as earlier
    from moved
    where place = 1 and rate <> 'satisfaction'
    union all
    select
        'note' as place,
        3 as position,
        case
            when below = 0 then 'satisfaction_rates.note.none_below'
            when below = compared then 'satisfaction_rates.note.all_below'
            else 'satisfaction_rates.note.some_below'
        end as word,
        null as rate, below as customers, compared as of_customers, null as share, null as earlier
    from below
    where compared > 0
    union all
    select
        'note' as place, 3 as position, 'satisfaction_rates.note.yes' as word,
        null as rate, null as customers, null as of_customers, null as share, null as earlier
    from below
    where compared > 0
    union all
    select
        'note' as place, 4 as position, 'satisfaction_rates.note.few' as word,
        null as rate, null as customers, of_customers, null as share, null as earlier
    from first_rate
    where of_customers < cast($least_customers as bigint) and rate <> 'complaint'
    union all
    select
        'left_out' as place, 1 as position, 'satisfaction_rates.nobody' as word,
        null as rate, null as customers, null as of_customers, null as share, null as earlier
    where (select count(*) from satisfaction_rates) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'satisfaction_rates' as step,
    rate,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    share,
    earlier,
    abs(share - earlier) as points,
    cast($satisfaction_rates_yes as double) as yes
from sentences
order by position, word
