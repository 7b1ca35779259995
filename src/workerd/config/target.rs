//! Who answers the requests of a service binding: Workers of the runtime, and what lies outside of it.

use std::borrow::Cow;

use super::services::{RUNNER_SERVICE, len, set_texts};
use super::workerd_capnp::{service, service_designator};
use crate::options::{Plan, ServiceTarget, distinct};
use crate::protocol::{CF_HEADER, FUNCTION_HEADER, SCHEME_HEADER, encode_resource};

/// Name of a Worker's service.
pub(super) fn worker_service(name: Option<&str>) -> Cow<'static, str> {
  name.map_or(Cow::Borrowed(RUNNER_SERVICE), |name| {
    format!("worker:{name}").into()
  })
}

/// Points to a target.
pub(super) fn set_target(mut designator: service_designator::Builder<'_>, target: &ServiceTarget) {
  match target {
    ServiceTarget::Worker {
      name,
      entrypoint,
      props,
    } => {
      designator.set_name(worker_service(name.as_deref()));
      if let Some(entrypoint) = entrypoint {
        designator.set_entrypoint(entrypoint);
      }
      if let Some(props) = props {
        designator.init_props().set_json(props);
      }
    }
    other => designator.set_name(Outside(other).service()),
  }
}

/// Name of the service of a database behind Hyperdrive.
pub(super) fn database_service(address: &str) -> String {
  format!("database:{address}")
}

/// Points to several.
pub(super) fn set_targets(
  mut designators: capnp::struct_list::Builder<'_, service_designator::Owned>,
  targets: &[ServiceTarget],
) {
  for (index, target) in targets.iter().enumerate() {
    set_target(designators.reborrow().get(len(index)), target);
  }
}

/// A target that is no Worker, and has a service of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Outside<'a>(&'a ServiceTarget);

/// Every target of a plan that is no Worker, once.
pub(super) fn outside(plan: &Plan) -> Vec<Outside<'_>> {
  let targets = plan.service_targets();
  let outside = targets.filter(|target| !matches!(target, ServiceTarget::Worker { .. }));
  distinct(outside.map(Outside))
}

impl Outside<'_> {
  /// Name of the service. workerd shows it in its own errors.
  pub(super) fn service(self) -> String {
    match self.0 {
      ServiceTarget::Worker { name, .. } => worker_service(name.as_deref()).into_owned(),
      ServiceTarget::Function { path, .. } => format!("function:{path}"),
      ServiceTarget::Network { allow, deny } => {
        format!("network:{} without {}", allow.join(","), deny.join(","))
      }
      ServiceTarget::Server {
        address,
        is_https,
        certificate_host,
      } => {
        let scheme = if *is_https { "https" } else { "http" };
        let host = certificate_host.as_deref().unwrap_or_default();
        format!("server:{scheme}:{address} {host}")
      }
      ServiceTarget::Folder {
        path,
        is_writable,
        shows_dotfiles,
      } => format!("folder:{} {is_writable} {shows_dotfiles}", path.display()),
    }
  }

  pub(super) fn build(self, target: service::Builder<'_>, function_socket: &str) {
    match self.0 {
      ServiceTarget::Worker { .. } => unreachable!("`outside` leaves Workers out"),
      ServiceTarget::Function {
        path,
        is_node_style,
      } => {
        let mut server = target.init_external();
        server.set_address(format!("unix:{function_socket}"));
        let mut http = server.init_http();
        http.set_forwarded_proto_header(SCHEME_HEADER);
        http.set_cf_blob_header(CF_HEADER);
        let mut header = http.init_inject_request_headers(1).get(0);
        header.set_name(FUNCTION_HEADER);
        let style = if *is_node_style { "node" } else { "fetch" };
        header.set_value(format!("{style}/{}", encode_resource(path)));
      }
      ServiceTarget::Network { allow, deny } => {
        let mut network = target.init_network();
        set_texts(network.reborrow().init_allow(len(allow.len())), allow);
        set_texts(network.reborrow().init_deny(len(deny.len())), deny);
        network.init_tls_options().set_trust_browser_cas(true);
      }
      ServiceTarget::Server {
        address,
        is_https,
        certificate_host,
      } => {
        let mut server = target.init_external();
        server.set_address(address);
        if !*is_https {
          server.init_http();
          return;
        }
        let mut https = server.init_https();
        if let Some(host) = certificate_host {
          https.set_certificate_host(host);
        }
        https.reborrow().init_options();
        https.init_tls_options().set_trust_browser_cas(true);
      }
      ServiceTarget::Folder {
        path,
        is_writable,
        shows_dotfiles,
      } => {
        let mut disk = target.init_disk();
        disk.set_path(path.to_string_lossy());
        disk.set_writable(*is_writable);
        disk.set_allow_dotfiles(*shows_dotfiles);
      }
    }
  }
}
