//! Laws that hold for whatever is stored and whatever arrives.

use std::collections::{BTreeMap, BTreeSet};

use hyper::body::Bytes;
use hyper::http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::number::Number;
use super::{R2, names, operation, read_request, write_request};

#[derive(Clone, Debug)]
enum Step {
  Put { bucket: u8, key: u8, value: u8 },
  PutParts { bucket: u8, key: u8, value: u8 },
  Create { bucket: u8, key: u8, value: u8 },
  Delete { bucket: u8, key: u8 },
  Push,
  Pop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
  let place = (0..2u8, 0..5u8, any::<u8>());
  let step = prop_oneof![
    4 => place.clone().prop_map(|(bucket, key, value)| Step::Put { bucket, key, value }),
    2 => place.clone().prop_map(|(bucket, key, value)| Step::PutParts { bucket, key, value }),
    1 => place.prop_map(|(bucket, key, value)| Step::Create { bucket, key, value }),
    2 => (0..2u8, 0..5u8).prop_map(|(bucket, key)| Step::Delete { bucket, key }),
    1 => Just(Step::Push),
    1 => Just(Step::Pop),
  ];
  proptest::collection::vec(step, 0..40)
}

type Model = BTreeMap<(u8, u8), u8>;

/// What two buckets hold, by their listings.
fn contents(r2: &R2) -> Model {
  let mut contents = Model::new();
  for bucket in 0..2u8 {
    let send = |json: Value| r2.send_to(&bucket.to_string(), read_request(&json));
    let page = send(json!({ "version": 1, "method": "list" })).json();
    for key in names(&page) {
      let value = send(operation("get", &key, json!({}))).value();
      contents.insert((bucket, key.parse().unwrap()), value[0]);
    }
  }
  contents
}

fn put_parts(write: impl Fn(&str, Value, &[u8]) -> Value, value: u8) {
  let id = write("createMultipartUpload", json!({}), b"")["uploadId"].clone();
  let part = write(
    "uploadPart",
    json!({ "uploadId": id, "partNumber": 1 }),
    &[value],
  );
  let parts = json!([{ "etag": part["etag"], "part": 1 }]);
  write(
    "completeMultipartUpload",
    json!({ "uploadId": id, "parts": parts }),
    b"",
  );
}

/// Does a step to the top frame of the model, too.
fn apply(r2: &R2, model: &mut Model, step: &Step) {
  let write = |bucket: u8, key: u8, method: &str, fields: Value, value: &[u8]| {
    let json = operation(method, &key.to_string(), fields);
    r2.send_to(&bucket.to_string(), write_request(&json, value))
  };
  match *step {
    Step::Put { bucket, key, value } => {
      write(bucket, key, "put", json!({}), &[value]).json();
      model.insert((bucket, key), value);
    }
    Step::PutParts { bucket, key, value } => {
      let write = |method: &str, fields: Value, value: &[u8]| {
        write(bucket, key, method, fields, value).json()
      };
      put_parts(write, value);
      model.insert((bucket, key), value);
    }
    Step::Create { bucket, key, value } => {
      let fields = json!({ "onlyIf": { "etagDoesNotMatch": [{ "type": "wildcard" }] } });
      let status = write(bucket, key, "put", fields, &[value]).status();
      let exists = model.contains_key(&(bucket, key));
      assert_eq!(status, if exists { 412 } else { 200 });
      model.entry((bucket, key)).or_insert(value);
    }
    Step::Delete { bucket, key } => {
      write(bucket, key, "delete", json!({}), b"").check("200 ");
      model.remove(&(bucket, key));
    }
    Step::Push | Step::Pop => unreachable!("the caller does these"),
  }
}

/// What a listing should show, by a walk over all keys.
fn list_model(keys: &BTreeSet<String>, prefix: &str, delimiter: &str) -> Vec<String> {
  let mut entries = Vec::new();
  for key in keys.iter().filter(|key| key.starts_with(prefix)) {
    let rest = &key[prefix.len()..];
    let entry = match rest.find(delimiter) {
      Some(position) if !delimiter.is_empty() => {
        format!(
          "prefix {}",
          &key[..prefix.len() + position + delimiter.len()]
        )
      }
      _ => format!("key {key}"),
    };
    if entries.last() != Some(&entry) {
      entries.push(entry);
    }
  }
  entries
}

