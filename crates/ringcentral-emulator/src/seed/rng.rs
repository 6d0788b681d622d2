//! A small generator of repeatable randomness (splitmix64). For demo data only, never for a secret.

pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` up to, not including, `high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or_default().max(1);
        low + i64::try_from(self.next() % span).unwrap_or_default()
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 100) < percent
    }

    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let at = self.next() % u64::try_from(choices.len()).unwrap_or_default().max(1);
        &choices[usize::try_from(at).unwrap_or_default()]
    }

    /// One of the choices, each as often as its weight says.
    pub(super) fn weighted<'a, T>(&mut self, choices: &'a [(i64, T)]) -> &'a T {
        let total = choices.iter().map(|(weight, _)| weight).sum();
        let mut at = self.between(0, total);
        for (weight, choice) in choices {
            at -= weight;
            if at < 0 {
                return choice;
            }
        }
        &choices[0].1
    }
}
