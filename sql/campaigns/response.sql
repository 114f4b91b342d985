-- Grain: one row per campaign that began within $campaign_days before $as_of; the latest first.
--
-- campaign_id, name, kind, starts_on, ends_on  as the source has them
-- cost            money; NULL where the source says none
-- treated         customers who were written to
-- control         customers who were held back
-- used            treated customers with a response; NULL where nobody was written to
-- treated_buyers  treated customers with an order from the letter to the end, or to $as_of; NULL likewise
-- control_buyers  likewise of the control; NULL where nobody was held back
-- treated_rate    treated_buyers / treated; NULL where nobody was written to
-- control_rate    likewise
-- uplift          treated_rate - control_rate; NULL without a control
-- low, high       its 95 % interval (Newcombe, 1998, method 10, of Wilson's intervals)
-- verdict         up, down: 0 is outside of the interval; chance: 0 is in it; no_control; not_sent; running: it is not over
-- treated_spend   money per treated customer; control_spend likewise
-- extra           money that the campaign brought: the difference, times treated. NULL without a control
-- extra_low, extra_high  its 95 % interval, by the normal distribution
--
-- Parameters: $as_of, $campaign_days.
with chosen as (
    select
        cast(campaign_id as varchar) as campaign_id,
        cast(name as varchar) as name,
        cast(kind as varchar) as kind,
        cast(starts_on as date) as starts_on,
        cast(ends_on as date) as ends_on,
        cast(cost as decimal(28, 6)) as cost
    from campaigns
    where cast(starts_on as date) <= $as_of and cast($as_of as date) - cast(starts_on as date) < $campaign_days
),

-- One row per campaign and customer; a customer who was written to was treated.
letters as (
    select
        cast(responses.campaign_id as varchar) as campaign_id,
        cast(responses.customer_id as varchar) as customer_id,
        max(case when responses.arm = 'treated' then 1 else 0 end) = 1 as is_treated,
        min(cast(responses.sent_on as date)) as sent_on,
        max(
            case when responses.arm = 'treated' and cast(responses.responded_on as date) <= $as_of then 1 else 0 end
        ) = 1 as used
    from responses
    where cast(responses.sent_on as date) <= $as_of and responses.arm in ('treated', 'control')
    group by responses.campaign_id, responses.customer_id
),

bought as (
    select
        letters.campaign_id,
        letters.customer_id,
        letters.is_treated,
        letters.used,
        coalesce(sum(customer_day.orders), 0) > 0 as buys,
        cast(coalesce(sum(customer_day.revenue), 0) as double) as spend
    from letters
    inner join chosen on letters.campaign_id = chosen.campaign_id
    left join customer_day
        on letters.customer_id = customer_day.customer_id
        and customer_day.day between letters.sent_on and least(chosen.ends_on, cast($as_of as date))
    group by letters.campaign_id, letters.customer_id, letters.is_treated, letters.used
),

arms as (
    select
        campaign_id,
        count(*) filter (where is_treated) as treated,
        count(*) filter (where not is_treated) as control,
        count(*) filter (where is_treated and used) as used,
        count(*) filter (where is_treated and buys) as treated_buyers,
        count(*) filter (where not is_treated and buys) as control_buyers,
        avg(spend) filter (where is_treated) as treated_spend,
        avg(spend) filter (where not is_treated) as control_spend,
        var_samp(spend) filter (where is_treated) as treated_variance,
        var_samp(spend) filter (where not is_treated) as control_variance
    from bought
    group by campaign_id
),

rates as (
    select
        chosen.*,
        coalesce(arms.treated, 0) as treated,
        coalesce(arms.control, 0) as control,
        case when arms.treated > 0 then arms.used end as used,
        case when arms.treated > 0 then arms.treated_buyers end as treated_buyers,
        case when arms.control > 0 then arms.control_buyers end as control_buyers,
        arms.treated_spend,
        arms.control_spend,
        arms.treated_variance,
        arms.control_variance,
        case when arms.treated > 0 then cast(arms.treated_buyers as double) / arms.treated end as p,
        case when arms.control > 0 then cast(arms.control_buyers as double) / arms.control end as q,
        cast(arms.treated as double) as n,
        cast(arms.control as double) as m
    from chosen
    left join arms on chosen.campaign_id = arms.campaign_id
),

-- Wilson's interval of each arm; 1.96 is the 97.5 % point of the normal distribution, 3.8416 its square.
intervals as (
    select
        *,
        (p + 1.9208 / n - 1.96 * sqrt((p * (1 - p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as p_low,
        (p + 1.9208 / n + 1.96 * sqrt((p * (1 - p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as p_high,
        (q + 1.9208 / m - 1.96 * sqrt((q * (1 - q) + 0.9604 / m) / m)) / (1 + 3.8416 / m) as q_low,
        (q + 1.9208 / m + 1.96 * sqrt((q * (1 - q) + 0.9604 / m) / m)) / (1 + 3.8416 / m) as q_high
    from rates
),

measured as (
    select
        *,
        p - q as uplift,
        p - q - sqrt(power(p - p_low, 2) + power(q_high - q, 2)) as low,
        p - q + sqrt(power(p_high - p, 2) + power(q - q_low, 2)) as high,
        n * (treated_spend - control_spend) as extra,
        n * 1.96 * sqrt(treated_variance / n + control_variance / m) as margin_of_error
    from intervals
)

select
    campaign_id,
    name,
    kind,
    starts_on,
    ends_on,
    cost,
    treated,
    control,
    used,
    treated_buyers,
    control_buyers,
    p as treated_rate,
    q as control_rate,
    uplift,
    low,
    high,
    case
        when treated = 0 then 'not_sent'
        when ends_on > $as_of then 'running'
        when control = 0 then 'no_control'
        when low > 0 then 'up'
        when high < 0 then 'down'
        else 'chance'
    end as verdict,
    cast(treated_spend as decimal(38, 6)) as treated_spend,
    cast(control_spend as decimal(38, 6)) as control_spend,
    cast(extra as decimal(38, 6)) as extra,
    cast(extra - margin_of_error as decimal(38, 6)) as extra_low,
    cast(extra + margin_of_error as decimal(38, 6)) as extra_high
from measured
order by starts_on desc, campaign_id
