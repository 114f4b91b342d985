-- Grain: one row per customer with any row, or with any event of a card, on or before $as_of.
--
-- customer_id    text
-- tier           the card held, as a key; none: no card. With a register of cards (the module membership_cards) it is what the
--                register says; else what the rules gave. A card is kept, unless $downgrade
-- tier_order     its order; 0: no card
-- since          the day on which it came; NULL without a card
-- is_vip         whether the card makes its holder a VIP
-- qualifies      the highest card by a rule that holds on $as_of, with or without approval; none
-- qualifies_order  its order; 0: none
-- eligible       the highest card above the one held that may be given at once; NULL: none. Only with a register: without one it
--                counts as given
-- review         the card above the one held, if its rule holds and somebody has to approve it; NULL: none
-- lapsed         whether the rules once gave the held card or a higher one, and none of these rules holds any more
-- unexplained    whether the rules never gave the held card nor a higher one: it was granted, or came before history begins
-- dormant        whether a card is held, and the last order and the day of the card are both more than $dormant_after_days ago
-- silent_days    days since the last order; NULL without one
-- next_tier      the next card above the one held and the one that the customer qualifies for; NULL: none
-- gap            money that is missing for it, spent on $as_of; for a rule for one day: by how much the best day fell short. The day
--                does not count for who is near by another sum only
-- gap_by         the sum that is too low: spend_3m, spend_6m, spend_12m, best_day, total_spend, points
-- near           whether the customer would have the card if each amount were less by $near_share
-- earned_order   the highest card that the rules ever gave, with or without approval; 0: none
-- other_order    the same, with the rules' conditions joined the other way
-- spend_3m, spend_6m, spend_12m  money of the last 3, 6 and 12 months
-- best_day       money of the best day; NULL without any row
-- points         points that count towards a card
-- first_day, last_day  first and last day with an order; NULL without one
--
-- Parameters: $as_of, $match: all or any, $downgrade, $dormant_after_days, $near_share.
-- $dormant_after_days must be a whole number of 1 or more
-- $near_share must be a number from 0 to 1
with register as (
    select count(*) > 0 as kept from membership_events where event = 'register'
),

events as (
    select customer_id, day, event, tier
    from membership_events
    where event <> 'register' and day <= $as_of
),

-- The latest closing of each card. One without a tier closes all.
closed as (
    select customer_id, tier, max(day) as day
    from events
    where event = 'closed' and tier is not null
    group by customer_id, tier
),

all_closed as (
    select customer_id, max(day) as day
    from events
    where event = 'closed' and tier is null
    group by customer_id
),

-- A card that is closed and given on one day is held: a lost one was replaced.
given as (
    select events.customer_id, tiers.tier_order, min(events.day) as since
    from events
    inner join membership_tiers as tiers on events.tier = tiers.tier
    left join closed on events.customer_id = closed.customer_id and events.tier = closed.tier
    left join all_closed on events.customer_id = all_closed.customer_id
    where
        events.event in ('issued', 'approved', 'granted')
        and (closed.day is null or events.day >= closed.day)
        and (all_closed.day is null or events.day >= all_closed.day)
    group by events.customer_id, tiers.tier_order
),

-- All customers that the register knows, with a card or without.
registered as (
    select known.customer_id, coalesce(max(given.tier_order), 0) as tier_order
    from (select distinct customer_id from events) as known
    left join given on known.customer_id = given.customer_id
    group by known.customer_id
),

earned as (
    select
        customer_id,
        max(tier_order) filter (where reading = 'chosen') as tier_order,
        max(tier_order) filter (where reading = 'other') as other_order
    from membership_earned
    where since <= $as_of
    group by customer_id
),

-- All customers, with the figures that the rules use.
measured as (
    select
        coalesce(sums.customer_id, registered.customer_id) as customer_id,
        sums.first_day,
        sums.last_day,
        sums.first_spend,
        coalesce(sums.spend_3m, 0) as spend_3m,
        coalesce(sums.spend_6m, 0) as spend_6m,
        coalesce(sums.spend_12m, 0) as spend_12m,
        sums.best_day,
        sums.total_spend,
        coalesce(sums.points, 0) as points,
        coalesce(registered.tier_order, 0) as registered_order
    from membership_sums as sums
    full join registered on sums.customer_id = registered.customer_id
),

rules as (
    select *, case when joined = 'match' then $match else joined end as joined_by
    from membership_tiers
),

