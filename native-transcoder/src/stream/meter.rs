/// Ticks of media time in a second.
const SECOND: u64 = 90_000;

/// Counts the bits of each second of media time.
#[derive(Debug, Default)]
pub(super) struct Meter {
    second: u64,
    bytes: usize,
    last: u64,
}

impl Meter {
    pub(super) fn count(&mut self, time: u64, bytes: usize) {
        let second = time / SECOND;
        if second != self.second {
            // After a pause nothing flowed in the second before.
            let whole = if second == self.second + 1 { self.bytes } else { 0 };
            (self.last, self.second, self.bytes) = (whole as u64 * 8, second, 0);
        }
        self.bytes += bytes;
    }

    /// Bits of the last full second; of the running one until there is a full one.
    pub(super) fn bitrate(&self) -> u64 {
        if self.last == 0 {
            self.bytes as u64 * 8
        } else {
            self.last
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_the_bits_of_the_last_full_second() {
        let mut meter = Meter::default();
        for frame in 0..30 {
            meter.count(frame * 3000, 1000);
        }
        assert_eq!(meter.bitrate(), 240_000, "what there is, until a second is full");
        meter.count(SECOND, 1);
        assert_eq!(meter.bitrate(), 240_000);
        meter.count(9 * SECOND, 50);
        assert_eq!(meter.bitrate(), 400, "nothing flowed in the second before");
    }
}
