-- Grain: one row per row of key_accounts_amounts.
--
-- customer_id, measure, amount  as there
-- is_high   above zero, and among the best $key_accounts_high of all customers with an order in the last 365 days, with all who have as
--           much as the last of these
--
-- Parameters: $key_accounts_high.
-- $key_accounts_high must be a number above 0 to 1
with bound as (
    -- Each of them has a frequency. Rounded, as 0.07 x 100 is a little more than 7.
    select cast(ceil(round(count(*) * cast($key_accounts_high as double), 6)) as bigint) as last_place
    from key_accounts_amounts
    where measure = 'frequency'
),

placed as (
    select customer_id, measure, amount, rank() over (partition by measure order by amount desc) as place
    from key_accounts_amounts
)

select
    placed.customer_id,
    placed.measure,
    placed.amount,
    placed.amount > 0 and placed.place <= bound.last_place as is_high
from placed
cross join bound
