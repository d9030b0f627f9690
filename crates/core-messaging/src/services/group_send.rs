//! One message to each of many, in one statement however many they are.
//!
//! Who may send to a group writes to every account of the school by name as well, so the directory
//! leaves nobody out here.

use std::collections::BTreeSet;

use identity::services::standing;
use resource::{
    ApiError, FieldErrors, Pk,
    audit::{self, Act},
    fields::unknown_pk,
    tenant_guard::{Role, Scope},
};
use sea_orm::{FromQueryResult, Value};
use serde_json::json;

use super::notices;
use crate::groups::{GroupMessage, GroupSent, Groups, LeftOut, LeftOutReason};

const PARENTS: &str = "'PARENT'";
const TEACHERS: &str = "'TEACHER'";
const STAFF: &str = "'SCHOOL_ADMIN', 'BURSAR', 'TEACHER', 'STAFF'";

/// Sends `message` to each open account of its groups but the sender's, once.
///
/// # Errors
/// 403 for a group that is not the caller's to write to, 400 for a class or an account that does not
/// exist; else when the database fails.
pub async fn send(scope: &Scope, message: &GroupMessage) -> Result<GroupSent, ApiError> {
    let to = &message.to;
    permitted(scope, to)?;
    let members = Members::of(scope, to);
    let named = members.named(scope, to).await?;
    named.refuse_unknown(to)?;
    let classes: Vec<i64> = classes(to).map(|(_, class)| class.0).collect();
    if scope.principal().role == Role::Teacher && !classes.is_empty() {
        standing::teaches(scope, &classes).await?;
    }
    let written = members.write(scope, message).await?;
    let sent = written.len();
    notices::each_sent(scope, written).await?;
    // As of any message, the trail keeps that it was sent, never what was in it.
    let after = json!({ "to": message.to, "sent": sent });
    let act = Act {
        action: "send",
        resource: "messages",
        id: None,
        before: None,
        after: Some(after),
    };
    audit::record(scope, act).await?;
    Ok(GroupSent {
        message: format!("Successfully sent {sent} messages"),
        sent,
        left_out: named.left_out,
    })
}

fn classes(to: &Groups) -> impl Iterator<Item = (&'static str, Pk)> {
    let named = [
        ("class_parents", to.class_parents),
        ("class_students", to.class_students),
    ];
    named
        .into_iter()
        .filter_map(|(field, class)| Some((field, class?)))
}

/// Refuses groups that the caller's role does not write to, whatever class it is.
fn permitted(scope: &Scope, to: &Groups) -> Result<(), ApiError> {
    let allowed = match scope.principal().role {
        Role::SchoolAdmin => true,
        Role::Bursar => to.class_students.is_none() && !to.all_teachers && !to.all_staff,
        Role::Teacher => !to.all_staff && !to.all_parents,
        _ => false,
    };
    allowed.then_some(()).ok_or_else(ApiError::forbidden)
}

/// What the school knows of some groups.
struct Named {
    /// Classes and accounts named that there are.
    known: BTreeSet<(String, i64)>,
    /// Who of the groups is written nothing.
    left_out: Vec<LeftOut>,
}

impl Named {
    /// Refuses classes and accounts that the school does not have, each by its field.
    fn refuse_unknown(&self, to: &Groups) -> Result<(), ApiError> {
        let is_known = |table: &str, key: Pk| self.known.contains(&(table.to_owned(), key.0));
        let mut errors = FieldErrors::default();
        for (field, class) in classes(to).filter(|(_, class)| !is_known("classes", *class)) {
            errors.add(format!("to.{field}"), unknown_pk(class.0));
        }
        for (place, user) in to.users.iter().enumerate() {
            if !is_known("users", *user) {
                errors.add(format!("to.users.{place}"), unknown_pk(user.0));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid(errors))
        }
    }
}

/// Binds keys to the places after those of `values`; `$1` is the school.
fn bound(values: &mut Vec<Value>, keys: &[Pk]) -> String {
    let places: Vec<String> = keys
        .iter()
        .map(|key| {
            values.push(key.0.into());
            format!("${}", values.len() + 1)
        })
        .collect();
    places.join(", ")
}

/// The accounts of some groups; `$2` is the sender.
struct Members {
    /// Queries of their keys, one a group.
    accounts: Vec<String>,
    /// Queries of pupils who have no account to write to, or whose parents have none.
    without: Vec<String>,
    values: Vec<Value>,
}

/// One row of what is asked about some groups before anybody is written to.
#[derive(FromQueryResult)]
struct Found {
    user_id: Option<i64>,
    student_id: Option<i64>,
    name: String,
    /// Why nothing is written to it, or the table in which a key that was named is known.
    what: String,
}

impl Found {
    fn left_out(self, reason: LeftOutReason) -> LeftOut {
        LeftOut {
            user: self.user_id,
            student: self.student_id,
            name: self.name,
            reason,
        }
    }
}

