//! Lets the linker leave Node-API symbols open; Node provides them when it loads the addon.

fn main() {
  napi_build::setup();
}
