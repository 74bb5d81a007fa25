#![no_main]

use libfuzzer_sys::fuzz_target;
use tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz::signature(bytes);
});