impl Members {
    fn of(scope: &Scope, to: &Groups) -> Self {
        let mut members = Self {
            accounts: Vec::new(),
            without: Vec::new(),
            values: vec![scope.principal().user_id.into()],
        };
        if let Some(class) = to.class_parents {
            members.parents_of(class);
        }
        if let Some(class) = to.class_students {
            members.pupils_of(class);
        }
        for (wanted, roles) in [
            (to.all_teachers, TEACHERS),
            (to.all_staff, STAFF),
            (to.all_parents, PARENTS),
        ] {
            if wanted {
                members.among_users("role", roles);
            }
        }
        if !to.users.is_empty() {
            let places = bound(&mut members.values, &to.users);
            members.among_users("id", &places);
        }
        members
    }

    fn parents_of(&mut self, class: Pk) {
        let pupils = self.pupils(class);
        let guardians = "FROM guardianships g WHERE g.school_id = $1";
        self.accounts.push(format!(
            "SELECT g.user_id {guardians} AND g.student_id IN (SELECT s.id {pupils})"
        ));
        self.without.push(format!(
            "'no_parent' {pupils} AND NOT EXISTS (SELECT 1 {guardians} AND g.student_id = s.id)"
        ));
    }

    fn pupils_of(&mut self, class: Pk) {
        let pupils = self.pupils(class);
        self.accounts.push(format!("SELECT s.user_id {pupils}"));
        self.without
            .push(format!("'no_account' {pupils} AND s.user_id IS NULL"));
    }

    fn among_users(&mut self, column: &str, values: &str) {
        self.accounts.push(format!(
            "SELECT id FROM users WHERE school_id = $1 AND {column} IN ({values})"
        ));
    }

    /// The pupils of a class, as a query goes on.
    fn pupils(&mut self, class: Pk) -> String {
        let place = bound(&mut self.values, &[class]);
        format!(
            "FROM students s WHERE s.school_id = $1 AND s.class_id = {place} AND s.status = 'active'"
        )
    }

    /// The condition that account `u` is of one of the groups.
    fn include(&self) -> String {
        format!("u.id IN ({})", self.accounts.join(" UNION "))
    }

    /// Asks in one statement which of the classes and accounts named there are, and who is left out.
    async fn named(&self, scope: &Scope, to: &Groups) -> Result<Named, ApiError> {
        let mut values = self.values.clone();
        let mut sql = format!(
            "SELECT u.id AS user_id, CAST(NULL AS bigint) AS student_id, u.name, \
             CASE WHEN u.id = $2 THEN 'oneself' ELSE 'closed' END AS what FROM users u \
             WHERE u.school_id = $1 AND {} AND (u.id = $2 OR NOT u.is_active)",
            self.include()
        );
        for pupils in &self.without {
            sql.push_str(" UNION ALL SELECT CAST(NULL AS bigint), s.id, s.names, ");
            sql.push_str(pupils);
        }
        let of_classes: Vec<Pk> = classes(to).map(|(_, class)| class).collect();
        for (table, keys) in [("classes", &of_classes), ("users", &to.users)] {
            if !keys.is_empty() {
                let places = bound(&mut values, keys);
                let known = format!(
                    " UNION ALL SELECT id, CAST(NULL AS bigint), '', '{table}' FROM {table} \
                     WHERE school_id = $1 AND id IN ({places})"
                );
                sql.push_str(&known);
            }
        }
        sql.push_str(" ORDER BY name, user_id, student_id");
        Ok(sorted(scope.query(&sql, values).await?))
    }

    /// Writes the messages; answers the key and the recipient of each.
    async fn write(
        &self,
        scope: &Scope,
        message: &GroupMessage,
    ) -> Result<Vec<(i64, i64)>, ApiError> {
        let first = self.values.len() + 2;
        let (now, subject, body) = (first, first + 1, first + 2);
        let sql = format!(
            "INSERT INTO messages (school_id, created_at, updated_at, sender_id, recipient_id, subject, body) \
             SELECT u.school_id, ${now}, ${now}, $2, u.id, ${subject}, ${body} FROM users u \
             WHERE u.school_id = $1 AND u.is_active AND u.id <> $2 AND {} ORDER BY u.id \
             RETURNING id, recipient_id",
            self.include()
        );
        let mut values = self.values.clone();
        values.extend([
            scope.now().into(),
            message.subject.as_str().into(),
            message.body.as_str().into(),
        ]);
        let written: Vec<Written> = scope.execute_returning(&["messages"], &sql, values).await?;
        Ok(written
            .iter()
            .map(|one| (one.id, one.recipient_id))
            .collect())
    }
}

#[derive(FromQueryResult)]
struct Written {
    id: i64,
    recipient_id: i64,
}

fn sorted(found: Vec<Found>) -> Named {
    let mut named = Named {
        known: BTreeSet::new(),
        left_out: Vec::new(),
    };
    for one in found {
        let reason = match one.what.as_str() {
            "oneself" => LeftOutReason::Oneself,
            "closed" => LeftOutReason::Closed,
            "no_account" => LeftOutReason::NoAccount,
            "no_parent" => LeftOutReason::NoParent,
            _ => {
                named.known.extend(one.user_id.map(|id| (one.what, id)));
                continue;
            }
        };
        named.left_out.push(one.left_out(reason));
    }
    named
}
