//! What answers the requests of a binding: another Worker, a function in Node, a server. As a Wrangler
//! file and as `miniflare` options spell it.

use super::auxiliary::Auxiliary;
use super::field::Field;
use super::mistake::Mistake;
use super::plan::{AuxiliaryWorker, Binding, BindingKind, ServiceTarget};
use super::problem::{Location, Problems, Written};
use super::raw::Data;
use super::worker::{Record, WorkerOptions};
use super::workers::{WorkerRef, Workers};

const SHAPE: &str = "{ binding, service }";
const WORKER: &str = "the name of a Worker";
const TARGETS: &str = "the name of a Worker, { name, entrypoint, props }, a function, { node }, \
  { network }, { external } or { disk }";

/// `services: [{ binding, service, entrypoint, props }]`
pub(super) fn read_wrangler(
  field: &Field<'_>,
  services: &mut Record<ServiceTarget>,
  problems: &mut Problems,
) {
  for item in field.list(&format!("a list of {SHAPE}"), problems) {
    item.object(SHAPE, problems);
    item.refuse_unknown(
      &[
        "binding",
        "service",
        "environment",
        "entrypoint",
        "props",
        "remote",
        "cross_account_grant",
      ],
      problems,
    );
    let name = item.required_text("binding", "the name in `env`", problems);
    let target = read_wrangler_target(&item, problems);
    if let (Some(Written { value, location }), Some(target)) = (name, target) {
      let written = Written {
        value: target,
        location,
      };
      services.push((value, written));
    }
  }
}

/// `[{ service }]`, Workers that receive what others log.
pub(super) fn read_wrangler_tails(
  field: &Field<'_>,
  tails: &mut Vec<Written<ServiceTarget>>,
  problems: &mut Problems,
) {
  for item in field.list("a list of { service }", problems) {
    item.object("{ service }", problems);
    item.refuse_unknown(&["service", "environment"], problems);
    let target = read_wrangler_target(&item, problems);
    tails.extend(target.map(|target| item.written(target)));
  }
}

fn read_wrangler_target(item: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  let service = item.required_text("service", WORKER, problems);
  let environment = item.text_at("environment", "the name of an environment", problems);
  let entrypoint = item.text_at("entrypoint", "the name of an export", problems);
  let props = read_props(item, problems);
  let name = match environment {
    Some(environment) => format!("{}-{}", service?.value, environment.value),
    None => service?.value,
  };
  Some(ServiceTarget::Worker {
    name: Some(name),
    entrypoint: entrypoint.map(|entrypoint| entrypoint.value),
    props,
  })
}

/// `serviceBindings: { NAME: target }`
pub(super) fn read_options(
  option: &Field<'_>,
  services: &mut Record<ServiceTarget>,
  problems: &mut Problems,
) {
  for entry in option.object(
    "an object of binding names and what they stand for",
    problems,
  ) {
    if let Some(target) = read_target(&entry, problems) {
      services.push((entry.key.to_owned(), entry.written(target)));
    }
  }
}

/// One value of `serviceBindings`, which `outboundService` takes, too.
pub(super) fn read_target(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  let worker = |name| ServiceTarget::Worker {
    name,
    entrypoint: None,
    props: None,
  };
  match &field.node.data {
    Data::Function(path) => Some(ServiceTarget::Function {
      path: path.clone(),
      is_node_style: false,
    }),
    Data::CurrentWorker => Some(worker(None)),
    Data::Text(_) => Some(worker(Some(field.text(WORKER, problems)?.value))),
    Data::Object(entries) => match entries.first().map(|entry| entry.key.as_str()) {
      Some("node") => read_node(field, problems),
      Some("network") => read_network(field, problems),
      Some("external") => read_server(field, problems),
      Some("disk") => read_folder(field, problems),
      _ => read_worker(field, problems),
    },
    _ => {
      field.refuse(TARGETS, problems);
      None
    }
  }
}

