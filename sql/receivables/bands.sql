-- Grain: one row per band of ages, the youngest first; also those in which nothing is open.
--
-- band                 days since the invoice as text, such as 31–45
-- lowest, highest      its first and its last day; NULL: no last day
-- invoices, customers  with an open amount
-- open                 money
-- overdue              of it, overdue
--
-- Parameters: $receivables_bands.
with numbers as (
    select unnest(range(0, cast(array_length($receivables_bands) as bigint) + 1)) as number
),

bands as (
    select
        case when number = 0 then 0 else cast($receivables_bands[number] as bigint) + 1 end as lowest,
        cast($receivables_bands[number + 1] as bigint) as highest
    from numbers
)

select
    case
        when bands.highest is null then concat('> ', cast(bands.lowest - 1 as varchar))
        else concat(cast(bands.lowest as varchar), '–', cast(bands.highest as varchar))
    end as band,
    bands.lowest,
    bands.highest,
    count(items.invoice_id) as invoices,
    count(distinct items.customer_id) as customers,
    cast(coalesce(sum(items.open), 0) as decimal(38, 4)) as open,
    cast(coalesce(sum(items.open) filter (where items.state = 'overdue'), 0) as decimal(38, 4)) as overdue
from bands
left join (select * from receivables_invoices where open > 0) as items
    on items.age_days >= bands.lowest and (bands.highest is null or items.age_days <= bands.highest)
group by bands.lowest, bands.highest
order by bands.lowest
