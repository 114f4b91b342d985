-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, of_customers      key accounts, of all with an order in the last 365 days
-- share                        of the revenue of these days; NULL where that is not above zero
-- high, least, known           $key_accounts_high; by how many of how many measures
-- without, revenue             key accounts whom nobody is in charge of, and their money
--
-- Parameters: $key_accounts_high, $key_accounts_least.
with whole as (
    select
        count(*) as of_customers,
        count(*) filter (where is_key) as customers,
        case
            when sum(revenue_12m) > 0
                then cast(coalesce(sum(revenue_12m) filter (where is_key), 0) as double) / cast(sum(revenue_12m) as double)
        end as share,
        (select count(*) from key_accounts_measures) as known
    from key_accounts_marks
),

-- Where nobody is in charge of anybody, the shop has no account managers.
alone as (
    select
        count(*) filter (where account_manager is null) as without,
        coalesce(sum(revenue_12m) filter (where account_manager is null), 0) as revenue
    from key_accounts
    where (select count(*) from in_charge) > 0
    having count(*) > 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when customers = 0 then 'key_accounts.answer.none'
            when share is null then 'key_accounts.answer.plain'
            else 'key_accounts.answer.some'
        end as word
    from whole
    where of_customers > 0
    union all
    select
        'note',
        2,
        case when without = 0 then 'key_accounts.note.all_named' else 'key_accounts.note.without' end
    from alone
    union all
    select 'left_out', 1, 'key_accounts.nobody' from whole where of_customers = 0
)

select
    sentences.place,
    cast(sentences.position as bigint) as position,
    sentences.word,
    'key_accounts' as step,
    whole.customers,
    whole.of_customers,
    whole.share,
    cast($key_accounts_high as double) as high,
    least(whole.known, cast($key_accounts_least as bigint)) as least,
    whole.known,
    alone.without,
    cast(alone.revenue as decimal(38, 6)) as revenue
from sentences
cross join whole
left join alone on true
order by position
