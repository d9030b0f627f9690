//! The caller of a request, as the verified token names it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Key of a school, the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SchoolId(pub i64);

impl fmt::Display for SchoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a person is to a school; `SuperAdmin` is an operator of the platform and belongs to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Operator of the platform; reaches a school's rows only after choosing it by `X-Tenant-ID`.
    SuperAdmin,
    /// Head or administrator of one school.
    SchoolAdmin,
    /// Keeps the school's money.
    Bursar,
    /// Teaches; writes marks and registers of the classes assigned.
    Teacher,
    /// Works at the school without teaching.
    Staff,
    /// Guardian of linked pupils.
    Parent,
    /// A pupil.
    Student,
}

impl Role {
    /// Every role, in the order of the columns of [`crate::matrix::MATRIX`].
    pub const ALL: [Self; 7] = [
        Self::SuperAdmin,
        Self::SchoolAdmin,
        Self::Bursar,
        Self::Teacher,
        Self::Staff,
        Self::Parent,
        Self::Student,
    ];

    /// The role as the wire and the database spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "SUPER_ADMIN",
            Self::SchoolAdmin => "SCHOOL_ADMIN",
            Self::Bursar => "BURSAR",
            Self::Teacher => "TEACHER",
            Self::Staff => "STAFF",
            Self::Parent => "PARENT",
            Self::Student => "STUDENT",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(())
    }
}

/// The operator behind an impersonation (the `act` claim of RFC 8693).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Key of the platform operator who acts.
    pub sub: i64,
}

/// A verified caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Key of the user within its school, or of the operator when `role` is `SuperAdmin`.
    pub user_id: i64,
    /// What the caller is.
    pub role: Role,
    /// The school whose rows this request may reach; none for an operator who chose none.
    pub school: Option<SchoolId>,
    /// Refresh-token family this access token came from.
    pub session: String,
    /// The operator acting as this user, when impersonated.
    pub actor: Option<Actor>,
}

impl Principal {
    /// The principal of work no person asked for: imports, the demo, migrations of data.
    #[must_use]
    pub fn system(school: SchoolId) -> Self {
        Self {
            user_id: 0,
            role: Role::SuperAdmin,
            school: Some(school),
            session: String::new(),
            actor: None,
        }
    }
}
