-- Grain: one row per sentence of the section on cards.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        the customers that the sentence is about
-- of_customers     of how many: all customers, or all card holders. Customers have a transaction
-- share            the share in it; for note.near and note.near_by_day: the part of a card's amount that is missing at most; NULL
--                  without one
-- money            money of their last 12 months; for note.near: all that is missing; NULL without one
-- rejected         for note.review: how many were turned down
-- no_purchase      for the answer: card holders in the register without any transaction
-- days             for note.dormant: days without an order after which a card is dormant
-- since            for the notes on unexplained cards: the first day of history
-- earlier          likewise: of these cards, how many came before that day
--
-- Parameters: $as_of, $scheme, $match: all or any, $near_share, $dormant_after_days.
with totals as (
    select
        coalesce(sum(customers - no_purchase), 0) as customers,
        coalesce(sum(customers) filter (where tier_order > 0), 0) as cards,
        coalesce(sum(no_purchase), 0) as no_purchase,
        coalesce(sum(customers) filter (where is_vip), 0) as vips,
        coalesce(sum(dormant), 0) as dormant,
        coalesce(sum(lapsed), 0) as lapsed,
        coalesce(sum(unexplained), 0) as unexplained,
        coalesce(sum(revenue) filter (where tier_order > 0), 0) as card_money,
        coalesce(sum(revenue) filter (where is_vip), 0) as vip_money
    from membership_counts
),

shares as (
    select
        max(measured) filter (where measure = 'card_revenue') as card_revenue,
        max(measured) filter (where measure = 'vip_revenue') as vip_revenue,
        max(measured) filter (where measure = 'dormant_cards') as dormant_cards,
        max(measured) filter (where measure = 'lapsed_cards') as lapsed_cards,
        max(measured) filter (where measure = 'unexplained_cards') as unexplained_cards
    from membership_shares
),

-- What is missing of a sum adds up. What a day fell short by does not: the next purchase begins another day.
near as (
    select
        count(*) filter (where gap_by <> 'best_day') as customers,
        coalesce(sum(gap) filter (where gap_by <> 'best_day'), 0) as money,
        count(*) filter (where gap_by = 'best_day') as by_day
    from membership_near
),

history as (
    select min(day) as since from customer_day where day <= $as_of
),

