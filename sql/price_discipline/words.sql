-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- days              $price_discipline_days
-- paid_share        share of the list price that was paid
-- change            the change against as many days before, in points
-- discount, listed  money: the discount, and what the list price would have been
-- tenth_discount, tenth_paid  the tenth of customers with the most discount: its share of all discount, and of all that was paid
-- full_price, customers  customers who paid the list price or more, of all with goods at their list price
-- dimension, items  what the sentence divides goods by, and how many items of it are known
-- name, name_as, low, other, other_as, high  the item with the least and the one with the most of list price paid
-- rows, sales, sales_share  rows of the sentence, their money, its share of all sales
--
-- Parameters: $price_discipline_days, $price_discipline_points, $least_customers.
with total as (
    select * from price_discipline where dimension = 'all'
),

buyers as (
    select count(*) as customers, count(*) filter (where paid >= listed) as full_price
    from price_discipline_customers
    where listed > 0
),

-- Not where so many have the same share that this is no tenth.
tenth as (
    select customer_share, share_of_discount, paid_share
    from price_discipline_deciles
    where decile = 1 and customer_share <= 0.15 and share_of_discount is not null and paid_share is not null
),

spread as (
    select
        dimension,
        dimension_order,
        count(*) as items,
        first_value(name order by paid_share, item) as name,
        first_value(item_as order by paid_share, item) as name_as,
        min(paid_share) as low,
        first_value(name order by paid_share desc, item) as other,
        first_value(item_as order by paid_share desc, item) as other_as,
        max(paid_share) as high
    from price_discipline
    -- Stores and account managers are many and small: the lowest of them is so by chance.
    where dimension in ('channel', 'category') and item <> '-'
    group by dimension, dimension_order
    having
        count(*) > 1
        and cast(max(paid_share) - min(paid_share) as decimal(18, 9)) >= cast($price_discipline_points as decimal(18, 9))
),

unpriced as (
    select cast(sum(rows) as bigint) as rows, sum(sales) as sales, sum(sales_share) as sales_share
    from price_discipline_coverage
    where kind in ('no_price', 'no_quantity')
    having sum(rows) > 0
),

special as (
    select rows, sales, sales_share, paid_share
    from price_discipline_coverage
    where kind = 'special' and rows > 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        1 as part,
        case
            when paid_share_change is null then 'price_discipline.answer.alone'
            when cast(paid_share_change as decimal(18, 9)) >= 0.0005 then 'price_discipline.answer.rose'
            when cast(paid_share_change as decimal(18, 9)) <= -0.0005 then 'price_discipline.answer.fell'
            else 'price_discipline.answer.same'
        end as word,
        'price_discipline' as step,
        cast($price_discipline_days as bigint) as days,
        paid_share,
        paid_share_change as change,
        discount,
        listed,
        cast(null as double) as tenth_discount,
        cast(null as double) as tenth_paid,
        cast(null as bigint) as full_price,
        cast(null as bigint) as customers,
        cast(null as varchar) as dimension,
        cast(null as bigint) as items,
        cast(null as varchar) as name,
        cast(null as varchar) as name_as,
        cast(null as double) as low,
        cast(null as varchar) as other,
        cast(null as varchar) as other_as,
        cast(null as double) as high,
        cast(null as bigint) as rows,
        cast(null as decimal(38, 6)) as sales,
        cast(null as double) as sales_share
    from total
    union all
    select
        'answer', 1, 2, 'price_discipline.answer.tenth', 'price_discipline_deciles',
        null, null, null, null, null, tenth.share_of_discount as tenth_discount, tenth.paid_share as tenth_paid,
        null, null, null, null, null, null, null, null, null, null, null, null, null
    from tenth
    cross join buyers
    where buyers.customers >= $least_customers
    union all
    select
        'note', 2, 1,
        case when full_price = 0 then 'price_discipline.note.all_discount' else 'price_discipline.note.full_price' end,
        'price_discipline_deciles',
        null, null, null, null, null, null, null, full_price, customers,
        null, null, null, null, null, null, null, null, null, null, null
    from buyers
    where customers > 0
    union all
    select
        'note', 2, cast(dimension_order as int), 'price_discipline.note.spread', 'price_discipline',
        null, null, null, null, null, null, null, null, null, dimension, items, name, name_as, low, other, other_as, high, null, null, null
    from spread
    cross join buyers
    where buyers.customers >= $least_customers
    union all
    select
        'note', 3, 1, 'price_discipline.note.unpriced', 'price_discipline_coverage',
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, rows, sales, sales_share
    from unpriced
    where sales_share is not null
    union all
    select
        'note', 3, 2,
        case when paid_share is null then 'price_discipline.note.special_alone' else 'price_discipline.note.special' end,
        'price_discipline_coverage',
        null, paid_share, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, rows, sales, sales_share
    from special
    where sales_share is not null
    union all
    select
        'left_out', 1, 1, 'price_discipline.nothing', 'price_discipline',
        cast($price_discipline_days as bigint),
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    where (select count(*) from total) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    days,
    paid_share,
    change,
    discount,
    listed,
    tenth_discount,
    tenth_paid,
    full_price,
    customers,
    dimension,
    items,
    name,
    name_as,
    low,
    other,
    other_as,
    high,
    rows,
    sales,
    sales_share
from sentences
order by position, part
