-- Grain: as satisfaction_bands, the same order, with the name of a band for the page.
--
-- name        such as 80–90%; < 60%, ≥ 110%; the others as in satisfaction_bands
-- rate_drawn  rate of bands with $least_customers or more, for the picture; NULL of the others
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
select
    case
        when band_from is null and band_below is null then '0%–'
        when band_from is null then concat('< ', cast(cast(round(band_below * 100) as bigint) as varchar), '%')
        when band_below is null then concat('≥ ', cast(cast(round(band_from * 100) as bigint) as varchar), '%')
        else concat(
            cast(cast(round(band_from * 100) as bigint) as varchar), '–',
            cast(cast(round(band_below * 100) as bigint) as varchar), '%'
        )
    end as name,
    customers,
    again,
    rate,
    low,
    high,
    case when customers >= $least_customers then rate end as rate_drawn,
    bend,
    bend_errors,
    is_knee
from satisfaction_bands
order by band