-- Cards that no purchase explains, and those of them that came before any purchase is known.
unexplained as (
    select
        max(history.since) as since,
        count(*) filter (where membership.since < history.since) as earlier
    from membership
    cross join history
    where membership.unexplained
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
        count(*) filter (where tier_order = 0) as customers,
        coalesce(sum(spend_12m) filter (where tier_order = 0), 0) as money,
        count(*) filter (where tier_order > 0) as higher,
        coalesce(sum(spend_12m) filter (where tier_order > 0), 0) as higher_money
    from membership
    where eligible is not null
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

-- `rejected`, `no_purchase`, `days`, `since` and `earlier` fill one sentence each.
sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when totals.cards = 0 then 'membership.answer.none'
            when shares.card_revenue is null then 'membership.answer.no_revenue'
            when totals.no_purchase > 0 then 'membership.answer.cards_unused'
            else 'membership.answer.cards'
        end as word,
        'membership_counts' as step,
        totals.cards - totals.no_purchase as customers,
        totals.customers as of_customers,
        shares.card_revenue as share,
        totals.card_money as money
    from totals
    cross join shares
    where totals.customers > 0
    union all
    select
        'note' as place, 2 as position, 'membership.note.vips' as word, 'membership_counts' as step,
        totals.vips as customers, totals.cards as of_customers, shares.vip_revenue as share, totals.vip_money as money
    from totals
    cross join shares
    where totals.vips > 0 and shares.vip_revenue is not null
    union all
    select
        'note' as place, 3 as position, 'membership.note.dormant' as word, 'membership_dormant' as step,
        totals.dormant as customers, totals.cards as of_customers, shares.dormant_cards as share, null as money
    from totals
    cross join shares
    where totals.dormant > 0
    union all
    select
        'note' as place, 4 as position, 'membership.note.near' as word, 'membership_near' as step,
        near.customers, totals.customers as of_customers, cast($near_share as double) as share, near.money
    from near
    cross join totals
    where near.customers > 0
    union all
    select
        'note' as place, 5 as position, 'membership.note.near_by_day' as word, 'membership_near' as step,
        near.by_day as customers, totals.customers as of_customers, cast($near_share as double) as share, null as money
    from near
    cross join totals
    where near.by_day > 0
    union all
    select
        'note' as place, 6 as position,
        case when review.rejected = 0 then 'membership.note.review' else 'membership.note.review_rejected' end as word,
        'membership_review' as step,
        review.customers, totals.customers as of_customers, null as share, review.money
    from review
    cross join totals
    where review.customers > 0
    union all
    select
        'note' as place, 7 as position, 'membership.note.lapsed' as word, 'membership_lapsed' as step,
        totals.lapsed as customers, totals.cards as of_customers, shares.lapsed_cards as share, null as money
    from totals
    cross join shares
    where totals.lapsed > 0
    union all
    select
        'note' as place, 8 as position,
        case
            when unexplained.earlier = 0 then 'membership.note.unexplained'
            when unexplained.earlier = totals.unexplained then 'membership.note.unexplained_all_earlier'
            else 'membership.note.unexplained_some_earlier'
        end as word,
        'membership_unexplained' as step,
        totals.unexplained as customers, totals.cards as of_customers, shares.unexplained_cards as share, null as money
    from totals
    cross join shares
    cross join unexplained
    where totals.unexplained > 0 and unexplained.since is not null
    union all
    select
        'note' as place, 9 as position, 'membership.note.enrol' as word, 'membership_enrol' as step,
        owed.customers, totals.customers as of_customers, null as share, owed.money
    from owed
    cross join totals
    where owed.customers > 0
    union all
    select
        'note' as place, 10 as position, 'membership.note.higher' as word, 'membership_eligible' as step,
        owed.higher as customers, totals.cards as of_customers, null as share, owed.higher_money as money
    from owed
    cross join totals
    where owed.higher > 0
    union all
    -- The reading of the rules that was used, and who would move by the other one.
    select
        'note' as place, 11 as position,
        case when $match = 'all' then 'membership.note.read_all' else 'membership.note.read_any' end as word,
        'membership_readings' as step,
        other.customers, totals.customers as of_customers, null as share, other.money
    from other
    cross join totals
    where $scheme = 'five_cards' and totals.customers > 0
    union all
    select
        'note' as place, 12 as position,
        case when register.kept then 'membership.note.by_register' else 'membership.note.by_rules' end as word,
        'membership' as step,
        totals.cards as customers, totals.customers as of_customers, null as share, null as money
    from register
    cross join totals
    where totals.customers > 0
    union all
    select
        'note' as place, 13 as position, 'membership.note.no_points' as word, 'membership' as step,
        totals.cards as customers, totals.customers as of_customers, null as share, null as money
    from points
    cross join totals
    where $scheme = 'two_cards' and not points.given and totals.customers > 0
    union all
    select
        'note' as place, 14 as position, 'membership.note.strangers' as word, 'membership_strangers' as step,
        strangers.events as customers, null as of_customers, null as share, null as money
    from strangers
    where strangers.events > 0
)

select
    sentences.place,
    cast(sentences.position as bigint) as position,
    sentences.word,
    sentences.step,
    cast(sentences.customers as bigint) as customers,
    cast(sentences.of_customers as bigint) as of_customers,
    cast(sentences.share as double) as share,
    cast(sentences.money as decimal(38, 6)) as money,
    case when sentences.step = 'membership_review' then cast(review.rejected as bigint) end as rejected,
    case when sentences.place = 'answer' then cast(totals.no_purchase as bigint) end as no_purchase,
    case when sentences.step = 'membership_dormant' then cast($dormant_after_days as bigint) end as days,
    case when sentences.step = 'membership_unexplained' then unexplained.since end as since,
    case when sentences.step = 'membership_unexplained' then cast(unexplained.earlier as bigint) end as earlier
from sentences
cross join totals
cross join review
cross join unexplained
order by position
