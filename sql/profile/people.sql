-- Grain: one row per customer of customer_summary, with what the source customers says of each.
--
-- customer_id  text
-- age_order    the band of ages at $as_of: 1 is the youngest; NULL where the birthday is not known, or is after $as_of
-- age          the band as text, such as 25–34; NULL likewise
-- gender, income_band, education, region, industry, city  text; NULL where nothing is stated, or only blanks
-- married      true or false, as text; NULL likewise
-- buyer        whether the customer has an order, or money, in the last 365 days
-- revenue_12m, orders_12m  of customer_summary
-- costed_revenue, cost     of the last 365 days, of the rows with a known cost; NULL without such a row
-- status       of churn
--
-- Parameters: $as_of, $age_bounds.
with stated as (
    select
        customer_id,
        max(birthday) as birthday,
        nullif(trim(max(gender)), '') as gender,
        nullif(trim(max(income_band)), '') as income_band,
        nullif(trim(max(education)), '') as education,
        cast(bool_or(married) as varchar) as married,
        nullif(trim(max(region)), '') as region,
        nullif(trim(max(industry)), '') as industry,
        nullif(trim(max(city)), '') as city
    from customers
    group by customer_id
),

aged as (
    select
        *,
        case
            when birthday <= cast($as_of as date)
                then extract(year from cast($as_of as date)) - extract(year from birthday)
                    - case
                        when extract(month from cast($as_of as date)) * 100 + extract(day from cast($as_of as date))
                            < extract(month from birthday) * 100 + extract(day from birthday) then 1
                        else 0
                    end
        end as years
    from stated
),

numbers as (
    select unnest(range(0, cast(array_length($age_bounds) as bigint) + 1)) as number
),

bands as (
    select
        number + 1 as age_order,
        case when number = 0 then 0 else cast($age_bounds[number] as bigint) end as lowest,
        cast($age_bounds[number + 1] as bigint) as highest
    from numbers
),

costs as (
    select customer_id, sum(costed_revenue) as costed_revenue, sum(cost) as cost
    from customer_day
    where day > cast($as_of as date) - interval '365 days'
    group by customer_id
)

select
    customer_summary.customer_id,
    bands.age_order,
    case
        when bands.lowest is null then null
        when bands.highest is null then concat('≥ ', cast(bands.lowest as varchar))
        when bands.lowest = 0 then concat('< ', cast(bands.highest as varchar))
        else concat(cast(bands.lowest as varchar), '–', cast(bands.highest - 1 as varchar))
    end as age,
    aged.gender,
    aged.income_band,
    aged.education,
    aged.married,
    aged.region,
    aged.industry,
    aged.city,
    customer_summary.orders_12m > 0 or customer_summary.revenue_12m <> 0 as buyer,
    customer_summary.revenue_12m,
    customer_summary.orders_12m,
    costs.costed_revenue,
    costs.cost,
    churn.status
from customer_summary
left join churn on customer_summary.customer_id = churn.customer_id
left join costs on customer_summary.customer_id = costs.customer_id
left join aged on customer_summary.customer_id = aged.customer_id
left join bands on aged.years >= bands.lowest and (bands.highest is null or aged.years < bands.highest)
