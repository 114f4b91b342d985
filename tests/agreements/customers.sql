-- As core.sql: how customers are divided, by whatever scheme.
with ordered as (
    select
        cast(count(*) as double) as customers,
        cast(sum(revenue_12m) as double) as revenue,
        cast(count(case when orders_12m > 0 then 1 end) as double) as buyers,
        cast(sum(case when orders_12m > 0 then revenue_12m end) as double) as revenue_of_buyers
    from customer_summary
    where orders > 0
),

-- One row per scheme, label and what it is of: now, or before.
lifecycles as (
    select 'customers with an order' as figure, 'lifecycle' as one, 'customer_summary' as other, parts.customers as here, ordered.customers as there
        from ordered cross join (select cast(count(*) as double) as customers from lifecycle) as parts
    union all
    select 'revenue of the year', 'lifecycle_phases', 'lifecycle', parts.revenue, listed.revenue
        from (select cast(sum(revenue_12m) as double) as revenue from lifecycle_phases) as parts
        cross join (select cast(sum(revenue_12m) as double) as revenue from lifecycle) as listed
    union all
    select 'revenue of the year', 'lifecycle_phases', 'customer_summary', parts.revenue, ordered.revenue
        from ordered cross join (select cast(sum(revenue_12m) as double) as revenue from lifecycle_phases) as parts
    union all
    select 'revenue of the year', 'lifecycle_stages', 'customer_summary', parts.revenue, ordered.revenue
        from ordered cross join (select cast(sum(revenue_12m) as double) as revenue from lifecycle_stages) as parts
    union all
    select concat('customers in ', lifecycle_phases.phase), 'lifecycle_phases', 'lifecycle', cast(lifecycle_phases.customers as double), coalesce(listed.customers, 0)
        from lifecycle_phases
        left join (select phase, cast(count(*) as double) as customers from lifecycle group by phase) as listed on listed.phase = lifecycle_phases.phase
    union all
    select concat('customers in ', lifecycle_stages.stage), 'lifecycle_stages', 'lifecycle', cast(lifecycle_stages.customers as double), coalesce(listed.customers, 0)
        from lifecycle_stages
        left join (select stage, cast(count(*) as double) as customers from lifecycle group by stage) as listed on listed.stage = lifecycle_stages.stage
    union all
    select concat('customers up to ', lifecycle_stages.stage), 'lifecycle_stages', 'lifecycle', cast(lifecycle_stages.reached as double),
        cast(count(case when lifecycle.stage_order >= lifecycle_stages.stage_order then 1 end) as double)
        from lifecycle_stages cross join lifecycle
        group by lifecycle_stages.stage, lifecycle_stages.reached
    union all
    select 'customers of phase ended', 'lifecycle_stages', 'lifecycle_phases', parts.ended, cast(lifecycle_phases.customers as double)
        from lifecycle_phases cross join (select cast(sum(ended) as double) as ended from lifecycle_stages) as parts
        where lifecycle_phases.phase = 'ended'
    union all
    select 'customers lost', 'lifecycle_phases', 'churn_statuses', cast(lifecycle_phases.customers as double), cast(churn_statuses.customers as double)
        from lifecycle_phases cross join churn_statuses
        where lifecycle_phases.phase = 'ended' and churn_statuses.status = 'lost'
    union all
    select 'customers lost before', 'lifecycle_phases', 'churn_statuses', cast(lifecycle_phases.customers_before as double), cast(churn_statuses.customers_before as double)
        from lifecycle_phases cross join churn_statuses
        where lifecycle_phases.phase = 'ended' and churn_statuses.status = 'lost' and lifecycle_phases.customers_before is not null
    union all
    select 'customers before', 'lifecycle_phases', 'lifecycle_stages', phases.customers, stages.customers
        from (select cast(sum(customers_before) as double) as customers from lifecycle_phases) as phases
        cross join (select cast(sum(customers_before) as double) as customers from lifecycle_stages) as stages
    union all
    select concat('customers in ', lifecycle_phases.phase), 'lifecycle_moves', 'lifecycle_phases', coalesce(moved.customers, 0), cast(lifecycle_phases.customers as double)
        from lifecycle_phases
        left join (select to_phase, cast(sum(customers) as double) as customers from lifecycle_moves group by to_phase) as moved on moved.to_phase = lifecycle_phases.phase
        where exists (select 1 from lifecycle_moves)
    union all
    select concat('customers before in ', lifecycle_phases.phase), 'lifecycle_moves', 'lifecycle_phases', coalesce(moved.customers, 0), cast(lifecycle_phases.customers_before as double)
        from lifecycle_phases
        left join (select from_phase, cast(sum(customers) as double) as customers from lifecycle_moves group by from_phase) as moved on moved.from_phase = lifecycle_phases.phase
        where exists (select 1 from lifecycle_moves)
    union all
    select concat('customers of ', rfm_bins.measure), 'rfm_bins', 'rfm', cast(sum(rfm_bins.customers) as double), max(listed.customers)
        from rfm_bins cross join (select cast(count(*) as double) as customers from rfm) as listed
        group by rfm_bins.measure
    union all
    select concat('customers in ', segment_summary.segment), 'segment_summary', 'segments', cast(segment_summary.customers as double), coalesce(listed.customers, 0)
        from segment_summary
        left join (select segment, cast(count(*) as double) as customers from segments group by segment) as listed on listed.segment = segment_summary.segment
    union all
    select concat('customers in ', segment_groups.segment), 'segment_groups', 'segment_summary', cast(segment_groups.customers as double), cast(segment_summary.customers as double)
        from segment_groups inner join segment_summary on segment_summary.segment = segment_groups.segment
    union all
    select concat('customers before in ', segment_groups.segment), 'segment_groups', 'segment_summary', cast(segment_groups.customers_before as double), cast(segment_summary.customers_before as double)
        from segment_groups inner join segment_summary on segment_summary.segment = segment_groups.segment
    union all
    select concat('customers in ', parts.segment_group), 'migration_groups', 'segment_groups', coalesce(moved.customers, 0), parts.customers
        from (select segment_group, cast(sum(customers) as double) as customers from segment_groups group by segment_group) as parts
        left join (select to_group, cast(sum(customers) as double) as customers from migration_groups group by to_group) as moved on moved.to_group = parts.segment_group
        where exists (select 1 from migration_groups)
    union all
    select concat('customers before in ', parts.segment_group), 'migration_groups', 'segment_groups', coalesce(moved.customers, 0), parts.customers
        from (select segment_group, cast(sum(customers_before) as double) as customers from segment_groups group by segment_group) as parts
        left join (select from_group, cast(sum(customers) as double) as customers from migration_groups group by from_group) as moved on moved.from_group = parts.segment_group
        where exists (select 1 from migration_groups)
    union all
    select concat('customers in ', segment_summary.segment), 'value_by_segment', 'segment_summary', cast(value_by_segment.customers as double), cast(segment_summary.customers as double)
        from value_by_segment inner join segment_summary on segment_summary.segment = value_by_segment.segment
        where (select sum(customers) from value_by_segment) = (select sum(customers) from segment_summary)
),

