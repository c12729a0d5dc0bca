//! wasm-bindgen, as a library: its command would take minutes to install.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// The module that the package's loader imports.
pub(super) const SCRIPT: &str = "headwater_light_node.js";
/// The wasm beside it.
pub(super) const WASM: &str = "headwater_light_node_bg.wasm";

/// Writes the glue, its types and the bound wasm into a folder, replacing what was there.
pub(super) fn generate(compiled: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Bindgen::new()
        .input_path(compiled)
        .out_name("headwater_light_node")
        .web(true)?
        .typescript(true)
        // As wasm-bindgen's own command does: without an argument the loader finds the wasm beside the script.
        .omit_default_module_path(false)
        // The profile leaves what says which features the wasm uses; names and tools are of no use to a visitor.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}
