//! Any bytes give row values or errors: no panic, no read outside the row.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _reads = pieload::row::fuzz(data);
});