-- Spend of two windows, customer by customer.
monitored as (
    select concat('customers of ', growth_monitor.band) as figure, 'growth_monitor' as one, 'growth_monitor_customers' as other, cast(growth_monitor.customers as double) as here, listed.customers as there
        from growth_monitor
        left join (select band, cast(count(*) as double) as customers from growth_monitor_customers group by band) as listed on listed.band = growth_monitor.band
    union all
    select concat('change of ', growth_monitor.band), 'growth_monitor', 'growth_monitor_customers', cast(growth_monitor.change as double), listed.change
        from growth_monitor
        left join (select band, cast(sum(spend - spend_before) as double) as change from growth_monitor_customers group by band) as listed on listed.band = growth_monitor.band
    union all
    select concat('change of ', growth_monitor.band), 'growth_monitor_bridge', 'growth_monitor', coalesce(cast(bridge.amount as double), 0), cast(growth_monitor.change as double)
        from growth_monitor left join growth_monitor_bridge as bridge on bridge.part = growth_monitor.band
    union all
    select 'spend of the last window', 'growth_monitor_bridge', 'growth_monitor', cast(bridge.amount as double), parts.spend
        from growth_monitor_bridge as bridge cross join (select cast(sum(spend) as double) as spend from growth_monitor) as parts where bridge.part = 'end'
    union all
    select 'spend of the window before', 'growth_monitor_bridge', 'growth_monitor', cast(bridge.amount as double), parts.spend
        from growth_monitor_bridge as bridge cross join (select cast(sum(spend_before) as double) as spend from growth_monitor) as parts where bridge.part = 'start'
    union all
    select 'customers down by much', 'growth_monitor_falls', 'growth_monitor', (select cast(count(*) as double) from growth_monitor_falls), cast(growth_monitor.customers as double)
        from growth_monitor where growth_monitor.band = 'down_much'
    union all
    select 'customers up by much', 'growth_monitor_rises', 'growth_monitor', (select cast(count(*) as double) from growth_monitor_rises), cast(growth_monitor.customers as double)
        from growth_monitor where growth_monitor.band = 'up_much'
),

