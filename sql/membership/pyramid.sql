-- Grain: one row per card of the scheme, the highest first.
--
-- tier, tier_order   the card
-- is_vip             whether its holders are VIPs
-- customers          its holders
-- card_share         their share of all card holders; NULL where there is none
-- revenue            money of their last 12 months, as the rules count them
-- revenue_share      its share of the revenue of all customers; NULL where that is not above zero
-- revenue_a_customer money per holder; NULL where nobody holds the card
-- dormant, dormant_share  of the holders: those with a dormant card; NULL likewise
-- customers_before   holders one period earlier
-- customers_year_ago, revenue_year_ago  one year earlier. These and all that is made of them are NULL where history does not cover the
--                    365 days up to that day: holders and their money would seem to have grown
-- customers_growth, revenue_growth  against that year; NULL where there was nothing then
-- dilution           growth of customers / growth of revenue: above 1 the holders grew faster than their spend; NULL where revenue
--                    did not grow
-- awake_year_ago     holders a year earlier who were not dormant then
-- gone               of these: those with a lower card, no card or a dormant card today
-- gone_share         NULL where there was none
--
-- Parameters: none.
with earlier_counts as (
    select counts.tier_order, counts.customers, counts.revenue
    from year_ago.membership_counts as counts
    cross join year_ago.periods as covered
    where covered.history_days >= 365
),

totals as (
    select
        sum(customers) filter (where tier_order > 0) as customers,
        case when sum(revenue) > 0 then cast(sum(revenue) as double) end as revenue
    from membership_counts
),

awake as (
    select
        earlier.tier_order,
        count(*) as awake_year_ago,
        count(*) filter (where coalesce(today.tier_order, 0) < earlier.tier_order or today.dormant) as gone
    from year_ago.membership as earlier
    inner join earlier_counts on earlier.tier_order = earlier_counts.tier_order
    left join membership as today on earlier.customer_id = today.customer_id
    where earlier.tier_order > 0 and not earlier.dormant
    group by earlier.tier_order
),

grown as (
    select
        today.tier,
        today.tier_order,
        today.is_vip,
        today.customers,
        today.revenue,
        today.dormant,
        coalesce(before.customers, 0) as customers_before,
        earlier.customers as customers_year_ago,
        earlier.revenue as revenue_year_ago,
        case
            when earlier.customers > 0
                then cast(today.customers - earlier.customers as double) / cast(earlier.customers as double)
        end as customers_growth,
        case
            when earlier.revenue > 0
                then cast(today.revenue - earlier.revenue as double) / cast(earlier.revenue as double)
        end as revenue_growth
    from membership_counts as today
    left join previous.membership_counts as before on today.tier_order = before.tier_order
    left join earlier_counts as earlier on today.tier_order = earlier.tier_order
    where today.tier_order > 0
)

select
    grown.tier,
    grown.tier_order,
    grown.is_vip,
    grown.customers,
    cast(grown.customers as double) / nullif(cast(totals.customers as double), 0) as card_share,
    grown.revenue,
    cast(grown.revenue as double) / totals.revenue as revenue_share,
    cast(cast(grown.revenue as decimal(38, 6)) / nullif(grown.customers, 0) as decimal(38, 6)) as revenue_a_customer,
    grown.dormant,
    cast(grown.dormant as double) / nullif(cast(grown.customers as double), 0) as dormant_share,
    grown.customers_before,
    grown.customers_year_ago,
    grown.revenue_year_ago,
    grown.customers_growth,
    grown.revenue_growth,
    case when grown.revenue_growth > 0 then grown.customers_growth / grown.revenue_growth end as dilution,
    case when grown.customers_year_ago is not null then coalesce(awake.awake_year_ago, 0) end as awake_year_ago,
    case when grown.customers_year_ago is not null then coalesce(awake.gone, 0) end as gone,
    cast(awake.gone as double) / cast(awake.awake_year_ago as double) as gone_share
from grown
cross join totals
left join awake on grown.tier_order = awake.tier_order
order by grown.tier_order desc
