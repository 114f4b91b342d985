-- Grain: one row per customer and period of churn_rated, with what was bought and how: in the place of churn_rated, where
-- the models are to know goods and channels too.
--
-- Columns as in churn_rated, and those of churn_goods: NULL where nothing was bought in the window.
--
-- Parameters: none.
select churn_rated.*, category_trend, discount_share, channels, main_channel_share
from churn_rated
left join churn_goods on churn_rated.customer_id = churn_goods.customer_id and churn_rated.period = churn_goods.period
order by churn_rated.customer_id, churn_rated.period
