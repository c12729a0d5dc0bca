//! How many of a kind there may be at once, of one source and in all.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use super::Source;

/// How many. Written `128/1024`, the first for one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    per_source: usize,
    total: usize,
}

impl Places {
    /// `per_source` for each source as long as there are fewer than `total` in all.
    #[must_use]
    pub const fn new(per_source: usize, total: usize) -> Self {
        Self { per_source, total }
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.per_source, self.total)
    }
}

impl FromStr for Places {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |text: &str| text.parse::<usize>().ok().filter(|n| *n > 0);
        text.split_once('/')
            .and_then(|(per_source, total)| Some(Self::new(parse(per_source)?, parse(total)?)))
            .ok_or("write how many for one source and how many in all, each at least 1, as 128/1024")
    }
}

/// Counts who is in. Clones count together.
#[derive(Clone, Debug)]
pub struct Gate {
    places: Places,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    total: usize,
    /// Without those who have none in, so that it is never larger than `total`.
    by_source: HashMap<Source, usize>,
}

/// A place. Dropping it frees it.
#[derive(Debug)]
pub struct Permit {
    source: Source,
    inside: Arc<Mutex<Inside>>,
}

/// No place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// For this source.
    Source,
    /// For anybody.
    Total,
}

impl Gate {
    /// A gate with nobody in.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self {
            places,
            inside: Arc::default(),
        }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Full`].
    pub fn enter(&self, source: IpAddr) -> Result<Permit, Full> {
        let source = Source::from(source);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let own = inside.by_source.get(&source).copied().unwrap_or_default();
        if own >= self.places.per_source {
            return Err(Full::Source);
        }
        if inside.total >= self.places.total {
            return Err(Full::Total);
        }
        inside.total += 1;
        inside.by_source.insert(source, own + 1);
        drop(inside);
        Ok(Permit {
            source,
            inside: Arc::clone(&self.inside),
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.total -= 1;
        if let Some(own) = inside.by_source.get_mut(&self.source) {
            *own -= 1;
            if *own == 0 {
                inside.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_and_all_together_have_so_many_places_and_get_them_back() {
        let gate = Gate::new(Places::new(2, 3));
        let (one, two) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = gate.enter(one).unwrap();
        let _second = gate.enter(one).unwrap();
        assert_eq!(gate.enter(one).unwrap_err(), Full::Source);
        let third = gate.enter(two).unwrap();
        assert_eq!(gate.enter(two).unwrap_err(), Full::Total);
        drop(first);
        let again = gate.clone().enter(two);
        assert!(again.is_ok());
        drop((third, again));
        assert_eq!(
            gate.inside.lock().unwrap().by_source.len(),
            1,
            "who left is forgotten"
        );
    }

    #[test]
    fn places_are_written_as_they_are_read() {
        let places: Places = "128/1024".parse().unwrap();
        assert_eq!(places, Places::new(128, 1024));
        assert_eq!(places.to_string(), "128/1024");
        for wrong in ["", "1", "0/5", "5/0", "a/b"] {
            assert!(wrong.parse::<Places>().is_err(), "{wrong}");
        }
    }
}
