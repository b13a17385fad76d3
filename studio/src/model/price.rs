//! What calls cost: a table of prices with dates, which comes with Studio and which a person's settings extend. Pure.

use std::sync::LazyLock;

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use studio_plugin_sdk::usage::Usage;

use super::money::Money;

/// The prices that come with Studio.
const SHIPPED: &str = include_str!("prices.toml");

/// What a model of a service costs in some time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The plugin that asks the service.
    pub plugin: String,
    /// `host` or `host:port` of the service; empty: wherever the plugin asks.
    #[serde(default)]
    pub service: String,
    /// The model; a `*` stands for anything.
    #[serde(default = "any")]
    pub model: String,
    /// The first day on which it holds; none: always before.
    #[serde(default)]
    pub from: Option<Date>,
    /// The first day on which it holds no more; none: until further notice.
    #[serde(default)]
    pub until: Option<Date>,
    /// Where it was read, for people.
    #[serde(default)]
    pub source: String,
    /// A million tokens read.
    #[serde(default)]
    pub per_million_tokens_in: Option<Money>,
    /// A million tokens read from a cache; none: as those that are read.
    #[serde(default)]
    pub per_million_tokens_cached: Option<Money>,
    /// A million tokens written.
    #[serde(default)]
    pub per_million_tokens_out: Option<Money>,
    /// A million characters spoken.
    #[serde(default)]
    pub per_million_characters: Option<Money>,
    /// A picture.
    #[serde(default)]
    pub per_image: Option<Money>,
    /// A minute of audio or video made or heard, counted by the second's thousandth.
    #[serde(default)]
    pub per_media_minute: Option<Money>,
    /// A second on a rented graphics card.
    #[serde(default)]
    pub per_gpu_second: Option<Money>,
    /// A unit of the service's own.
    #[serde(default)]
    pub per_credit: Option<Money>,
    /// A request, whatever it is for.
    #[serde(default)]
    pub per_request: Option<Money>,
}

fn any() -> String {
    "*".into()
}

/// Whose usage is to be priced.
#[derive(Clone, Copy, Debug)]
pub struct Sale<'a> {
    /// The plugin.
    pub plugin: &'a str,
    /// `host` or `host:port` that was asked.
    pub service: &'a str,
    /// The day, in UTC.
    pub day: Date,
    /// Requests that were sent.
    pub requests: u64,
}

/// All prices: a person's own before those that come with Studio.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceTable {
    own: Vec<Price>,
    shipped: Vec<Price>,
}

impl PriceTable {
    /// The shipped prices, and before them a person's own. The error names the entry to blame.
    pub fn new(own: Vec<Price>) -> Result<Self, String> {
        check(&own)?;
        Ok(Self { own, shipped: shipped().clone() })
    }

    /// What usage cost, or would; none: no price is known for it. A service's own word counts before the table.
    pub fn cost_of(&self, usage: &Usage, sale: Sale<'_>) -> Option<Money> {
        if let Some(told) = usage.cost_usd.as_ref() {
            return Decimal::from_str_exact(told).ok().and_then(Money::of);
        }
        self.price(&usage.model, sale)?.of(usage, sale.requests)
    }

    /// The entry that holds: a person's own before a shipped one, for this service before for any, for the model as it
    /// is called before for several.
    fn price(&self, model: &str, sale: Sale<'_>) -> Option<&Price> {
        let best = |prices: &'_ [Price]| {
            let fitting = prices.iter().enumerate().filter(|(_, p)| p.fits(model, sale));
            fitting.max_by_key(|(_, p)| p.rank()).map(|(n, _)| n)
        };
        best(&self.own).map(|n| &self.own[n]).or_else(|| best(&self.shipped).map(|n| &self.shipped[n]))
    }
}

fn shipped() -> &'static Vec<Price> {
    static PRICES: LazyLock<Vec<Price>> = LazyLock::new(|| {
        // A test reads it: it cannot fail in a program that was tested.
        toml::from_str::<File>(SHIPPED).map(|file| file.price).unwrap_or_default()
    });
    &PRICES
}

