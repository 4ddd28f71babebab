//! Which attempts of a sink may publish: those of a job that another one of the same sink replaced may not.
//!
//! A committer does not know in which attempt of which job it runs, and may connect long after its successor did. So it
//! is the manifest that counts: whose writers made it. All of them stood in the fence by then, and each one's successor
//! takes its place there. The ledger holds the attempts whose manifest was published last while they lived. Promise: a
//! manifest is published unless later attempts than its own have published theirs; recovered ones come before those. A
//! committer that only repeats what is published changes nothing. An attempt of the same job that is late brings
//! nothing that its successor does not bring too, so no order of attempts, no clock and no number is needed.

use super::Committer;
use super::publish_plan::PublishPlan;
use crate::connection::connection::Connection;
use crate::delivery::staging::existing;
use crate::error::{Error, Kind, Result};
use crate::sql::FenceSql;

impl Committer {
    /// Whether the manifest's attempts are the newest from now on, where `newest` were; within the transaction.
    ///
    /// # Errors
    /// Kind `Fenced` where later ones have published theirs.
    pub(super) async fn succeeds(
        &self,
        connection: &Connection,
        plan: &PublishPlan,
        newest: &str,
    ) -> Result<bool> {
        if self.spec.whole_job || plan.attempts() == newest {
            return Ok(false);
        }
        let living = self.living(connection).await?.unwrap_or_default();
        let lives = |attempt: &str| living.iter().any(|token| token == attempt);
        if plan.attempts().split(',').all(lives) {
            return Ok(true);
        }
        if newest.split(',').any(lives) && !plan.is_empty() {
            connection.execute("end a commit", "ROLLBACK").await?;
            let text = format!(
                "later attempts of this sink have published what they staged ({}), so what this one staged is not",
                self.ledger.entries().quoted()
            );
            return Err(Error::new(Kind::Fenced, text));
        }
        Ok(false)
    }

    /// The attempts that stand in the fence, where there is one: until a writer opens its first table there is none.
    pub(super) async fn living(&self, connection: &Connection) -> Result<Option<Vec<String>>> {
        let sink = &self.connector.spec().sink;
        let fence = FenceSql::new(&sink.staging_schema, &sink.id, "", (0, 0))?;
        let name = (sink.staging_schema.clone(), fence.name().to_owned());
        if existing(connection, std::iter::once(&name)).await?.is_empty() {
            return Ok(None);
        }
        let query = fence.living();
        let living = connection.query("ask which writers live", &query, &[]).await?;
        Ok(Some(living.iter().map(|row| row.get(0)).collect()))
    }
}
