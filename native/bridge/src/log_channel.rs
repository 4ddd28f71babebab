//! `log` records wait here for Java: bounded, never blocking, never calling into the JVM.
//!
//! A full channel drops the record and counts it; the next drain says how many. Native threads must not call Java: a
//! cached Java reference pins the class loader, and `FindClass` on a native thread sees the wrong one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use log::{Level, LevelFilter, Log, Metadata, Record};

const CAPACITY: usize = 1024;

/// Level, target and message of one record.
pub(crate) type Line = [String; 3];

struct Channel {
    sender: Sender<Line>,
    receiver: Receiver<Line>,
    dropped: AtomicU64,
}

static CHANNEL: OnceLock<Channel> = OnceLock::new();

/// Makes this the logger of the image; a second call changes nothing.
pub(crate) fn install() {
    CHANNEL.get_or_init(|| {
        let (sender, receiver) = bounded(CAPACITY);
        Channel { sender, receiver, dropped: AtomicU64::new(0) }
    });
    if log::set_logger(&ChannelLog).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

/// Takes all waiting records.
pub(crate) fn drain() -> Vec<Line> {
    let Some(channel) = CHANNEL.get() else { return Vec::new() };
    let mut lines: Vec<Line> = channel.receiver.try_iter().take(CAPACITY).collect();
    let dropped = channel.dropped.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        lines.push(["WARN".into(), "log".into(), format!("{dropped} log records were dropped")]);
    }
    lines
}

struct ChannelLog;

impl Log for ChannelLog {
    /// The libraries below us speak only when something is wrong; their debug lines hold SQL.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let ours = !metadata.target().contains("::") || metadata.target().starts_with("pie");
        metadata.level() <= if ours { Level::Debug } else { Level::Warn }
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if let Some(channel) = CHANNEL.get() {
            let line = [record.level().to_string(), record.target().to_owned(), record.args().to_string()];
            if channel.sender.try_send(line).is_err() {
                channel.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn flush(&self) {}
}
