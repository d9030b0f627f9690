//! `newsletters/`: what the school publishes about itself, for everyone at it.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use files::{Named, Purpose, claim};
use resource::{
    ApiError, Ctx, FieldErrors, Resource,
    pagination::{self, Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use utoipa::ToSchema;

use crate::{
    entities::newsletter::{ActiveModel, Column, Entity, Model},
    services::news,
};

/// A newsletter to publish.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NewsletterInput {
    /// Title.
    #[schema(min_length = 1, max_length = 255)]
    pub title: String,
    /// What is in it.
    #[serde(default)]
    #[schema(max_length = 5_000)]
    pub description: String,
    /// Where its document is: a link that `upload/` or this collection gave, or an address by `https://`; blank
    /// for none.
    #[serde(default)]
    #[schema(
        max_length = 2_000,
        example = "https://school.example/letters/easter.pdf"
    )]
    pub file: String,
    /// Whether everyone sees it; until then administrators alone do.
    #[serde(default)]
    pub is_published: bool,
}

/// A newsletter.
#[derive(Debug, Serialize, ToSchema)]
pub struct Newsletter {
    /// Id.
    pub id: i64,
    /// Title.
    pub title: String,
    /// What is in it.
    pub description: String,
    /// Where its document is; of an uploaded one a link that is good for an hour or so.
    pub file: String,
    /// Whether everyone sees it.
    pub is_published: bool,
    /// When everyone first saw it; stays when it is taken back.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Newsletter {
    fn of(scope: &Scope, row: Model) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
            file: files::shown(scope, row.file),
            is_published: row.is_published,
            published_at: row.published_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct Newsletters;

impl Resource for Newsletters {
    const PATH: &'static str = "newsletters";
    const ITEM: &'static str = "newsletter";
    const READS: &'static [&'static str] = &["newsletters"];

    type Entity = Entity;
    type Input = NewsletterInput;
    type Row = Model;
    type Output = Newsletter;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .ordering("published_at", Column::PublishedAt)
            .ordering("title", Column::Title)
            .default_order("-created_at")
            .search([Column::Title, Column::Description])
            .filter("is_published", Column::IsPublished, Kind::Boolean)
    }

    fn visible(_: &Scope, rows: Rows) -> Condition {
        match rows {
            Rows::All => Condition::all(),
            Rows::Own => Condition::all().add(Column::IsPublished.eq(true)),
            Rows::Assigned | Rows::None => pagination::nothing(),
        }
    }

    async fn output(scope: &Scope, rows: Vec<Model>) -> Result<Vec<Newsletter>, ApiError> {
        let shown = |row| Newsletter::of(scope, row);
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<NewsletterInput, ApiError> {
        Ok(NewsletterInput {
            title: row.title.clone(),
            description: row.description.clone(),
            file: row.file.clone(),
            is_published: row.is_published,
        })
    }

    async fn prepare(
        ctx: &Ctx,
        _: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        Ok(files::recognise(&ctx.scope, body, &["file"]))
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &NewsletterInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let document = Named {
            field: "file",
            now: &input.file,
            before: before.map(|row| row.file.as_str()),
        };
        if document.is_a_file() {
            return claim(scope, Purpose::Newsletter, &[document]).await;
        }
        let mut errors = FieldErrors::default();
        if !input.file.is_empty() && !is_document(&input.file) {
            errors.add(
                "file",
                "Enter the address of a document, by https://, or a link that upload/ gave.",
            );
        }
        Ok(errors)
    }

    fn assign(input: &NewsletterInput, row: &mut ActiveModel) {
        let NewsletterInput {
            title,
            description,
            file,
            is_published,
        } = input;
        row.title = Set(title.clone());
        row.description = Set(description.clone());
        row.file = Set(file.clone());
        row.is_published = Set(*is_published);
    }

    async fn create(scope: &Scope, input: NewsletterInput) -> Result<(Model, bool), ApiError> {
        let mut row = ActiveModel {
            published_at: Set(input.is_published.then(|| scope.now())),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        let row = scope.insert::<Entity, _>(row).await?;
        if row.is_published {
            news::published(scope, &row).await?;
        }
        Ok((row, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: NewsletterInput,
    ) -> Result<Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let first = input.is_published && before.published_at.is_none();
        if first {
            row.published_at = Set(Some(scope.now()));
        }
        let after = scope.update::<Entity, _>(before, row).await?;
        if first {
            news::published(scope, &after).await?;
        }
        Ok(after)
    }
}

/// A client opens it, so no other scheme may pass, and nobody's password may be in it.
fn is_document(address: &str) -> bool {
    let written = address.starts_with("https://")
        && !address.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    let read = Url::parse(address).is_ok_and(|url| {
        url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
    });
    written && read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_at_an_address_that_a_client_may_open() {
        for address in [
            "https://school.example/letters/easter.pdf",
            "https://school.example:8443/?of=easter#2",
            "https://école.example/é.pdf",
        ] {
            assert!(is_document(address), "{address}");
        }
        for address in [
            "http://school.example/easter.pdf",
            "javascript:alert(1)",
            "data:text/html,hello",
            "file:///etc/passwd",
            "HTTPS://school.example/",
            "https://",
            "https://head:secret@school.example/",
            "https://school.example/a b.pdf",
            "https://school.example/\u{7}",
            "//school.example/easter.pdf",
            "easter.pdf",
        ] {
            assert!(!is_document(address), "{address}");
        }
    }
}
