//! What an answer carries: bytes, or a sound of any length that is made while it is sent.

use std::f64::consts::TAU;

use bytes::Bytes;

const RATE: u32 = 8000;
/// A whole number of seconds: after each the same waves begin anew.
const BLOCK_SECONDS: u32 = 8;
/// Before the first sample of a WAV file.
const HEAD: usize = 44;

/// The body of an answer, taken from its beginning.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Whole(Bytes),
    /// The bytes `from..to` of a sound.
    Sound {
        tone: Tone,
        from: u64,
        to: u64,
    },
}

impl Content {
    /// How many bytes are left.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Sound { from, to, .. } => to - from,
        }
    }

    /// What is in memory; of a sound, nothing.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Sound { .. } => &[],
        }
    }

    /// The bytes `first..end` of it.
    pub(crate) fn part(&self, first: u64, end: u64) -> Self {
        let (first, end) = (first.min(self.len()), end.min(self.len()));
        match self {
            Self::Whole(bytes) => {
                let at = |n: u64| usize::try_from(n).unwrap_or(bytes.len());
                Self::Whole(bytes.slice(at(first)..at(end.max(first))))
            }
            Self::Sound { tone, from, .. } => Self::Sound {
                tone: tone.clone(),
                from: from + first,
                to: from + end.max(first),
            },
        }
    }

    /// Takes the next piece.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        if self.len() == 0 {
            return None;
        }
        match self {
            Self::Whole(bytes) => Some(std::mem::take(bytes)),
            Self::Sound { tone, from, to } => {
                let piece = tone.piece(*from, *to - *from);
                *from += piece.len() as u64;
                Some(piece)
            }
        }
    }
}

impl<T: Into<Bytes>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self::Whole(bytes.into())
    }
}

impl From<Tone> for Content {
    fn from(tone: Tone) -> Self {
        let to = tone.len();
        Self::Sound { tone, from: 0, to }
    }
}

/// A tone as a WAV file (8 kHz, 8 bit, mono). A second is 8,000 bytes, so a long recording is a large file, and takes no
/// room anywhere.
#[derive(Debug, Clone)]
pub(crate) struct Tone {
    head: Bytes,
    block: Bytes,
    samples: u32,
}

impl Tone {
    /// Another `key` is another pitch, so recordings can be told apart.
    pub(crate) fn new(key: i64, seconds: i64) -> Self {
        // As long as its header can say.
        let longest = (u32::MAX - 36) / RATE;
        let seconds = u32::try_from(seconds.max(1)).map_or(longest, |seconds| seconds.min(longest));
        let pitch = 330.0 + 20.0 * f64::from(i32::try_from(key.rem_euclid(24)).unwrap_or_default());
        let samples = RATE * seconds;
        let block = (0..RATE.saturating_mul(seconds.min(BLOCK_SECONDS))).map(|n| {
            let level = (TAU * pitch * f64::from(n % RATE) / f64::from(RATE)).sin();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the value is within 48..=208"
            )]
            let sample = (128.0 + 80.0 * level) as u8;
            sample
        });
        Self {
            head: head(samples),
            block: block.collect(),
            samples,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        HEAD as u64 + u64::from(self.samples)
    }

    /// What stands at byte `at`, `most` bytes of it or fewer.
    fn piece(&self, at: u64, most: u64) -> Bytes {
        let source = match at.checked_sub(HEAD as u64) {
            None => self.head.slice(usize::try_from(at).unwrap_or_default()..),
            Some(sample) => {
                let offset = sample % self.block.len() as u64;
                self.block.slice(usize::try_from(offset).unwrap_or_default()..)
            }
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        source.slice(..source.len().min(most))
    }
}

fn head(samples: u32) -> Bytes {
    let mut head = Vec::with_capacity(HEAD);
    head.extend_from_slice(b"RIFF");
    head.extend_from_slice(&(36 + samples).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt ");
    head.extend_from_slice(&16_u32.to_le_bytes());
    head.extend_from_slice(&1_u16.to_le_bytes()); // PCM
    head.extend_from_slice(&1_u16.to_le_bytes()); // one channel
    head.extend_from_slice(&RATE.to_le_bytes());
    head.extend_from_slice(&RATE.to_le_bytes()); // bytes a second
    head.extend_from_slice(&1_u16.to_le_bytes());
    head.extend_from_slice(&8_u16.to_le_bytes());
    head.extend_from_slice(b"data");
    head.extend_from_slice(&samples.to_le_bytes());
    head.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut content: Content) -> Vec<u8> {
        let length = content.len();
        let mut bytes = Vec::new();
        while let Some(piece) = content.next() {
            bytes.extend_from_slice(&piece);
        }
        assert_eq!(bytes.len() as u64, length);
        bytes
    }

    #[test]
    fn a_tone_is_a_wav_file_whose_header_tells_the_truth() {
        let wav = all(Tone::new(7, 20).into());
        let word = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap());
        assert_eq!(
            (&wav[..4], &wav[8..16], &wav[36..40]),
            (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..])
        );
        assert_eq!(usize::try_from(word(4)).unwrap(), wav.len() - 8);
        assert_eq!(usize::try_from(word(40)).unwrap(), wav.len() - 44);
        assert_eq!(word(24) * 20, word(40), "twenty seconds of samples");
        assert_ne!(all(Tone::new(1, 1).into()), all(Tone::new(2, 1).into()));
        let second = |n: usize| &wav[44 + n * 8000..][..8000];
        assert!(
            (1..20).all(|n| second(n) == second(0)),
            "the waves go on without a break"
        );
    }

    #[test]
    fn any_part_is_what_the_whole_has_there() {
        for whole in [
            Content::from(Tone::new(3, 20)),
            Content::from(vec![7_u8; 100_000]),
        ] {
            let bytes = all(whole.clone());
            for (first, end) in [
                (0, 44),
                (0, 45),
                (10, 20),
                (43, 64_050),
                (44, 44),
                (64_043, 64_046),
                (99_000, 100_000),
            ] {
                let part = whole.part(first as u64, end as u64);
                assert_eq!(part.len(), (end - first) as u64);
                assert!(all(part) == bytes[first..end], "{first}..{end}");
            }
            // A part of a part counts from its own beginning.
            assert!(all(whole.part(50, 80_000).part(10, 20)) == bytes[60..70]);
            assert_eq!(whole.part(bytes.len() as u64 - 1, u64::MAX).len(), 1);
        }
    }

    #[test]
    fn a_day_of_sound_takes_no_more_room_than_eight_seconds() {
        let tone = Tone::new(1, 86_400);
        assert_eq!(tone.len(), 44 + 86_400 * 8000);
        assert_eq!(tone.block.len(), 64_000);
        assert_eq!(
            Tone::new(1, i64::MAX).len(),
            44 + u64::from((u32::MAX - 36) / RATE * RATE)
        );
    }
}
