-- Grain: one row per sentence of the section on points.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- members, outstanding, liability, can_redeem, near, overdrawn, overdrawn_points, reward_cost, reward_cost_share
--                  as in points_summary
-- without_card     members who hold no card, said where only some hold none; NULL where no module says who holds one
-- holders_apart    card holders who are no members; likewise
-- weekday          the weekday with double points, as a key
-- days             its double days in the last 365 days
-- adjusted, bonus_worth, extra  of the double weekday, as in points_uplift
-- birthday_uplift  of birthdays
-- first_times, first_days, first_bonus, first_worth  of the first members of a day: how often they got double points and on how
--                  many days, these points and the most that they can bring in rewards
-- near_points      points that a member near the next reward lacks at most
-- money_a_point    money that earns a point
--
-- Parameters: $double_weekday, $near_reward, $money_a_point.
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'points.nobody'),
    ('answer', 2, 'points.answer'),
    ('answer', 3, 'points.answer_cards'),
    ('answer', 4, 'points.answer_at_most'),
    ('answer', 5, 'points.answer_at_most_cards'),
    ('answer', 5, 'points.answer_few'),
    ('answer', 5, 'points.answer_few_cards'),
    ('answer', 5, 'points.answer_at_most_few'),
    ('answer', 5, 'points.answer_at_most_few_cards'),
    ('note', 6, 'points.holders_apart'),
    ('note', 7, 'points.no_redemptions'),
    ('note', 8, 'points.reward_cost'),
    ('note', 9, 'points.near_reward'),
    ('note', 10, 'points.first_members'),
    ('note', 11, 'points.uplift'),
    ('note', 12, 'points.uplift_below'),
    ('note', 13, 'points.uplift_by_chance_above'),
    ('note', 14, 'points.uplift_by_chance_below'),
    ('note', 15, 'points.birthday'),
    ('note', 16, 'points.birthday_below'),
    ('note', 17, 'points.birthday_by_chance_above'),
    ('note', 18, 'points.birthday_by_chance_below'),
    ('note', 19, 'points.no_birthdays'),
    ('note', 20, 'points.below_zero'),
    ('note', 21, 'points.rule')
),

known as (
    select count(*) filter (where what = 'birthdays') > 0 as birthdays from points_known
),

members as (
    select count(*) as members from points_balance
),

-- Members are those of the ledger, card holders those of the module membership: where the two differ, the page says so.
cards as (
    select
        case
            when count(points_holders.customer_id) > 0
                then count(points_balance.customer_id) filter (where not coalesce(points_holders.holds, false))
        end as without_card,
        count(*) filter (where points_holders.holds and points_balance.customer_id is null) as holders_apart
    from points_balance
    full outer join points_holders on points_balance.customer_id = points_holders.customer_id
),

weekday as (
    select days, adjusted, noise, bonus_worth, extra from points_uplift where reason = 'weekday'
),

birthday as (
    select uplift, noise from points_uplift where reason = 'birthday'
),

first_members as (
    select occasions, days, bonus, bonus_worth from points_uplift where reason = 'first_members'
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when
            sentences.word like 'points.uplift%'
            or sentences.word like 'points.birthday%'
            or sentences.word = 'points.first_members'
            then 'points_uplift'
        else 'points_summary'
    end as step,
    members.members,
    points_summary.outstanding,
    points_summary.liability,
    points_summary.can_redeem,
    points_summary.near,
    points_summary.overdrawn,
    points_summary.overdrawn_points,
    points_summary.reward_cost_12m as reward_cost,
    points_summary.reward_cost_share,
    weekday.days,
    weekday.adjusted,
    weekday.bonus_worth,
    weekday.extra,
    birthday.uplift as birthday_uplift,
    cards.without_card,
    case when cards.without_card is not null then cards.holders_apart end as holders_apart,
    case $double_weekday
        when 1 then 'monday'
        when 2 then 'tuesday'
        when 3 then 'wednesday'
        when 4 then 'thursday'
        when 5 then 'friday'
        when 6 then 'saturday'
        when 7 then 'sunday'
    end as weekday,
    first_members.occasions as first_times,
    first_members.days as first_days,
    first_members.bonus as first_bonus,
    first_members.bonus_worth as first_worth,
    cast($near_reward as bigint) as near_points,
    cast($money_a_point as decimal(18, 4)) as money_a_point
from sentences
cross join members
cross join known
cross join cards
left join points_summary on true
left join weekday on true
left join birthday on true
left join first_members on true
where
    case sentences.word
        when 'points.nobody' then members.members = 0
        when 'points.answer' then
            points_summary.can_redeem > 0
            and not points_summary.upper_bound
            and coalesce(cards.without_card, 0) in (0, members.members)
        when 'points.answer_cards' then
            points_summary.can_redeem > 0
            and not points_summary.upper_bound
            and cards.without_card > 0 and cards.without_card < members.members
        when 'points.answer_at_most' then
            points_summary.can_redeem > 0
            and points_summary.upper_bound
            and coalesce(cards.without_card, 0) in (0, members.members)
        when 'points.answer_at_most_cards' then
            points_summary.can_redeem > 0
            and points_summary.upper_bound
            and cards.without_card > 0 and cards.without_card < members.members
        when 'points.answer_few' then
            points_summary.can_redeem = 0
            and not points_summary.upper_bound
            and coalesce(cards.without_card, 0) in (0, members.members)
        when 'points.answer_few_cards' then
            points_summary.can_redeem = 0
            and not points_summary.upper_bound
            and cards.without_card > 0 and cards.without_card < members.members
        when 'points.answer_at_most_few' then
            points_summary.can_redeem = 0
            and points_summary.upper_bound
            and coalesce(cards.without_card, 0) in (0, members.members)
        when 'points.answer_at_most_few_cards' then
            points_summary.can_redeem = 0
            and points_summary.upper_bound
            and cards.without_card > 0 and cards.without_card < members.members
        when 'points.holders_apart' then members.members > 0 and cards.holders_apart > 0
        when 'points.no_redemptions' then points_summary.upper_bound
        when 'points.reward_cost' then points_summary.reward_cost_share is not null and points_summary.reward_cost_12m > 0
        when 'points.near_reward' then points_summary.near > 0
        when 'points.first_members' then first_members.bonus > 0
        when 'points.uplift' then weekday.adjusted >= 2 * weekday.noise
        when 'points.uplift_below' then weekday.adjusted <= -2 * weekday.noise
        when 'points.uplift_by_chance_above' then weekday.adjusted >= 0 and weekday.adjusted < 2 * weekday.noise
        when 'points.uplift_by_chance_below' then weekday.adjusted < 0 and weekday.adjusted > -2 * weekday.noise
        when 'points.birthday' then birthday.uplift >= 2 * birthday.noise
        when 'points.birthday_below' then birthday.uplift <= -2 * birthday.noise
        when 'points.birthday_by_chance_above' then birthday.uplift >= 0 and birthday.uplift < 2 * birthday.noise
        when 'points.birthday_by_chance_below' then birthday.uplift < 0 and birthday.uplift > -2 * birthday.noise
        when 'points.no_birthdays' then members.members > 0 and not known.birthdays
        when 'points.below_zero' then points_summary.overdrawn > 0
        else members.members > 0
    end
order by sentences.position
