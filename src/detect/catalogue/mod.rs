//! What is looked for, as data.
//!
//! [`kinds`] lists every kind of identifier with its token, its counter and the configuration switch that turns it off.
//! The other tables say how a kind is recognised: by the shape of an id ([`ids`]), by the service in an ARN ([`arns`]),
//! by a host name ([`hosts`]), by a page of the console ([`consoles`]), by the key that introduces a name ([`names`]) or by the noun
//! in front of it ([`prose`]), and what is only likely by words that others have, too ([`likely`]). To add an identifier, add a row.

pub mod arns;
pub mod consoles;
pub mod hosts;
pub mod ids;
pub mod kinds;
pub mod likely;
pub mod names;
pub mod prose;

#[cfg(test)]
mod contexts;
#[cfg(test)]
mod document;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod generated;
