-- Grain: one row; none where nobody complained whose rhythm was known.
--
-- customers    of service_mended_customers
-- back, again, not_yet  of these, by their state
-- median       impressions of those who are back, the median; NULL where nobody is
-- low, high    the quartiles
-- orders, contacts      their means
-- textbook     12: what the founding documents print
--
-- Parameters: none.
select
    count(*) as customers,
    count(*) filter (where state = 'back') as back,
    count(*) filter (where state = 'again') as again,
    count(*) filter (where state = 'not_yet') as not_yet,
    percentile_cont(0.25) within group (order by cast(impressions as double)) as low,
    percentile_cont(0.5) within group (order by cast(impressions as double)) as median,
    percentile_cont(0.75) within group (order by cast(impressions as double)) as high,
    avg(cast(orders as double)) as orders,
    avg(cast(contacts as double)) as contacts,
    cast(12 as bigint) as textbook
from service_mended_customers
having count(*) > 0
