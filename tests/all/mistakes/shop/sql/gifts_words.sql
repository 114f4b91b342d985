-- Grain: one row, the answer.
select 'answer' as place, 'gifts.answer' as word, 'gifts' as step, customers, revenue from gifts_total
