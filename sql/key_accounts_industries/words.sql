-- Grain: one row per sentence of the section key_accounts: a note on industries; none without one of $least_customers customers or more.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- industries                   with so many customers
-- industry, share, customers   of these the one whose largest customer has the largest share
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
with large as (
    select
        industry,
        largest_share,
        customers,
        count(*) over () as industries,
        row_number() over (order by largest_share desc, industry) as place
    from key_accounts_industries
    where customers >= $least_customers
)

select
    'note' as place,
    cast(5 as bigint) as position,
    case when industries = 1 then 'key_accounts.note.industry' else 'key_accounts.note.industries' end as word,
    'key_accounts_industries' as step,
    industries,
    industry,
    largest_share as share,
    customers
from large
where place = 1
