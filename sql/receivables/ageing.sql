-- Grain: one row per band of ages, the youngest first; columns as in receivables_bands, and these.
--
-- share        of all open money; NULL where nothing is open
-- open_before  the same band one period earlier; NULL where the source does not reach that far
-- change       now less before
--
-- Parameters: none.
with before as (
    select lowest, earlier.open from previous.receivables_bands as earlier
    where (select first_day from previous.receivables_summary) is not null
)

select
    now.band,
    now.lowest,
    now.highest,
    now.invoices,
    now.customers,
    now.open,
    now.overdue,
    cast(now.open as double) / nullif(sum(cast(now.open as double)) over (), 0) as share,
    before.open as open_before,
    now.open - before.open as change
from receivables_bands as now
left join before on now.lowest = before.lowest
order by now.lowest
