//! What the shop sells, and where.

use jiff::civil::Date;

use super::calendar::epoch_days;
use super::chance::{Chance, Choice, Mix};

/// A category: its key, its share of sales, the typical price of its goods (in yuan), and its goods.
type Category = (&'static str, f64, f64, [(&'static str, &'static str); 10]);

const CATEGORIES: [Category; 12] = [
    (
        "tea_and_coffee",
        14.0,
        58.0,
        [
            ("jasmine tea", "茉莉花茶"),
            ("green tea", "绿茶"),
            ("black tea", "红茶"),
            ("oolong tea", "乌龙茶"),
            ("pu'er tea", "普洱茶"),
            ("white tea", "白茶"),
            ("coffee beans", "咖啡豆"),
            ("drip coffee", "挂耳咖啡"),
            ("instant coffee", "速溶咖啡"),
            ("chrysanthemum tea", "菊花茶"),
        ],
    ),
    (
        "snacks",
        16.0,
        29.0,
        [
            ("mixed nuts", "混合坚果"),
            ("dried mango", "芒果干"),
            ("rice crackers", "米饼"),
            ("dark chocolate", "黑巧克力"),
            ("egg rolls", "蛋卷"),
            ("seaweed crisps", "海苔脆"),
            ("beef jerky", "牛肉干"),
            ("pineapple cakes", "凤梨酥"),
            ("oat biscuits", "燕麦饼干"),
            ("sunflower seeds", "葵花籽"),
        ],
    ),
    (
        "household",
        12.0,
        34.0,
        [
            ("laundry liquid", "洗衣液"),
            ("dish soap", "洗洁精"),
            ("paper towels", "厨房纸巾"),
            ("storage box", "收纳盒"),
            ("bamboo hangers", "竹衣架"),
            ("scented candle", "香薰蜡烛"),
            ("cleaning cloths", "清洁布"),
            ("bin bags", "垃圾袋"),
            ("hand soap", "洗手液"),
            ("umbrella", "雨伞"),
        ],
    ),
    (
        "skin_care",
        10.0,
        128.0,
        [
            ("face cream", "面霜"),
            ("cleansing foam", "洁面乳"),
            ("sunscreen", "防晒霜"),
            ("sheet masks", "面膜"),
            ("hand cream", "护手霜"),
            ("toner", "爽肤水"),
            ("eye cream", "眼霜"),
            ("body lotion", "身体乳"),
            ("lip balm", "润唇膏"),
            ("serum", "精华液"),
        ],
    ),
    (
        "kitchen",
        8.0,
        119.0,
        [
            ("wok", "炒锅"),
            ("chef's knife", "菜刀"),
            ("chopping board", "砧板"),
            ("tea set", "茶具"),
            ("rice bowls", "饭碗"),
            ("thermos flask", "保温杯"),
            ("steamer", "蒸笼"),
            ("soup pot", "汤锅"),
            ("chopsticks", "筷子"),
            ("lunch box", "饭盒"),
        ],
    ),
    (
        "clothing",
        12.0,
        189.0,
        [
            ("cotton T-shirt", "纯棉T恤"),
            ("linen shirt", "亚麻衬衫"),
            ("jeans", "牛仔裤"),
            ("wool jumper", "羊毛衫"),
            ("down jacket", "羽绒服"),
            ("pyjamas", "睡衣"),
            ("silk scarf", "真丝围巾"),
            ("raincoat", "雨衣"),
            ("trousers", "休闲裤"),
            ("cardigan", "开衫"),
        ],
    ),
    (
        "shoes_and_bags",
        6.0,
        269.0,
        [
            ("running shoes", "跑鞋"),
            ("canvas shoes", "帆布鞋"),
            ("leather shoes", "皮鞋"),
            ("sandals", "凉鞋"),
            ("slippers", "拖鞋"),
            ("backpack", "双肩包"),
            ("shoulder bag", "单肩包"),
            ("suitcase", "行李箱"),
            ("wallet", "钱包"),
            ("belt", "腰带"),
        ],
    ),
    (
        "home_textiles",
        5.0,
        229.0,
        [
            ("duvet", "被子"),
            ("pillow", "枕头"),
            ("bed sheets", "床单"),
            ("bath towel", "浴巾"),
            ("curtains", "窗帘"),
            ("cushion", "靠垫"),
            ("blanket", "毛毯"),
            ("rug", "地毯"),
            ("tablecloth", "桌布"),
            ("mattress pad", "床垫"),
        ],
    ),
    (
        "small_appliances",
        4.0,
        399.0,
        [
            ("kettle", "电水壶"),
            ("rice cooker", "电饭煲"),
            ("hair dryer", "吹风机"),
            ("desk lamp", "台灯"),
            ("air purifier", "空气净化器"),
            ("humidifier", "加湿器"),
            ("blender", "搅拌机"),
            ("fan", "电风扇"),
            ("electric toothbrush", "电动牙刷"),
            ("coffee maker", "咖啡机"),
        ],
    ),
    (
        "stationery",
        6.0,
        24.0,
        [
            ("notebook", "笔记本"),
            ("fountain pen", "钢笔"),
            ("gel pens", "中性笔"),
            ("pencil case", "笔袋"),
            ("desk calendar", "台历"),
            ("sticky notes", "便利贴"),
            ("ink brush", "毛笔"),
            ("folder", "文件夹"),
            ("coloured pencils", "彩色铅笔"),
            ("planner", "手账本"),
        ],
    ),
    (
        "toys",
        4.0,
        99.0,
        [
            ("building blocks", "积木"),
            ("jigsaw puzzle", "拼图"),
            ("plush panda", "熊猫玩偶"),
            ("board game", "桌游"),
            ("kite", "风筝"),
            ("toy train", "玩具火车"),
            ("spinning top", "陀螺"),
            ("modelling clay", "彩泥"),
            ("doll's house", "娃娃屋"),
            ("picture book", "绘本"),
        ],
    ),
    (
        "sports",
        3.0,
        149.0,
        [
            ("yoga mat", "瑜伽垫"),
            ("badminton set", "羽毛球拍"),
            ("table tennis set", "乒乓球拍"),
            ("dumbbells", "哑铃"),
            ("skipping rope", "跳绳"),
            ("swimming goggles", "泳镜"),
            ("water bottle", "运动水壶"),
            ("tent", "帐篷"),
            ("hiking poles", "登山杖"),
            ("football", "足球"),
        ],
    ),
];

/// Each good is sold in these ranges, at this multiple of its price.
const RANGES: [(&str, &str, f64); 4] = [
    ("Everyday", "日常", 0.7),
    ("Classic", "经典", 1.0),
    ("Select", "精选", 1.6),
    ("Signature", "臻品", 2.6),
];

/// The brands of each category, in the order of [`CATEGORIES`]. All are invented.
const BRANDS: [[&str; 3]; 12] = [
    ["Misty Ridge", "Ninth Cup", "Old Teahouse"],
    ["Paper Lantern", "Crispwell", "Nine Orchards"],
    ["Plain House", "Brightwell", "Reed & Reed"],
    ["Dew Garden", "Pale Moon", "Saffron Lake"],
    ["Iron Crane", "Hearthway", "Clay Lane"],
    ["North Loom", "Linen Road", "Quiet Harbour"],
    ["Far Step", "Saddle Street", "Walking Stone"],
    ["Cloud Nest", "North Loom", "Soft Valley"],
    ["Hearthway", "Blue Filament", "Airwell"],
    ["Ink & Bamboo", "Plain House", "Margin Notes"],
    ["Red Kite Toys", "Little Panda Works", "Wooden Bridge"],
    ["Far Step", "High Trail", "Swift River"],
];
/// The styles of goods.
const STYLES: [&str; 5] = ["classic", "modern", "natural", "festive", "playful"];
/// The share of goods at a special price.
const SPECIAL: f64 = 0.06;
/// Categories whose ranges are bought beside each other, and not one after the other.
const NO_LADDER: [&str; 1] = ["stationery"];
/// New goods, two per category.
const NEW_GOODS: usize = 24;
/// The days between two launches, and from the last launch to the last day.
const LAUNCH_EVERY: i32 = 22;
const LAST_LAUNCH: i32 = 20;
/// How a new good takes over the old one's sales: the share at once, the share added later, and the days this takes.
const UPTAKE: (f64, f64, f64) = (0.15, 0.65, 150.0);

/// Stores by city; the first are the busiest.
const STORES: [(&str, &str); 24] = [
    ("Shanghai", "Riverside"),
    ("Beijing", "North Gate"),
    ("Guangzhou", "Flower Market"),
    ("Shenzhen", "Bay View"),
    ("Shanghai", "West Garden"),
    ("Hangzhou", "Lakeside"),
    ("Chengdu", "Teahouse Lane"),
    ("Beijing", "East Bridge"),
    ("Nanjing", "Old Wall"),
    ("Wuhan", "Ferry Pier"),
    ("Suzhou", "Canal Street"),
    ("Xi'an", "Bell Square"),
    ("Chongqing", "Hillside"),
    ("Shanghai", "Station Plaza"),
    ("Tianjin", "Harbour"),
    ("Guangzhou", "Pearl Court"),
    ("Qingdao", "Seafront"),
    ("Changsha", "Orange Island"),
    ("Shenzhen", "Garden City"),
    ("Xiamen", "Palm Walk"),
    ("Hangzhou", "Bamboo Park"),
    ("Chengdu", "South Market"),
    ("Kunming", "Spring Hall"),
    ("Ningbo", "Old Bund"),
];

/// The floors of the buildings in which stores are.
const FLOORS: [&str; 5] = ["1F", "2F", "B1", "3F", "1F"];

/// The names of the channels, in the order of [`Catalogue::CHANNEL_WEIGHTS`]; the first is the only one with stores.
pub(super) const CHANNELS: [&str; 4] = ["store", "mini_program", "app", "web"];

/// Per channel: its share of new customers, and the cost of one new customer, in cents.
pub(super) const ACQUISITION: [(f64, f64); 4] =
    [(0.38, 11_000.0), (0.30, 8_000.0), (0.20, 22_500.0), (0.12, 32_500.0)];

/// A product; money in cents.
pub(super) struct Product {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) name_zh: String,
    pub(super) category: &'static str,
    pub(super) brand: &'static str,
    pub(super) launched_on: Date,
    pub(super) price: i64,
    pub(super) cost: i64,
    pub(super) style: Option<&'static str>,
    /// Whether it is sold at a special price, if that is known.
    pub(super) special_price: Option<bool>,
    /// The position among the ranges of one good, from 1, the cheapest; none where they are no ladder.
    pub(super) rung: Option<i64>,
    ln_price: f64,
    /// The position of the new good that takes over some of its sales.
    successor: Option<u16>,
}

