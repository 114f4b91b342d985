-- Grain: one row per customer, the ten with the most revenue of the last 365 days; ties by id, as in customer_rank.
--
-- place             1 = most
-- customer_id       text
-- revenue           money of these days
-- profit            money: profit on goods of these days; NULL where no cost is known
-- revenue_year_ago  money of the 365 days up to a year ago; NULL without a row in these, or where history does not reach
-- status            key, as in churn
--
-- Parameters: none.
with best as (
    select member, amount, amount_year_ago
    from pareto_members
    where basis = 'revenue' and amount is not null
    order by amount desc, member
    limit 10
),

placed as (
    select *, row_number() over (order by amount desc, member) as place from best
),

profits as (
    select pareto_members.member, pareto_members.amount
    from pareto_members
    inner join best on pareto_members.member = best.member
    where pareto_members.basis = 'profit'
),

reached as (
    select members_year_ago is not null as is_reached from pareto where basis = 'revenue'
)

select
    cast(placed.place as bigint) as place,
    placed.member as customer_id,
    placed.amount as revenue,
    profits.amount as profit,
    case when reached.is_reached then placed.amount_year_ago end as revenue_year_ago,
    churn.status
from placed
cross join reached
left join profits on placed.member = profits.member
left join churn on placed.member = churn.customer_id
order by place
