//! Any bytes are a change, a schema, nothing or an error; what is a change is encoded within its bound where it
//! belongs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pieload::debezium::fuzz(data));