proptest! {
  #[test]
  fn pop_restores_exactly_what_push_saw(steps in steps()) {
    let r2 = R2::new();
    let mut model = vec![Model::new()];
    for step in steps {
      match step {
        Step::Push => {
          r2.storage.push().unwrap();
          model.push(model.last().unwrap().clone());
        }
        Step::Pop if model.len() == 1 => prop_assert!(r2.storage.pop().is_err()),
        Step::Pop => {
          r2.storage.pop().unwrap();
          model.pop();
          prop_assert_eq!(&contents(&r2), model.last().unwrap());
        }
        step => apply(&r2, model.last_mut().unwrap(), &step),
      }
    }
    prop_assert_eq!(&contents(&r2), model.last().unwrap());
  }

  #[test]
  fn pages_join_to_the_full_list(
    keys in proptest::collection::btree_set("[ab/-é]{0,4}", 0..25),
    prefix in "[ab/é]{0,2}",
    delimiter in "(/|-|--|a|é|/b|)",
    limit in 1..8usize,
  ) {
    let r2 = R2::new();
    for key in &keys {
      r2.put(key, "");
    }
    let mut joined = BTreeMap::new();
    let mut fields = json!({ "limit": limit, "prefix": prefix, "delimiter": delimiter });
    loop {
      let page = r2.list(fields.clone()).json();
      let prefixes: Vec<String> = serde_json::from_value(page["delimitedPrefixes"].clone()).unwrap();
      let count = names(&page).len() + prefixes.len();
      // The map sorts keys and prefixes into one order, as the model has them.
      let entries = names(&page).into_iter().map(|key| (key.clone(), format!("key {key}")));
      joined.extend(entries);
      for prefix in prefixes {
        let earlier = joined.insert(prefix.clone(), format!("prefix {prefix}"));
        prop_assert!(earlier.is_none());
      }
      prop_assert_eq!(page["truncated"].as_bool().unwrap(), page.get("cursor").is_some());
      let Some(cursor) = page.get("cursor") else { break };
      prop_assert_eq!(count, limit);
      fields["cursor"] = cursor.clone();
    }
    let joined: Vec<_> = joined.into_values().collect();
    prop_assert_eq!(joined, list_model(&keys, &prefix, &delimiter));
  }

  #[test]
  fn numbers_come_back(number in any::<u64>(), signed in any::<i64>()) {
    let json = serde_json::to_string(&Number(number)).unwrap();
    prop_assert_eq!(serde_json::from_str::<Number>(&json).unwrap(), Number(number));
    prop_assert_eq!(serde_json::from_str::<Number>(&number.to_string()).unwrap(), Number(number));
    let quoted = format!("\"{signed}\"");
    prop_assert_eq!(serde_json::from_str::<Number>(&quoted).unwrap().signed(), signed);
  }

  #[test]
  fn nothing_makes_it_panic(
    method in "GET|PUT|POST",
    request in any::<Option<Vec<u8>>>(),
    size in proptest::option::of("[0-9]{0,3}|\\PC{0,4}"),
    body in any::<Vec<u8>>(),
  ) {
    let mut builder = Request::builder().method(method.as_str()).uri("/");
    if let Some(request) = request {
      builder = builder.header("cf-r2-request", request);
    }
    if let Some(size) = size {
      builder = builder.header("cf-r2-metadata-size", size);
    }
    if let Ok(request) = builder.body(Bytes::from(body)) {
      let answer = R2::new().send_to("bucket", request).render();
      prop_assert!(!answer.contains("Bug in"), "{}", answer);
    }
  }

  #[test]
  fn no_json_makes_it_panic(
    method in "head|get|list|put|delete|createMultipartUpload|uploadPart|completeMultipartUpload|abortMultipartUpload",
    field in "object|objects|range|rangeHeader|onlyIf|md5|sha1|customFields|httpFields|limit|prefix|cursor|delimiter|startAfter|include|uploadId|partNumber|parts|ssec|storageClass",
    value in json_values(),
    body in any::<Vec<u8>>(),
  ) {
    let r2 = R2::new();
    r2.put("k", "value");
    let mut json = operation(&method, "k", json!({ "uploadId": "x", "partNumber": 1, "parts": [] }));
    json[field] = value;
    let request = if ["head", "get", "list"].contains(&method.as_str()) {
      read_request(&json)
    } else {
      write_request(&json, body)
    };
    let answer = r2.send_to("bucket", request).render();
    prop_assert!(!answer.contains("Bug in"), "{}", answer);
  }
}

fn json_values() -> impl Strategy<Value = Value> {
  let leaf = prop_oneof![
    Just(Value::Null),
    any::<bool>().prop_map(Value::from),
    any::<i64>().prop_map(Value::from),
    any::<u64>().prop_map(|number| number.to_string().into()),
    "\\PC{0,8}".prop_map(Value::from),
  ];
  let field =
    "offset|length|suffix|etagMatches|uploadedAfter|type|value|k|v|contentType|etag|part|key";
  leaf.prop_recursive(3, 16, 4, move |inner| {
    prop_oneof![
      proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
      proptest::collection::btree_map(field, inner, 0..4)
        .prop_map(|fields| Value::Object(fields.into_iter().collect())),
    ]
  })
}
