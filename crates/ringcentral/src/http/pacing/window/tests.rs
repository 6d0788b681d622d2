use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

const SECOND: Micros = 1_000_000;
const WINDOW: Micros = 60 * SECOND;

fn reading(limit: u32, remaining: u32) -> Reading {
    Reading {
        limit: Some(limit),
        remaining: Some(remaining),
        window: Some(Duration::from_secs(60)),
        ..Reading::default()
    }
}

fn refused(retry_after: Option<u64>) -> Reading {
    Reading {
        retry_after: retry_after.map(Duration::from_secs),
        status: Status::Refused,
        ..Reading::default()
    }
}

/// A window of three requests a minute, of which none is used.
fn three() -> Window {
    Window::assuming(3, Duration::from_secs(60))
}

impl Window {
    fn sends(&mut self, ticket: u64, now: Micros) -> &mut Self {
        assert_eq!(self.opening(now), Opening::Now, "at {now}");
        self.take(ticket, now, None);
        self
    }

    fn hears(&mut self, ticket: u64, sent: Micros, at: Micros, reading: Reading) -> &mut Self {
        let what = What::Answered { sent, reading };
        self.happened(&Event { ticket, at, what });
        self
    }

    fn hears_nothing(&mut self, ticket: u64, at: Micros, what: What) -> &mut Self {
        self.happened(&Event { ticket, at, what });
        self
    }
}

#[test]
fn a_request_counts_from_its_answer_on() {
    let mut window = three();
    for ticket in 1..=3 {
        window.sends(ticket, 0);
    }
    assert_eq!(window.opening(SECOND), Opening::AfterAnAnswer);
    // Sent at 0 and answered at 2: the platform may have counted it as late as that.
    window.hears(1, 0, 2 * SECOND, reading(3, 0));
    assert_eq!(window.opening(3 * SECOND), Opening::At(62 * SECOND));
    assert_eq!(window.opening(61 * SECOND), Opening::At(62 * SECOND));
    assert_eq!(window.opening(62 * SECOND), Opening::Now);
}

#[test]
fn what_never_left_takes_no_place_and_what_was_lost_does() {
    for (what, opening) in [
        (What::GivenBack, Opening::Now),
        (What::Lost, Opening::At(61 * SECOND)),
    ] {
        let mut window = three();
        for ticket in 1..=3 {
            window.sends(ticket, 0);
        }
        window.hears_nothing(2, SECOND, what);
        assert_eq!(window.opening(SECOND), opening, "{what:?}");
    }
}

#[test]
fn until_the_limit_is_known_one_request_goes_ahead() {
    let mut window = Window::default();
    window.sends(1, 0);
    assert_eq!(window.opening(0), Opening::At(PROBE_PATIENCE));
    // It died: the next one goes ahead.
    window.hears_nothing(1, SECOND, What::Lost);
    window.sends(2, SECOND);
    // An answer of something in front of the service teaches nothing.
    let mute = Reading {
        status: Status::Mute,
        ..Reading::default()
    };
    window.hears(2, SECOND, SECOND, mute).sends(3, SECOND);
    // It takes long: one more.
    assert_eq!(
        window.opening(SECOND + PROBE_PATIENCE - 1),
        Opening::At(SECOND + PROBE_PATIENCE)
    );
    window.sends(4, SECOND + PROBE_PATIENCE);
    window.hears(3, SECOND, 7 * SECOND, reading(3, 2));
    window.sends(5, 7 * SECOND);
    assert_eq!(
        window.opening(7 * SECOND),
        Opening::At(67 * SECOND),
        "one is counted, two are under way"
    );
}

#[test]
fn an_answer_without_a_limit_says_that_there_is_none() {
    for mut window in [Window::default(), three()] {
        window.sends(1, 0).hears(1, 0, 0, Reading::default());
        for ticket in 2..100 {
            window.sends(ticket, 0);
        }
        // Until one says that there is: those that are under way show in what remains.
        window.hears(0, 0, SECOND, reading(3, 0));
        assert_eq!(window.opening(SECOND), Opening::At(61 * SECOND));
    }
    // But not where one was named before: some answers lack the headers.
    let mut window = three();
    window.sends(1, 0).hears(1, 0, 0, reading(3, 2));
    window.sends(2, 0).hears(2, 0, 0, Reading::default()).sends(3, 0);
    assert_ne!(window.opening(0), Opening::Now);
}

