-- Grain: one row per number of largest customers: 1, 5 and 10. None for a number that is everybody, and none where there is no
-- customer: if all leave, nothing is left to grow.
--
-- customers         1, 5, 10
-- of_customers      with an order or money in the last 365 days
-- revenue           money of the largest in these days: what goes if they leave
-- total             money of all
-- revenue_share     revenue / total; NULL where total is not above zero
-- share_year_ago    the same a year ago, of the largest of then; NULL where history does not reach
-- share_change      the difference, as both are printed: to a tenth of a point
-- left_revenue      total less revenue: what stays
-- needed_growth     revenue / left_revenue: by how much the others would have to grow to make up for it. NULL where nothing
--                   stays, or nothing goes
-- profit            money: profit on goods of these customers; NULL where no cost is known
-- profit_total, profit_share  of all customers, and the share of it; NULL likewise, or where the total is not above zero
-- at_risk           of these customers, those with the status at_risk or lost
-- at_risk_revenue   money of these
--
-- Parameters: none.
with numbers (customers) as (
    values (1), (5), (10)
),

whole as (
    select * from pareto where basis = 'revenue'
),

profit as (
    select max(amount) as amount from pareto where basis = 'profit'
),

counted as (
    select
        numbers.customers,
        count(*) as found,
        sum(dependency_customers.revenue) as revenue,
        sum(dependency_customers.profit) as profit,
        count(*) filter (where dependency_customers.status in ('at_risk', 'lost')) as at_risk,
        sum(dependency_customers.revenue) filter (where dependency_customers.status in ('at_risk', 'lost')) as at_risk_revenue
    from numbers
    inner join dependency_customers on dependency_customers.place <= numbers.customers
    group by numbers.customers
),

measured as (
    select
        counted.*,
        whole.members as of_customers,
        whole.amount as total,
        case when whole.amount > 0 then cast(counted.revenue as double) / cast(whole.amount as double) end as revenue_share,
        case
            when whole.amount_year_ago > 0 and whole.members_year_ago > counted.customers
                then cast(
                    case counted.customers
                        when 1 then whole.top1_amount_year_ago
                        when 5 then whole.top5_amount_year_ago
                        else whole.top10_amount_year_ago
                    end as double
                ) / cast(whole.amount_year_ago as double)
        end as share_year_ago,
        profit.amount as profit_total
    from counted
    cross join whole
    cross join profit
    where whole.members > counted.customers
)

select
    cast(customers as bigint) as customers,
    of_customers,
    cast(revenue as decimal(38, 6)) as revenue,
    cast(total as decimal(38, 6)) as total,
    revenue_share,
    share_year_ago,
    cast(round(1000 * revenue_share) - round(1000 * share_year_ago) as double) / 1000 as share_change,
    cast(total - revenue as decimal(38, 6)) as left_revenue,
    case
        when total - revenue > 0 and revenue > 0 then cast(revenue as double) / cast(total - revenue as double)
    end as needed_growth,
    cast(profit as decimal(38, 6)) as profit,
    cast(profit_total as decimal(38, 6)) as profit_total,
    case when profit_total > 0 then cast(profit as double) / cast(profit_total as double) end as profit_share,
    at_risk,
    cast(coalesce(at_risk_revenue, 0) as decimal(38, 6)) as at_risk_revenue
from measured
order by customers
