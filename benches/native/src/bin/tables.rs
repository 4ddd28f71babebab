//! `tables SESSION-SPEC TABLE-SPEC FRAMES TABLES PERIODS`: the same rows over many tables, without Java and Flink.
//!
//! Row n goes to the table of its order, so that neighbours often share a table and a key is in one table only; tables
//! are called as in the table's spec with `_0`, `_1` … behind it. The rows come in as many checkpoint periods as asked
//! for. Prints one line, `millis=… cpu_micros=… memory_bytes=… switches=…`: from the first table opened to the end of
//! the last flush, the process's CPU time within, the most memory in use, and how often a connection left one table's
//! COPY for another's.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use pieload::metrics::Metric;
use pieload::row::{Frames, RowImage};
use pieload::session::Session;
use pieload::spec::{SessionSpec, TableSpec};

/// As large as the Java half's batches.
const BATCH: usize = 64 << 10;
const TICK: Duration = Duration::from_millis(100);
/// Columns of lineitem.
const FIELDS: usize = 16;

struct Load {
    session: Session,
    batch: Vec<u8>,
    memory: u64,
}

impl Load {
    fn row(&mut self, table: u32, image: &[u8]) -> Result<(), Box<dyn Error>> {
        if self.batch.len() + 8 + image.len() > BATCH {
            self.hand_on()?;
        }
        self.batch.extend(table.to_le_bytes());
        self.batch.extend(u32::try_from(image.len())?.to_le_bytes());
        self.batch.extend(image);
        Ok(())
    }

    fn hand_on(&mut self) -> Result<(), Box<dyn Error>> {
        while !self.session.offer(&self.batch, TICK)? {}
        self.batch.clear();
        self.memory = self.memory.max(metric(&self.session, Metric::SessionMemoryBytes)?);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Box<dyn Error>> {
        self.hand_on()?;
        self.session.start_flush()?;
        while !self.session.await_flush(TICK)? {}
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [session, spec, frames, tables, periods] = arguments.as_slice() else {
        return Err("usage: tables SESSION-SPEC TABLE-SPEC FRAMES TABLES PERIODS".into());
    };
    let (tables, periods): (usize, usize) = (tables.parse()?, periods.parse()?);
    let frames = std::fs::read(frames)?;
    let rows = Frames::new(&frames).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let session = Session::open(SessionSpec::parse(&std::fs::read_to_string(session)?)?, runtime.handle())?;
    let spec = TableSpec::parse(&std::fs::read_to_string(spec)?)?;
    let mut load = Load { session, batch: Vec::with_capacity(BATCH), memory: 0 };

    let (started, cpu_before) = (Instant::now(), cpu_micros()?);
    let mut opened = Vec::new();
    for number in 0..tables {
        let spec = TableSpec { table: format!("{}_{number}", spec.table), ..spec.clone() };
        opened.push(load.session.open_table(spec)?);
    }
    for period in rows.chunks(rows.len().div_ceil(periods)) {
        for row in period {
            let order = i64::from_le_bytes(RowImage::new(row.image, FIELDS)?.fixed(0)?);
            load.row(opened[usize::try_from(order)? % tables], row.image)?;
        }
        load.flush()?;
    }
    let (took, cpu) = (started.elapsed(), cpu_micros()? - cpu_before);
    let switches = metric(&load.session, Metric::PoolSwitches)?;
    load.session.close(Duration::from_secs(1));
    let (millis, memory) = (took.as_millis(), load.memory);
    writeln!(
        std::io::stdout(),
        "millis={millis} cpu_micros={cpu} memory_bytes={memory} switches={switches}"
    )?;
    Ok(())
}

fn metric(session: &Session, wanted: Metric) -> Result<u64, Box<dyn Error>> {
    let slot = Metric::ALL.iter().position(|metric| *metric == wanted).ok_or("no such metric")?;
    Ok(session.read_metrics(0)?[slot])
}

/// User and system time of this process, all threads.
fn cpu_micros() -> Result<u64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name, in parentheses, may hold blanks; the two times are the 12th and 13th word behind it, in 1/100 s.
    let words = stat.rsplit(')').next().ok_or("no stat")?.split_whitespace().skip(11).take(2);
    let ticks: u64 = words.map(|word| word.parse::<u64>().unwrap_or(0)).sum();
    Ok(ticks * 10_000)
}
