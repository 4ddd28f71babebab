//! `log` records wait here for Java: bounded, never blocking, never calling into the JVM.
//!
//! A full channel drops the record and counts it; the next drain says how many. Its memory is bounded too: a long
//! record is cut, and all that wait take no more than [`MOST_BYTES`], however long Java does not come by. Native
//! threads must not call Java: a cached Java reference pins the class loader, and `FindClass` on a native thread sees
//! the wrong one.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use log::{Level, LevelFilter, Log, Metadata, Record};

const CAPACITY: usize = 1024;

/// Of all records that wait. README.md counts it in what the library takes beside the budgets of its sessions.
const MOST_BYTES: usize = 1 << 20;

/// Of one record's text.
const LONGEST: usize = 16 << 10;

/// Level, target and message of one record.
pub(crate) type Line = [String; 3];

struct Channel {
    sender: Sender<Line>,
    receiver: Receiver<Line>,
    /// Of the records that wait.
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl Channel {
    fn new() -> Self {
        let (sender, receiver) = bounded(CAPACITY);
        Channel { sender, receiver, bytes: AtomicUsize::new(0), dropped: AtomicU64::new(0) }
    }

    fn put(&self, line: Line) {
        let bytes = size(&line);
        let fits = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= MOST_BYTES;
        if !fits || self.sender.try_send(line).is_err() {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn drain(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self.receiver.try_iter().take(CAPACITY).collect();
        self.bytes.fetch_sub(lines.iter().map(size).sum(), Ordering::Relaxed);
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            lines.push(["WARN".into(), "log".into(), format!("{dropped} log records were dropped")]);
        }
        lines
    }
}

fn size(line: &Line) -> usize {
    size_of::<Line>() + line.iter().map(String::len).sum::<usize>()
}

/// The text of a record as far as it is kept; what is longer is never made.
#[derive(Default)]
struct Text {
    kept: String,
    left_out: usize,
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        // Behind a gap nothing is kept, or the text would say what nobody said.
        let room = if self.left_out > 0 { 0 } else { LONGEST - self.kept.len() };
        let (kept, left_out) = part.split_at(part.floor_char_boundary(room));
        self.kept.push_str(kept);
        self.left_out += left_out.len();
        Ok(())
    }
}

impl Text {
    fn of(record: &Record<'_>) -> String {
        let mut text = Text::default();
        let _never_fails = text.write_fmt(*record.args());
        let Text { mut kept, left_out } = text;
        if left_out > 0 {
            let _never_fails = write!(kept, "… and {left_out} bytes more");
        }
        kept.shrink_to_fit();
        kept
    }
}

static CHANNEL: OnceLock<Channel> = OnceLock::new();

/// Makes this the logger of the image; a second call changes nothing.
pub(crate) fn install() {
    CHANNEL.get_or_init(Channel::new);
    if log::set_logger(&ChannelLog).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

/// Takes all waiting records.
pub(crate) fn drain() -> Vec<Line> {
    CHANNEL.get().map(Channel::drain).unwrap_or_default()
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
            channel.put([record.level().to_string(), record.target().to_owned(), Text::of(record)]);
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: std::fmt::Arguments<'_>) -> String {
        Text::of(&Record::builder().args(message).build())
    }

    fn line(bytes: usize) -> Line {
        ["WARN".into(), "test".into(), "x".repeat(bytes)]
    }

    #[test]
    fn a_long_record_is_cut_between_characters_and_says_by_how_much() {
        assert_eq!(text(format_args!("{} rows", 3)), "3 rows");
        let whole = "ü".repeat(LONGEST / 2);
        assert_eq!(text(format_args!("{whole}")), whole);
        let cut = text(format_args!("a{whole}{}", "z"));
        assert_eq!(cut, format!("a{}… and 3 bytes more", "ü".repeat(LONGEST / 2 - 1)));
        let huge = text(format_args!("{}", "x".repeat(100 << 20)));
        assert!(huge.capacity() <= LONGEST + 64, "{} bytes", huge.capacity());
    }

    #[test]
    fn what_waits_is_bounded_by_records_and_by_bytes_and_accounted_for() {
        let channel = Channel::new();
        for (length, most) in [(LONGEST, MOST_BYTES / LONGEST), (1, CAPACITY)] {
            for _ in 0..2 * CAPACITY {
                channel.put(line(length));
                assert!(channel.bytes.load(Ordering::Relaxed) <= MOST_BYTES);
            }
            let lines = channel.drain();
            let (kept, told) = lines.split_at(lines.len() - 1);
            assert!(kept.len() <= most && kept.len() + 1 >= most, "{} records", kept.len());
            let dropped = format!("{} log records were dropped", 2 * CAPACITY - kept.len());
            assert_eq!(told, [["WARN".to_owned(), "log".to_owned(), dropped]]);
            assert_eq!(channel.bytes.load(Ordering::Relaxed), 0);
            assert!(channel.drain().is_empty());
        }
    }

    #[test]
    fn no_byte_is_lost_to_threads_that_put_and_drain_at_once() {
        let channel = Channel::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..2_000).for_each(|n| channel.put(line(n))));
            }
            scope.spawn(|| (0..500).for_each(|_| drop(channel.drain())));
        });
        drop(channel.drain());
        assert_eq!(channel.bytes.load(Ordering::Relaxed), 0);
    }
}
