-- Grain: one row per group of customers with an order or money in the last 365 days, or in those up to a year ago. A customer
-- without a parent, and without a customer below it, is a group of one.
--
-- group_id          text: the top of the chain of parents
-- customers         customers with an order or money in the last 365 days
-- revenue           money of these days; NULL where there is none of these customers
-- revenue_year_ago  money of the 365 days up to a year ago; NULL likewise
-- largest           money of the largest of these customers
-- profit            money: profit on goods; NULL where no cost is known
--
-- Parameters: none.
with members as (
    select
        coalesce(parents_roots.group_id, pareto_members.member) as group_id,
        pareto_members.basis,
        pareto_members.amount,
        pareto_members.amount_year_ago
    from pareto_members
    left join parents_roots on pareto_members.member = parents_roots.customer_id
    where pareto_members.basis in ('revenue', 'profit')
)

select
    group_id,
    count(amount) filter (where basis = 'revenue') as customers,
    sum(amount) filter (where basis = 'revenue') as revenue,
    sum(amount_year_ago) filter (where basis = 'revenue') as revenue_year_ago,
    max(amount) filter (where basis = 'revenue') as largest,
    sum(amount) filter (where basis = 'profit') as profit
from members
group by group_id
