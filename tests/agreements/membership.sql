-- As core.sql: cards and points.
with totals as (
    select
        cast(sum(customers) as double) as customers,
        cast(sum(case when tier_order > 0 then customers else 0 end) as double) as cards,
        cast(sum(no_purchase) as double) as no_purchase,
        cast(sum(dormant) as double) as dormant
    from membership_counts
),

left_over as (
    select
        count(*) as members,
        cast(sum(case when balance > 0 then balance else 0 end) as double) as outstanding,
        cast(sum(case when balance > 0 then 1 else 0 end) as double) as with_points,
        cast(sum(case when balance < 0 then 1 else 0 end) as double) as overdrawn,
        cast(sum(case when near then 1 else 0 end) as double) as near,
        cast(sum(reward) as double) as rewards,
        cast(sum(earned) as double) as earned
    from points_balance
)

select 'holders and others' as figure, 'membership_counts' as one, 'membership' as other, totals.customers as here,
    -- Who is in the register alone and holds no card is nobody's customer.
    (select cast(count(*) as double) from membership where tier_order > 0 or best_day is not null) as there from totals
union all
select concat('holders of ', membership_counts.tier), 'membership_counts', 'membership', cast(membership_counts.customers as double), coalesce(held.customers, 0)
    from membership_counts
    left join (select tier, cast(count(*) as double) as customers from membership where tier_order > 0 or best_day is not null group by tier) as held on held.tier = membership_counts.tier
union all
select concat('holders of ', membership_pyramid.tier), 'membership_pyramid', 'membership_counts', cast(membership_pyramid.customers as double), cast(membership_counts.customers as double)
    from membership_pyramid inner join membership_counts on membership_pyramid.tier = membership_counts.tier
union all
select concat('revenue of ', membership_pyramid.tier), 'membership_pyramid', 'membership_counts', cast(membership_pyramid.revenue as double), cast(membership_counts.revenue as double)
    from membership_pyramid inner join membership_counts on membership_pyramid.tier = membership_counts.tier
union all
select concat('now in ', membership_counts.tier), 'membership_moves', 'membership_counts', coalesce(moved.customers, 0), cast(membership_counts.customers as double)
    from membership_counts
    left join (select to_tier, cast(sum(customers) as double) as customers from membership_moves group by to_tier) as moved on moved.to_tier = membership_counts.tier
    where exists (select 1 from membership_moves) and membership_counts.tier_order > 0
union all
select concat('before in ', membership_pyramid.tier), 'membership_moves', 'membership_pyramid', coalesce(moved.customers, 0), cast(membership_pyramid.customers_before as double)
    from membership_pyramid
    left join (select from_tier, cast(sum(customers) as double) as customers from membership_moves group by from_tier) as moved on moved.from_tier = membership_pyramid.tier
    where exists (select 1 from membership_moves) and membership_pyramid.tier_order > 0
union all
select 'cards', 'membership_words', 'membership_counts', cast(words.customers as double), totals.cards
    from totals cross join (select customers from membership_words where word in ('membership.answer.cards', 'membership.answer.cards_unused')) as words
union all
select 'cards without a purchase', 'membership_words', 'membership_counts', cast(words.no_purchase as double), totals.no_purchase
    from totals cross join (select no_purchase from membership_words where word = 'membership.answer.cards_unused') as words
union all
select 'dormant cards', 'membership_counts', 'membership_pyramid', totals.dormant, (select cast(sum(dormant) as double) from membership_pyramid) from totals
union all
select 'moves', 'membership_changed', 'membership_moves', (select cast(count(*) as double) from membership_changed),
    (select cast(sum(customers) as double) from membership_moves where from_tier <> to_tier)
    where exists (select 1 from membership_moves)
union all
select 'points', 'points_summary', 'points_balance', cast(points_summary.outstanding as double), left_over.outstanding from points_summary cross join left_over
union all
select 'points', 'points_words', 'points_summary', cast(words.outstanding as double), cast(points_summary.outstanding as double)
    from points_summary cross join (select distinct outstanding from points_words where place = 'answer') as words
union all
select 'rewards owed', 'points_words', 'points_summary', cast(words.liability as double), cast(points_summary.liability as double)
    from points_summary cross join (select distinct liability from points_words where place = 'answer') as words
union all
select 'rewards owed', 'points_summary', 'points_balance', cast(points_summary.liability as double), left_over.rewards from points_summary cross join left_over
union all
select 'members with points', 'points_summary', 'points_balance', cast(points_summary.with_points as double), left_over.with_points from points_summary cross join left_over
union all
select 'members overdrawn', 'points_summary', 'points_balance', cast(points_summary.overdrawn as double), left_over.overdrawn from points_summary cross join left_over
union all
select 'members near a reward', 'points_summary', 'points_balance', cast(points_summary.near as double), left_over.near from points_summary cross join left_over
union all
select 'members near a reward', 'points_near', 'points_summary', (select cast(count(*) as double) from points_near), cast(points_summary.near as double) from points_summary
union all
select 'points earned', 'points_months', 'points_summary', (select cast(sum(earned) as double) from points_months), cast(points_summary.earned as double) from points_summary
union all
select 'points', 'points_months', 'points_summary', cast(last_month.outstanding as double), cast(points_summary.outstanding as double)
    from points_summary cross join (select outstanding from points_months order by month desc limit 1) as last_month
