-- Grain: one row per customer of customer_summary.
--
-- customer_id, account_manager, class, revenue_12m  as in completeness_people
-- fields        how many fields are asked for: the rows of completeness_fields
-- stated        of these, with a value
-- missing       the keys of the others, with commas; empty where nothing is missing
--
-- Parameters: none.
with kept as (
    select
        count(*) as fields,
        coalesce(bool_or(field = 'birthday'), false) as birthday,
        coalesce(bool_or(field = 'gender'), false) as gender,
        coalesce(bool_or(field = 'city'), false) as city,
        coalesce(bool_or(field = 'region'), false) as region,
        coalesce(bool_or(field = 'industry'), false) as industry,
        coalesce(bool_or(field = 'income_band'), false) as income_band,
        coalesce(bool_or(field = 'education'), false) as education,
        coalesce(bool_or(field = 'married'), false) as married
    from completeness_fields
),

lacks as (
    select
        people.customer_id,
        people.account_manager,
        people.class,
        people.revenue_12m,
        kept.fields,
        concat(
            case when kept.birthday and not people.birthday then ', birthday' else '' end,
            case when kept.gender and not people.gender then ', gender' else '' end,
            case when kept.city and not people.city then ', city' else '' end,
            case when kept.region and not people.region then ', region' else '' end,
            case when kept.industry and not people.industry then ', industry' else '' end,
            case when kept.income_band and not people.income_band then ', income_band' else '' end,
            case when kept.education and not people.education then ', education' else '' end,
            case when kept.married and not people.married then ', married' else '' end
        ) as missing
    from completeness_people as people
    cross join kept
)

select
    customer_id,
    account_manager,
    class,
    revenue_12m,
    fields,
    -- One comma a key.
    fields - (length(missing) - length(replace(missing, ',', ''))) as stated,
    substr(missing, 3) as missing
from lacks
