-- Grain: one row per account manager with a customer of manager_scores_own; columns as in manager_scores_items. Fields of the
-- customers' profiles that are filled, of those that at least one customer of the shop states.
--
-- Parameters: none.
with people as (
    select
        own.account_manager,
        birthday is not null as birthday,
        coalesce(trim(cast(gender as varchar)), '') <> '' as gender,
        coalesce(trim(cast(city as varchar)), '') <> '' as city,
        coalesce(trim(cast(region as varchar)), '') <> '' as region,
        coalesce(trim(cast(industry as varchar)), '') <> '' as industry,
        coalesce(trim(cast(income_band as varchar)), '') <> '' as income_band,
        coalesce(trim(cast(education as varchar)), '') <> '' as education,
        married is not null as married
    from manager_scores_own as own
    left join customers on own.customer_id = cast(customers.customer_id as varchar)
),

stated as (
    select
        account_manager,
        count(*) as customers,
        count(case when birthday then 1 end) + count(case when gender then 1 end) + count(case when city then 1 end)
        + count(case when region then 1 end) + count(case when industry then 1 end) + count(case when income_band then 1 end)
        + count(case when education then 1 end) + count(case when married then 1 end) as fields
    from people
    group by account_manager
),

kept as (
    select
        cast(coalesce(bool_or(birthday), false) as bigint) + cast(coalesce(bool_or(gender), false) as bigint)
        + cast(coalesce(bool_or(city), false) as bigint) + cast(coalesce(bool_or(region), false) as bigint)
        + cast(coalesce(bool_or(industry), false) as bigint) + cast(coalesce(bool_or(income_band), false) as bigint)
        + cast(coalesce(bool_or(education), false) as bigint) + cast(coalesce(bool_or(married), false) as bigint) as fields
    from people
)

select
    stated.account_manager,
    'base' as part,
    'profiles' as item,
    cast(stated.fields as decimal(38, 6)) as numerator,
    cast(stated.customers * kept.fields as decimal(38, 6)) as denominator
from stated
cross join kept
where kept.fields > 0
order by stated.account_manager
