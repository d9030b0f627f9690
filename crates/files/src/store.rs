//! Where files are kept: a folder, or a bucket of an S3-compatible service.

mod bucket;

use std::{fmt, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path};
use resource::{ApiError, tenant_guard::SchoolId};
use tokio::task::spawn_blocking;

pub use bucket::Bucket;

/// A place to keep files in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of this machine, made when the first file is kept.
    Folder(PathBuf),
    /// A bucket.
    Bucket(Bucket),
}

/// Why there is no store, or why it did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder has no name that a store can use.
    #[error("the folder of files: {0}")]
    Folder(String),
    /// The store refused, or is away.
    #[error("the store of files: {0}")]
    Store(#[from] object_store::Error),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the store of files");
        Self::unavailable()
    }
}

/// A file that is being read.
pub struct Opened {
    /// Its size, in bytes.
    pub size: u64,
    /// What is in it.
    pub content: BoxStream<'static, object_store::Result<Bytes>>,
}

/// Keeps files by their school and their digest, and by nothing that a client said.
#[derive(Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    prefix: Path,
    /// Made for its owner alone: pupils are minors.
    folder: Option<PathBuf>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.inner)
    }
}

impl Store {
    /// Opens the store of a place; nothing is asked of it yet.
    ///
    /// # Errors
    /// When the place has no sound name, or TLS cannot be set up.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        match place {
            Place::Folder(folder) => Self::of_folder(folder),
            Place::Bucket(bucket) => Ok(Self {
                inner: Arc::new(bucket.open()?),
                prefix: Path::from(bucket.prefix.as_str()),
                folder: None,
            }),
        }
    }

    fn of_folder(folder: &std::path::Path) -> Result<Self, StoreError> {
        let folder =
            std::path::absolute(folder).map_err(|error| StoreError::Folder(error.to_string()))?;
        let prefix = Path::from_absolute_path(&folder)
            .map_err(|error| StoreError::Folder(error.to_string()))?;
        Ok(Self {
            inner: Arc::new(LocalFileSystem::new().with_fsync(true)),
            prefix,
            folder: Some(folder),
        })
    }

    fn at(&self, school: SchoolId, digest: &str) -> Path {
        self.prefix.clone().join(school.0.to_string()).join(digest)
    }

    /// Keeps a file; what was kept under the digest before is the same.
    ///
    /// # Errors
    /// When the store refuses or is away.
    pub async fn put(
        &self,
        school: SchoolId,
        digest: &str,
        content: Vec<u8>,
    ) -> Result<(), StoreError> {
        if let Some(folder) = self.folder.clone() {
            let made = spawn_blocking(move || make_private(&folder)).await;
            made.map_err(std::io::Error::from)
                .flatten()
                .map_err(|error| StoreError::Folder(error.to_string()))?;
        }
        let at = self.at(school, digest);
        self.inner.put(&at, content.into()).await?;
        Ok(())
    }

    /// Opens a file; none where there is none.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub async fn get(&self, school: SchoolId, digest: &str) -> Result<Option<Opened>, StoreError> {
        match self.inner.get(&self.at(school, digest)).await {
            Ok(found) => Ok(Some(Opened {
                size: found.meta.size,
                content: found.into_stream(),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file; one that is gone already is no error.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub async fn delete(&self, school: SchoolId, digest: &str) -> Result<(), StoreError> {
        match self.inner.delete(&self.at(school, digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes every file of a school, whether or not a row knows of it.
    ///
    /// # Errors
    /// As [`Store::put`]; what was removed by then is.
    pub async fn clear(&self, school: SchoolId) -> Result<(), StoreError> {
        let all = self.prefix.clone().join(school.0.to_string());
        let mut objects = self.inner.list(Some(&all));
        while let Some(object) = objects.next().await.transpose()? {
            self.inner.delete(&object.location).await?;
        }
        Ok(())
    }

    /// Whether the store answers: its first object is asked for, whether or not there is one.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut objects = self.inner.list(Some(&self.prefix));
        objects.next().await.transpose()?;
        Ok(())
    }
}

fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
