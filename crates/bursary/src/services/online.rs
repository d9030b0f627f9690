//! Payments by a gateway: what was asked of it is stored first, and money is credited only as the
//! gateway tells of it, once for a reference, however often and from whichever side it tells.

mod inbox;
mod intents;
mod settle;
mod sweep;

pub use inbox::{Outcome, Received, conclude, receive};
pub use intents::{NewIntent, adopt, intent_of, recorded, school_of, store};
pub use settle::{Settled, settle};
pub use sweep::{Swept, sweep};