#[derive(Deserialize)]
struct File {
    price: Vec<Price>,
}

impl Price {
    fn fits(&self, model: &str, sale: Sale<'_>) -> bool {
        self.plugin == sale.plugin
            && (self.service.is_empty() || self.service == sale.service)
            && self.holds_on(sale.day)
            && matches(&self.model, model)
    }

    fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Higher: says more exactly what it is for.
    fn rank(&self) -> (bool, bool, usize) {
        (!self.service.is_empty(), !self.model.contains('*'), self.model.chars().filter(|c| *c != '*').count())
    }

    /// The cost of usage; none: it is for nothing that was counted, or not for all of it.
    fn of(&self, usage: &Usage, requests: u64) -> Option<Money> {
        let cached = self.per_million_tokens_cached.or(self.per_million_tokens_in);
        let counted: [(Option<Money>, Decimal, i64); 9] = [
            (self.per_million_tokens_in, usage.tokens_in.into(), 1_000_000),
            (cached, usage.tokens_cached.into(), 1_000_000),
            (self.per_million_tokens_out, usage.tokens_out.into(), 1_000_000),
            (self.per_million_characters, usage.characters.into(), 1_000_000),
            (self.per_image, usage.images.into(), 1),
            (self.per_media_minute, exact(usage.media_seconds)?, 60),
            (self.per_gpu_second, exact(usage.gpu_seconds)?, 1),
            (self.per_credit, exact(usage.credits)?, 1),
            (self.per_request, requests.into(), 1),
        ];
        let by_token = counted[..3].iter().any(|(price, ..)| price.is_some());
        let unpriced_tokens = counted[..3].iter().any(|(price, amount, _)| price.is_none() && !amount.is_zero());
        if by_token && unpriced_tokens {
            return None;
        }
        let priced = || counted.iter().filter_map(|(price, amount, per)| Some(((*price)?, *amount, *per)));
        let used_nothing = counted[..8].iter().all(|(_, amount, _)| amount.is_zero());
        let free = priced().all(|(price, ..)| price.is_zero());
        if !free && !used_nothing && priced().all(|(_, amount, _)| amount.is_zero()) {
            return None;
        }
        let mut sum = Money::ZERO;
        for (price, amount, per) in priced() {
            sum = sum + share(price, amount, per)?;
        }
        Some(sum)
    }
}

/// `price` for `per` of something, for `amount` of it. What cannot be written as a decimal (a third of a cent) is
/// rounded up at the twelfth place.
fn share(price: Money, amount: Decimal, per: i64) -> Option<Money> {
    let whole = price.amount().checked_mul(amount)?.checked_div(Decimal::from(per))?;
    Money::of(whole.round_dp_with_strategy(12, RoundingStrategy::AwayFromZero))
}

/// To the thousandth, as seconds are counted; none: no number of anything.
fn exact(amount: f64) -> Option<Decimal> {
    (amount.is_finite() && amount >= 0.0)
        .then(|| Decimal::try_from(amount).ok())?
        .map(|amount| amount.round_dp_with_strategy(3, RoundingStrategy::MidpointAwayFromZero))
}

