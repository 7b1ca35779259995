//! Laws that hold for whatever is stored and whatever arrives.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use hyper::http::Request;
use proptest::prelude::*;
use serde_json::Value;

use super::{Kv, encode, render, request};
use crate::simulators::keys;

#[derive(Clone, Debug)]
enum Step {
  Put { namespace: u8, key: u8, value: u8 },
  Delete { namespace: u8, key: u8 },
  Push,
  Pop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
  let step = prop_oneof![
    4 => (0..2u8, 0..6u8, any::<u8>())
      .prop_map(|(namespace, key, value)| Step::Put { namespace, key, value }),
    2 => (0..2u8, 0..6u8).prop_map(|(namespace, key)| Step::Delete { namespace, key }),
    1 => Just(Step::Push),
    1 => Just(Step::Pop),
  ];
  proptest::collection::vec(step, 0..40)
}

/// What two namespaces hold: their keys in order, with the values.
fn contents(kv: &Kv) -> BTreeMap<(u8, u8), u8> {
  let mut contents = BTreeMap::new();
  for namespace in 0..2u8 {
    let send = |line: &str| kv.send_to(&namespace.to_string(), request(line, ""));
    let page: Value = serde_json::from_slice(send("GET /").body()).unwrap();
    for key in page["keys"].as_array().unwrap() {
      let key = key["name"].as_str().unwrap();
      contents.insert(
        (namespace, key.parse().unwrap()),
        send(&format!("GET /{key}")).body()[0],
      );
    }
  }
  contents
}

proptest! {
  #[test]
  fn pop_restores_exactly_what_push_saw(steps in steps()) {
    let kv = Kv::new();
    let mut model = vec![BTreeMap::new()];
    for step in steps {
      match step {
        Step::Put { namespace, key, value } => {
          kv.send_to(&namespace.to_string(), request(&format!("PUT /{key}"), [value]));
          model.last_mut().unwrap().insert((namespace, key), value);
        }
        Step::Delete { namespace, key } => {
          kv.send_to(&namespace.to_string(), request(&format!("DELETE /{key}"), ""));
          model.last_mut().unwrap().remove(&(namespace, key));
        }
        Step::Push => {
          kv.storage.push().unwrap();
          model.push(model.last().unwrap().clone());
        }
        Step::Pop if model.len() == 1 => prop_assert!(kv.storage.pop().is_err()),
        Step::Pop => {
          kv.storage.pop().unwrap();
          model.pop();
          prop_assert_eq!(&contents(&kv), model.last().unwrap());
        }
      }
    }
    prop_assert_eq!(&contents(&kv), model.last().unwrap());
  }

  #[test]
  fn pages_join_to_the_full_list(
    keys in proptest::collection::btree_set("[a-cé日]{1,3}", 0..20),
    prefix in "[a-cé日]{0,1}",
    limit in 1..8usize,
  ) {
    let kv = Kv::new();
    for key in &keys {
      kv.send(&format!("PUT /{}", encode(key)), "");
    }
    let mut joined = Vec::new();
    let mut cursor = String::new();
    loop {
      let query = format!("prefix={}&cursor={}", encode(&prefix), encode(&cursor));
      let page = kv.json(&format!("GET /?key_count_limit={limit}&{query}"), "");
      let names = page["keys"].as_array().unwrap();
      joined.extend(names.iter().map(|key| key["name"].as_str().unwrap().to_owned()));
      prop_assert_eq!(page["list_complete"].as_bool().unwrap(), page.get("cursor").is_none());
      let Some(next) = page.get("cursor") else { break };
      prop_assert_eq!(names.len(), limit);
      cursor = next.as_str().unwrap().to_owned();
    }
    let expected: Vec<_> = keys.into_iter().filter(|key| key.starts_with(&prefix)).collect();
    prop_assert_eq!(joined, expected);
  }

  #[test]
  fn cursor_decodes_to_its_key(key in any::<String>()) {
    prop_assert_eq!(keys::decode_cursor(&keys::encode_cursor(&key)), key);
  }

  #[test]
  fn nothing_makes_it_panic(
    method in "GET|PUT|POST|DELETE|PURGE",
    target in "/(bulk/get|[ -~]{0,20})(\\?(key_count_limit|cursor|prefix|cache_ttl|expiration|expiration_ttl)?=[ -~]{0,20})?",
    metadata in any::<Option<Vec<u8>>>(),
    body in any::<Vec<u8>>(),
  ) {
    let request = Request::builder().method(method.as_str()).uri(target);
    let request = match metadata {
      Some(metadata) => request.header("cf-kv-metadata", metadata),
      None => request,
    };
    if let Ok(request) = request.body(Bytes::from(body)) {
      let answer = render(&Kv::new().send_to("ns", request));
      prop_assert!(!answer.contains("panicked"), "{}", answer);
    }
  }
}
