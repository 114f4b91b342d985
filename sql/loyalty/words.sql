-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, loyal, share, revenue_share, before   with an order in 365 days; of these, loyal ones; their shares of customers and
--                              of revenue; the latter a year ago
-- least                        days that make a customer loyal, $loyalty_least_days
-- price, incentive, habit, told, others   customers by type; others: loyal ones of whom no type can be told
-- also                         price-led ones who are incentive-led as well
-- price_revenue                money of the price-led
--
-- Parameters: $loyalty_least_days, $least_customers.
-- $least_customers must be a whole number of 1 or more
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'loyalty.none'),
    ('answer', 1, 'loyalty.answer.nobody'),
    ('answer', 1, 'loyalty.answer.loyal'),
    ('answer', 1, 'loyalty.answer.no_revenue'),
    ('answer', 1, 'loyalty.answer.more'),
    ('answer', 1, 'loyalty.answer.less'),
    ('answer', 1, 'loyalty.answer.same'),
    ('note', 2, 'loyalty.note.types'),
    ('note', 2, 'loyalty.note.types_no_incentives'),
    ('note', 2, 'loyalty.note.types_no_discounts'),
    ('note', 2, 'loyalty.note.types_habit'),
    ('note', 2, 'loyalty.note.types_few'),
    ('note', 3, 'loyalty.note.also')
),

counted as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(customers) filter (where type <> 'few'), 0) as loyal,
        max(customers) filter (where type = 'price') as price,
        max(revenue_12m) filter (where type = 'price') as price_revenue,
        max(customers) filter (where type = 'incentive') as incentive,
        max(customers) filter (where type = 'habit') as habit,
        max(customers) filter (where type = 'other') as others
    from loyalty_types
),

shares as (
    select
        max(measured) filter (where measure = 'loyal_share') as share,
        max(measured) filter (where measure = 'loyal_revenue') as revenue_share,
        max(a_year_ago) filter (where measure = 'loyal_revenue') as before,
        max(measured) filter (where measure = 'full_price') as full_price
    from loyalty_measures
),

both_types as (
    select count(*) filter (where also_incentive) as also from loyalty_customers
),

marks as (
    select count(*) as days from loyalty_marked_days
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case when sentences.position = 1 then 'loyalty_measures' else 'loyalty_types' end as step,
    counted.customers,
    counted.loyal,
    shares.share,
    shares.revenue_share,
    shares.before,
    cast($loyalty_least_days as bigint) as least,
    counted.price,
    counted.incentive,
    counted.habit,
    counted.others,
    counted.price_revenue,
    both_types.also
from sentences
cross join counted
cross join shares
cross join both_types
cross join marks
where
    case
        when sentences.word = 'loyalty.none' then counted.customers = 0
        when counted.customers = 0 then false
        when sentences.word = 'loyalty.answer.nobody' then counted.loyal = 0
        when counted.loyal = 0 then false
        when sentences.word = 'loyalty.answer.loyal' then shares.revenue_share is not null
        when sentences.word = 'loyalty.answer.no_revenue' then shares.revenue_share is null
        -- As it is printed: a tenth of a point.
        when sentences.word = 'loyalty.answer.more' then round(shares.revenue_share, 3) > round(shares.before, 3)
        when sentences.word = 'loyalty.answer.less' then round(shares.revenue_share, 3) < round(shares.before, 3)
        when sentences.word = 'loyalty.answer.same' then round(shares.revenue_share, 3) = round(shares.before, 3)
        when sentences.word = 'loyalty.note.types_few' then counted.loyal < $least_customers
        when sentences.word = 'loyalty.note.also' then both_types.also > 0 and counted.loyal >= $least_customers
        when counted.loyal < $least_customers then false
        when sentences.word = 'loyalty.note.types' then shares.full_price is not null and marks.days > 0
        when sentences.word = 'loyalty.note.types_no_incentives' then shares.full_price is not null and marks.days = 0
        when sentences.word = 'loyalty.note.types_no_discounts' then shares.full_price is null and marks.days > 0
        when sentences.word = 'loyalty.note.types_habit' then shares.full_price is null and marks.days = 0
    end
order by
    sentences.position,
    sentences.word in ('loyalty.answer.more', 'loyalty.answer.less', 'loyalty.answer.same'),
    sentences.word
