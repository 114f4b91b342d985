-- Grain: one row per sentence of the section on cards.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        the customers that the sentence is about
-- of_customers     of how many: all customers, or all card holders
-- share            the share in it; NULL without one
-- money            money of their last 12 months; for near: all that is missing; NULL without one
-- rejected         for note.review: how many were turned down
--
-- Parameters: $scheme, $match: all or any.
with totals as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(customers) filter (where tier_order > 0), 0) as cards,
        coalesce(sum(customers) filter (where is_vip), 0) as vips,
        coalesce(sum(dormant), 0) as dormant,
        coalesce(sum(lapsed), 0) as lapsed,
        coalesce(sum(revenue) filter (where tier_order > 0), 0) as card_money,
        coalesce(sum(revenue) filter (where is_vip), 0) as vip_money
    from membership_counts
),

shares as (
    select
        max(measured) filter (where measure = 'card_revenue') as card_revenue,
        max(measured) filter (where measure = 'vip_revenue') as vip_revenue,
        max(measured) filter (where measure = 'dormant_cards') as dormant_cards,
        max(measured) filter (where measure = 'lapsed_cards') as lapsed_cards
    from membership_shares
),

near as (
    select count(*) as customers, coalesce(sum(gap), 0) as money from membership_near
),

review as (
    select
        count(*) filter (where status = 'waiting') as customers,
        coalesce(sum(spend_12m) filter (where status = 'waiting'), 0) as money,
        count(*) filter (where status = 'rejected') as rejected
    from membership_review
),

owed as (
    select
        count(*) filter (where tier = 'none') as customers,
        coalesce(sum(spend_12m) filter (where tier = 'none'), 0) as money,
        count(*) filter (where tier <> 'none') as higher,
        coalesce(sum(spend_12m) filter (where tier <> 'none'), 0) as higher_money
    from membership_eligible
),

other as (
    select coalesce(sum(customers), 0) as customers, coalesce(sum(revenue), 0) as money from membership_readings
),

strangers as (
    select coalesce(sum(events), 0) as events from membership_strangers
),

register as (
    select count(*) > 0 as kept from membership_events where event = 'register'
),

points as (
    select count(*) > 0 as given from membership_points
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when totals.cards = 0 then 'membership.answer.none'
            when shares.card_revenue is null then 'membership.answer.no_revenue'
            else 'membership.answer.cards'
        end as word,
        'membership_counts' as step,
        totals.cards as customers,
        totals.customers as of_customers,
        shares.card_revenue as share,
        totals.card_money as money,
        cast(null as bigint) as rejected
    from totals
    cross join shares
    where totals.customers > 0
    union all
    select
        'note' as place, 2 as position, 'membership.note.vips' as word, 'membership_counts' as step,
        totals.vips as customers, totals.cards as of_customers, shares.vip_revenue as share, totals.vip_money as money,
        cast(null as bigint) as rejected
    from totals
    cross join shares
    where totals.vips > 0 and shares.vip_revenue is not null
    union all
    select
        'note' as place, 3 as position, 'membership.note.dormant' as word, 'membership_dormant' as step,
        totals.dormant as customers, totals.cards as of_customers, shares.dormant_cards as share, null as money,
        cast(null as bigint) as rejected
    from totals
    cross join shares
    where totals.dormant > 0
    union all
    select
        'note' as place, 4 as position, 'membership.note.near' as word, 'membership_near' as step,
        near.customers, totals.customers as of_customers, null as share, near.money, cast(null as bigint) as rejected
    from near
    cross join totals
    where near.customers > 0
    union all
    select
        'note' as place, 5 as position,
        case when review.rejected = 0 then 'membership.note.review' else 'membership.note.review_rejected' end as word,
        'membership_review' as step,
        review.customers, totals.customers as of_customers, null as share, review.money, review.rejected
    from review
    cross join totals
    where review.customers > 0
    union all
    select
        'note' as place, 6 as position, 'membership.note.lapsed' as word, 'membership_lapsed' as step,
        totals.lapsed as customers, totals.cards as of_customers, shares.lapsed_cards as share, null as money,
        cast(null as bigint) as rejected
    from totals
    cross join shares
    where totals.lapsed > 0
    union all
    select
        'note' as place, 7 as position, 'membership.note.enrol' as word, 'membership_eligible' as step,
        owed.customers, totals.customers as of_customers, null as share, owed.money, cast(null as bigint) as rejected
    from owed
    cross join totals
    where owed.customers > 0
    union all
    select
        'note' as place, 8 as position, 'membership.note.higher' as word, 'membership_eligible' as step,
        owed.higher as customers, totals.cards as of_customers, null as share, owed.higher_money as money,
        cast(null as bigint) as rejected
    from owed
    cross join totals
    where owed.higher > 0
    union all
    -- The reading of the rules that was used, and who would move by the other one.
    select
        'note' as place, 9 as position,
        case when $match = 'all' then 'membership.note.read_all' else 'membership.note.read_any' end as word,
        'membership_readings' as step,
        other.customers, totals.customers as of_customers, null as share, other.money, cast(null as bigint) as rejected
    from other
    cross join totals
    where $scheme = 'five_cards' and totals.customers > 0
    union all
    select
        'note' as place, 10 as position,
        case when register.kept then 'membership.note.by_register' else 'membership.note.by_rules' end as word,
        'membership' as step,
        totals.cards as customers, totals.customers as of_customers, null as share, null as money,
        cast(null as bigint) as rejected
    from register
    cross join totals
    where totals.customers > 0
    union all
    select
        'note' as place, 11 as position, 'membership.note.no_points' as word, 'membership' as step,
        totals.cards as customers, totals.customers as of_customers, null as share, null as money,
        cast(null as bigint) as rejected
    from points
    cross join totals
    where $scheme = 'two_cards' and not points.given and totals.customers > 0
    union all
    select
        'note' as place, 12 as position, 'membership.note.strangers' as word, 'membership_strangers' as step,
        strangers.events as customers, null as of_customers, null as share, null as money, cast(null as bigint) as rejected
    from strangers
    where strangers.events > 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    cast(share as double) as share,
    cast(money as decimal(38, 6)) as money,
    cast(rejected as bigint) as rejected
from sentences
order by position
