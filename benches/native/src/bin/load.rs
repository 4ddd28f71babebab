//! `load SESSION-SPEC TABLE-SPEC FRAMES`: the connector's native half without Java and Flink.
//!
//! Loads a file of frames through one session and prints one line, `millis=… cpu_micros=… memory_bytes=…`: from the
//! first row offered to the end of the flush, the process's CPU time within, and the most memory that the session had
//! reserved at any time. So a missed goal can be told to be the loader's or what stands above it. The spec files are
//! those that Java would send.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use pieload::metrics::Metric;
use pieload::session::Session;
use pieload::spec::{SessionSpec, TableSpec};

/// As large as the Java half's batches.
const BATCH: usize = 64 << 10;
const TICK: Duration = Duration::from_millis(100);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [session, table, frames] = arguments.as_slice() else {
        return Err("usage: load SESSION-SPEC TABLE-SPEC FRAMES".into());
    };
    let frames = std::fs::read(frames)?;
    let batches = batches(&frames)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let session = Session::open(SessionSpec::parse(&std::fs::read_to_string(session)?)?, runtime.handle())?;
    let table = session.open_table(TableSpec::parse(&std::fs::read_to_string(table)?)?)?;
    let memory_slot = Metric::ALL.iter().position(|metric| *metric == Metric::SessionMemoryBytes);
    let memory_slot = memory_slot.ok_or("no memory metric")?;

    let (started, cpu_before) = (Instant::now(), cpu_micros()?);
    let mut memory = 0;
    for batch in batches {
        while !session.offer(batch, TICK)? {}
        memory = memory.max(session.read_metrics(table)?[memory_slot]);
    }
    session.start_flush()?;
    while !session.await_flush(TICK)? {}
    let (millis, cpu) = (started.elapsed().as_millis(), cpu_micros()? - cpu_before);
    session.close(Duration::from_secs(1));
    writeln!(std::io::stdout(), "millis={millis} cpu_micros={cpu} memory_bytes={memory}")?;
    Ok(())
}

/// Whole frames, as many as fit a batch.
fn batches(frames: &[u8]) -> Result<Vec<&[u8]>, Box<dyn Error>> {
    let (mut batches, mut start, mut end) = (Vec::new(), 0, 0);
    while end < frames.len() {
        let length = frames.get(end + 4..end + 8).ok_or("a cut frame")?;
        let next = end + 8 + usize::try_from(u32::from_le_bytes(length.try_into()?))?;
        if next - start > BATCH {
            batches.push(&frames[start..end]);
            start = end;
        }
        end = next;
    }
    batches.push(frames.get(start..).ok_or("a cut frame")?);
    Ok(batches)
}

/// User and system time of this process, all threads.
fn cpu_micros() -> Result<u64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name, in parentheses, may hold blanks; the two times are the 12th and 13th word behind it, in 1/100 s.
    let words = stat.rsplit(')').next().ok_or("no stat")?.split_whitespace().skip(11).take(2);
    let ticks: u64 = words.map(|word| word.parse::<u64>().unwrap_or(0)).sum();
    Ok(ticks * 10_000)
}
