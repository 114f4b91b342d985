-- Grain: one row per customer with a row in the last 12 full months, or with a cost of their own in these; the most profit first.
--
-- customer_id
-- revenue, product_cost   money (customer_profit_customers)
-- service_cost, marketing_cost, retention_cost, reward_cost, other_cost   money: own costs, and those shared out by revenue
-- own_costs, shared_costs  the two parts of these five together
-- own_profit              revenue less all costs
-- referral_received       $customer_profit_referral of the own profit of each customer whom this one recommended
-- referral_passed         the part of the own profit that the one who recommended this customer received. It is of the own
--                         profit, so chains do not add up; nobody passes on a loss
-- profit                  own_profit + referral_received - referral_passed: all customers' add up to the sum of their own profit
--
-- A customer without a row in these months, or who recommended himself, received nothing.
--
-- Parameters: $customer_profit_referral.
with kinds as (
    select
        customer_id,
        sum(own + shared) filter (where kind = 'service') as service_cost,
        sum(own + shared) filter (where kind = 'marketing') as marketing_cost,
        sum(own + shared) filter (where kind = 'retention') as retention_cost,
        sum(own + shared) filter (where kind = 'reward') as reward_cost,
        sum(own + shared) filter (where kind = 'other') as other_cost,
        sum(own) as own_costs,
        sum(shared) as shared_costs
    from customer_profit_allocated
    group by customer_id
),

each as (
    select
        customer_profit_customers.customer_id,
        customer_profit_customers.revenue,
        customer_profit_customers.product_cost,
        coalesce(kinds.service_cost, 0) as service_cost,
        coalesce(kinds.marketing_cost, 0) as marketing_cost,
        coalesce(kinds.retention_cost, 0) as retention_cost,
        coalesce(kinds.reward_cost, 0) as reward_cost,
        coalesce(kinds.other_cost, 0) as other_cost,
        coalesce(kinds.own_costs, 0) as own_costs,
        coalesce(kinds.shared_costs, 0) as shared_costs,
        customer_profit_customers.revenue
        - customer_profit_customers.product_cost
        - coalesce(kinds.own_costs, 0)
        - coalesce(kinds.shared_costs, 0) as own_profit
    from customer_profit_customers
    left join kinds on customer_profit_customers.customer_id = kinds.customer_id
),

recommended as (
    select customer_id, min(referred_by) as referred_by
    from customer_profit_referred
    where referred_by <> customer_id
    group by customer_id
),

passed as (
    select
        each.customer_id,
        recommended.referred_by,
        cast(
            round(cast(greatest(each.own_profit, 0) as double) * cast($customer_profit_referral as double), 2) as decimal(38, 6)
        ) as amount
    from each
    inner join recommended on each.customer_id = recommended.customer_id
    inner join each as referrer on recommended.referred_by = referrer.customer_id
),

received as (
    select referred_by as customer_id, sum(amount) as amount from passed group by referred_by
)

select
    each.customer_id,
    each.revenue,
    each.product_cost,
    each.service_cost,
    each.marketing_cost,
    each.retention_cost,
    each.reward_cost,
    each.other_cost,
    each.own_costs,
    each.shared_costs,
    each.own_profit,
    coalesce(received.amount, 0) as referral_received,
    coalesce(passed.amount, 0) as referral_passed,
    each.own_profit + coalesce(received.amount, 0) - coalesce(passed.amount, 0) as profit
from each
left join passed on each.customer_id = passed.customer_id
left join received on each.customer_id = received.customer_id
order by profit desc, each.customer_id
