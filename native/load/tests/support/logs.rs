//! What this process logs, at level WARN and above.

use std::sync::{Mutex, Once};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logs;

impl log::Log for Logs {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// From here on lines are kept.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Logs).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
    });
}

/// Kept lines with this text, which are forgotten.
pub fn take(part: &str) -> Vec<String> {
    LINES.lock().unwrap().extract_if(.., |line| line.contains(part)).collect()
}

/// Is there a kept line with all of these texts?
pub fn has(parts: &[&str]) -> bool {
    LINES.lock().unwrap().iter().any(|line| parts.iter().all(|part| line.contains(part)))
}
