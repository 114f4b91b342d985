-- Grain: one row per customer of vips_ranked; the best first.
--
-- vip_rank         1 = the most revenue of the last 12 months
-- customer_id      text
-- rank_before      one period earlier; NULL: not on the list then
-- standing         newcomer, risen, fallen, same; NULL where there was no list then
-- spend            money of the last 12 months
-- spend_before     the same one period earlier, whether on the list or not; NULL: no customer then
-- change           the difference; NULL likewise
-- category         the category with most of the spend now
-- category_before  and then
-- drifted          whether these differ; NULL if one is not known
-- last_day         last day with an order
--
-- Parameters: none.
select
    today.vip_rank,
    today.customer_id,
    earlier.vip_rank as rank_before,
    case
        when (select count(*) from previous.vips_ranked) = 0 then null
        when earlier.vip_rank is null then 'newcomer'
        when earlier.vip_rank > today.vip_rank then 'risen'
        when earlier.vip_rank < today.vip_rank then 'fallen'
        else 'same'
    end as standing,
    today.spend,
    summary_before.revenue_12m as spend_before,
    today.spend - summary_before.revenue_12m as change,
    today.category,
    earlier.category as category_before,
    today.category <> earlier.category as drifted,
    customer_summary.last_day
from vips_ranked as today
inner join customer_summary on today.customer_id = customer_summary.customer_id
left join previous.vips_ranked as earlier on today.customer_id = earlier.customer_id
left join previous.customer_summary as summary_before on today.customer_id = summary_before.customer_id
order by today.vip_rank
