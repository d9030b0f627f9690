//! How rows name files: `file:` and the digest, in the place of an address. The school is the row's own, so no
//! row can name another school's file.

use actix_web::HttpRequest;
use resource::{ApiError, Ctx, FieldErrors, tenant_guard::Scope};
use sea_orm::FromQueryResult;
use serde_json::Value;

use crate::{Files, Purpose, Refusal, data_url, services::keep};

/// What a text that names a file begins with.
pub(crate) const SCHEME: &str = "file:";
const UNKNOWN: &str = "There is no such file.";
const NO_IMAGE: &str = "This file is not an image.";

/// A column whose rows may name files: no file that one names is swept away.
#[derive(Debug, Clone, Copy)]
pub struct Mention {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// Whether the column holds a document that names files somewhere in it, and not one address.
    pub document: bool,
}

/// Makes of what a client sends in these fields of a body what is kept: an image in a `data:` address is taken
/// in by the door, and the rest as [`recognise`] does.
///
/// The body need not be sound otherwise. What this keeps of a body that is refused in the end is swept away
/// like any file that no row names.
///
/// # Errors
/// 503 when too many images wait to be looked at, or the store is away.
pub async fn take_in(
    ctx: &Ctx,
    request: &HttpRequest,
    body: &mut Value,
    fields: &[&str],
) -> Result<FieldErrors, ApiError> {
    let mut errors = FieldErrors::default();
    for field in fields {
        let Some(Value::String(text)) = body.get_mut(*field) else {
            continue;
        };
        if !data_url::is_data(text.trim_start()) {
            continue;
        }
        match kept(ctx, Files::of(request)?, text.trim()).await? {
            Ok(name) => *text = name,
            Err(refusal) => errors.add(*field, refusal.to_string()),
        }
    }
    errors.merge(recognise(&ctx.scope, body, fields));
    Ok(errors)
}

/// Keeps the image of a `data:` address, and answers the name of its file.
async fn kept(ctx: &Ctx, files: &Files, text: &str) -> Result<Result<String, Refusal>, ApiError> {
    let bytes = match data_url::content(text, files.door.limit()) {
        Ok(bytes) => bytes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let sound = match files.door.examine(bytes, Purpose::Picture).await? {
        Ok(sound) => sound,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (file, _) = keep::keep(ctx, &files.store, sound, Purpose::Picture).await?;
    Ok(Ok(name_of(&file.digest)))
}

/// Makes of the links to files that a client sends back in these fields the names of those files, whether or
/// not the links are still good; any other text stays as it is. A link to another school's file is a field
/// error, the same as one to a file there is not.
#[must_use]
pub fn recognise(scope: &Scope, body: &mut Value, fields: &[&str]) -> FieldErrors {
    let own = scope.school().0.to_string();
    let mut errors = FieldErrors::default();
    for field in fields {
        let Some(Value::String(text)) = body.get_mut(*field) else {
            continue;
        };
        match scope.links().read(text.trim()) {
            Some((school, digest)) if school == own => *text = name_of(digest),
            Some(_) => errors.add(*field, UNKNOWN),
            None => {}
        }
    }
    errors
}

/// What a row holds that names the file with this digest.
#[must_use]
pub fn name_of(digest: &str) -> String {
    format!("{SCHEME}{digest}")
}

/// What a row that names a file, or holds any other address, is shown with: a fresh link, or the address.
#[must_use]
pub fn shown(scope: &Scope, kept: String) -> String {
    match kept.strip_prefix(SCHEME) {
        Some(digest) => scope.links().to(scope.school(), digest, scope.now()),
        None => kept,
    }
}

/// A field about to be written.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The field.
    pub field: &'static str,
    /// What it holds from now on.
    pub now: &'a str,
    /// What it held, where the row is not new.
    pub before: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Whether it is a file of the school that is named here, and no other address.
    #[must_use]
    pub fn is_a_file(&self) -> bool {
        self.digest().is_some()
    }

    fn digest(&self) -> Option<&'a str> {
        self.now.strip_prefix(SCHEME)
    }
}

#[derive(FromQueryResult)]
struct Held {
    digest: String,
    media_type: String,
}

/// Claims the files that fields come to name, in the transaction that writes them: no sweep takes away a file
/// that was claimed since it began. A file there is not, another school's included, is a field error, and so is
/// one that does not serve `purpose`.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    scope: &Scope,
    purpose: Purpose,
    fields: &[Named<'_>],
) -> Result<FieldErrors, ApiError> {
    let digests: Vec<(&'static str, &str)> = fields
        .iter()
        .filter(|one| one.before != Some(one.now))
        .filter_map(|one| Some((one.field, one.digest()?)))
        .collect();
    let mut errors = FieldErrors::default();
    if digests.is_empty() {
        return Ok(errors);
    }
    let places: Vec<String> = (3..digests.len() + 3).map(|n| format!("${n}")).collect();
    let sql = format!(
        "UPDATE files SET used_at = $2 WHERE school_id = $1 AND digest IN ({}) RETURNING digest, media_type",
        places.join(", ")
    );
    let named = digests.iter().map(|(_, digest)| (*digest).into());
    let values = [scope.now().into()].into_iter().chain(named).collect();
    let held: Vec<Held> = scope.execute_returning(&["files"], &sql, values).await?;
    for (field, digest) in digests {
        match held.iter().find(|one| one.digest == digest) {
            None => errors.add(field, UNKNOWN),
            Some(file) if !purpose.takes(&file.media_type) => errors.add(field, NO_IMAGE),
            Some(_) => {}
        }
    }
    Ok(errors)
}
