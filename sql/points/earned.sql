-- Grain: one row per transaction of a member, from the first day on that earns.
--
-- customer_id     text
-- day             business day
-- transaction_id  text
-- amount          money
-- base            points: amount / $money_a_point, towards zero: a return takes back what its purchase earned
-- for_size        bonus points of a single transaction of $single_from points
-- for_weekday     bonus points of $double_weekday in $double_months
-- for_birthday    bonus points of the birthday; 29 February counts on the 28th in other years
-- for_coming_first  bonus points of the first $first_members members of the day, by the time of their first purchase, then
--                 by its transaction id. All their purchases of the day count double
--
-- A double day adds the base once more: two reasons to double make three times the base, not four. With
-- $bonuses = 'largest' the largest bonus alone is given; of equal ones the first of weekday, birthday, coming first and size.
-- A return takes back its base alone, or with $returns_take_bonus what a purchase of its size would be given.
-- A row depends on nothing after its day.
--
-- Parameters: $as_of, $money_a_point, $single_from, $single_bonus, $double_weekday, $double_months, $double_birthday,
-- $first_members, $double_all_year, $bonuses, $returns_take_bonus.
with birthdays as (
    select
        customer_id,
        cast(extract(month from min(birthday)) as bigint) as month,
        cast(extract(day from min(birthday)) as bigint) as day_of_month
    from points_birthdates
    where $double_birthday
    group by customer_id
),

bought as (
    select
        points_receipts.customer_id,
        points_receipts.day,
        points_receipts.transaction_id,
        points_receipts.first_at,
        points_receipts.amount,
        -- The remainder is taken off first: then the division is exact, and nothing is rounded.
        cast(
            (points_receipts.amount - points_receipts.amount % $money_a_point) / $money_a_point as bigint
        ) as base,
        array_has($double_months, cast(extract(month from points_receipts.day) as bigint)) as in_season
    from points_receipts
    inner join points_members on points_receipts.customer_id = points_members.customer_id
    where points_receipts.day <= $as_of and points_receipts.day >= points_members.earns_from
),

-- The first purchase of each member on each day. Its time as text, a blank and its id together sort as time and id do: a
-- blank comes before the point of a fraction.
comings as (
    select customer_id, day, min(concat(cast(first_at as varchar), ' ', transaction_id)) as first_purchase
    from bought
    where amount > 0 and ($double_all_year or in_season)
    group by customer_id, day
),

places as (
    select customer_id, day, row_number() over (partition by day order by first_purchase, customer_id) as place
    from comings
),

first_comers as (
    select customer_id, day from places where place <= $first_members
),

reasons as (
    select
        bought.customer_id,
        bought.day,
        bought.transaction_id,
        bought.amount,
        bought.base,
        bought.base > 0 or $returns_take_bonus as gives_bonus,
        -- Monday is 1.
        bought.in_season and extract(isodow from bought.day) = $double_weekday as on_weekday,
        (bought.in_season or $double_all_year)
        and coalesce(
            birthdays.month = extract(month from bought.day)
            and (
                birthdays.day_of_month = extract(day from bought.day)
                or (
                    birthdays.month = 2 and birthdays.day_of_month = 29
                    and extract(day from bought.day) = 28
                    and extract(month from bought.day + interval '1 day') = 3
                )
            ),
            false
        ) as on_birthday,
        first_comers.customer_id is not null as came_first
    from bought
    left join birthdays on bought.customer_id = birthdays.customer_id
    left join first_comers on bought.customer_id = first_comers.customer_id and bought.day = first_comers.day
),

bonuses as (
    select
        customer_id,
        day,
        transaction_id,
        amount,
        base,
        case
            when not gives_bonus then 0
            when base >= $single_from then $single_bonus
            when base <= -$single_from then -$single_bonus
            else 0
        end as for_size,
        case when gives_bonus and on_weekday then base else 0 end as for_weekday,
        case when gives_bonus and on_birthday then base else 0 end as for_birthday,
        case when gives_bonus and came_first then base else 0 end as for_coming_first
    from reasons
),

-- A bonus that doubles is the base: one of these stands for all.
ranked as (
    select
        *,
        $bonuses = 'combine' as all_count,
        abs(for_size) > greatest(abs(for_weekday), abs(for_birthday), abs(for_coming_first)) as size_is_largest
    from bonuses
)

select
    customer_id,
    day,
    transaction_id,
    amount,
    base,
    case when all_count or size_is_largest then for_size else 0 end as for_size,
    case when all_count or not size_is_largest then for_weekday else 0 end as for_weekday,
    case when all_count or (not size_is_largest and for_weekday = 0) then for_birthday else 0 end as for_birthday,
    case
        when all_count or (not size_is_largest and for_weekday = 0 and for_birthday = 0) then for_coming_first
        else 0
    end as for_coming_first
from ranked
order by customer_id, day, transaction_id
