//! A value that comes once, for all who wait for it, who are told as well when it never comes. Tokio's `watch` does as
//! much in four times the room: ten thousand nodes that wait have two each.

use std::sync::Arc;

use tokio::sync::SetOnce;

/// Gives the value. Dropped, it never comes.
pub struct Giver<T>(Arc<SetOnce<Option<T>>>);

/// Waits for the value.
pub struct Later<T>(Arc<SetOnce<Option<T>>>);

/// A value that is to come.
pub fn later<T>() -> (Giver<T>, Later<T>) {
    let value = Arc::new(SetOnce::new());
    (Giver(Arc::clone(&value)), Later(value))
}

impl<T> Giver<T> {
    /// Here it is.
    pub fn give(self, value: T) {
        // Only who gives sets it, and giving takes the giver.
        let _ = self.0.set(Some(value));
    }
}

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        if !self.0.initialized() {
            let _ = self.0.set(None);
        }
    }
}

impl<T> Clone for Later<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Later<T> {
    /// The value; none: it never comes.
    pub async fn get(&self) -> Option<T> {
        self.0.wait().await.clone()
    }

    /// Is it there?
    pub fn has_come(&self) -> bool {
        self.0.get().is_some_and(Option::is_some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_wait_are_told_that_it_came_or_never_will() {
        let (giver, value) = later();
        let other = tokio::spawn({
            let value = value.clone();
            async move { value.get().await }
        });
        assert!(!value.has_come());
        giver.give(7);
        assert!(value.has_come());
        assert_eq!((value.get().await, other.await.unwrap()), (Some(7), Some(7)));

        let (giver, value) = later::<u8>();
        drop(giver);
        assert!(!value.has_come());
        assert_eq!(value.get().await, None);
    }
}
