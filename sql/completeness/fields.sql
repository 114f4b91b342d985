-- Grain: one row per field of $completeness_fields that a customer states; the emptiest first. A field that nobody states is one
-- that the shop does not keep: it is in no figure.
--
-- field          key
-- customers      all
-- stated         of these, with a value
-- missing        without one
-- filled         stated / customers
-- valuable, valuable_stated, valuable_filled  the same of class A; the share is NULL without such a customer
--
-- Parameters: $completeness_fields.
with sums as (
    select
        count(*) as customers,
        count(*) filter (where class = 'A') as valuable,
        count(*) filter (where birthday) as birthday,
        count(*) filter (where birthday and class = 'A') as valuable_birthday,
        count(*) filter (where gender) as gender,
        count(*) filter (where gender and class = 'A') as valuable_gender,
        count(*) filter (where city) as city,
        count(*) filter (where city and class = 'A') as valuable_city,
        count(*) filter (where region) as region,
        count(*) filter (where region and class = 'A') as valuable_region,
        count(*) filter (where industry) as industry,
        count(*) filter (where industry and class = 'A') as valuable_industry,
        count(*) filter (where income_band) as income_band,
        count(*) filter (where income_band and class = 'A') as valuable_income_band,
        count(*) filter (where education) as education,
        count(*) filter (where education and class = 'A') as valuable_education,
        count(*) filter (where married) as married,
        count(*) filter (where married and class = 'A') as valuable_married
    from completeness_people
),

fields as (
    select 1 as place, 'birthday' as field, customers, birthday as stated, valuable, valuable_birthday as valuable_stated from sums
    union all
    select 2, 'gender', customers, gender, valuable, valuable_gender from sums
    union all
    select 3, 'city', customers, city, valuable, valuable_city from sums
    union all
    select 4, 'region', customers, region, valuable, valuable_region from sums
    union all
    select 5, 'industry', customers, industry, valuable, valuable_industry from sums
    union all
    select 6, 'income_band', customers, income_band, valuable, valuable_income_band from sums
    union all
    select 7, 'education', customers, education, valuable, valuable_education from sums
    union all
    select 8, 'married', customers, married, valuable, valuable_married from sums
)

select
    field,
    customers,
    stated,
    customers - stated as missing,
    cast(stated as double) / customers as filled,
    valuable,
    valuable_stated,
    case when valuable > 0 then cast(valuable_stated as double) / valuable end as valuable_filled
from fields
where stated > 0 and array_has($completeness_fields, field)
order by stated, place
