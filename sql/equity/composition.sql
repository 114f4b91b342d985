-- Grain: one row per component, as steps from revenue to value, for a picture; none where the value one period
-- earlier is known: then the change is drawn.
--
-- component  key
-- amount     money; a step that takes off is below zero
-- is_total   whether it is an amount: the first and the last
--
-- Parameters: none.
select
    equity_components.component,
    equity_components.amount,
    equity_components.component in ('revenue', 'value') as is_total
from equity_components
cross join equity
where equity.value_before is null
order by
    case equity_components.component
        when 'revenue' then 1
        when 'product_cost' then 2
        when 'service_cost' then 3
        when 'marketing_cost' then 4
        when 'referral' then 5
        else 6
    end
