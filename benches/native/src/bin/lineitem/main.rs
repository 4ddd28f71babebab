//! `lineitem ROWS FOLDER`: writes the first ROWS rows of TPC-H lineitem in both forms that the benchmark feeds.
//!
//! `FOLDER/lineitem.copy` is a ready file for `COPY … (FORMAT binary)`; `FOLDER/lineitem.frames` holds the same rows
//! as the connector's Java half hands them over: as little-endian u32 the table, always 0, and the length, then the
//! BinaryRowData image, no padding.
//! Same arguments, same bytes. It does not know the schema's SQL; `benches/harness/tables.py` has that.

mod image;
mod tuple;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use tpchgen::generators::LineItemGenerator;

/// Rows that scale factor 1 surely has; asking for a little more than needed costs nothing, rows are made one by one.
const ROWS_PER_SCALE: f64 = 5_900_000.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, folder] = arguments.as_slice() else { return Err("usage: lineitem ROWS FOLDER".into()) };
    let rows: u32 = rows.parse()?;
    let mut copy = BufWriter::new(File::create(Path::new(folder).join("lineitem.copy"))?);
    let mut frames = BufWriter::new(File::create(Path::new(folder).join("lineitem.frames"))?);

    copy.write_all(tuple::HEADER)?;
    let mut made = 0;
    let (mut tuple, mut image) = (Vec::new(), Vec::new());
    let wanted = usize::try_from(rows)?;
    for item in LineItemGenerator::new(f64::from(rows) / ROWS_PER_SCALE, 1, 1).iter().take(wanted) {
        tuple::write(&item, &mut tuple)?;
        copy.write_all(&tuple)?;
        image::write(&item, &mut image)?;
        frames.write_all(&0_u32.to_le_bytes())?;
        frames.write_all(&u32::try_from(image.len())?.to_le_bytes())?;
        frames.write_all(&image)?;
        made += 1;
    }
    copy.write_all(tuple::TRAILER)?;
    copy.flush()?;
    frames.flush()?;
    if made == rows { Ok(()) } else { Err(format!("only {made} of {rows} rows were made").into()) }
}
