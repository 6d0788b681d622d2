//! Who waits for a group, in the order in which they will go.
//!
//! First come, first served; an interactive request before a background one. But of five places that are given while
//! both kinds wait, the fifth goes to the background: it is slowed down, never starved.

use std::collections::BTreeMap;

use super::Priority;

/// After so many interactive requests in a row, one background request goes.
const IN_A_ROW: usize = 4;

/// Waiters, each with a number of its own.
#[derive(Debug)]
pub(super) struct Queue<T> {
    interactive: BTreeMap<u64, T>,
    background: BTreeMap<u64, T>,
    next: u64,
    /// How many interactive requests have gone since a background one did, while one waited.
    in_a_row: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            interactive: BTreeMap::new(),
            background: BTreeMap::new(),
            next: 0,
            in_a_row: 0,
        }
    }
}

impl<T> Queue<T> {
    pub(super) fn len(&self) -> usize {
        self.interactive.len() + self.background.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the new waiter, who is last of its kind.
    pub(super) fn join(&mut self, priority: Priority, waiter: T) -> u64 {
        let number = self.next;
        self.next += 1;
        match priority {
            Priority::Interactive => self.interactive.insert(number, waiter),
            Priority::Background => self.background.insert(number, waiter),
        };
        number
    }

    pub(super) fn leave(&mut self, number: u64) -> Option<T> {
        self.interactive
            .remove(&number)
            .or_else(|| self.background.remove(&number))
    }

    /// Whoever goes next.
    pub(super) fn next(&mut self) -> Option<T> {
        let is_background_s_turn = self.in_a_row >= IN_A_ROW || self.interactive.is_empty();
        if is_background_s_turn && let Some((_, waiter)) = self.background.pop_first() {
            self.in_a_row = 0;
            return Some(waiter);
        }
        let (_, waiter) = self.interactive.pop_first()?;
        self.in_a_row = if self.background.is_empty() {
            0
        } else {
            self.in_a_row + 1
        };
        Some(waiter)
    }

    /// How many go before one that would join now, if nobody came after it.
    pub(super) fn ahead_of(&self, priority: Priority) -> usize {
        ahead(
            priority,
            self.interactive.len(),
            self.background.len(),
            self.in_a_row,
        )
    }

    /// The same for one that waits; `None` when it does not any more.
    pub(super) fn ahead_of_waiter(&self, number: u64) -> Option<usize> {
        let (priority, kind) = if self.interactive.contains_key(&number) {
            (Priority::Interactive, &self.interactive)
        } else if self.background.contains_key(&number) {
            (Priority::Background, &self.background)
        } else {
            return None;
        };
        let before = kind.range(..number).count();
        let (interactive, background) = match priority {
            Priority::Interactive => (before, self.background.len()),
            Priority::Background => (self.interactive.len(), before),
        };
        Some(ahead(priority, interactive, background, self.in_a_row))
    }

    /// Takes out every waiter that does not want to stay, given how many are ahead of it.
    pub(super) fn dismiss(&mut self, mut stays: impl FnMut(&T, usize) -> bool) -> Vec<(T, usize)> {
        let (interactive, background) = (self.interactive.len(), self.background.len());
        let in_a_row = self.in_a_row;
        let mut leaving = Vec::new();
        for (n, (number, waiter)) in self.interactive.iter().enumerate() {
            let ahead = ahead(Priority::Interactive, n, background, in_a_row);
            if !stays(waiter, ahead) {
                leaving.push((*number, ahead));
            }
        }
        for (n, (number, waiter)) in self.background.iter().enumerate() {
            let ahead = ahead(Priority::Background, interactive, n, in_a_row);
            if !stays(waiter, ahead) {
                leaving.push((*number, ahead));
            }
        }
        leaving
            .into_iter()
            .filter_map(|(number, ahead)| Some((self.leave(number)?, ahead)))
            .collect()
    }
}

/// How many go before one of this kind that has so many interactive and background ones before it.
fn ahead(priority: Priority, interactive: usize, background: usize, in_a_row: usize) -> usize {
    let turns_taken = in_a_row.min(IN_A_ROW);
    match priority {
        // Those of the background whose turn comes in between.
        Priority::Interactive => interactive + background.min((interactive + turns_taken) / IN_A_ROW),
        // The `n`th of the background goes after `n` rounds, or when nobody else waits any more.
        Priority::Background => background + interactive.min((background + 1) * IN_A_ROW - turns_taken),
    }
}

#[cfg(test)]
mod tests {
    use super::Priority::{Background, Interactive};
    use super::*;

