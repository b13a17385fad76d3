//! What is selected in a list, and which part of it is seen.

/// A place in a list that is longer than its pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// What is selected.
    pub at: usize,
    /// The first that is seen.
    pub top: usize,
}

impl Cursor {
    /// Goes by so many, within a list of `len`.
    pub fn go(&mut self, by: isize, len: usize) {
        self.at = self.at.saturating_add_signed(by).min(len.saturating_sub(1));
    }

    /// Goes to one, within a list of `len`.
    pub fn to(&mut self, at: usize, len: usize) {
        self.at = at.min(len.saturating_sub(1));
    }

    /// The list has `len` things and the pane room for `room`: which are seen.
    pub fn seen(&mut self, len: usize, room: usize) -> std::ops::Range<usize> {
        self.at = self.at.min(len.saturating_sub(1));
        let room = room.max(1);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(room)).min(len.saturating_sub(room));
        self.top..(self.top + room).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected_is_seen() {
        let mut cursor = Cursor::default();
        cursor.to(12, 20);
        assert_eq!(cursor.seen(20, 5), 8..13);
        cursor.go(-2, 20);
        assert_eq!(cursor.seen(20, 5), 8..13);
        cursor.go(-100, 20);
        assert_eq!(cursor.seen(20, 5), 0..5);
        // The list got shorter, and the pane higher.
        cursor.to(19, 20);
        assert_eq!(cursor.seen(3, 5), 0..3);
        assert_eq!(cursor.at, 2);
        assert_eq!(cursor.seen(0, 5), 0..0);
    }
}
