//! Named points at which a test makes the loader fail, panic or stand still.
//!
//! Compiled in only with the feature `failpoints`, which no shipped library has. A point `p` is armed by a file of
//! that name in the folder that the environment variable `PIECLOUDDB_FAILPOINTS` names; the file's text is the
//! action: `panic`, `error`, `exit`, or `stall` (until the file is gone). Hitting it renames the file to `p.hit`
//! (`stall`: creates `p.hit` beside it), so a test can prove that the point was reached, once, in whatever process.

/// Does what the armed action of `name` says; nothing where it is not armed.
///
/// # Errors
/// Kind `Connection` for the action `error`.
#[cfg(feature = "failpoints")]
pub(crate) fn hit(name: &str) -> crate::Result<()> {
    let Some(dir) = std::env::var_os("PIECLOUDDB_FAILPOINTS") else { return Ok(()) };
    let armed = std::path::Path::new(&dir).join(name);
    let Ok(action) = std::fs::read_to_string(&armed) else { return Ok(()) };
    let mark = armed.with_file_name(format!("{name}.hit"));
    if action.trim() == "stall" {
        let _written = std::fs::write(&mark, "");
        while armed.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        return Ok(());
    }
    // Only the thread that wins the rename acts: once means once.
    if std::fs::rename(&armed, &mark).is_err() {
        return Ok(());
    }
    match action.trim() {
        "panic" => panic!("failpoint {name}"),
        "exit" => std::process::abort(),
        _ => Err(crate::Error::new(crate::Kind::Connection, format!("failpoint {name}"))),
    }
}

/// Without the feature there are no points.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
#[allow(clippy::unnecessary_wraps)] // the same shape as with the feature
pub(crate) fn hit(_name: &str) -> crate::Result<()> {
    Ok(())
}