/// A place of sale.
pub(super) struct Store {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) city: &'static str,
    /// All stores opened before the history begins: none sells before it opens.
    pub(super) opened_on: Date,
    /// Where it is in its building, if that is known.
    pub(super) floor: Option<&'static str>,
}

/// Products and stores with their popularity.
pub(super) struct Catalogue {
    pub(super) products: Vec<Product>,
    pub(super) stores: Vec<Store>,
    popularity: Choice,
    store_popularity: Choice,
    channel_popularity: Choice,
}

impl Catalogue {
    const CHANNEL_WEIGHTS: [f64; 4] = [38.0, 30.0, 20.0, 12.0];

    /// The catalogue of a shop with a history from `first_day` to `last_day`.
    pub(super) fn new(seed: u64, first_day: Date, last_day: Date) -> Self {
        let mut rng = Mix::new(seed, 101);
        let mut products = Vec::new();
        let mut weights = Vec::new();
        for (category, share, base, goods) in &CATEGORIES {
            let ranks = shuffled(goods.len() * RANGES.len(), &mut rng);
            // Popularity inside a category falls with the rank to the power 0.9 (Zipf's law).
            let zipf: Vec<f64> = ranks.iter().map(|rank| libm::pow(1.0 + *rank as f64, -0.9)).collect();
            let total: f64 = zipf.iter().sum();
            weights.extend(zipf.iter().map(|weight| share * weight / total));
            for (name, name_zh) in goods {
                let level = base * libm::exp(0.35 * rng.normal());
                for range in &RANGES {
                    products.push(product(
                        products.len() + 1,
                        category,
                        (name, name_zh),
                        level,
                        range,
                        &mut rng,
                    ));
                }
            }
        }
        let store_weights: Vec<f64> = (0..STORES.len()).map(|rank| 1.0 / (4.0 + rank as f64)).collect();
        let stores = stores(first_day, &mut rng);
        // A separate stream: brands and launches change nothing else.
        let mut rng = Mix::new(seed, 103);
        for (product, position) in products.iter_mut().zip(0..) {
            let (good, category) = (position / RANGES.len(), position / (RANGES.len() * 10));
            product.brand = BRANDS[category % BRANDS.len()][(good * 7 + category) % 3];
            let before = 150 + i32::try_from(rng.below(3000)).unwrap_or(0);
            product.launched_on = days_before(first_day, before);
        }
        describe(&mut products, seed);
        launch(&mut products, &weights, last_day);
        Self {
            products,
            stores,
            popularity: Choice::new(&weights),
            store_popularity: Choice::new(&store_weights),
            channel_popularity: Choice::new(&Self::CHANNEL_WEIGHTS),
        }
    }