lights as (
    select 'customers not lost' as figure, 'health' as one, 'churn' as other, (select cast(count(*) as double) from health) as here,
        (select cast(count(*) as double) from churn inner join customer_summary on customer_summary.customer_id = churn.customer_id
            where churn.status <> 'lost' and customer_summary.orders > 0) as there
    union all
    select concat('customers ', health_colours.colour), 'health_colours', 'health', cast(health_colours.customers as double), coalesce(listed.customers, 0)
        from health_colours
        left join (select colour, cast(count(*) as double) as customers from health group by colour) as listed on listed.colour = health_colours.colour
    union all
    select concat('revenue of ', health_colours.colour), 'health_colours', 'health', cast(health_colours.revenue_12m as double), coalesce(listed.revenue, 0)
        from health_colours
        left join (select colour, cast(sum(revenue_12m) as double) as revenue from health group by colour) as listed on listed.colour = health_colours.colour
    union all
    select 'customers with a score', 'health_bins', 'health', (select cast(sum(customers) as double) from health_bins having count(*) > 0), (select cast(count(*) as double) from health having count(*) > 0)
    union all
    select concat('customers ', health_colours.colour), 'health_moves', 'health_colours', coalesce(moved.customers, 0), cast(health_colours.customers as double)
        from health_colours
        left join (select to_colour, cast(sum(customers) as double) as customers from health_moves group by to_colour) as moved on moved.to_colour = health_colours.colour
        where exists (select 1 from health_moves)
    union all
    select concat('customers before ', health_colours.colour), 'health_moves', 'health_colours', coalesce(moved.customers, 0), cast(health_colours.customers_before as double)
        from health_colours
        left join (select from_colour, cast(sum(customers) as double) as customers from health_moves group by from_colour) as moved on moved.from_colour = health_colours.colour
        where exists (select 1 from health_moves)
    union all
    select 'customers whose light fell', 'health_fallen', 'health_moves', (select cast(count(*) as double) from health_fallen),
        (select cast(coalesce(sum(customers), 0) as double) from health_moves where from_order < to_order and to_order < 4)
        where exists (select 1 from health_moves)
    union all
    select concat('customers whom it costs most: ', health_drivers.driver), 'health_drivers', 'health', cast(health_drivers.worst_of as double), coalesce(listed.customers, 0)
        from health_drivers
        left join (select first_driver, cast(count(*) as double) as customers from health group by first_driver) as listed on listed.first_driver = health_drivers.driver
    union all
    select concat('customers with ', drivers.driver), 'health_drivers', 'health', cast(health_drivers.customers as double), drivers.customers
        from health_drivers
        inner join (
            select 'recency' as driver, cast(count(recency_points) as double) as customers from health
            union all
            select 'spend', cast(count(spend_points) as double) from health
            union all
            select 'breadth', cast(count(breadth_points) as double) from health
            union all
            select 'returns', cast(count(returns_points) as double) from health
            union all
            select 'complaints', cast(count(complaints_points) as double) from health
            union all
            select 'payment', cast(count(payment_points) as double) from health
        ) as drivers on drivers.driver = health_drivers.driver
),

