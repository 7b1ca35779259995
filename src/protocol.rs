//! Names and numbers that Rust and TypeScript must agree on. A test compares this file with
//! `shared/protocol.ts`, so that neither changes alone.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Request header with the per-project secret that opens the runner's socket.
pub const RUNNER_SECRET_HEADER: &str = "x-vpw-secret";
/// Request header that names the simulator and resource behind a binding. workerd injects it, so
/// user code can neither set nor see it.
pub const ROUTE_HEADER: &str = "x-vpw-route";
/// Request header with the scheme of a URL that is a key of the Cache API. Injected likewise.
pub const SCHEME_HEADER: &str = "x-vpw-scheme";
/// Request header with the `cf` object of such a request, as JSON. Injected likewise.
pub const CF_HEADER: &str = "x-vpw-cf";
/// Request header that names the function of the options that answers: `fetch` or `node` for what it takes, a
/// slash, and the path of the option, percent-encoded. Injected likewise.
pub const FUNCTION_HEADER: &str = "x-vpw-function";
/// `env` name of the binding that evaluates code. The runner takes it away before user code runs.
pub const UNSAFE_EVAL_BINDING: &str = "__VITEST_POOL_WORKERD_EVAL";
/// `env` name of the runner object's namespace. Taken away likewise.
pub const RUNNER_BINDING: &str = "__VITEST_POOL_WORKERD_RUNNER";
/// `env` name of the service binding to the user Worker's default export. Taken away likewise.
pub const SELF_BINDING: &str = "__VITEST_POOL_WORKERD_SELF";
/// `env` name of the binding to the Worker that makes queue events. Taken away likewise; absent when
/// the user Worker consumes no queue.
pub const DISPATCHER_BINDING: &str = "__VITEST_POOL_WORKERD_DISPATCHER";
/// `env` names of the namespaces of all Durable Object classes begin with this, and end with the class.
/// Taken away likewise.
pub const OBJECTS_BINDING_PREFIX: &str = "__VITEST_POOL_WORKERD_OBJECTS_";
/// `env` name of the facts that the runner needs, as JSON. Taken away likewise.
pub const FACTS_BINDING: &str = "__VITEST_POOL_WORKERD_FACTS";
/// Class name of the runner object.
pub const RUNNER_CLASS: &str = "__VitestPoolWorkerdRunner";
/// Name of the entrypoint that accepts the host's WebSocket.
pub const DOOR_ENTRYPOINT: &str = "__VitestPoolWorkerdDoor";
/// Name of the entrypoint that receives what auxiliary Workers log.
pub const LOGS_ENTRYPOINT: &str = "__VitestPoolWorkerdLogs";
/// Name of the entrypoint behind Workflow bindings.
pub const WORKFLOWS_ENTRYPOINT: &str = "__VitestPoolWorkerdWorkflows";
/// Start of the `env` names of the service bindings to Workflow classes; the class name follows. Taken
/// away likewise.
pub const WORKFLOW_BINDING_PREFIX: &str = "__VITEST_POOL_WORKERD_WORKFLOW_";

/// Start of the `env` names of Workflows that only `ctx.exports` has; the class name follows. Taken away
/// likewise.
pub const WORKFLOW_EXPORT_PREFIX: &str = "__VITEST_POOL_WORKERD_EXPORT_";

/// `env` name of the service that decides between assets and the user Worker. Taken away likewise; absent without assets.
pub const ASSETS_BINDING: &str = "__VITEST_POOL_WORKERD_ASSETS";
/// Response header of that service: the request is for the user Worker.
pub const FOR_WORKER_HEADER: &str = "x-vpw-for-worker";

/// Start of the `env` names of KV namespaces that have the secrets of a store; its id follows. Taken away likewise.
pub const SECRETS_BINDING_PREFIX: &str = "__VITEST_POOL_WORKERD_SECRETS_";

/// First part of the name of a module that is a call of the runner, followed by the secret.
pub const BLOCKING_CALL_MODULE: &str = "vitest-pool-workerd-call";

/// Specifier of our `cloudflare:test` module, for which Vite has nothing but the name.
pub const CLOUDFLARE_TEST_MODULE: &str = "vitest-pool-workerd:cloudflare-test";

/// Start of specifiers that leave a file of the project to workerd; its absolute path follows.
pub const FILE_MODULE_PREFIX: &str = "vitest-pool-workerd:file";

/// A resource id as it stands in the route header.
#[must_use]
pub fn encode_resource(id: &str) -> String {
  utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[track_caller]
  fn check(name: &str, value: &str) {
    let typescript = include_str!("../shared/protocol.ts");
    let line = format!("export const {name} = '{value}'");
    assert!(
      typescript.contains(&line),
      "shared/protocol.ts lacks: {line}"
    );
  }

  #[test]
  fn typescript_has_the_same_names() {
    check("RUNNER_SECRET_HEADER", RUNNER_SECRET_HEADER);
    check("SCHEME_HEADER", SCHEME_HEADER);
    check("CF_HEADER", CF_HEADER);
    check("FUNCTION_HEADER", FUNCTION_HEADER);
    check("UNSAFE_EVAL_BINDING", UNSAFE_EVAL_BINDING);
    check("RUNNER_BINDING", RUNNER_BINDING);
    check("SELF_BINDING", SELF_BINDING);
    check("DISPATCHER_BINDING", DISPATCHER_BINDING);
    check("OBJECTS_BINDING_PREFIX", OBJECTS_BINDING_PREFIX);
    check("FACTS_BINDING", FACTS_BINDING);
    check("RUNNER_CLASS", RUNNER_CLASS);
    check("DOOR_ENTRYPOINT", DOOR_ENTRYPOINT);
    check("BLOCKING_CALL_MODULE", BLOCKING_CALL_MODULE);
    check("WORKFLOWS_ENTRYPOINT", WORKFLOWS_ENTRYPOINT);
    check("LOGS_ENTRYPOINT", LOGS_ENTRYPOINT);
    check("WORKFLOW_BINDING_PREFIX", WORKFLOW_BINDING_PREFIX);
    check("WORKFLOW_EXPORT_PREFIX", WORKFLOW_EXPORT_PREFIX);
    check("SECRETS_BINDING_PREFIX", SECRETS_BINDING_PREFIX);
    check("ASSETS_BINDING", ASSETS_BINDING);
    check("FOR_WORKER_HEADER", FOR_WORKER_HEADER);
    check("CLOUDFLARE_TEST_MODULE", CLOUDFLARE_TEST_MODULE);
    check("FILE_MODULE_PREFIX", FILE_MODULE_PREFIX);
  }
}
