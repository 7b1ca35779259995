//! Regenerates the checked-in Cap'n Proto bindings of workerd's configuration.
//!
//! Run from the repository root after changing the `workerd` dependency:
//! `cargo run --manifest-path scripts/schema/Cargo.toml`

use std::path::Path;

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
  assert!(Path::new(output_folder).join("workerd_capnp.rs").exists());
}
