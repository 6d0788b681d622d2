//! Chance that can be repeated.

/// A small generator (splitmix64), seeded for each round by itself: a round's plan does not depend on the order in which
/// rounds come to an end.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64, round: usize) -> Self {
        let round = u64::try_from(round).unwrap_or(u64::MAX);
        let mut dice = Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(round));
        dice.roll();
        dice
    }

    fn roll(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        u32::try_from(z >> 32).expect("the upper half of 64 bits")
    }

    /// From 0 up to, but not including, 1.
    pub(super) fn fraction(&mut self) -> f64 {
        f64::from(self.roll()) / 4_294_967_296.0
    }

    pub(super) fn one_in(&mut self, sides: u32) -> bool {
        self.roll().is_multiple_of(sides)
    }

    /// From 0 up to, but not including, `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.roll() % end
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let count = u32::try_from(from.len()).expect("a short list");
        from[usize::try_from(self.below(count)).expect("a place in the list")]
    }
}
