//! Arbitrary bytes as what crosses between writers and committer: for fuzzing and its corpus replay.

use super::{Committable, Manifest};

/// Reads `data` as a committable, as a manifest, and as the digits of a committable. Returns how many of them it was,
/// so that nothing is optimised away.
///
/// # Panics
/// Where what was read is not written as the same bytes: two texts for one meaning would mean that something was not
/// read.
#[must_use]
pub fn fuzz(data: &[u8]) -> usize {
    let committable = Committable::from_bytes(data);
    if let Ok(committable) = &committable {
        assert_eq!(committable.to_bytes(), data);
    }
    let manifest = Manifest::from_bytes(data);
    if let (Ok(manifest), Some((_, rest))) = (&manifest, data.split_first_chunk::<1>()) {
        let (id, _) = rest.split_first_chunk().expect("a manifest has an id");
        let parts: Vec<_> = manifest.committables.iter().map(Committable::to_bytes).collect();
        assert_eq!(Manifest::join(*id, &parts), data);
    }
    let digits = std::str::from_utf8(data).is_ok_and(|text| Committable::from_hex(text).is_ok());
    usize::from(committable.is_ok()) + usize::from(manifest.is_ok()) + usize::from(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Merged, Planned, StagedTable};
    use super::*;

    fn names() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec(".{0,8}", 0..4)
    }

    fn merged() -> impl Strategy<Value = Merged> {
        (names(), ".{0,8}", any::<(i64, i64, bool)>()).prop_map(|(keys, name, (first, last, unique))| {
            Merged { keys, op: name.clone(), seq: name, first, last, unique }
        })
    }

    fn planned() -> impl Strategy<Value = Planned> {
        let soft_delete = proptest::option::of((".{0,8}", any::<bool>()));
        (".{0,8}", any::<[bool; 3]>(), soft_delete).prop_map(
            |(stamp, [allow_replace, updates, free], soft_delete)| Planned {
                stamp,
                allow_replace,
                updates,
                free,
                soft_delete,
            },
        )
    }

    fn table() -> impl Strategy<Value = StagedTable> {
        let named = (".{0,8}", ".{0,8}", names());
        let options = (proptest::option::of(merged()), proptest::option::of(planned()));
        (named, any::<(u64, bool)>(), options).prop_map(
            |((schema, table, columns), (rows, overriding), (merge, planned))| StagedTable {
                target: (schema.clone(), table.clone()),
                staging: (table, schema),
                rows,
                columns,
                overriding,
                merge,
                planned,
            },
        )
    }

    fn committable() -> impl Strategy<Value = Committable> {
        (".{0,8}", any::<u32>(), proptest::collection::vec(table(), 0..4))
            .prop_map(|(sink, subtask, tables)| Committable { attempt: sink.clone(), sink, subtask, tables })
    }

    #[test]
    fn the_fuzz_corpus_is_read_or_refused() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/committable");
        let files: Vec<_> = std::fs::read_dir(corpus).unwrap().collect();
        let read =
            |file: std::io::Result<std::fs::DirEntry>| fuzz(&std::fs::read(file.unwrap().path()).unwrap());
        assert_eq!(files.into_iter().map(read).sum::<usize>(), 5, "the corpus is not what it was");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(data in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _read = fuzz(&data);
        }

        #[test]
        fn what_is_written_is_read_back_and_one_byte_less_or_other_is_no_panic(
            committable in committable(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let bytes = committable.to_bytes();
            prop_assert_eq!(&Committable::from_bytes(&bytes).unwrap(), &committable);
            let manifest = Manifest::join([7; 16], &[bytes.clone(), bytes.clone()]);
            prop_assert_eq!(Manifest::from_bytes(&manifest).unwrap().committables, [committable.clone(), committable]);
            for mut changed in [bytes, manifest] {
                let at = at.index(changed.len());
                changed[at] = byte;
                let _read = fuzz(&changed) + fuzz(&changed[..at]);
            }
        }
    }
}
