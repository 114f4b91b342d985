-- Grain: one row per sentence of the section on points.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- members, outstanding, liability, can_redeem, near, overdrawn, overdrawn_points, reward_cost, reward_cost_share
--                  as in points_summary
-- days             double days of the weekday in the last 365 days
-- adjusted, bonus_worth, extra  of the double weekday, as in points_uplift
-- birthday_uplift  of birthdays
--
-- Parameters: none.
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'points.nobody'),
    ('answer', 2, 'points.answer'),
    ('answer', 3, 'points.answer_at_most'),
    ('note', 4, 'points.no_redemptions'),
    ('note', 5, 'points.reward_cost'),
    ('note', 6, 'points.near_reward'),
    ('note', 7, 'points.uplift'),
    ('note', 8, 'points.uplift_below'),
    ('note', 9, 'points.uplift_by_chance'),
    ('note', 10, 'points.birthday'),
    ('note', 11, 'points.birthday_below'),
    ('note', 12, 'points.birthday_by_chance'),
    ('note', 13, 'points.no_birthdays'),
    ('note', 14, 'points.below_zero')
),

known as (
    select count(*) filter (where what = 'birthdays') > 0 as birthdays from points_known
),

members as (
    select count(*) as members from points_balance
),

weekday as (
    select days, adjusted, noise, bonus_worth, extra from points_uplift where reason = 'weekday'
),

birthday as (
    select uplift, noise from points_uplift where reason = 'birthday'
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.word like 'points.uplift%' or sentences.word like 'points.birthday%' then 'points_uplift'
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
    birthday.uplift as birthday_uplift
from sentences
cross join members
cross join known
left join points_summary on true
left join weekday on true
left join birthday on true
where
    case sentences.word
        when 'points.nobody' then members.members = 0
        when 'points.answer' then not points_summary.upper_bound
        when 'points.answer_at_most' then points_summary.upper_bound
        when 'points.no_redemptions' then points_summary.upper_bound
        when 'points.reward_cost' then points_summary.reward_cost_share is not null
        when 'points.near_reward' then points_summary.near > 0
        when 'points.uplift' then weekday.adjusted >= 2 * weekday.noise
        when 'points.uplift_below' then weekday.adjusted <= -2 * weekday.noise
        when 'points.uplift_by_chance' then abs(weekday.adjusted) < 2 * weekday.noise
        when 'points.birthday' then birthday.uplift >= 2 * birthday.noise
        when 'points.birthday_below' then birthday.uplift <= -2 * birthday.noise
        when 'points.birthday_by_chance' then abs(birthday.uplift) < 2 * birthday.noise
        when 'points.no_birthdays' then members.members > 0 and not known.birthdays
        else points_summary.overdrawn > 0
    end
order by sentences.position
