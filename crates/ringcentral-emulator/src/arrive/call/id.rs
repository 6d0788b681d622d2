//! The names of a call and of its records.
//!
//! Each is made from a number, and leads back to it. So none is stored, and none needs an index to be found by.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many letters it takes to write 64 bits in that alphabet.
const RECORD_LETTERS: usize = 11;

const FIRST_SESSION: i64 = 52_000_000_000;
const SESSION_STEP: i64 = 1009;

/// A call-log record's `id`: short text that says nothing about its order and never repeats.
pub(crate) fn record_id(seq: i64) -> String {
    let mut rest = mixed(seq);
    let mut id = String::with_capacity(RECORD_LETTERS);
    for _ in 0..RECORD_LETTERS {
        let digit = usize::try_from(rest % 62).unwrap_or_default();
        id.push(char::from(ALPHABET[digit]));
        rest /= 62;
    }
    id
}

/// The `seq` of the record with this `id`.
pub(crate) fn record_of(id: &str) -> Option<i64> {
    if id.len() != RECORD_LETTERS {
        return None;
    }
    let number = id.bytes().rev().try_fold(0_u64, |number, letter| {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        number.checked_mul(62)?.checked_add(u64::try_from(digit).ok()?)
    })?;
    Some(unmixed(number))
}

/// The `sessionId` of the call that began with this `seq`.
pub(crate) fn session_id(seq: i64) -> String {
    (FIRST_SESSION + seq * SESSION_STEP).to_string()
}

/// The `seq` with which the call of this `sessionId` began.
pub(crate) fn session_of(id: &str) -> Option<i64> {
    let number = id.parse::<i64>().ok()?.checked_sub(FIRST_SESSION)?;
    let seq = number / SESSION_STEP;
    (session_id(seq) == id).then_some(seq)
}

/// The `telephonySessionId` of the call that began with this `seq`.
pub(crate) fn telephony_session_id(seq: i64) -> String {
    format!("s-{:016x}", mixed(seq))
}

/// The `seq` with which the call of this `telephonySessionId` began.
pub(crate) fn telephony_session_of(id: &str) -> Option<i64> {
    let seq = unmixed(u64::from_str_radix(id.strip_prefix("s-")?, 16).ok()?);
    (telephony_session_id(seq) == id).then_some(seq)
}

/// The `partyId` of one side of the call that began with this `seq`: 1, or 2 for the colleague's.
pub(crate) fn party_id(seq: i64, side: i64) -> String {
    format!("p-{:016x}-{side}", mixed(seq))
}

/// A one-to-one scrambling of 64 bits (the finalizer of splitmix64).
fn mixed(seq: i64) -> u64 {
    let mut z = seq.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Its inverse: the same steps backwards, each factor by the number that it makes 1 with.
fn unmixed(number: u64) -> i64 {
    let mut z = number ^ (number >> 31) ^ (number >> 62);
    z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    z = z ^ (z >> 27) ^ (z >> 54);
    z = z.wrapping_mul(0x96de_1b17_3f11_9089);
    z = z ^ (z >> 30) ^ (z >> 60);
    z.wrapping_sub(0x9e37_79b9_7f4a_7c15).cast_signed()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{
        party_id, record_id, record_of, session_id, session_of, telephony_session_id, telephony_session_of,
    };

    #[test]
    fn every_name_leads_back_to_its_number_and_to_no_other() {
        let mut names = HashSet::new();
        for seq in (0..10_000).chain([1_000_000, 4_294_967_296, 9_000_000_000]) {
            let (record, session) = (record_id(seq), session_id(seq));
            let telephony = telephony_session_id(seq);
            assert_eq!(record_of(&record), Some(seq), "{record}");
            assert_eq!(session_of(&session), Some(seq), "{session}");
            assert_eq!(telephony_session_of(&telephony), Some(seq), "{telephony}");
            for name in [record, session, telephony, party_id(seq, 1), party_id(seq, 2)] {
                assert!(names.insert(name.clone()), "{name} twice");
            }
        }
        for seq in [i64::MIN, -1, i64::MAX] {
            assert_eq!(record_of(&record_id(seq)), Some(seq));
            assert_eq!(telephony_session_of(&telephony_session_id(seq)), Some(seq));
        }
    }

    #[test]
    fn a_name_is_good_in_its_own_spelling_only() {
        let (record, session) = (record_id(7), session_id(7));
        let telephony = telephony_session_id(7);
        for wrong in [
            "",
            "0",
            &record[1..],
            &format!("{record}0"),
            "zzzzzzzzzzz",
            "-----------",
            "ééééé1",
        ] {
            assert_eq!(record_of(wrong), None, "{wrong}");
        }
        for wrong in [
            "",
            "7",
            "52000007064",
            &format!("+{session}"),
            &format!("0{session}"),
            "-9223372036854775808",
            "9223372036854775808",
        ] {
            assert_eq!(session_of(wrong), None, "{wrong}");
        }
        for wrong in [
            "",
            "s-",
            &telephony[2..],
            &telephony.to_uppercase(),
            &format!("{telephony}0"),
            &format!("s-+{}", &telephony[3..]),
        ] {
            assert_eq!(telephony_session_of(wrong), None, "{wrong}");
        }
    }
}
