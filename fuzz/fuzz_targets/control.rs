#![no_main]

#[path = "../../native-transcoder/tests/corpus/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::control(data));
