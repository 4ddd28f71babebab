//! Routers of records: which tables they know, by ids out of those of the sessions.
//!
//! A router has neither thread nor connection, so it needs no runtime and its closing waits for nothing.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use pieload::debezium::Partitions;
use pieload::{Error, Kind, Result};

use crate::sessions;

/// One router's tables, and memory for the records that are looked at.
#[derive(Default)]
pub(crate) struct Router {
    pub(crate) partitions: Partitions,
    pub(crate) record: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

type Shared = Arc<Mutex<Router>>;

static ROUTERS: RwLock<Option<HashMap<i64, Shared>>> = RwLock::new(None);

/// Opens a router without tables and returns its id.
pub(crate) fn open() -> i64 {
    let id = sessions::next_id();
    ROUTERS.write().get_or_insert_default().insert(id, Arc::default());
    id
}

/// The router of an id.
pub(crate) fn get(id: i64) -> Result<Shared> {
    let routers = ROUTERS.read();
    let router = routers.as_ref().and_then(|open| open.get(&id)).map(Arc::clone);
    router.ok_or_else(|| Error::new(Kind::Closed, "the router is closed"))
}

/// Closes the router of an id; unknown and closed ids are fine.
pub(crate) fn close(id: i64) {
    if let Some(open) = ROUTERS.write().as_mut() {
        open.remove(&id);
    }
}
