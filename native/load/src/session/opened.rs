//! What is known of a table once its target was checked: how its rows are encoded and delivered.
//!
//! Promise: each row goes one of two ways, which the same definition stands behind.

use std::sync::Arc;

use crate::delivery::guarantee::Delivery;
use crate::encode::encoder::Encoder;
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
    pub(super) fn way(&self, fills: bool) -> (&Encoder, &Delivery) {
        let fill = self.fill.as_ref().filter(|_| fills);
        fill.map_or((&self.encoder, &self.delivery), |fill| (&fill.encoder, &fill.delivery))
    }
}