    fn queue(arrivals: &[(Priority, &'static str)]) -> Queue<&'static str> {
        let mut queue = Queue::default();
        for (priority, name) in arrivals {
            queue.join(*priority, *name);
        }
        queue
    }

    fn order<T>(mut queue: Queue<T>) -> Vec<T> {
        std::iter::from_fn(|| queue.next()).collect()
    }

    #[test]
    fn who_goes_when() {
        let (i, b) = (Interactive, Background);
        let table: [(&[(Priority, &'static str)], &str); 5] = [
            (&[(i, "1"), (i, "2"), (i, "3")], "1 2 3"),
            (&[(b, "1"), (b, "2")], "1 2"),
            (&[(b, "b"), (i, "1"), (i, "2")], "1 2 b"),
            (
                &[(b, "b"), (i, "1"), (i, "2"), (i, "3"), (i, "4"), (i, "5")],
                "1 2 3 4 b 5",
            ),
            (
                &[
                    (i, "1"),
                    (i, "2"),
                    (i, "3"),
                    (i, "4"),
                    (i, "5"),
                    (i, "6"),
                    (i, "7"),
                    (i, "8"),
                    (i, "9"),
                    (b, "a"),
                    (b, "b"),
                    (b, "c"),
                ],
                "1 2 3 4 a 5 6 7 8 b 9 c",
            ),
        ];
        for (arrivals, expected) in table {
            assert_eq!(order(queue(arrivals)).join(" "), expected, "{arrivals:?}");
        }
    }

    #[test]
    fn a_background_waiter_goes_although_interactive_ones_keep_coming() {
        let mut queue = queue(&[(Background, "background")]);
        let mut before = 0;
        loop {
            queue.join(Interactive, "interactive");
            queue.join(Interactive, "interactive");
            match queue.next() {
                Some("background") => break,
                _ => before += 1,
            }
        }
        assert_eq!(before, IN_A_ROW);
    }

    #[test]
    fn whoever_leaves_is_forgotten() {
        let mut queue = queue(&[(Interactive, "1"), (Background, "b")]);
        let two = queue.join(Interactive, "2");
        queue.join(Interactive, "3");
        assert_eq!(queue.leave(two), Some("2"));
        assert_eq!(queue.leave(two), None);
        assert_eq!(queue.ahead_of_waiter(two), None);
        assert_eq!(order(queue).join(" "), "1 3 b");
    }

    #[test]
    fn the_number_ahead_is_what_the_order_makes_of_it() {
        for interactive in 0..12 {
            for background in 0..6 {
                for gone in 0..5 {
                    for priority in [Interactive, Background] {
                        let mut queue = Queue::default();
                        (0..interactive + gone).for_each(|_| _ = queue.join(Interactive, false));
                        (0..background).for_each(|_| _ = queue.join(Background, false));
                        (0..gone).for_each(|_| _ = queue.next());
                        let ahead = queue.ahead_of(priority);
                        let number = queue.join(priority, true);
                        assert_eq!(queue.ahead_of_waiter(number), Some(ahead));
                        let place = order(queue).iter().position(|is_it| *is_it);
                        // With nobody in the background nothing was counted in a row, which may let one go earlier.
                        assert_eq!(
                            place,
                            Some(ahead),
                            "{priority:?} {interactive} {background} {gone}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn those_who_do_not_stay_are_told_how_many_were_ahead() {
        let mut queue = queue(&[(Interactive, "1"), (Interactive, "2"), (Background, "b")]);
        let left = queue.dismiss(|_, ahead| ahead < 1);
        assert_eq!(left, [("2", 1), ("b", 2)]);
        assert_eq!(order(queue), ["1"]);
    }
}
