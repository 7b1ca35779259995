//! Metadata, checksums and encryption keys.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::checksums::from_hex;
use super::{MD5_OF_HELLO, R2, operation};

const TOO_LARGE: &str = "400 10012 Your metadata headers exceed the maximum allowed metadata size.";

#[test]
fn metadata_comes_back_as_it_was_sent() {
  let r2 = R2::new();
  let http = json!({
    "contentType": "text/css; charset=utf-8",
    "contentLanguage": "de, en",
    "contentDisposition": "attachment; filename=\"é.css\"",
    "contentEncoding": "gzip",
    "cacheControl": "max-age=60",
    "cacheExpiry": "18446744073709551615",
  });
  let custom = json!([
    { "k": "b", "v": "2" }, { "k": "a", "v": "1" }, { "k": "", "v": "" },
    { "k": "é", "v": "日本😀" }, { "k": "quotes", "v": "\"\\\n" }, { "k": "10", "v": "x" },
  ]);
  r2.put_with(
    "k",
    json!({ "httpFields": http, "customFields": custom }),
    "",
  )
  .json();
  for object in [r2.head("k").json(), r2.get("k").json()] {
    assert_eq!(object["httpFields"], http);
    assert_eq!(object["customFields"], custom);
  }
}

#[test]
fn custom_metadata_has_8192_units() {
  let r2 = R2::new();
  let check = |k: &str, v: &str, expected: &str| {
    let fields = json!({ "customFields": [{ "k": "", "v": "" }, { "k": k, "v": v }] });
    r2.put_with("k", fields.clone(), "").check(expected);
    let create = r2.write(operation("createMultipartUpload", "k", fields), "");
    assert_eq!(create.error.is_some(), expected != "200 ");
  };
  check("a", &"v".repeat(8191), "200 ");
  check("a", &"v".repeat(8192), TOO_LARGE);
  check("é", &"ÿ".repeat(8191), "200 ");
  check("é", &"ÿ".repeat(8192), TOO_LARGE);
  // Twice as much, in a text with a single character beyond Latin-1.
  check("", &format!("{}Ā", "v".repeat(4095)), "200 ");
  check("", &format!("{}Ā", "v".repeat(4096)), TOO_LARGE);
  check("", &"😀".repeat(2048), "200 ");
  check("", &"😀".repeat(2049), TOO_LARGE);
  r2.get("k").check("200 ");
}

#[test]
fn largest_metadata_is_readable() {
  let r2 = R2::new();
  let check = |bytes: usize, expected: &str| {
    let fields = json!({
      "httpFields": { "contentType": "\u{1}".repeat(bytes - 100) },
      "storageClass": "\u{1}".repeat(100),
      "customFields": [{ "k": "", "v": "\u{1}".repeat(8192) }],
    });
    r2.put_with(&"\u{1}".repeat(1024), fields, "")
      .check(expected);
  };
  check(128 * 1024, "200 ");
  check(128 * 1024 + 1, TOO_LARGE);
  assert!(r2.head(&"\u{1}".repeat(1024)).json_bytes() <= 1024 * 1024);
  let page = r2.list(json!({ "include": [0, 1] }));
  assert!(page.json_bytes() <= 1024 * 1024);
  assert_eq!(page.json()["objects"].as_array().unwrap().len(), 1);
}

#[test]
fn storage_class_is_kept() {
  let r2 = R2::new();
  let check = |fields: Value, expected: &str| {
    r2.put_with("k", fields, "").json();
    assert_eq!(r2.head("k").json()["storageClass"], expected);
    assert_eq!(
      r2.list(json!({})).json()["objects"][0]["storageClass"],
      expected
    );
  };
  check(json!({}), "Standard");
  check(json!({ "storageClass": "" }), "Standard");
  check(
    json!({ "storageClass": "InfrequentAccess" }),
    "InfrequentAccess",
  );
}

/// Index, name, field and the digest of `hello`.
const DIGESTS: [(&str, &str, &str, &str); 5] = [
  ("0", "MD5", "md5", MD5_OF_HELLO),
  (
    "1",
    "SHA-1",
    "sha1",
    "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
  ),
  (
    "2",
    "SHA-256",
    "sha256",
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  ),
  (
    "3",
    "SHA-384",
    "sha384",
    "59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c666fa90125a3c79f90397bdf5f6a13de828684f",
  ),
  (
    "4",
    "SHA-512",
    "sha512",
    "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
  ),
];

