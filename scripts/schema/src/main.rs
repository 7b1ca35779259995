//! Regenerates the checked-in Cap'n Proto bindings of workerd's configuration.
//!
//! Run from the repository root after changing the `workerd` dependency:
//! `cargo run --manifest-path scripts/schema/Cargo.toml`

use std::path::Path;

use sha2::{Digest, Sha256};

fn main() {
  let schema_folder = "node_modules/workerd";
  let output_folder = "src/workerd/config";
  let request = capnpc_embedded::CompileCommand::new()
    .file(format!("{schema_folder}/workerd.capnp"))
    .src_prefix(schema_folder)
    .compile()
    .expect("the schema that workerd ships compiles");
  capnpc::codegen::CodeGenerationCommand::new()
    .output_directory(output_folder)
    .default_parent_module(vec!["workerd".into(), "config".into()])
    .run(&request[..])
    .expect("bindings can be written");
  // `scripts/check.mjs` compares this with the schema that is installed.
  let schema = std::fs::read(format!("{schema_folder}/workerd.capnp")).expect("workerd is installed");
  let digest = Sha256::digest(&schema).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
  std::fs::write(Path::new(output_folder).join("workerd.capnp.sha256"), format!("{digest}\n"))
    .expect("the digest can be written");
}