    /// A product that costs about `cents`, and its position: the nearest in price of four picked by popularity.
    pub(super) fn product_near(&self, cents: f64, rng: &mut impl Chance) -> Option<(u16, &Product)> {
        let wanted = libm::log(cents.max(1.0));
        let mut best: Option<(f64, usize, &Product)> = None;
        for _ in 0..4 {
            let position = self.popularity.draw(rng);
            let Some(product) = self.products.get(position) else { continue };
            let distance = (product.ln_price - wanted).abs();
            if best.is_none_or(|(nearest, ..)| distance < nearest) {
                best = Some((distance, position, product));
            }
        }
        best.map(|(_, position, product)| (position as u16, product))
    }

    /// The position of the product really sold on `day` when `position` is asked for. A new good takes over more and
    /// more sales of the old one, at its price. `u` is uniform on [0, 1).
    pub(super) fn sold(&self, position: u16, day: Date, u: f64) -> u16 {
        let successor = self.products.get(usize::from(position)).and_then(|product| product.successor);
        let Some((successor, new)) =
            successor.and_then(|next| Some((next, self.products.get(usize::from(next))?)))
        else {
            return position;
        };
        let since = epoch_days(day) - epoch_days(new.launched_on);
        let share = UPTAKE.0 + UPTAKE.1 * (f64::from(since) / UPTAKE.2).min(1.0);
        if since >= 0 && u < share { successor } else { position }
    }

