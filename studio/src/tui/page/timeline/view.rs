//! Which part of the film's time is seen, and where in it a moment is. Pure.

/// Most columns that a second takes.
const WIDEST: f64 = 24.0;
/// Between two times that are written, at least.
const APART: f64 = 9.0;
/// Steps between times that people count in, in seconds.
const STEPS: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

/// Which part of the film's time is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// How many times it is magnified; 1: all is seen.
    pub zoom: f64,
    /// The first moment that is seen, in seconds.
    pub from: f64,
    /// How long the film is.
    pub total: f64,
    /// Columns.
    pub width: u16,
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: 1.0, from: 0.0, total: 0.0, width: 0 }
    }
}

impl View {
    /// There is so much film, and so much room.
    pub fn fit(&mut self, total: f64, width: u16) {
        (self.total, self.width) = (total.max(0.1), width);
        self.settle();
    }

    fn settle(&mut self) {
        let most = (WIDEST * self.total / f64::from(self.width.max(1))).max(1.0);
        self.zoom = self.zoom.clamp(1.0, most);
        self.from = self.from.clamp(0.0, (self.total - self.seconds()).max(0.0));
    }

    /// How much time is seen.
    pub fn seconds(&self) -> f64 {
        self.total / self.zoom
    }

    /// Magnifies, so that a moment stays where it is.
    pub fn magnify(&mut self, by: f64, around: f64) {
        let share = ((around - self.from) / self.seconds()).clamp(0.0, 1.0);
        self.zoom *= by;
        self.settle();
        self.from = around - share * self.seconds();
        self.settle();
    }

    /// Goes where a moment is seen, near the beginning.
    pub fn reveal(&mut self, moment: f64) {
        if moment < self.from || moment >= self.from + self.seconds() {
            self.from = moment - self.seconds() * 0.1;
            self.settle();
        }
    }

    /// The column of a moment, from the first one on; it may lie outside.
    pub fn column(&self, moment: f64) -> f64 {
        (moment - self.from) / self.seconds() * f64::from(self.width)
    }

    /// The columns from one moment to another that are seen: the first, and how many. At least one, where any is.
    pub fn columns(&self, from: f64, to: f64) -> Option<(u16, u16)> {
        let (first, end) = (self.column(from).round(), self.column(to).round());
        let end = end.max(first + 1.0).min(f64::from(self.width));
        let first = first.max(0.0);
        (end > first).then_some((first as u16, (end - first) as u16))
    }

    /// The moment at a share of what is seen, in thousandths.
    pub fn moment(&self, share: u16) -> f64 {
        self.from + self.seconds() * f64::from(share) / 1000.0
    }

    /// Moments that are written above.
    pub fn marks(&self) -> Vec<f64> {
        let least = APART * self.seconds() / f64::from(self.width.max(1));
        let step = STEPS.into_iter().find(|step| *step >= least).unwrap_or(3600.0);
        let first = (self.from / step).ceil() as u32;
        let last = ((self.from + self.seconds()) / step).floor() as u32;
        (first..=last.min(first + u32::from(self.width))).map(|n| f64::from(n) * step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let mut view = View::default();
        view.fit(60.0, 100);
        view
    }

    #[test]
    fn all_is_seen_until_it_is_magnified() {
        let mut view = view();
        assert_eq!(view.columns(0.0, 60.0), Some((0, 100)));
        assert_eq!(view.columns(6.0, 12.0), Some((10, 10)));
        view.magnify(2.0, 30.0);
        assert!((view.column(30.0) - 50.0).abs() < 1e-6, "what is looked at stays");
        assert_eq!(view.columns(0.0, 15.0), None);
        assert_eq!(view.columns(0.0, 18.0), Some((0, 10)));
        view.magnify(0.1, 30.0);
        assert_eq!(view.columns(0.0, 60.0), Some((0, 100)));
    }

    #[test]
    fn what_is_gone_to_is_seen_and_the_ends_are_kept() {
        let mut view = view();
        view.magnify(4.0, 0.0);
        view.reveal(59.0);
        assert!((view.from - 45.0).abs() < 1e-9);
        view.reveal(50.0);
        assert!((view.from - 45.0).abs() < 1e-9, "it is seen already");
        view.reveal(1.0);
        assert!(view.from.abs() < 1e-9);
        view.magnify(1e9, 0.0);
        assert!(view.seconds() > 4.0, "no cell is shorter than a word");
    }

    #[test]
    fn times_stand_apart() {
        let view = view();
        assert_eq!(view.marks(), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert!((view.moment(500) - 30.0).abs() < 1e-9);
        let mut none = View::default();
        none.fit(0.0, 0);
        assert!(none.marks().len() <= 1 && none.columns(0.0, 1.0).is_none());
    }
}
