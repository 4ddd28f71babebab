//! Any bytes encode within their bound, in any format and mode, or are refused and leave nothing behind.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pieload::copy::fuzz(data));
