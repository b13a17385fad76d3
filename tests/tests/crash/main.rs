//! The program killed at random instants, again and again. `STUDIO_SOAK=1` (`make soak`): for longer. What is random is
//! so by a seed that is printed: `STUDIO_SEED=N` repeats it, as far as a box under load does anything twice.

mod chat;
mod film;
mod paid;
mod work;

/// The seed, and what is random by it.
fn seeded() -> (u64, fastrand::Rng) {
    let given = std::env::var("STUDIO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("STUDIO_SEED={seed} repeats these kills");
    (seed, fastrand::Rng::with_seed(seed))
}