fn read_worker(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  field.refuse_unknown(
    &["name", "entrypoint", "props", "remoteProxyConnectionString"],
    problems,
  );
  let name = field.required("name", TARGETS, problems)?;
  let entrypoint = field.text_at("entrypoint", "the name of an export", problems);
  let props = read_props(field, problems);
  let name = match name.node.data {
    Data::CurrentWorker => None,
    _ => Some(name.text(WORKER, problems)?.value),
  };
  Some(ServiceTarget::Worker {
    name,
    entrypoint: entrypoint.map(|entrypoint| entrypoint.value),
    props,
  })
}

/// What arrives as `ctx.props`, as JSON text.
fn read_props(field: &Field<'_>, problems: &mut Problems) -> Option<String> {
  let props = field.get("props")?;
  props.object("an object of JSON values", problems);
  props.refuse_non_json(problems);
  Some(props.node.to_json().to_string())
}

fn read_node(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  field.refuse_unknown(&["node"], problems);
  let function = field.get("node")?;
  match &function.node.data {
    Data::Function(path) => Some(ServiceTarget::Function {
      path: path.clone(),
      is_node_style: true,
    }),
    _ => {
      function.refuse("a function that takes (request, response)", problems);
      None
    }
  }
}

fn read_network(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  field.refuse_unknown(&["network"], problems);
  let network = field.get("network")?;
  network.object("{ allow, deny }", problems);
  network.refuse_unknown(&["allow", "deny", "tlsOptions"], problems);
  let mut addresses = |key: &str| {
    let list = network.get(key)?;
    let texts = list.texts(
      "a list of \"public\", \"private\", \"local\", \"network\" or address ranges",
      problems,
    );
    Some(texts.into_iter().map(|text| text.value).collect::<Vec<_>>())
  };
  Some(ServiceTarget::Network {
    allow: addresses("allow").unwrap_or_else(|| vec!["public".into()]),
    deny: addresses("deny").unwrap_or_default(),
  })
}

fn read_server(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  field.refuse_unknown(&["external"], problems);
  let server = field.get("external")?;
  server.object("{ address, http } or { address, https }", problems);
  server.refuse_unknown(&["address", "http", "https"], problems);
  let certificate_host = server.get("https").and_then(|https| {
    https.refuse_unknown(&["certificateHost", "options", "tlsOptions"], problems);
    https.text_at("certificateHost", "a host name", problems)
  });
  let address = server.required_text("address", "host:port, or unix:/path", problems)?;
  Some(ServiceTarget::Server {
    address: address.value,
    is_https: server.get("https").is_some(),
    certificate_host: certificate_host.map(|host| host.value),
  })
}

