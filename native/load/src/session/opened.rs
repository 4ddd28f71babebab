//! What is known of a table once its target was checked: how its rows are encoded and delivered.
//!
//! Promise: each row goes one of two ways, which the same definition stands behind, and never the other one than it was
//! encoded for.

use std::sync::Arc;

use crate::delivery::guarantee::Delivery;
use crate::encode::encoder::Encoder;
use crate::error::{Error, Kind, Result};
use crate::open::definition::Definition;

/// What is known once the target was checked.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) encoder: Encoder,
    pub(super) delivery: Delivery,
    pub(super) definition: Arc<Definition>,
    /// Of rows of new keys, where the target was empty.
    pub(super) fill: Option<Fill>,
}

/// How rows go straight into a target that is merged into.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) encoder: Encoder,
    pub(super) delivery: Delivery,
}

impl Opened {
    /// What such rows, or all others, are encoded and delivered by.
    ///
    /// # Errors
    /// Kind `Server` where rows were made to fill a target that is not filled any more: a restart makes them anew.
    pub(super) fn way(&self, fills: bool) -> Result<(&Encoder, &Delivery)> {
        match &self.fill {
            _ if !fills => Ok((&self.encoder, &self.delivery)),
            Some(fill) => Ok((&fill.encoder, &fill.delivery)),
            None => {
                Err(Error::new(Kind::Server, "rows that were to fill an empty target: it is merged into now"))
            }
        }
    }
}
