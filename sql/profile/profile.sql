-- Grain: one row per dimension that is shown and value; ages from young to old, values of $profile_order in that order, other
-- values by customers; then the folded groups, then those who stated nothing.
--
-- dimension, dimension_order  as in profile_groups
-- value         what customers stated; `*` groups of fewer than $profile_least customers, and those beyond the
--               $profile_groups largest of a dimension, together; `-` nothing is stated
-- groups        how many values the row has: 1, but of `*`
-- value_order   the order on the page, from 1
-- customers     all of customer_summary
-- customer_share  of all customers
-- buyers        with an order or money in the last 365 days
-- revenue_12m   money of the last 365 days
-- revenue_share of the revenue of all; NULL where that is not above zero
-- orders_12m    orders of the last 365 days
-- average_order revenue_12m / orders_12m; NULL without an order
-- mean          revenue_12m / buyers; NULL without a buyer
-- others        the same of all other buyers; NULL likewise
-- noise         standard error of mean less others, with each buyer as one draw; NULL with fewer than two on a side
-- standing      above, below: the difference is more than $profile_sigmas standard errors; usual: it is not; NULL where one
--               side has fewer than $least_customers buyers, and of `*` and `-`
-- costed_revenue, cost  of the rows with a known cost; NULL without such a row
-- gross_profit  costed_revenue - cost
-- margin        gross_profit / costed_revenue; NULL where that is not above zero
-- new, active, cooling, at_risk, lost, not_known  customers by status; they add up to customers
-- lost_share    lost / customers
--
-- Parameters: $profile_least, $profile_groups, $profile_order, $profile_sigmas, $least_customers.
-- $profile_least must be a whole number of 1 or more
-- $profile_groups must be a whole number of 1 or more
-- $profile_sigmas must be a number above 0
with ranked as (
    select
        profile_groups.*,
        row_number() over (
            partition by profile_groups.dimension
            order by case when profile_groups.value = '-' then 1 else 0 end, profile_groups.customers desc, profile_groups.value
        ) as place
    from profile_groups
    inner join profile_dimensions
        on profile_groups.dimension = profile_dimensions.dimension and profile_dimensions.shown
),

folded as (
    select
        *,
        case
            when value = '-' then '-'
            when customers < $profile_least or (dimension <> 'age' and place > $profile_groups) then '*'
            else value
        end as shown_value
    from ranked
),

sums as (
    select
        dimension,
        dimension_order,
        shown_value as value,
        min(value_order) as value_order,
        min(place) as place,
        count(*) as groups,
        cast(sum(customers) as bigint) as customers,
        cast(sum(buyers) as bigint) as buyers,
        sum(revenue_12m) as revenue_12m,
        cast(sum(orders_12m) as bigint) as orders_12m,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost,
        sum(squares) as squares,
        cast(sum(new) as bigint) as new,
        cast(sum(active) as bigint) as active,
        cast(sum(cooling) as bigint) as cooling,
        cast(sum(at_risk) as bigint) as at_risk,
        cast(sum(lost) as bigint) as lost,
        cast(sum(not_known) as bigint) as not_known
    from folded
    group by dimension, dimension_order, shown_value
),

totals as (
    select
        dimension,
        cast(sum(customers) as double) as customers,
        cast(sum(buyers) as double) as buyers,
        sum(revenue_12m) as revenue_12m,
        sum(squares) as squares
    from sums
    group by dimension
),

compared as (
    select
        sums.*,
        cast(sums.customers as double) / totals.customers as customer_share,
        case when totals.revenue_12m > 0 then cast(sums.revenue_12m as double) / cast(totals.revenue_12m as double) end as revenue_share,
        totals.buyers - sums.buyers as other_buyers,
        case when sums.buyers > 0 then cast(sums.revenue_12m as double) / sums.buyers end as mean,
        case
            when totals.buyers > sums.buyers
                then cast(totals.revenue_12m - sums.revenue_12m as double) / (totals.buyers - sums.buyers)
        end as others,
        totals.squares - sums.squares as other_squares
    from sums
    inner join totals on sums.dimension = totals.dimension
),

noisy as (
    select
        *,
        case
            when buyers > 1 and other_buyers > 1
                then sqrt(
                    greatest(squares - buyers * mean * mean, 0) / (buyers - 1) / buyers
                    + greatest(other_squares - other_buyers * others * others, 0) / (other_buyers - 1) / other_buyers
                )
        end as noise
    from compared
)

select
    dimension,
    dimension_order,
    value,
    groups,
    row_number() over (
        partition by dimension
        order by
            case value when '-' then 2 when '*' then 1 else 0 end,
            coalesce(value_order, array_position($profile_order, value)) nulls last,
            place
    ) as value_order,
    customers,
    customer_share,
    buyers,
    revenue_12m,
    revenue_share,
    orders_12m,
    case when orders_12m > 0 then cast(cast(revenue_12m as double) / orders_12m as decimal(38, 6)) end as average_order,
    cast(mean as decimal(38, 6)) as mean,
    cast(others as decimal(38, 6)) as others,
    cast(noise as decimal(38, 6)) as noise,
    case
        when value in ('-', '*') or buyers < $least_customers or other_buyers < $least_customers then null
        when mean - others > cast($profile_sigmas as double) * noise then 'above'
        when mean - others < -cast($profile_sigmas as double) * noise then 'below'
        else 'usual'
    end as standing,
    costed_revenue,
    cost,
    costed_revenue - cost as gross_profit,
    case when costed_revenue > 0 then cast(costed_revenue - cost as double) / cast(costed_revenue as double) end as margin,
    new,
    active,
    cooling,
    at_risk,
    lost,
    not_known,
    cast(lost as double) / customers as lost_share
from noisy
order by dimension_order, value_order
