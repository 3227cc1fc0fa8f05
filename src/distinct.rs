//! The identifiers that a request has, each once: it may name one again and again.

use crate::error::{Code, Error, Result};
use crate::vault::Wanted;
use foldhash::fast::RandomState;
use hashbrown::hash_table::Entry;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The identifiers of a request in the order in which they appear first.
pub struct Distinct<'f> {
    wanted: Vec<Wanted<'f>>,
    /// Where they are in it.
    places: HashTable<u32>,
    hashing: RandomState,
}

impl<'f> Distinct<'f> {
    /// None, with room for so many.
    pub fn with_capacity(count: usize) -> Distinct<'f> {
        let (wanted, places) = (Vec::with_capacity(count), HashTable::with_capacity(count));
        Distinct { wanted, places, hashing: RandomState::default() }
    }

    /// The place of one, which has that prefix and counter if it is new.
    ///
    /// # Errors
    /// `AWS_MASKER_2003` if it is not written in UTF-8, or there are four billions.
    pub fn place(&mut self, original: &'f [u8], names: impl FnOnce() -> (&'f str, &'f str)) -> Result<u32> {
        let (wanted, hashing) = (&mut self.wanted, &self.hashing);
        let is_it = |place: &u32| wanted[*place as usize].original.as_bytes() == original;
        let hash = |place: &u32| hashing.hash_one(wanted[*place as usize].original.as_bytes());
        match self.places.entry(hashing.hash_one(original), is_it, hash) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                let place = u32::try_from(wanted.len()).map_err(|_| too_many())?;
                let original = std::str::from_utf8(original).map_err(|_| not_text())?;
                let (prefix, counter) = names();
                new.insert(place);
                wanted.push(Wanted { prefix, counter, original });
                Ok(place)
            }
        }
    }

    /// They, each in its place.
    pub fn wanted(self) -> Vec<Wanted<'f>> {
        self.wanted
    }
}

/// What is said of an identifier that cannot be told to a store.
pub fn not_text() -> Error {
    Error::new(Code::BodyNotPrepared, "An identifier is written in bytes that are not UTF-8.")
}

fn too_many() -> Error {
    Error::new(Code::BodyNotPrepared, "One request has too many identifiers.")
}
