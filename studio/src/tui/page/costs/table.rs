//! Rows of figures and generations as cells of text: which columns there are by how much room there is. Pure.

use rust_decimal::prelude::ToPrimitive;

use crate::{
    engine::{Row, Span},
    model::{Generation, GenerationState, Money},
    tui::widget::text,
};

/// A column: its heading, and how wide it is.
pub type Column = (&'static str, u16);

/// The columns of figures beside the name.
pub fn columns(width: u16) -> &'static [Column] {
    const ALL: [Column; 7] =
        [("asked", 7), ("made", 7), ("failed", 7), ("success", 8), ("time", 8), ("calls", 7), ("cost", 10)];
    const FEW: [Column; 4] = [("made", 6), ("success", 8), ("time", 7), ("cost", 10)];
    const LEAST: [Column; 1] = [("cost", 10)];
    match width {
        80.. => &ALL,
        50.. => &FEW,
        _ => &LEAST,
    }
}

/// What stands in a column of a row.
pub fn cell(row: &Row, column: &str) -> String {
    match column {
        "asked" => row.asked.to_string(),
        "made" => row.done.to_string(),
        "failed" => (row.failed + row.possibly_billed).to_string(),
        "success" => row.success.map(percent).unwrap_or_default(),
        "time" => row.seconds.map(text::seconds).unwrap_or_default(),
        "calls" => row.calls.to_string(),
        _ => money(row.cost),
    }
}

/// A share as people say it; never 100 % of what is less.
pub fn percent(share: f64) -> String {
    let whole = (share * 100.0).round().min(if share < 1.0 { 99.0 } else { 100.0 });
    format!("{whole:.0} %")
}

/// Dollars as a number, to draw with.
pub fn dollars(amount: Money) -> f64 {
    amount.amount().to_f64().unwrap_or_default()
}

/// Dollars in as few places as tell it: what is less than a cent keeps more of them.
pub fn money(amount: Money) -> String {
    let dollars = dollars(amount);
    if amount.is_zero() || dollars >= 0.1 {
        return format!("${dollars:.2}");
    }
    if dollars < 0.0001 { "<$0.0001".to_owned() } else { format!("${dollars:.4}") }
}

/// When something was asked for, in UTC: the hour, or the day where it was another.
pub fn moment(at_ms: i64, now_ms: i64) -> String {
    let moment = |ms| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    let (at, now) = (moment(at_ms), moment(now_ms));
    if at.date() == now.date() {
        return at.strftime("%H:%M").to_string();
    }
    at.strftime(if at.year() == now.year() { "%d %b" } else { "%d %b %Y" }).to_string()
}

/// What a generation cost, or may cost yet.
pub fn cost(generation: &Generation) -> String {
    match generation.cost {
        Some(cost) => money(cost),
        None if generation.state == GenerationState::Running => "...".to_owned(),
        None if !generation.reserved().is_zero() => format!("up to {}", money(generation.reserved())),
        None => "no price".to_owned(),
    }
}

/// How a generation stands, in words.
pub fn state(generation: &Generation) -> String {
    match generation.state {
        GenerationState::PossiblyBilled => "possibly billed".to_owned(),
        GenerationState::Failed => generation.error.clone().unwrap_or_else(|| "failed".into()),
        state => state.name().to_owned(),
    }
}

/// Of what an account is.
pub fn account(of: &str, name: &str, span: Span) -> String {
    let span = match span {
        Span::Total => "in all",
        Span::Run => "latest run",
        Span::Month => "this month",
    };
    match of {
        "all" => format!("all, {span}"),
        _ => format!("{name}, {span}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_say_neither_more_nor_less_than_is_so() {
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
        let dollars = |text: &str| money(text.parse().unwrap());
        assert_eq!([dollars("0"), dollars("12.345"), dollars("0.004")], ["$0.00", "$12.35", "$0.0040"]);
        assert_eq!(dollars("0.00001"), "<$0.0001");
        assert_eq!(account("all", "", Span::Month), "all, this month");
        assert_eq!(account("project", "rice", Span::Run), "rice, latest run");
    }

    #[test]
    fn narrow_tables_keep_the_cost() {
        for width in [0, 49, 50, 79, 80, 200] {
            let columns = columns(width);
            assert_eq!(columns.last().map(|column| column.0), Some("cost"));
            assert!(columns.len() == 1 || columns.iter().map(|column| column.1).sum::<u16>() < width);
        }
    }

    #[test]
    fn the_day_is_said_where_it_was_another() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let now = at("2026-11-30T12:00:00Z");
        assert_eq!(moment(at("2026-11-30T09:05:00Z"), now), "09:05");
        assert_eq!(moment(at("2026-11-02T09:05:00Z"), now), "02 Nov");
        assert_eq!(moment(at("2025-11-02T09:05:00Z"), now), "02 Nov 2025");
    }
}
