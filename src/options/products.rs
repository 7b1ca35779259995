//! Bindings to smaller products, as a Wrangler file and as `miniflare` options spell them: rate limits, secrets of
//! a store, Analytics Engine, email, Hyperdrive, and products that only the account has.

use super::field::Field;
use super::hyperdrive;
use super::keys::Shape;
use super::plan::BindingKind;
use super::problem::{Problems, Written};
use super::worker::Record;

/// A binding as written, and what Wrangler's users call its kind.
#[derive(Clone, Debug)]
pub(super) struct Product {
  pub(super) kind: BindingKind,
  pub(super) noun: &'static str,
}

/// What is read of one list or record of bindings.
struct Reader {
  noun: &'static str,
  /// What an entry looks like.
  shape: &'static str,
  known: &'static [&'static str],
  read: fn(&Field<'_>, &str, &mut Problems) -> Option<BindingKind>,
}

const RATE_LIMIT: Reader = Reader {
  noun: "Rate Limit",
  shape: "{ name, namespace_id, simple: { limit, period } }",
  known: &["name", "binding", "namespace_id", "simple", "type"],
  read: read_rate_limit,
};
const ANALYTICS: Reader = Reader {
  noun: "Analytics Engine Dataset",
  shape: "{ binding, dataset }",
  known: &["binding", "dataset", "remote"],
  read: read_analytics,
};
const SECRET: Reader = Reader {
  noun: "Secrets Store Secret",
  shape: "{ binding, store_id, secret_name }",
  known: &["binding", "store_id", "secret_name", "remote"],
  read: read_secret,
};
const EMAIL: Reader = Reader {
  noun: "Send Email",
  shape: "{ name, allowed_destination_addresses }",
  known: &[
    "name",
    "destination_address",
    "allowed_destination_addresses",
    "allowed_sender_addresses",
    "remote",
    "remoteProxyConnectionString",
  ],
  read: read_email,
};
const PIPELINE: Reader = Reader {
  noun: "Pipeline",
  shape: "{ binding, pipeline }",
  known: &[
    "binding",
    "pipeline",
    "stream",
    "remote",
    "remoteProxyConnectionString",
  ],
  read: |_, _, _| Some(BindingKind::Pipeline),
};
const WORKER_LOADER: Reader = Reader {
  noun: "Worker Loader",
  shape: "{ binding }",
  known: &["binding"],
  read: |_, _, _| Some(BindingKind::WorkerLoader),
};
const HYPERDRIVE: Reader = Reader {
  noun: "Hyperdrive Config",
  shape: "{ binding, id, localConnectionString }",
  known: &["binding", "id", "localConnectionString", "remote"],
  read: hyperdrive::read_wrangler,
};

fn reader(key: &str) -> Option<&'static Reader> {
  Some(match key {
    "ratelimits" => &RATE_LIMIT,
    "analytics_engine_datasets" | "analyticsEngineDatasets" => &ANALYTICS,
    "secrets_store_secrets" | "secretsStoreSecrets" => &SECRET,
    "send_email" => &EMAIL,
    "pipelines" => &PIPELINE,
    "worker_loaders" | "workerLoaders" => &WORKER_LOADER,
    "hyperdrive" => &HYPERDRIVE,
    _ => return None,
  })
}

/// Reads a list of `{ binding, … }`, if `key` is that of one of these products.
pub(super) fn read_list(
  key: &str,
  field: &Field<'_>,
  products: &mut Record<Product>,
  problems: &mut Problems,
) {
  let reader = reader(key).expect("the table of keys names a product");
  for item in field.list(&format!("a list of {}", reader.shape), problems) {
    item.object(reader.shape, problems);
    item.refuse_unknown(reader.known, problems);
    let key = if reader.known.contains(&"name") && item.get("binding").is_none() {
      "name"
    } else {
      "binding"
    };
    let name = item.required_text(key, "the name in `env`", problems);
    let kind = (reader.read)(
      &item,
      name.as_ref().map_or("", |name| &name.value),
      problems,
    );
    if let (Some(Written { value, location }), Some(kind)) = (name, kind) {
      let noun = reader.noun;
      let written = Written {
        value: Product { kind, noun },
        location,
      };
      products.push((value, written));
    }
  }
}

/// Reads an object of binding names and the rest, likewise.
pub(super) fn read_record(
  option: &Field<'_>,
  products: &mut Record<Product>,
  problems: &mut Problems,
) {
  if option.key == "hyperdrives" {
    for entry in option.object(
      "an object of binding names and connection strings",
      problems,
    ) {
      if let Some(kind) = hyperdrive::read_option(&entry, problems) {
        let noun = HYPERDRIVE.noun;
        products.push((entry.key.to_owned(), entry.written(Product { kind, noun })));
      }
    }
    return;
  }
  let reader = reader(option.key).expect("the table of options names a product");
  for entry in option.object(
    &format!("an object of names and {}", reader.shape),
    problems,
  ) {
    if entry.is_object() {
      entry.refuse_unknown(reader.known, problems);
    }
    if let Some(kind) = (reader.read)(&entry, entry.key, problems) {
      let noun = reader.noun;
      products.push((entry.key.to_owned(), entry.written(Product { kind, noun })));
    }
  }
}

