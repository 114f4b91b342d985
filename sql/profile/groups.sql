-- Grain: one row per dimension and value, before small groups are folded.
--
-- dimension, dimension_order  age, gender, income_band, education, married, region, industry, city: 1 to 8
-- value, value_order  what customers stated; `-` where they did not. The order is that of ages; NULL of other dimensions
-- customers    all of customer_summary
-- buyers       of these, with an order or money in the last 365 days
-- revenue_12m, orders_12m, costed_revenue, cost  sums of the last 365 days
-- squares      of the buyers' revenue
-- new, active, cooling, at_risk, lost, not_known  customers by status
--
-- Parameters: none.
with dimensions (dimension, dimension_order) as (
    values
    ('age', 1), ('gender', 2), ('income_band', 3), ('education', 4), ('married', 5), ('region', 6), ('industry', 7), ('city', 8)
),

stated as (
    select
        dimensions.dimension,
        dimensions.dimension_order,
        coalesce(
            case dimensions.dimension
                when 'age' then profile_people.age
                when 'gender' then profile_people.gender
                when 'income_band' then profile_people.income_band
                when 'education' then profile_people.education
                when 'married' then profile_people.married
                when 'region' then profile_people.region
                when 'industry' then profile_people.industry
                else profile_people.city
            end,
            '-'
        ) as value,
        case when dimensions.dimension = 'age' then profile_people.age_order end as value_order,
        profile_people.buyer,
        profile_people.revenue_12m,
        profile_people.orders_12m,
        profile_people.costed_revenue,
        profile_people.cost,
        profile_people.status
    from profile_people
    cross join dimensions
)

select
    dimension,
    cast(dimension_order as bigint) as dimension_order,
    value,
    max(value_order) as value_order,
    count(*) as customers,
    count(*) filter (where buyer) as buyers,
    sum(revenue_12m) as revenue_12m,
    sum(orders_12m) as orders_12m,
    sum(costed_revenue) as costed_revenue,
    sum(cost) as cost,
    coalesce(sum(cast(revenue_12m as double) * cast(revenue_12m as double)) filter (where buyer), 0) as squares,
    count(*) filter (where status = 'new') as new,
    count(*) filter (where status = 'active') as active,
    count(*) filter (where status = 'cooling') as cooling,
    count(*) filter (where status = 'at_risk') as at_risk,
    count(*) filter (where status = 'lost') as lost,
    count(*) filter (where status = 'not_known') as not_known
from stated
group by dimension, dimension_order, value
order by dimension_order, value