    /// A store's position.
    pub(super) fn any_store(&self, rng: &mut impl Chance) -> u8 {
        self.store_popularity.draw(rng) as u8
    }

    /// A channel's position in [`CHANNELS`].
    pub(super) fn any_channel(&self, rng: &mut impl Chance) -> u8 {
        self.channel_popularity.draw(rng) as u8
    }
}

fn product(
    number: usize,
    category: &'static str,
    name: (&str, &str),
    level: f64,
    range: &(&str, &str, f64),
    rng: &mut Mix,
) -> Product {
    let yuan = level * range.2 * (0.9 + 0.2 * rng.uniform());
    // Prices end in .90, as shelf labels do.
    let price = (yuan.round() as i64).max(4) * 100 - 10;
    let cost = (price as f64 * (0.42 + 0.26 * rng.uniform())).round() as i64;
    Product {
        id: format!("P{number:04}"),
        name: format!("{} {}", range.0, name.0),
        name_zh: format!("{}{}", range.1, name.1),
        category,
        brand: "",
        launched_on: Date::ZERO,
        price,
        cost,
        style: None,
        special_price: None,
        rung: None,
        ln_price: libm::log(price as f64),
        successor: None,
    }
}

/// Says of each product what is known beside its price: its style, whether the price is a special one, and its rung.
fn describe(products: &mut [Product], seed: u64) {
    let mut rng = Mix::new(seed, 104);
    for (position, product) in products.iter_mut().enumerate() {
        let style = STYLES.get(rng.below(STYLES.len() as u32) as usize).copied();
        product.style = style.filter(|_| rng.happens(0.88));
        let special = rng.happens(SPECIAL);
        product.special_price = Some(special).filter(|_| rng.happens(0.97));
        let rung = i64::try_from(position % RANGES.len()).unwrap_or_default() + 1;
        product.rung = Some(rung).filter(|_| !NO_LADDER.contains(&product.category));
    }
}