-- The cards with a rule that holds now, and that the rules gave: if a higher card needs the lower one, not every rule that
-- holds gives a card.
qualified as (
    select
        measured.customer_id,
        max(rules.tier_order) as tier_order,
        max(rules.tier_order) filter (where not rules.by_approval) as free_order
    from measured
    cross join rules
    inner join membership_earned as earned
        on
            measured.customer_id = earned.customer_id
            and rules.tier_order = earned.tier_order
            and earned.reading = 'chosen'
            and earned.since <= $as_of
    where
        case
            when rules.joined_by = 'all' then
                coalesce(measured.first_spend >= rules.first_spend, rules.first_spend is null)
                and coalesce(measured.spend_3m >= rules.spend_3m, true)
                and coalesce(measured.spend_6m >= rules.spend_6m, true)
                and coalesce(measured.spend_12m >= rules.spend_12m, true)
                and coalesce(measured.best_day >= rules.day_spend, true)
                and coalesce(measured.total_spend >= rules.total_spend, true)
                and coalesce(measured.points >= rules.points, true)
            else
                coalesce(measured.first_spend >= rules.first_spend, false)
                or coalesce(measured.spend_3m >= rules.spend_3m, false)
                or coalesce(measured.spend_6m >= rules.spend_6m, false)
                or coalesce(measured.spend_12m >= rules.spend_12m, false)
                or coalesce(measured.best_day >= rules.day_spend, false)
                or coalesce(measured.total_spend >= rules.total_spend, false)
                or coalesce(measured.points >= rules.points, false)
        end
    group by measured.customer_id
),

-- The highest card that came by itself.
automatic as (
    select earned.customer_id, max(earned.tier_order) as tier_order
    from membership_earned as earned
    inner join membership_tiers as tiers on earned.tier_order = tiers.tier_order
    where earned.reading = 'chosen' and earned.since <= $as_of and not tiers.by_approval
    group by earned.customer_id
),

standing as (
    select
        measured.*,
        register.kept,
        coalesce(qualified.tier_order, 0) as qualifies_order,
        coalesce(qualified.free_order, 0) as free_order,
        coalesce(earned.tier_order, 0) as earned_order,
        coalesce(earned.other_order, 0) as other_order,
        case
            when register.kept then measured.registered_order
            when $downgrade then coalesce(qualified.free_order, 0)
            else coalesce(automatic.tier_order, 0)
        end as tier_order
    from measured
    cross join register
    left join qualified on measured.customer_id = qualified.customer_id
    left join earned on measured.customer_id = earned.customer_id
    left join automatic on measured.customer_id = automatic.customer_id
),

-- The next card. A card that needs more on the first day than was spent then is out of reach.
ahead as (
    select standing.customer_id, min(rules.tier_order) as next_order
    from standing
    cross join rules
    where
        rules.tier_order > greatest(standing.tier_order, standing.qualifies_order)
        and (
            rules.joined_by = 'any'
            or rules.first_spend is null
            or standing.first_spend is null
            or standing.first_spend >= rules.first_spend
        )
    group by standing.customer_id
),

-- What is missing for it, sum by sum.
wanting as (
    select
        standing.customer_id,
        rules.tier as next_tier,
        rules.joined_by,
        greatest(rules.spend_3m - standing.spend_3m, 0) as by_3m,
        greatest(rules.spend_6m - standing.spend_6m, 0) as by_6m,
        greatest(rules.spend_12m - standing.spend_12m, 0) as by_12m,
        greatest(rules.day_spend - coalesce(standing.best_day, 0), 0) as by_day,
        greatest(rules.total_spend - coalesce(standing.total_spend, 0), 0) as by_total,
        greatest((rules.points - standing.points) * rules.point_money, 0) as by_points,
        standing.spend_3m >= rules.spend_3m * (1 - $near_share) as near_3m,
        standing.spend_6m >= rules.spend_6m * (1 - $near_share) as near_6m,
        standing.spend_12m >= rules.spend_12m * (1 - $near_share) as near_12m,
        coalesce(standing.best_day, 0) >= rules.day_spend * (1 - $near_share) as near_day,
        coalesce(standing.total_spend, 0) >= rules.total_spend * (1 - $near_share) as near_total,
        standing.points >= rules.points * (1 - $near_share) as near_points,
        standing.first_spend is null and rules.first_spend is not null as never_bought,
        rules.spend_3m, rules.spend_6m, rules.spend_12m, rules.day_spend, rules.total_spend, rules.points
    from standing
    inner join ahead on standing.customer_id = ahead.customer_id
    inner join rules on ahead.next_order = rules.tier_order
),

