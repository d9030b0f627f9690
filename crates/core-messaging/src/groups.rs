//! Groups of accounts to write to, and what becomes of a message to them.

use resource::Pk;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The groups a message goes to; whoever is in several of them receives it once.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each names a group of its own on the wire"
)]
pub struct Groups {
    /// Parents of the pupils of this class.
    pub class_parents: Option<Pk>,
    /// Pupils of this class.
    pub class_students: Option<Pk>,
    /// Every teacher.
    pub all_teachers: bool,
    /// Whoever works at the school, teachers included.
    pub all_staff: bool,
    /// Every parent.
    pub all_parents: bool,
    /// These accounts.
    #[schema(max_items = 2_000)]
    pub users: Vec<Pk>,
}

impl Groups {
    /// Whether none is named.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let named = self.class_parents.is_some() || self.class_students.is_some();
        let whole = self.all_teachers || self.all_staff || self.all_parents;
        !named && !whole && self.users.is_empty()
    }
}

/// A message to each of many.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GroupMessage {
    /// To whom. An administrator writes to every group, a bursar to parents, and a teacher to teachers
    /// and to the pupils and parents of the own classes; each to any accounts by name.
    pub to: Groups,
    /// Subject.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub subject: String,
    /// Text.
    #[schema(min_length = 1, max_length = 10_000)]
    pub body: String,
}

/// Why somebody of a group received nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// It is the sender.
    Oneself,
    /// The account is closed.
    Closed,
    /// The pupil has no account.
    NoAccount,
    /// No parent's account is linked to the pupil.
    NoParent,
}

/// Somebody of a group who received nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOut {
    /// Id of the account, where it is one.
    pub user: Option<i64>,
    /// Id of the pupil, where there is no account.
    pub student: Option<i64>,
    /// Name of the one or the other.
    pub name: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// What became of a message to groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupSent {
    /// The same in words.
    pub message: String,
    /// How many received it, each a message of their own.
    pub sent: usize,
    /// Who of the groups did not, by name.
    pub left_out: Vec<LeftOut>,
}
