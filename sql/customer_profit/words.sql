-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- month                        the last full month
-- customers, revenue, profit, share   of all customers; profit / revenue
-- negative, negative_profit    customers with a profit below zero, and the sum of theirs as a positive figure
-- cost, own, shared, left_over   customer_profit_reconciled
-- months                       how many of the 12 have a cost in the source
-- known, margin                share of revenue with a known cost of goods; $margin
-- referrers, referred, received, referral_share   who received for recommendations, of how many, how much; $customer_profit_referral
--
-- Parameters: $as_of, $margin, $customer_profit_referral.
-- $margin must be a number above 0 to 1
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'customer_profit.none'),
    ('answer', 1, 'customer_profit.answer.profit'),
    ('answer', 1, 'customer_profit.answer.loss'),
    ('answer', 1, 'customer_profit.answer.negative'),
    ('answer', 1, 'customer_profit.answer.no_negative'),
    ('note', 2, 'customer_profit.note.months'),
    ('note', 2, 'customer_profit.note.no_costs'),
    ('note', 3, 'customer_profit.note.shared'),
    ('note', 3, 'customer_profit.note.left_over'),
    ('note', 4, 'customer_profit.note.goods_known'),
    ('note', 4, 'customer_profit.note.goods_in_part'),
    ('note', 4, 'customer_profit.note.goods_stated'),
    ('note', 5, 'customer_profit.note.referrals')
),

bounds as (
    select
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date) as first_day,
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date) as open_month
),

summed as (
    select
        count(*) as customers,
        coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(profit), 0) as profit,
        count(*) filter (where profit < 0) as negative,
        coalesce(-sum(profit) filter (where profit < 0), 0) as negative_profit,
        count(*) filter (where referral_received > 0) as referrers,
        count(*) filter (where referral_passed > 0) as referred,
        coalesce(sum(referral_received), 0) as received
    from customer_profit
),

goods as (
    -- Of revenue, the part whose cost of goods is by the stated margin.
    select
        case
            when sum(revenue) > 0 and 1 - cast($margin as double) > 0
                then 1 - cast(sum(stated_cost) as double) / (1 - cast($margin as double)) / cast(sum(revenue) as double)
            when sum(revenue) > 0 then case when sum(product_cost) > 0 then 1 else 0 end
        end as known
    from customer_profit_customers
),

charged as (
    select
        coalesce(max(cost), 0) as cost,
        coalesce(max(own), 0) as own,
        coalesce(max(by_channel + by_all), 0) as shared,
        coalesce(max(left_over), 0) as left_over
    from customer_profit_reconciled
    where kind = 'all'
),

known_months as (
    select count(distinct date_trunc('month', costs.month)) as months
    from costs
    cross join bounds
    where costs.month >= bounds.first_day and costs.month < bounds.open_month and costs.month <= $as_of
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.position in (2, 3) then 'customer_profit_reconciled'
        when sentences.position = 4 then 'customer_profit_components'
        else 'customer_profit'
    end as step,
    cast(bounds.open_month - interval '1 month' as date) as month,
    summed.customers,
    summed.revenue,
    abs(summed.profit) as profit,
    case when summed.revenue > 0 then abs(cast(summed.profit as double)) / cast(summed.revenue as double) end as share,
    summed.negative,
    summed.negative_profit,
    charged.cost,
    charged.own,
    charged.shared,
    charged.left_over,
    known_months.months,
    goods.known,
    cast($margin as double) as margin,
    summed.referrers,
    summed.referred,
    summed.received,
    cast($customer_profit_referral as double) as referral_share
from sentences
cross join bounds
cross join summed
cross join goods
cross join charged
cross join known_months
where
    case
        when sentences.word = 'customer_profit.none' then summed.customers = 0 or summed.revenue <= 0
        when summed.customers = 0 or summed.revenue <= 0 then false
        when sentences.word = 'customer_profit.answer.profit' then summed.profit >= 0
        when sentences.word = 'customer_profit.answer.loss' then summed.profit < 0
        when sentences.word = 'customer_profit.answer.negative' then summed.negative > 0
        when sentences.word = 'customer_profit.answer.no_negative' then summed.negative = 0
        when sentences.word = 'customer_profit.note.no_costs' then known_months.months = 0
        when sentences.word = 'customer_profit.note.months' then known_months.months between 1 and 11
        when sentences.word = 'customer_profit.note.shared' then known_months.months > 0
        when sentences.word = 'customer_profit.note.left_over' then charged.left_over <> 0
        -- As it is printed.
        when sentences.word = 'customer_profit.note.goods_known' then goods.known >= 0.9995
        when sentences.word = 'customer_profit.note.goods_in_part' then goods.known >= 0.0005 and goods.known < 0.9995
        when sentences.word = 'customer_profit.note.goods_stated' then goods.known < 0.0005
        when sentences.word = 'customer_profit.note.referrals' then summed.received > 0
    end
order by
    sentences.position,
    sentences.word in ('customer_profit.answer.negative', 'customer_profit.answer.no_negative'),
    sentences.word = 'customer_profit.note.left_over',
    sentences.word