fn read_folder(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceTarget> {
  field.refuse_unknown(&["disk"], problems);
  let disk = field.get("disk")?;
  disk.object("{ path, writable }", problems);
  disk.refuse_unknown(&["path", "writable", "allowDotfiles"], problems);
  let flag = |key: &str, problems: &mut Problems| {
    let written = disk.get(key)?;
    written.boolean(problems)
  };
  let is_writable = flag("writable", problems).unwrap_or(false);
  let shows_dotfiles = flag("allowDotfiles", problems).unwrap_or(false);
  let path = disk.required_text("path", "a path to a folder", problems)?;
  Some(ServiceTarget::Folder {
    path: path.value.into(),
    is_writable,
    shows_dotfiles,
  })
}

/// Service bindings of a Worker, with the Workers found that they name.
pub(super) fn check(
  worker: &WorkerOptions,
  me: &WorkerRef,
  workers: &Workers<'_>,
  base: &std::path::Path,
  problems: &mut Problems,
) -> Vec<Binding> {
  let bind = |(name, written): &(String, Written<ServiceTarget>)| {
    let target = resolve(&written.value, me, workers, base);
    if target.is_none() {
      report_unknown(
        &format!("the service binding `{name}`"),
        &written.value,
        &written.location,
        workers,
        problems,
      );
    }
    Some(Binding {
      name: name.clone(),
      kind: BindingKind::Service(target?),
    })
  };
  worker.services.iter().filter_map(bind).collect()
}

/// Where the requests of a Worker go that nothing else answers.
pub(super) fn check_outbound(
  worker: &WorkerOptions,
  me: &WorkerRef,
  workers: &Workers<'_>,
  base: &std::path::Path,
  problems: &mut Problems,
) -> Option<ServiceTarget> {
  let written = worker.outbound.as_ref()?;
  let target = resolve(&written.value, me, workers, base);
  if target.is_none() {
    let what = "`outboundService`";
    report_unknown(what, &written.value, &written.location, workers, problems);
  }
  target
}

/// Workers that receive what a Worker logs. One that is not there receives nothing.
pub(super) fn check_tails(
  tails: &[Written<ServiceTarget>],
  me: &WorkerRef,
  workers: &Workers<'_>,
  base: &std::path::Path,
  problems: &mut Problems,
) -> Vec<ServiceTarget> {
  let mut found = Vec::new();
  for written in tails {
    match resolve(&written.value, me, workers, base) {
      Some(target) => found.push(target),
      None => {
        let name = worker_name(&written.value).to_owned();
        problems.report(Mistake::TailMissing { name }, written.location.clone());
      }
    }
  }
  found
}

/// What the user Worker logs goes to Vitest, and to nobody else yet.
pub(super) fn refuse_tails(user: &WorkerOptions, found: &[ServiceTarget], problems: &mut Problems) {
  if let (Some(first), false) = (user.tails.first(), found.is_empty()) {
    let location = first.location.clone();
    let mistake = Mistake::NoEffect {
      field: location.field.clone(),
    };
    problems.report(mistake, location);
  }
}

/// A Worker that receives what it logs itself, by whatever way, would never come to an end.
pub(super) fn refuse_tail_cycles(
  listed: &[Auxiliary],
  workers: &[AuxiliaryWorker],
  problems: &mut Problems,
) {
  let tails_of = |name: &str| {
    let worker = workers.iter().find(|worker| worker.name == name);
    worker.map_or(&[][..], |worker| &worker.tails)
  };
  for worker in listed {
    let mut reached: Vec<&str> = Vec::new();
    let mut pending = vec![worker.name.value.as_str()];
    while let Some(name) = pending.pop() {
      for target in tails_of(name) {
        if let ServiceTarget::Worker {
          name: Some(next), ..
        } = target
          && !reached.contains(&next.as_str())
        {
          reached.push(next);
          pending.push(next);
        }
      }
    }
    if reached.contains(&worker.name.value.as_str()) {
      let mistake = Mistake::TailCycle {
        name: worker.name.value.clone(),
      };
      problems.report(mistake, worker.name.location.clone());
    }
  }
}

/// The target with absolute paths, and with the Worker itself in place of its names. `None` if it names a
/// Worker that does not exist.
fn resolve(
  target: &ServiceTarget,
  me: &WorkerRef,
  workers: &Workers<'_>,
  base: &std::path::Path,
) -> Option<ServiceTarget> {
  Some(match target {
    ServiceTarget::Worker {
      name,
      entrypoint,
      props,
    } => ServiceTarget::Worker {
      name: match name {
        Some(name) => workers.find(name)?,
        None => me.clone(),
      },
      entrypoint: entrypoint.clone().filter(|name| name != "default"),
      props: props.clone(),
    },
    ServiceTarget::Folder {
      path,
      is_writable,
      shows_dotfiles,
    } => ServiceTarget::Folder {
      path: base.join(path),
      is_writable: *is_writable,
      shows_dotfiles: *shows_dotfiles,
    },
    other => other.clone(),
  })
}

fn report_unknown(
  what: &str,
  target: &ServiceTarget,
  location: &Location,
  workers: &Workers<'_>,
  problems: &mut Problems,
) {
  let mistake = Mistake::UnknownWorker {
    what: what.to_owned(),
    worker: worker_name(target).to_owned(),
    known: workers.names(),
  };
  problems.report(mistake, location.clone());
}

fn worker_name(target: &ServiceTarget) -> &str {
  match target {
    ServiceTarget::Worker {
      name: Some(name), ..
    } => name,
    _ => "",
  }
}
