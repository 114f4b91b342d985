-- Grain: one row per customer and category with an answer of the last $wallet_valid_days: the latest one.
--
-- customer_id   text
-- category      text; `all`: the answer names none
-- day           day of the answer
-- stated        money: all that the customer spends in the category in $wallet_days, here and elsewhere; NULL where the
--               answer has no amount
-- spend_here    money in that category in the $wallet_days up to the day of the answer, not below zero
-- sold_here     the shop has ever sold the category; of `all` always
-- left_out      why the answer does not count: no_amount (none, or not above zero), short_history (history does not cover
--               the $wallet_days before it), unknown_category (never sold here); NULL: it counts
--
-- Two answers of one day: the higher amount counts.
--
-- Parameters: $as_of, $wallet_days, $wallet_valid_days.
-- $wallet_days must be a whole number from 1 to 3650
-- $wallet_valid_days must be a whole number from 1 to 3650
with ranked as (
    select
        customer_id,
        coalesce(answer, 'all') as category,
        day,
        cast(score as decimal(28, 6)) as stated,
        row_number() over (
            partition by customer_id, coalesce(answer, 'all') order by day desc, score desc nulls last
        ) as place
    from surveys
    where
        question = 'category_spend'
        and day <= cast($as_of as date)
        and cast($as_of as date) - day < cast($wallet_valid_days as bigint)
),

latest as (
    select customer_id, category, day, stated from ranked where place = 1
),

bought as (
    select latest.customer_id, latest.category, sum(goods_sold.revenue) as revenue
    from latest
    inner join goods_sold on latest.customer_id = goods_sold.customer_id
    where
        goods_sold.day <= latest.day
        and latest.day - goods_sold.day < cast($wallet_days as bigint)
        and (latest.category = 'all' or goods_sold.category = latest.category)
    group by latest.customer_id, latest.category
),

ever_sold as (
    select distinct category from goods_sold where category is not null
)

select
    latest.customer_id,
    latest.category,
    latest.day,
    latest.stated,
    cast(greatest(coalesce(bought.revenue, 0), 0) as decimal(38, 6)) as spend_here,
    latest.category = 'all' or ever_sold.category is not null as sold_here,
    case
        when latest.stated is null or latest.stated <= 0 then 'no_amount'
        when periods.history_start is null or latest.day - periods.history_start < cast($wallet_days as bigint) - 1
            then 'short_history'
        when latest.category <> 'all' and ever_sold.category is null then 'unknown_category'
    end as left_out
from latest
left join periods on true
left join bought on latest.customer_id = bought.customer_id and latest.category = bought.category
left join ever_sold on latest.category = ever_sold.category
order by latest.customer_id, latest.category
