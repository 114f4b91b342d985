-- Grain: one row per rate of the indicators; columns as in scorecard_measures.
--
-- lost_rate, upgraded_rate  customers lost, and moved up, in the period, of the customers at its opening
-- acquisition_rate          new customers of all active ones of the period
-- reactivation_rate         customers who came back, of those who had been lost
--
-- A rate that history is too short to tell is NULL. Retention is that of scorecard_equity.
--
-- Parameters: none.
select
    case indicator
        when 'lost_customers' then 'lost_rate'
        when 'upgraded_customers' then 'upgraded_rate'
        else indicator
    end as measure,
    cast(null as varchar) as subject,
    cast(value as decimal(38, 6)) as value,
    cast(before as decimal(38, 6)) as before,
    'share' as unit,
    'indicators' as step
from indicators
where indicator in ('lost_customers', 'upgraded_customers', 'acquisition_rate', 'reactivation_rate')