/// `unsafe: { bindings: [{ name, type }] }`, of which rate limits were the first to be known otherwise.
pub(super) fn read_unsafe(
  field: &Field<'_>,
  products: &mut Record<Product>,
  problems: &mut Problems,
) {
  field.object("{ bindings: [{ name, type }] }", problems);
  let Some(bindings) = field.get("bindings") else {
    return;
  };
  for item in bindings.list("a list of { name, type }", problems) {
    let name = item.required_text("name", "the name in `env`", problems);
    let kind = item.text_at("type", "the type of the binding", problems);
    let Some(Written { value, location }) = name else {
      continue;
    };
    let is_rate_limit = kind.as_ref().is_some_and(|kind| kind.value == "ratelimit");
    let read = if is_rate_limit {
      read_rate_limit(&item, &value, problems)
    } else {
      Some(BindingKind::Stub {
        product: kind.map_or_else(|| "unsafe".to_owned(), |kind| kind.value),
      })
    };
    let noun = if is_rate_limit {
      RATE_LIMIT.noun
    } else {
      "Unsafe"
    };
    if let Some(kind) = read {
      let product = Product { kind, noun };
      products.push((
        value,
        Written {
          value: product,
          location,
        },
      ));
    }
  }
}

/// A pipeline.
pub(super) fn pipeline() -> Product {
  let kind = BindingKind::Pipeline;
  let noun = PIPELINE.noun;
  Product { kind, noun }
}

/// Bindings to products that only the account has: they are there, and fail when they are used.
pub(super) fn read_remote(
  noun: &'static str,
  shape: Shape,
  field: &Field<'_>,
  products: &mut Record<Product>,
) {
  for name in shape.names(field) {
    let kind = BindingKind::Stub {
      product: noun.to_owned(),
    };
    let location = field.key_location();
    let value = Product { kind, noun };
    products.push((name, Written { value, location }));
  }
}

fn read_rate_limit(field: &Field<'_>, name: &str, problems: &mut Problems) -> Option<BindingKind> {
  const PERIODS: &str = "10 or 60, in seconds";
  let simple = field.required("simple", "{ limit, period }", problems)?;
  simple.object("{ limit, period }", problems);
  simple.refuse_unknown(&["limit", "period"], problems);
  let limit = simple.required("limit", "a number of calls, from 1", problems)?;
  let calls = limit.number().filter(|number| *number > 0.0);
  if calls.is_none() {
    limit.refuse("a number of calls, from 1", problems);
  }
  let period = simple.get("period").map_or(Some(60.0), |period| {
    let seconds = period
      .number()
      .filter(|number| [10.0, 60.0].contains(number));
    if seconds.is_none() {
      period.refuse(PERIODS, problems);
    }
    seconds
  });
  let namespace_id = match field.get("namespace_id") {
    // Production has integers, written as strings; both are meant alike.
    Some(id) => id
      .number()
      .map(|number| number.to_string())
      .or_else(|| id.text("a string", problems).map(|id| id.value))?,
    None => name.to_owned(),
  };
  Some(BindingKind::RateLimit {
    namespace_id,
    limit: calls? as u32,
    period_s: period? as u32,
  })
}

fn read_analytics(field: &Field<'_>, name: &str, problems: &mut Problems) -> Option<BindingKind> {
  let dataset = match field.get("dataset") {
    Some(dataset) => dataset.text("the name of a dataset", problems)?.value,
    None => name.to_owned(),
  };
  Some(BindingKind::AnalyticsEngine { dataset })
}

fn read_secret(field: &Field<'_>, _name: &str, problems: &mut Problems) -> Option<BindingKind> {
  let store = field.required_text("store_id", "the id of the store", problems);
  let secret = field.required_text("secret_name", "the name of the secret", problems);
  Some(BindingKind::SecretsStoreSecret {
    store_id: store?.value,
    secret_name: secret?.value,
  })
}

fn read_email(field: &Field<'_>, name: &str, problems: &mut Problems) -> Option<BindingKind> {
  let mut addresses = |key: &str| {
    let list = field.get(key)?.texts("a list of addresses", problems);
    Some(list.into_iter().map(|address| address.value).collect())
  };
  let several = addresses("allowed_destination_addresses");
  let senders = addresses("allowed_sender_addresses");
  let one = field.text_at("destination_address", "an address", problems);
  Some(BindingKind::SendEmail {
    log: name.to_owned(),
    destinations: one.map(|address| vec![address.value]).or(several),
    senders,
  })
}
