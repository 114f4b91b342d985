-- Grain: one row per category, channel, store and kind of price, in the span and in the one before.
--
-- kind          list, special, no_price (a product without a list price, or no product) or no_quantity
-- category, channel, store_id  text; `-` where the source has none
-- is_now        whether the sales lie in the last $price_discipline_days; else they lie in as many days before
-- rows, sales   rows of an amount of zero or more, and their money
-- listed        list price x quantity; NULL without a price or a quantity
--
-- Parameters: $as_of, $price_discipline_days.
-- $price_discipline_days must be a whole number of 1 or more
with priced as (
    select
        price_discipline_sold.*,
        cast($as_of as date) - price_discipline_sold.day < $price_discipline_days as is_now,
        price_discipline_prices.price,
        coalesce(price_discipline_prices.special_price, false) as special_price
    from price_discipline_sold
    left join price_discipline_prices on price_discipline_sold.product_id = price_discipline_prices.product_id
    where
        price_discipline_sold.day <= cast($as_of as date)
        and cast($as_of as date) - price_discipline_sold.day < 2 * $price_discipline_days
),

parts as (
    select
        case when price is null then 'no_price' when special_price then 'special' else 'list' end as kind,
        category, channel, store_id, is_now,
        counted_rows as rows,
        counted_sales as sales,
        price * sold as listed
    from priced
    where counted_rows > 0
    union all
    -- Rows without a quantity have no list price either.
    select
        'no_quantity', category, channel, store_id, is_now,
        rows - counted_rows,
        sales - coalesce(counted_sales, 0),
        null
    from priced
    where rows > counted_rows
)

select
    kind,
    coalesce(category, '-') as category,
    coalesce(channel, '-') as channel,
    coalesce(store_id, '-') as store_id,
    is_now,
    cast(sum(rows) as bigint) as rows,
    sum(sales) as sales,
    sum(listed) as listed
from parts
group by 1, 2, 3, 4, 5
