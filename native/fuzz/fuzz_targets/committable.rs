//! Any bytes are a committable, a manifest, digits of one, or an error; what is read is written as the same bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _read = pieload::committable::fuzz(data);
});
