-- Grain: one row per reason and kind of entry; none where every entry has its invoice.
--
-- reason    as in receivables_entries; below_zero: payments, credit notes or write-offs of an id that are below zero together,
--           such as a refund of what was never paid
-- entry     kind of the entry
-- entries   how many
-- amount    money; NULL where no amount is known
--
-- Parameters: none.
with taken as (
    select invoice_id, entry, count(*) as entries, sum(amount) as amount
    from receivables_entries
    where reason is null and entry <> 'invoice'
    group by invoice_id, entry
)

select reason, coalesce(entry, '-') as entry, count(*) as entries, cast(sum(amount) as decimal(38, 4)) as amount
from receivables_entries
where reason is not null
group by reason, coalesce(entry, '-')
union all
select 'below_zero' as reason, entry, sum(entries) as entries, cast(sum(amount) as decimal(38, 4)) as amount
from taken
where amount < 0
group by entry
order by reason, entry