corners as (
    select concat('customers ', engagement_quarters.quarter) as figure, 'engagement_quarters' as one, 'engagement' as other, cast(engagement_quarters.customers as double) as here, coalesce(listed.customers, 0) as there
        from engagement_quarters
        left join (select quarter, cast(count(*) as double) as customers from engagement group by quarter) as listed on listed.quarter = engagement_quarters.quarter
    union all
    select 'customers with an order in the year', 'engagement_quarters', 'customer_summary', parts.customers, ordered.buyers
        from ordered cross join (select cast(sum(customers) as double) as customers from engagement_quarters having count(*) > 0) as parts
    union all
    select 'their revenue of the year', 'engagement_quarters', 'customer_summary', parts.revenue, ordered.revenue_of_buyers
        from ordered cross join (select cast(sum(contribution) as double) as revenue from engagement_quarters having count(*) > 0) as parts
    union all
    select 'undervalued customers', 'engagement_undervalued', 'engagement_quarters', (select cast(count(*) as double) from engagement_undervalued), cast(engagement_quarters.customers as double)
        from engagement_quarters where engagement_quarters.quarter = 'undervalued'
    union all
    select 'customers with an order in the year', 'clusters_profile', 'customer_summary', parts.customers, ordered.buyers
        from ordered cross join (select cast(sum(customers) as double) as customers from clusters_profile having count(*) > 0) as parts
    union all
    select 'their revenue of the year', 'clusters_profile', 'customer_summary', parts.revenue, ordered.revenue_of_buyers
        from ordered cross join (select cast(sum(revenue) as double) as revenue from clusters_profile having count(*) > 0) as parts
    union all
    select concat('customers in cluster ', cast(clusters_profile.cluster_no as varchar)), 'clusters_moves', 'clusters_profile', coalesce(moved.customers, 0), cast(clusters_profile.customers as double)
        from clusters_profile
        left join (select to_cluster, cast(sum(customers) as double) as customers from clusters_moves group by to_cluster) as moved on moved.to_cluster = clusters_profile.cluster_no
        where exists (select 1 from clusters_moves)
),

cells as (
    select 'customers with a prediction' as figure, 'potential_cells' as one, 'value_summary' as other, parts.customers as here, cast(value_summary.customers as double) as there
        from value_summary cross join (select cast(sum(customers) as double) as customers from potential_cells having count(*) > 0) as parts
    union all
    select 'predicted value', 'potential_cells', 'value_summary', parts.value, cast(value_summary.equity as double)
        from value_summary cross join (select cast(sum(clv) as double) as value from potential_cells having count(*) > 0) as parts
    union all
    select concat('customers to ', potential_actions.action), 'potential_actions', 'potential_cells', cast(potential_actions.customers as double), parts.customers
        from potential_actions
        inner join (select action, cast(sum(customers) as double) as customers from potential_cells group by action) as parts on parts.action = potential_actions.action
    union all
    select concat('customers before to ', potential_actions.action), 'potential_actions', 'potential_cells', cast(potential_actions.customers_before as double), parts.customers
        from potential_actions
        inner join (select action, cast(sum(customers_before) as double) as customers from potential_cells group by action) as parts on parts.action = potential_actions.action
    union all
    select concat('predicted value to ', potential_actions.action), 'potential_actions', 'potential', cast(potential_actions.clv as double), coalesce(listed.value, 0)
        from potential_actions
        left join (select action, cast(sum(clv) as double) as value from potential group by action) as listed on listed.action = potential_actions.action
    union all
    select concat('customers to ', potential_actions.action), 'potential_list', 'potential_actions', coalesce(listed.customers, 0), cast(potential_actions.customers as double)
        from potential_actions
        left join (select action, cast(count(*) as double) as customers from potential_list group by action) as listed on listed.action = potential_actions.action
        where potential_actions.action in ('develop', 'defend')
)

select * from lifecycles
union all
select * from monitored
union all
select * from lights
union all
select * from corners
union all
select * from cells