/// Does a name fit a pattern in which `*` stands for anything?
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn check(prices: &[Price]) -> Result<(), String> {
    for (n, price) in prices.iter().enumerate() {
        let at = format!("price {} ({} {})", n + 1, price.plugin, price.model);
        let amounts = [
            price.per_million_tokens_in,
            price.per_million_tokens_cached,
            price.per_million_tokens_out,
            price.per_million_characters,
            price.per_image,
            price.per_media_minute,
            price.per_gpu_second,
            price.per_credit,
            price.per_request,
        ];
        if price.plugin.is_empty() || price.model.is_empty() {
            return Err(format!("{at}: name a plugin; the model is \"*\" where it does not matter"));
        }
        if amounts.iter().all(Option::is_none) {
            return Err(format!("{at}: says no price; write one like per_million_tokens_in = \"0.75\""));
        }
        if price.from.zip(price.until).is_some_and(|(from, until)| from >= until) {
            return Err(format!("{at}: ends before it begins; `until` is the first day on which it holds no more"));
        }
        let overlaps = |other: &Price| {
            let same = (&other.plugin, &other.service, &other.model) == (&price.plugin, &price.service, &price.model);
            let apart = |a: &Price, b: &Price| a.until.zip(b.from).is_some_and(|(until, from)| until <= from);
            same && !apart(other, price) && !apart(price, other)
        };
        if let Some(other) = prices[..n].iter().position(overlaps) {
            return Err(format!("{at}: holds on the same days as price {}; give them `from` and `until`", other + 1));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(toml: &str) -> Result<PriceTable, String> {
        PriceTable::new(toml::from_str::<File>(toml).map_err(|e| e.to_string())?.price)
    }

    fn on(day: &str) -> Sale<'static> {
        Sale { plugin: "x", service: "api.x.com", day: day.parse().unwrap(), requests: 1 }
    }

    fn tokens(model: &str, tokens_in: u64, tokens_out: u64) -> Usage {
        Usage { model: model.into(), tokens_in, tokens_out, ..Usage::default() }
    }

    fn money(text: &str) -> Option<Money> {
        text.parse().ok()
    }

    #[test]
    fn the_shipped_prices_are_good_and_are_for_the_services_own_address() {
        let file: File = toml::from_str(SHIPPED).unwrap();
        check(&file.price).unwrap();
        assert!(file.price.iter().all(|p| !p.service.is_empty() && p.source.contains("https://")));
        let table = PriceTable::new(Vec::new()).unwrap();
        let openai = |service| Sale { plugin: "openai", service, ..on("2026-11-01") };
        let usage = Usage { tokens_cached: 1_000, ..tokens("gpt-5.4-mini", 1_000, 1_000) };
        assert_eq!(table.cost_of(&usage, openai("api.openai.com")), money("0.005325"));
        assert_eq!(table.cost_of(&usage, openai("localhost:8080")), None);
        assert_eq!(table.cost_of(&tokens("gpt-9", 1, 1), openai("api.openai.com")), None);
        let heard = Usage { model: "whisper-1".into(), media_seconds: 12.345, ..Usage::default() };
        assert_eq!(table.cost_of(&heard, openai("api.openai.com")), money("0.0012345"));
    }

    #[test]
    fn dates_say_which_price_holds() {
        let table = table(
            "[[price]]\nplugin = \"x\"\nuntil = \"2026-03-01\"\nper_image = \"0.04\"\n\
             [[price]]\nplugin = \"x\"\nfrom = \"2026-03-01\"\nuntil = \"2026-06-01\"\nper_image = \"0.03\"",
        )
        .unwrap();
        let image = Usage { images: 2, ..Usage::default() };
        assert_eq!(table.cost_of(&image, on("2026-02-28")), money("0.08"));
        assert_eq!(table.cost_of(&image, on("2026-03-01")), money("0.06"));
        assert_eq!(table.cost_of(&image, on("2026-05-31")), money("0.06"));
        assert_eq!(table.cost_of(&image, on("2026-06-01")), None, "no price is known");
    }

    #[test]
    fn what_says_more_exactly_counts() {
        let table = table(
            "[[price]]\nplugin = \"x\"\nper_request = \"4\"\n\
             [[price]]\nplugin = \"x\"\nmodel = \"big*\"\nper_request = \"3\"\n\
             [[price]]\nplugin = \"x\"\nmodel = \"big-1\"\nper_request = \"2\"\n\
             [[price]]\nplugin = \"x\"\nservice = \"localhost:1\"\nper_request = \"0\"",
        )
        .unwrap();
        for (model, cost) in [("small", "4"), ("big-2", "3"), ("big-1", "2")] {
            assert_eq!(table.cost_of(&tokens(model, 1, 1), on("2026-01-01")), money(cost), "{model}");
        }
        let local = Sale { service: "localhost:1", requests: 3, ..on("2026-01-01") };
        assert_eq!(table.cost_of(&tokens("big-1", 1, 1), local), money("0"));
    }

    #[test]
    fn a_price_that_does_not_fit_what_was_counted_is_none() {
        let table = table("[[price]]\nplugin = \"x\"\nper_million_tokens_in = \"1\"").unwrap();
        assert_eq!(table.cost_of(&tokens("m", 5, 0), on("2026-01-01")), money("0.000005"));
        assert_eq!(table.cost_of(&tokens("m", 5, 1), on("2026-01-01")), None, "what was written has no price");
        let spoken = Usage { characters: 9, ..Usage::default() };
        assert_eq!(table.cost_of(&spoken, on("2026-01-01")), None, "nothing of it is priced");
        let cached = Usage { tokens_cached: 2, ..Usage::default() };
        assert_eq!(table.cost_of(&cached, on("2026-01-01")), money("0.000002"), "as what is read");
        assert_eq!(table.cost_of(&Usage::default(), on("2026-01-01")), money("0"), "nothing was used");
        let broken = Usage { tokens_in: 1, media_seconds: f64::NAN, ..Usage::default() };
        assert_eq!(table.cost_of(&broken, on("2026-01-01")), None);
    }

    #[test]
    fn the_services_own_word_counts() {
        let told = |cost: &str| Usage { cost_usd: Some(cost.into()), ..Usage::default() };
        let table = PriceTable::default();
        assert_eq!(table.cost_of(&told("0.0042"), on("2026-01-01")), money("0.0042"));
        for bad in ["-1", "1e3", "", "NaN"] {
            assert_eq!(table.cost_of(&told(bad), on("2026-01-01")), None, "{bad}");
        }
    }

    #[test]
    fn mistakes_name_the_entry() {
        let x = "[[price]]\nplugin = \"x\"\n";
        for (toml, says) in [
            (x.to_owned(), "price 1 (x *): says no price"),
            (format!("{x}per_image = 0.04"), "per_image"),
            (format!("{x}per_image = \"-1\""), "amount of US dollars"),
            (format!("{x}per_picture = \"1\""), "per_picture"),
            (format!("{x}per_image = \"1\"\nfrom = \"soon\""), "from"),
            (format!("{x}per_image = \"1\"\nfrom = \"2026-02-01\"\nuntil = \"2026-02-01\""), "ends before it begins"),
            (format!("{x}per_image = \"1\"\n{x}per_image = \"2\""), "same days as price 1"),
            (format!("{x}per_image = \"1\"\n{x}from = \"2026-01-01\"\nper_image = \"2\""), "same days as price 1"),
        ] {
            let why = table(&toml).expect_err(&toml);
            assert!(why.contains(says), "{toml}: {why}");
        }
    }

    #[test]
    fn patterns_are_whole_names() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    proptest! {
        /// Calls priced one by one cost what all of them cost together.
        #[test]
        fn the_sum_of_the_calls_is_the_cost_of_their_sum(calls in prop::collection::vec((0u64..90_000, 0u64..9_000), 1..20)) {
            let table = table("[[price]]\nplugin = \"x\"\nper_million_tokens_in = \"0.075\"\nper_million_tokens_out = \"4.5\"").unwrap();
            let cost = |usage: &Usage| table.cost_of(usage, on("2026-01-01")).unwrap();
            let mut all = Usage::default();
            let mut sum = Money::ZERO;
            for (tokens_in, tokens_out) in calls {
                let usage = tokens("", tokens_in, tokens_out);
                sum = sum + cost(&usage);
                all.add(&usage);
            }
            prop_assert_eq!(sum, cost(&all));
        }

        /// Nobody who uses more pays less.
        #[test]
        fn more_never_costs_less(a in 0u64..1_000_000, more in 0u64..1_000_000, seconds in 0.0..1e6) {
            let table = table("[[price]]\nplugin = \"x\"\nper_million_tokens_in = \"0.3\"\nper_media_minute = \"0.006\"").unwrap();
            let usage = |tokens_in, media_seconds| Usage { tokens_in, media_seconds, ..Usage::default() };
            let cost = |usage: Usage| table.cost_of(&usage, on("2026-01-01")).unwrap();
            prop_assert!(cost(usage(a, seconds)) <= cost(usage(a + more, seconds * 1.5)));
        }
    }
}
