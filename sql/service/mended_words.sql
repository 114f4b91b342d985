-- Grain: one row, a note of the section on service: what passed before who complained bought as before, beside what textbooks print.
-- None where nobody complained whose rhythm was known.
--
-- customers, back, again, not_yet, median, low, high, textbook  as in service_mended
--
-- Parameters: $least_customers.
select
    'note' as place,
    cast(20 as bigint) as position,
    case
        when back = 0 then 'service.mended_none'
        when back < cast($least_customers as bigint) then 'service.mended_few'
        else 'service.mended'
    end as word,
    'service_mended' as step,
    customers,
    back,
    again,
    not_yet,
    median,
    low,
    high,
    textbook
from service_mended