#[test]
fn what_somebody_else_has_used_is_counted_as_well() {
    let mut window = Window::assuming(10, Duration::from_secs(60));
    window.sends(1, 0).hears(1, 0, SECOND, reading(10, 2));
    // Eight are counted, seven of which are not ours.
    window.sends(2, SECOND).sends(3, SECOND);
    assert_eq!(window.opening(SECOND), Opening::At(61 * SECOND));
    // Told again, they are not counted again.
    window.hears(2, SECOND, SECOND, reading(10, 1));
    window.hears(3, SECOND, SECOND, reading(10, 0));
    assert_eq!(window.opening(61 * SECOND), Opening::Now);
    assert_eq!(window.counted.len(), 0);
}

#[test]
fn an_answer_that_took_long_is_compared_with_what_was_counted_when_it_went() {
    let mut window = three();
    window.sends(1, 0).hears(1, 0, 0, reading(3, 2));
    window.sends(2, 50 * SECOND);
    // Ours of the time 0 has left the window meanwhile, but was in it when the platform counted the second one.
    assert_eq!(window.opening(65 * SECOND), Opening::Now);
    window.hears(2, 50 * SECOND, 65 * SECOND, reading(3, 1));
    window.sends(3, 65 * SECOND).sends(4, 65 * SECOND);
    assert_eq!(
        window.opening(65 * SECOND),
        Opening::At(125 * SECOND),
        "nobody else was counted"
    );
}

#[test]
fn a_penalty_closes_the_group_and_the_latest_one_counts() {
    let mut window = three();
    window.sends(1, 0).sends(2, 0).sends(3, 0);
    window.hears(1, 0, SECOND, refused(Some(20)));
    assert_eq!(window.opening(SECOND), Opening::At(21 * SECOND));
    window.hears(2, 0, 2 * SECOND, refused(None));
    assert_eq!(
        window.opening(2 * SECOND),
        Opening::At(32 * SECOND),
        "thirty seconds where none are named"
    );
    window.hears(3, 0, 3 * SECOND, refused(Some(5)));
    assert_eq!(
        window.opening(31 * SECOND),
        Opening::At(32 * SECOND),
        "a shorter one does not shorten it"
    );
    assert_eq!(window.opening(32 * SECOND), Opening::Now);
}

#[test]
fn a_penalty_closes_groups_that_are_not_counted_too() {
    for mut window in [Window::default(), Window::unlimited(), Window::not_ours()] {
        window.hears(0, 0, 0, refused(Some(7)));
        assert_eq!(window.opening(0), Opening::At(7 * SECOND));
        assert_eq!(window.wait_behind(0, 0), Duration::from_secs(7));
        assert_eq!(window.opening(7 * SECOND), Opening::Now);
    }
}