judged as (
    select
        *,
        case
            when never_bought then false
            when joined_by = 'all' then
                coalesce(near_3m, true)
                and coalesce(near_6m, true)
                and coalesce(near_12m, true)
                and coalesce(near_day, true)
                and coalesce(near_total, true)
                and coalesce(near_points, true)
            else
                coalesce(near_3m, false)
                or coalesce(near_6m, false)
                or coalesce(near_12m, false)
                or coalesce(near_day, false)
                or coalesce(near_total, false)
                or coalesce(near_points, false)
        end as near
    from wanting
),

short_by as (
    select
        *,
        -- A sum that the card does not need: nothing is missing under `all`, and it is never enough under `any`.
        case
            when joined_by = 'all' then greatest(
                case when spend_3m is null then 0 else by_3m end,
                case when spend_6m is null then 0 else by_6m end,
                case when spend_12m is null then 0 else by_12m end,
                case when day_spend is null then 0 else by_day end,
                case when total_spend is null then 0 else by_total end,
                case when points is null then 0 else by_points end
            )
            else least(
                case when spend_3m is not null then by_3m end,
                case when spend_6m is not null then by_6m end,
                case when spend_12m is not null then by_12m end,
                -- Who is near by another sum lacks that one: what is missing of a day cannot be made up for.
                case when day_spend is not null and (near_day or not near) then by_day end,
                case when total_spend is not null then by_total end,
                case when points is not null then by_points end
            )
        end as gap
    from judged
),

since as (
    select standing.customer_id, min(coalesce(given.since, earned.since)) as since
    from standing
    left join given
        on
            standing.kept
            and standing.customer_id = given.customer_id
            and standing.tier_order = given.tier_order
    left join membership_earned as earned
        on
            not standing.kept
            and standing.customer_id = earned.customer_id
            and standing.tier_order = earned.tier_order
            and earned.reading = 'chosen'
    where standing.tier_order > 0
    group by standing.customer_id
)

select
    standing.customer_id,
    coalesce(held.tier, 'none') as tier,
    standing.tier_order,
    since.since,
    coalesce(held.is_vip, false) as is_vip,
    coalesce(qualifies.tier, 'none') as qualifies,
    standing.qualifies_order,
    case when standing.kept and standing.free_order > standing.tier_order then free.tier end as eligible,
    case when qualifies.by_approval and standing.qualifies_order > standing.tier_order then qualifies.tier end as review,
    standing.tier_order > standing.qualifies_order and standing.tier_order <= standing.earned_order as lapsed,
    standing.tier_order > standing.earned_order as unexplained,
    standing.tier_order > 0
    and cast($as_of as date) - greatest(coalesce(standing.last_day, since.since), since.since)
    > $dormant_after_days as dormant,
    cast($as_of as date) - standing.last_day as silent_days,
    short_by.next_tier,
    cast(short_by.gap as decimal(38, 6)) as gap,
    case
        when short_by.gap is null then null
        when short_by.gap = short_by.by_3m and short_by.spend_3m is not null then 'spend_3m'
        when short_by.gap = short_by.by_6m and short_by.spend_6m is not null then 'spend_6m'
        when short_by.gap = short_by.by_12m and short_by.spend_12m is not null then 'spend_12m'
        when short_by.gap = short_by.by_day and short_by.day_spend is not null then 'best_day'
        when short_by.gap = short_by.by_total and short_by.total_spend is not null then 'total_spend'
        when short_by.gap = short_by.by_points and short_by.points is not null then 'points'
    end as gap_by,
    coalesce(short_by.near, false) as near,
    standing.earned_order,
    standing.other_order,
    standing.spend_3m,
    standing.spend_6m,
    standing.spend_12m,
    standing.best_day,
    standing.points,
    standing.first_day,
    standing.last_day
from standing
left join membership_tiers as held on standing.tier_order = held.tier_order
left join membership_tiers as qualifies on standing.qualifies_order = qualifies.tier_order
left join membership_tiers as free on standing.free_order = free.tier_order
left join short_by on standing.customer_id = short_by.customer_id
left join since on standing.customer_id = since.customer_id
order by standing.customer_id
