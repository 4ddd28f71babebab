//! A pool with more connections than its server has room for: which of them retire, and where their tables go.
//!
//! Promise: one connection stays; one that retires keeps the rows that depend on it until they are visible, and a flush
//! waits for the rows that it gave to others. A connection that waits for its login while others load gives up.

use std::sync::Arc;

use super::pool::Pool;
use super::table_loader::ConnectionQueue;

impl Pool {
    /// As many connections as the server is known to have room for; all again when that is not known any more.
    pub(super) fn keep_to_limit(&self) {
        let limit = self.admission.limit();
        let within = |connections: &[Arc<ConnectionQueue>]| {
            let active = connections.iter().filter(|connection| !connection.is_retired()).count();
            active <= limit && (active == connections.len() || limit < usize::MAX)
        };
        if within(&self.connections.read()) {
            return;
        }
        let connections = self.connections.write();
        if limit == usize::MAX {
            connections.iter().for_each(|connection| connection.retire(false));
            return;
        }
        let mut active: Vec<_> = connections.iter().filter(|connection| !connection.is_retired()).collect();
        active.sort_by_key(|connection| {
            (!connection.is_connected(), !connection.has_open(), connection.number)
        });
        active.iter().skip(limit).for_each(|connection| connection.retire(true));
    }

    /// The server gives this connection no session: true where the others go on without it.
    pub(super) fn goes_on_without(&self, connection: &ConnectionQueue, why: &str) -> bool {
        let connections = self.connections.write();
        let others = connections
            .iter()
            .filter(|l| l.number != connection.number && l.is_connected() && !l.is_retired())
            .count();
        if others == 0 {
            return false;
        }
        connection.retire(true);
        let spec = self.writer.spec();
        // The other writers and the committer need connections as well, and the server lets nobody see who waits.
        let committer = spec.sink.guarantee.committers();
        let writers = usize::try_from(spec.parallelism).unwrap_or(1).max(1);
        let fair = (others.saturating_sub(committer) / writers).max(1);
        if self.admission.limit_connections(fair) {
            log::warn!(
                target: "admission",
                "{why}: this writer has {others} connections and gets no further one. It goes on with {fair}. Writers in \
                 parallel ('sink.parallelism') with 'connection.pool.max-size' = {} each, and with exactly-once one for the \
                 committer, are more than the server or its pooler gives: raise its limit or lower those options",
                spec.pool_max_size
            );
        }
        true
    }

    /// All tables that wait for a connection that retires wait for others now. Blocks while rows are taken in.
    pub(super) fn move_tables(self: &Arc<Self>, from: &ConnectionQueue) {
        let _no_rows_come_and_no_flush_begins = self.offer_lock.lock();
        let flushing = from.flushes_wanted() > 0;
        while let Some(loader) = from.pop() {
            let connection = self.connection_of(&loader);
            if flushing {
                // The flush began when these rows were here, so the other connection may not know of it.
                self.shared.flush_grows(1);
                connection.join_flush();
            }
            connection.work.notify_one();
        }
    }
}
