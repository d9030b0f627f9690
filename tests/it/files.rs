//! What a school uploads, and who may see it.

mod fields;
mod links;
mod store;
mod sweep;
mod upload;

use std::{collections::BTreeMap, io::Cursor};

use image::{ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use serde_json::Value;

use crate::harness::{Answer, Caller};

const UPLOAD: &str = "/api/upload/";
const BOUNDARY: &str = "a-boundary-of-tests";

/// A field of a form.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub name: &'a str,
    pub filename: Option<&'a str>,
    pub content: &'a [u8],
}

/// The file of a form, by a name of no meaning.
pub fn file(content: &[u8]) -> Part<'_> {
    Part {
        name: "file",
        filename: Some("portrait.png"),
        content,
    }
}

/// Sends a form as a browser does.
pub async fn send(caller: &Caller, parts: &[Part<'_>]) -> Answer {
    let mut body = Vec::new();
    for part in parts {
        let filename = part
            .filename
            .map(|name| format!("; filename=\"{name}\""))
            .unwrap_or_default();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"{filename}\r\nContent-Type: image/png\r\n\r\n",
            part.name
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let media = format!("multipart/form-data; boundary={BOUNDARY}");
    caller
        .send_bytes(Method::POST, UPLOAD, Some((body, &media)))
        .await
}

/// Uploads one picture.
pub async fn upload(caller: &Caller, content: &[u8]) -> Answer {
    send(caller, &[file(content)]).await
}

/// Uploads one file for a newsletter.
pub async fn upload_letter(caller: &Caller, content: &[u8]) -> Answer {
    let purpose = Part {
        name: "purpose",
        filename: None,
        content: b"newsletter",
    };
    send(caller, &[purpose, file(content)]).await
}

/// A picture of this size, with something to see.
pub fn pixels(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([x, y, x + y].map(|part| u8::try_from(part % 251).unwrap()))
    })
}

/// It as a file.
pub fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG of this size.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    encoded(&pixels(width, height), ImageFormat::Png)
}

/// A PDF of nothing.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// The path of a link, with what it carries.
#[track_caller]
pub fn path_of(url: &Value) -> String {
    let url = url.as_str().unwrap_or_else(|| panic!("{url}: no link"));
    url[url
        .find("/api/files/")
        .unwrap_or_else(|| panic!("{url}: no link"))..]
        .to_owned()
}

/// The parts of the query of a link.
fn signed(path: &str) -> BTreeMap<String, String> {
    let (_, query) = path.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}
