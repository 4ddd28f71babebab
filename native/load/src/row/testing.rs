//! Reads everything out of arbitrary bytes: the body of the fuzz target `row_image` and of its corpus replay.

use super::{Frames, RowImage};

/// Takes `data` as a batch (first byte: the number of columns) and calls every reader on every column, and on two
/// past the end. Returns how many reads gave a value, so that nothing is optimised away.
#[must_use]
pub fn fuzz(data: &[u8]) -> usize {
    let Some((&fields, batch)) = data.split_first() else { return 0 };
    let fields = usize::from(fields);
    let whole = RowImage::new(batch, fields).into_iter();
    let framed = Frames::new(batch).flatten().flat_map(|frame| RowImage::new(frame.image, fields));
    whole
        .chain(framed)
        .map(|row| {
            row.kind().map_or(0, |kind| usize::from(kind.is_put()))
                + (0..fields + 2).map(|field| readable(&row, field)).sum::<usize>()
        })
        .sum()
}

fn readable(row: &RowImage<'_>, field: usize) -> usize {
    [
        row.is_null(field),
        row.fixed::<1>(field).is_ok(),
        row.fixed::<4>(field).is_ok(),
        row.fixed::<8>(field).is_ok(),
        row.out_of_line(field).is_ok(),
        row.bytes(field).is_ok(),
        row.wide_decimal(field).is_ok(),
    ]
    .into_iter()
    .map(usize::from)
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuzz_corpus_gives_rows_or_errors() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/row_image");
        let files: Vec<_> = std::fs::read_dir(corpus).unwrap().collect();
        assert!(!files.is_empty(), "the corpus is gone");
        for file in files {
            let _reads = fuzz(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_give_a_row_or_an_error(data in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _reads = fuzz(&data);
        }
    }
}
