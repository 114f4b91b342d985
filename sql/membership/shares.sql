-- Grain: one row per measure of who holds cards and what they bring.
--
-- measure        card_customers: holders' share of customers; card_revenue: of revenue; vip_cards: VIPs' share of card holders;
--                vip_revenue: of revenue; dormant_cards, lapsed_cards, unexplained_cards: share of cards. There is a row for the
--                last one only if there are such cards, now or before
-- measured       share; NULL where there is nothing to take a share of
-- before         the same one period earlier; NULL where history does not tell: shares of revenue take 365 days of it, dormant cards more
--                than $dormant_after_days
-- rule_of_thumb  the rule of thumb for it; NULL: none
-- unit           share
--
-- Revenue is that of the last 12 months, as the rules count them. Customers are those with a transaction.
--
-- Parameters: $dormant_after_days.
-- $dormant_after_days must be a whole number of 1 or more
with measures (measure, position, rule_of_thumb) as (
    values
    ('card_customers', 1, null),
    ('card_revenue', 2, 0.60),
    ('vip_cards', 3, null),
    ('vip_revenue', 4, null),
    ('dormant_cards', 5, null),
    ('lapsed_cards', 6, null),
    ('unexplained_cards', 7, null)
),

counted as (
    select 'now' as time, tier_order, is_vip, customers, no_purchase, revenue, dormant, lapsed, unexplained
    from membership_counts
    union all
    select 'before' as time, tier_order, is_vip, customers, no_purchase, revenue, dormant, lapsed, unexplained
    from previous.membership_counts
),

sums as (
    select
        time,
        cast(sum(customers - no_purchase) as double) as customers,
        cast(coalesce(sum(customers - no_purchase) filter (where tier_order > 0), 0) as double) as card_customers,
        cast(coalesce(sum(customers) filter (where tier_order > 0), 0) as double) as cards,
        cast(coalesce(sum(customers) filter (where is_vip), 0) as double) as vips,
        case when sum(revenue) > 0 then cast(sum(revenue) as double) end as revenue,
        cast(coalesce(sum(revenue) filter (where tier_order > 0), 0) as double) as card_revenue,
        cast(coalesce(sum(revenue) filter (where is_vip), 0) as double) as vip_revenue,
        cast(coalesce(sum(dormant), 0) as double) as dormant,
        cast(coalesce(sum(lapsed), 0) as double) as lapsed,
        cast(coalesce(sum(unexplained), 0) as double) as unexplained
    from counted
    group by time
),

shares as (
    select
        measures.measure,
        measures.position,
        measures.rule_of_thumb,
        sums.time,
        case measures.measure
            when 'card_customers' then sums.card_customers / nullif(sums.customers, 0)
            when 'card_revenue' then sums.card_revenue / sums.revenue
            when 'vip_cards' then sums.vips / nullif(sums.cards, 0)
            when 'vip_revenue' then sums.vip_revenue / sums.revenue
            when 'dormant_cards' then sums.dormant / nullif(sums.cards, 0)
            when 'lapsed_cards' then sums.lapsed / nullif(sums.cards, 0)
            when 'unexplained_cards' then sums.unexplained / nullif(sums.cards, 0)
        end as share
    from measures
    cross join sums
),

told as (
    select
        shares.*,
        case
            when measure in ('card_revenue', 'vip_revenue') then history_days >= 365
            when measure = 'dormant_cards' then history_days > cast($dormant_after_days as bigint)
            else true
        end as known_before
    from shares
    left join previous.periods on true
)

select
    measure,
    max(share) filter (where time = 'now') as measured,
    max(share) filter (where time = 'before' and known_before) as before,
    cast(max(rule_of_thumb) as double) as rule_of_thumb,
    'share' as unit
from told
group by measure, position
having measure <> 'unexplained_cards' or max(share) > 0
order by position
