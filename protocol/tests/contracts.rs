//! The bindings and the folder that they are made from.

use std::collections::BTreeSet;
use std::path::Path;

use headwater_protocol::chain;

#[test]
fn every_abi_file_is_bound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/abi/");
    let files: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let bound: BTreeSet<String> = chain::NAMES.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(
        files, bound,
        "add what is missing to protocol/src/chain/contract.rs"
    );
}