#[test]
fn a_gate_of_many_users_learns_no_limit() {
    let mut window = Window::not_ours();
    window.hears(0, 0, 0, reading(3, 0));
    assert_eq!(window, Window::not_ours());
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_for_its_old_time() {
    let mut window = three();
    let later = 3_600 * SECOND;
    for ticket in 1..=3 {
        window.sends(ticket, later).hears(
            ticket,
            later,
            later,
            reading(3, 3 - u32::try_from(ticket).unwrap()),
        );
    }
    assert_eq!(window.opening(0), Opening::At(WINDOW));
    window.hears(0, later, later, refused(Some(60)));
    assert_eq!(window.opening(0), Opening::At(WINDOW));
}

#[test]
fn places_of_a_process_that_died_are_free_when_no_answer_can_come_any_more() {
    let mut window = three();
    for ticket in 1..=3 {
        window.take(ticket, 0, Some(100 * SECOND));
    }
    assert_eq!(window.opening(99 * SECOND), Opening::AfterAnAnswer);
    assert_eq!(window.opening(100 * SECOND), Opening::Now);
    // What is told after all is counted.
    window.take(4, 100 * SECOND, None);
    window.hears(1, 0, 101 * SECOND, reading(3, 2));
    window.take(5, 101 * SECOND, None);
    assert_ne!(window.opening(101 * SECOND), Opening::Now);
}

#[test]
fn the_wait_is_that_of_the_place_in_the_queue() {
    let mut window = three();
    window.sends(1, 0).hears(1, 0, 0, reading(3, 2));
    window
        .sends(2, 10 * SECOND)
        .hears(2, 10 * SECOND, 10 * SECOND, reading(3, 1));
    let now = 20 * SECOND;
    let seconds = |ahead| window.wait_behind(ahead, now).as_secs();
    // One place is free, then one after the other leaves the window, then it goes round.
    assert_eq!([0, 1, 2, 3, 4, 5].map(seconds), [0, 40, 50, 60, 100, 110]);
}

#[test]
fn what_is_written_is_what_is_read() {
    let mut window = three();
    window.take(1, 5, Some(7));
    window.sends(2, 6).hears(2, 6, 9, reading(3, 0));
    window.hears(0, 6, 9, refused(None));
    let bytes = serde_json::to_vec(&window).unwrap();
    assert_eq!(serde_json::from_slice::<Window>(&bytes).unwrap(), window);
}

/// The platform's rule: a sliding window, counted when a request arrives.
struct Platform {
    limit: usize,
    arrivals: Vec<Micros>,
}

impl Platform {
    /// What remains after this one; `None` is a 429.
    fn arrives(&mut self, at: Micros) -> Option<u32> {
        self.arrivals.retain(|counted| *counted > at - WINDOW);
        let used = self.arrivals.len();
        if used >= self.limit {
            return None;
        }
        self.arrivals.push(at);
        u32::try_from(self.limit - used - 1).ok()
    }
}

/// One request: when somebody wants to send it, how long it travels there and back, and what becomes of it.
#[derive(Clone, Debug)]
struct Wanted {
    at: Micros,
    there: Micros,
    back: Micros,
    fate: u8,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Back(u64, Micros, Option<u32>, u8),
    There(u64, Micros, Micros, u8),
    Wanted(Micros, Micros, u8),
}

fn wanted() -> impl Strategy<Value = Wanted> {
    // Less than the patience with a probe, there and back.
    (
        0..300 * SECOND,
        0..PROBE_PATIENCE / 2,
        0..PROBE_PATIENCE / 2,
        0_u8..10,
    )
        .prop_map(|(at, there, back, fate)| Wanted {
            at,
            there,
            back,
            fate,
        })
}

proptest! {
    /// Whatever the latencies, and whichever requests never leave or never come back, nothing is sent too early.
    #[test]
    fn no_schedule_is_ever_refused(limit in 1_usize..6, all in prop::collection::vec(wanted(), 1..60)) {
        let mut platform = Platform { limit, arrivals: Vec::new() };
        let mut window = Window::default();
        let mut steps: BinaryHeap<std::cmp::Reverse<(Micros, u64, Step)>> = BinaryHeap::new();
        let mut number = 0;
        let mut plan = |steps: &mut BinaryHeap<_>, at, step| {
            number += 1;
            steps.push(std::cmp::Reverse((at, number, step)));
        };
        for Wanted { at, there, back, fate } in all.clone() {
            plan(&mut steps, at, Step::Wanted(there, back, fate));
        }
        let (mut ticket, mut sent) = (0, 0);
        while let Some(std::cmp::Reverse((now, _, step))) = steps.pop() {
            match step {
                Step::Wanted(there, back, fate) => match window.opening(now) {
                    Opening::Now => {
                        ticket += 1;
                        sent += 1;
                        window.take(ticket, now, None);
                        if fate == 0 {
                            window.hears_nothing(ticket, now, What::GivenBack);
                        } else {
                            plan(&mut steps, now + there, Step::There(ticket, now, back, fate));
                        }
                    }
                    Opening::At(then) => {
                        prop_assert!(then > now);
                        plan(&mut steps, then, Step::Wanted(there, back, fate));
                    }
                    Opening::AfterAnAnswer => plan(&mut steps, now + SECOND, Step::Wanted(there, back, fate)),
                },
                Step::There(ticket, went, back, fate) => {
                    let remaining = platform.arrives(now);
                    prop_assert!(remaining.is_some(), "refused at {now}");
                    plan(&mut steps, now + back, Step::Back(ticket, went, remaining, fate));
                }
                // Whoever knows no limit, and does not hear what the first request teaches, learns it from a refusal.
                Step::Back(ticket, _, _, 1) if window.length().is_some() => {
                    window.hears_nothing(ticket, now, What::Lost);
                }
                Step::Back(ticket, went, remaining, _) => {
                    let limit = u32::try_from(limit).unwrap();
                    window.hears(ticket, went, now, reading(limit, remaining.unwrap()));
                }
            }
        }
        prop_assert_eq!(sent, all.len());
        prop_assert!(window.under_way.is_empty());
        prop_assert!(window.counted.len() <= all.len(), "nobody else was there");
    }
}
