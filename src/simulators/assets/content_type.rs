//! The `Content-Type` of a file, by the ending of its name. Pure.
//!
//! Not here: what the file contains. Nobody looks at it when assets are deployed either.

/// What the product says otherwise than the library, whose table is older. By ending.
const OTHERWISE: &[(&str, Option<&str>)] = &[
  ("aif", Some("audio/x-aiff")),
  ("cfg", None),
  ("cjs", Some("application/node")),
  ("cur", None),
  ("dat", None),
  ("dtd", Some("application/xml-dtd")),
  ("flac", Some("audio/x-flac")),
  ("ico", Some("image/vnd.microsoft.icon")),
  ("jsx", Some("text/jsx")),
  ("m3u8", Some("application/vnd.apple.mpegurl")),
  ("m4a", Some("audio/mp4")),
  ("manifest", Some("text/cache-manifest")),
  ("map", Some("application/json")),
  ("mdx", Some("text/mdx")),
  ("mid", Some("audio/midi")),
  ("midi", Some("audio/midi")),
  ("mjs", Some("text/javascript")),
  ("mtl", Some("model/mtl")),
  ("mts", Some("video/mp2t")),
  ("obj", Some("model/obj")),
  ("otf", Some("font/otf")),
  ("parquet", None),
  ("psd", Some("image/vnd.adobe.photoshop")),
  ("py", None),
  ("rar", Some("application/vnd.rar")),
  ("sql", Some("application/sql")),
  ("stl", Some("model/stl")),
  ("tgz", None),
  ("toml", Some("application/toml")),
  ("ts", Some("video/mp2t")),
  ("usdz", Some("model/vnd.usdz+zip")),
  ("woff", Some("font/woff")),
  ("wsdl", Some("application/wsdl+xml")),
  ("xml", Some("application/xml")),
  ("xsd", Some("application/xml")),
  ("xsl", Some("application/xml")),
  ("xslt", Some("application/xslt+xml")),
  ("yaml", Some("text/yaml")),
  ("yml", Some("text/yaml")),
];

/// The type of the file at `path`; `None` if its ending says nothing.
pub(super) fn content_type(path: &str) -> Option<String> {
  let name = path.rsplit('/').next()?;
  let (stem, ending) = name.rsplit_once('.')?;
  if stem.is_empty() {
    return None;
  }
  let ending = ending.to_ascii_lowercase();
  let mut otherwise = OTHERWISE.iter();
  let essence = match otherwise.find(|(known, _)| *known == ending) {
    Some((_, essence)) => (*essence)?,
    None => mime_guess::from_ext(&ending).first_raw()?,
  };
  let charset = if essence.starts_with("text/") {
    "; charset=utf-8"
  } else {
    ""
  };
  Some(format!("{essence}{charset}"))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_ending_decides() {
    #[track_caller]
    fn check(path: &str, expected: &str) {
      assert_eq!(content_type(path).unwrap_or_default(), expected, "{path}");
    }
    check("/a.html", "text/html; charset=utf-8");
    check("/a.b/C.TXT", "text/plain; charset=utf-8");
    check("/app.js", "text/javascript; charset=utf-8");
    check("/app.mjs", "text/javascript; charset=utf-8");
    check("/a.css", "text/css; charset=utf-8");
    check("/a.json", "application/json");
    check("/a.js.map", "application/json");
    check("/a.xml", "application/xml");
    check("/a.svg", "image/svg+xml");
    check("/a.webp", "image/webp");
    check("/favicon.ico", "image/vnd.microsoft.icon");
    check("/a.woff", "font/woff");
    check("/a.woff2", "font/woff2");
    check("/a.wasm", "application/wasm");
    check("/a.webmanifest", "application/manifest+json");
    check("/a.tar.gz", "application/gzip");
    check("/a.dat", "");
    check("/a.unheard-of", "");
    check("/a", "");
    check("/a.b/c", "");
    check("/.html", "");
  }
}