/// As workerd sends it: MD5 in base64, the others in hex.
fn sent(field: &str, digest: &str) -> Value {
  let encoded = match field {
    "md5" => BASE64_STANDARD.encode(from_hex(digest).unwrap()),
    _ => digest.to_owned(),
  };
  json!({ field: encoded })
}

#[test]
fn right_digest_is_kept() {
  for (index, _, field, digest) in DIGESTS {
    let r2 = R2::new();
    let expected = json!({ "0": MD5_OF_HELLO, index: digest });
    let put = r2.put_with("k", sent(field, digest), "hello").json();
    assert_eq!(put["checksums"], expected);
    assert_eq!(r2.head("k").json()["checksums"], expected);
    assert_eq!(
      r2.list(json!({})).json()["objects"][0]["checksums"],
      expected
    );
  }
}

#[test]
fn wrong_digest_is_refused() {
  for (_, name, field, digest) in DIGESTS {
    let r2 = R2::new();
    r2.put("k", "old");
    let wrong = digest.replace('0', "f");
    for wrong in [&*wrong, ""] {
      r2.put_with("k", sent(field, wrong), "hello")
        .check(&format!(
          "400 10037 The {name} checksum you specified did not match what we received.\n\
         You provided a {name} checksum with value: {wrong}\n\
         Actual {name} was: {digest}"
        ));
    }
    r2.get("k").check("200 old");
  }
}

#[test]
fn digest_in_upper_case_is_right() {
  let (_, _, field, digest) = DIGESTS[2];
  let put = R2::new().put_with("k", sent(field, &digest.to_uppercase()), "hello");
  assert_eq!(put.json()["checksums"]["2"], digest);
}

#[test]
fn wrong_digest_is_told_before_a_condition() {
  let fields = json!({ "sha1": "00", "onlyIf": { "etagMatches": [{ "type": "wildcard" }] } });
  let answer = R2::new().put_with("k", fields, "hello");
  assert_eq!(answer.status(), 400);
}

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const MISSING: &str = "400 10029 The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.";
const DIFFERS: &str =
  "400 10029 The encryption key is not the one that the object was stored with.";
const NOT_APPLICABLE: &str =
  "400 10029 The encryption parameters are not applicable to this object.";

fn ssec(key: &str) -> Value {
  json!({ "ssec": { "key": key } })
}

#[test]
fn encrypted_object_is_read_with_its_key_only() {
  let r2 = R2::new();
  let expected = json!({ "algorithm": "AES256", "keyMd5": "99556f33a844eb186c38a2f61f5350d3" });
  let put = r2.put_with("k", ssec(KEY), "secret").json();
  for object in [
    put,
    r2.head("k").json(),
    r2.get_with("k", ssec(KEY)).json(),
    r2.list(json!({})).json()["objects"][0].clone(),
  ] {
    assert_eq!(object["ssec"], expected);
  }
  r2.get_with("k", ssec(KEY)).check("200 secret");
  r2.get("k").check(MISSING);
  r2.get_with("k", ssec(&"f".repeat(64))).check(DIFFERS);
  r2.put("plain", "x");
  r2.get_with("plain", ssec(KEY)).check(NOT_APPLICABLE);
  assert!(r2.head("plain").json().get("ssec").is_none());
}

#[test]
fn parts_need_the_key_of_their_upload() {
  let r2 = R2::new();
  let created = r2
    .write(operation("createMultipartUpload", "k", ssec(KEY)), "")
    .json();
  let id = &created["uploadId"];
  let upload = |mut fields: Value| {
    fields["uploadId"] = id.clone();
    fields["partNumber"] = 1.into();
    r2.write(operation("uploadPart", "k", fields), "secret")
  };
  upload(json!({})).check(
    "400 10029 The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
  );
  upload(ssec(&"f".repeat(64))).check(DIFFERS);
  let part = upload(ssec(KEY)).json();
  let parts = json!({ "uploadId": id, "parts": [{ "etag": part["etag"], "part": 1 }] });
  r2.write(operation("completeMultipartUpload", "k", parts), "")
    .json();
  r2.get("k").check(MISSING);
  r2.get_with("k", ssec(KEY)).check("200 secret");
}
