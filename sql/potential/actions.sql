-- Grain: one row per action, five; none where nothing is predicted.
--
-- action            key
-- customers         with this action
-- customers_before  one period earlier; NULL as in potential_cells
-- revenue_12m, clv  money of these
-- elsewhere         money that they say to spend elsewhere; NULL where nobody said it
-- revenue_share, clv_share  their shares of all; NULL where the whole is not above zero
--
-- Parameters: none.
with summed as (
    select
        action,
        sum(customers) as customers,
        sum(customers_before) as customers_before,
        sum(revenue_12m) as revenue_12m,
        sum(clv) as clv,
        sum(elsewhere) as elsewhere
    from potential_cells
    group by action
),

totals as (
    select sum(revenue_12m) as revenue_12m, sum(clv) as clv from summed
)

select
    summed.action,
    summed.customers,
    summed.customers_before,
    summed.revenue_12m,
    case
        when totals.revenue_12m > 0 then cast(summed.revenue_12m as double) / cast(totals.revenue_12m as double)
    end as revenue_share,
    summed.clv,
    case when totals.clv > 0 then cast(summed.clv as double) / cast(totals.clv as double) end as clv_share,
    cast(summed.elsewhere as decimal(38, 6)) as elsewhere
from summed
cross join totals
order by case summed.action when 'keep' then 1 when 'defend' then 2 when 'develop' then 3 when 'nurture' then 4 else 5 end