/// Adds the new goods. In each category they replace the second and the fifth in popularity over time, at the same
/// price: only the product's id changes in the sales.
fn launch(products: &mut Vec<Product>, weights: &[f64], last_day: Date) {
    let goods = products.len() / CATEGORIES.len();
    for number in 0..NEW_GOODS {
        // Successive launches are in different categories.
        let category = number * 5 % CATEGORIES.len();
        let mut ranked: Vec<usize> = (category * goods..(category + 1) * goods).collect();
        ranked.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
        let Some(&old) = ranked.get(if number < CATEGORIES.len() { 1 } else { 4 }) else { continue };
        let position = products.len();
        let Some(model) = products.get_mut(old) else { continue };
        model.successor = u16::try_from(position).ok();
        let back = LAST_LAUNCH + LAUNCH_EVERY * i32::try_from(number).unwrap_or(0);
        let new = Product {
            id: format!("P{:04}", position + 1),
            name: format!("New {}", model.name),
            name_zh: format!("新{}", model.name_zh),
            category: model.category,
            brand: model.brand,
            launched_on: days_before(last_day, back),
            price: model.price,
            cost: model.cost,
            style: model.style,
            // What is new is not reduced.
            special_price: Some(false),
            rung: model.rung,
            ln_price: model.ln_price,
            successor: None,
        };
        products.push(new);
    }
}

fn days_before(day: Date, days: i32) -> Date {
    day.checked_sub(jiff::Span::new().days(days)).unwrap_or(day)
}

fn stores(first_day: Date, rng: &mut Mix) -> Vec<Store> {
    let opened = |rng: &mut Mix| {
        let days = 200 + i32::try_from(rng.below(4000)).unwrap_or(0);
        days_before(first_day, days)
    };
    let store = |((city, name), number): (&(&'static str, &'static str), u32)| Store {
        id: format!("S{number:02}"),
        name,
        city,
        opened_on: opened(rng),
        // Two of them stand alone.
        floor: FLOORS.get(number as usize % FLOORS.len()).copied().filter(|_| number % 11 != 0),
    };
    STORES.iter().zip(1..).map(store).collect()
}

/// The numbers `0..n` in random order (Fisher and Yates).
fn shuffled(n: usize, rng: &mut Mix) -> Vec<usize> {
    let mut items: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        items.swap(last, rng.below(last as u32 + 1) as usize);
    }
    items
}

/// The region in which a city lies.
pub(super) fn region(city: &str) -> &'static str {
    match city {
        "Beijing" | "Tianjin" => "North",
        "Guangzhou" | "Shenzhen" => "South",
        "Wuhan" | "Changsha" => "Central",
        "Chengdu" | "Chongqing" | "Kunming" => "Southwest",
        "Xi'an" => "Northwest",
        _ => "East",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_product_earns_a_margin_and_has_its_own_id_and_name() {
        let catalogue = Catalogue::new(42, date(2024, 10, 2), date(2026, 10, 31));
        assert_eq!(catalogue.products.len(), 504);
        assert!(catalogue.products.iter().all(|p| p.cost > 0 && p.cost < p.price));
        let mut names: Vec<&str> = catalogue.products.iter().map(|p| p.name_zh.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 504);
        assert!(catalogue.stores.iter().all(|s| s.opened_on < date(2024, 10, 2)));
    }

    /// A new good is not sold before its launch, and then more and more often, at the price of the old one.
    #[test]
    fn a_new_good_takes_over_from_an_old_one() {
        let catalogue = Catalogue::new(42, date(2024, 10, 2), date(2026, 10, 31));
        let old: Vec<usize> = (0..480).filter(|at| catalogue.products[*at].successor.is_some()).collect();
        assert_eq!(old.len(), NEW_GOODS);
        for at in old {
            let sold = |day, u| usize::from(catalogue.sold(at as u16, day, u));
            let new = usize::from(catalogue.products[at].successor.expect("a new good"));
            let product = &catalogue.products[new];
            assert_eq!(
                (product.price, product.cost),
                (catalogue.products[at].price, catalogue.products[at].cost)
            );
            let launch = product.launched_on;
            assert_eq!(sold(days_before(launch, 1), 0.0), at);
            assert_eq!((sold(launch, 0.14), sold(launch, 0.16)), (new, at));
            assert_eq!(
                (sold(days_before(launch, -150), 0.79), sold(days_before(launch, -150), 0.81)),
                (new, at)
            );
        }
    }

    #[test]
    fn the_price_asked_for_is_followed() {
        let catalogue = Catalogue::new(42, date(2024, 10, 2), date(2026, 10, 31));
        let mut rng = Mix::new(5, 5);
        let mut mean = |cents: f64| {
            let prices =
                (0..500).filter_map(|_| catalogue.product_near(cents, &mut rng)).map(|(_, p)| p.price);
            prices.sum::<i64>() / 500
        };
        let (low, high) = (mean(2_000.0), mean(40_000.0));
        assert!(low < 6_000 && high > 20_000, "{low} and {high} cents");
    }
}
