-- Grain: one row per customer of customer_summary.
--
-- customer_id, account_manager  text; who is in charge (in_charge), `-`: nobody
-- class         of customer_rank; `none` without an order and money in the last 365 days
-- revenue_12m   money of the last 365 days
-- birthday, gender, city, region, industry, income_band, education, married  whether they are stated; blanks are not
--
-- Parameters: none.
with people as (
    select
        customer_id,
        max(birthday) is not null as birthday,
        nullif(trim(max(gender)), '') is not null as gender,
        nullif(trim(max(city)), '') is not null as city,
        nullif(trim(max(region)), '') is not null as region,
        nullif(trim(max(industry)), '') is not null as industry,
        nullif(trim(max(income_band)), '') is not null as income_band,
        nullif(trim(max(education)), '') is not null as education,
        bool_or(married) is not null as married
    from customers
    group by customer_id
)

select
    customer_summary.customer_id,
    coalesce(in_charge.account_manager, '-') as account_manager,
    coalesce(customer_rank.class, 'none') as class,
    customer_summary.revenue_12m,
    coalesce(people.birthday, false) as birthday,
    coalesce(people.gender, false) as gender,
    coalesce(people.city, false) as city,
    coalesce(people.region, false) as region,
    coalesce(people.industry, false) as industry,
    coalesce(people.income_band, false) as income_band,
    coalesce(people.education, false) as education,
    coalesce(people.married, false) as married
from customer_summary
left join customer_rank on customer_summary.customer_id = customer_rank.customer_id
left join people on customer_summary.customer_id = people.customer_id
left join in_charge on customer_summary.customer_id = in_charge.customer_id
