//! What a caller is told about itself.

use std::collections::BTreeMap;

use resource::{
    ApiError,
    tenant_guard::{Database, Principal, Role, Verb, matrix},
};
use sea_orm::FromQueryResult;

use crate::{
    error,
    services::{accounts::Account, schools},
};

/// A caller, and the rows of the school that are about it.
#[derive(Debug)]
pub struct Profile {
    /// The account.
    pub account: Account,
    /// Key of the school the caller works in; none for an operator who chose none.
    pub school_id: Option<i64>,
    /// Name of that school.
    pub school: Option<String>,
    /// The member of staff the account is of.
    pub teacher_id: Option<i64>,
    /// The pupil the account is of.
    pub student_id: Option<i64>,
    /// The pupils a parent is linked to.
    pub student_ids: Vec<i64>,
}

#[derive(FromQueryResult)]
struct Links {
    teacher_id: Option<i64>,
    student_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct Ward {
    student_id: i64,
}

/// The profile of the caller.
///
/// # Errors
/// 401 when the account was closed or is gone.
pub async fn profile(database: &Database, principal: &Principal) -> Result<Profile, ApiError> {
    let home = if principal.role == Role::SuperAdmin {
        None
    } else {
        principal.school
    };
    let account = Account::get(&database.platform(), home, principal.user_id).await?;
    let account = account
        .filter(|account| account.is_active)
        .ok_or_else(error::no_active_account)?;
    let mut profile = Profile {
        school_id: principal.school.map(|school| school.0),
        school: account.school.clone(),
        account,
        teacher_id: None,
        student_id: None,
        student_ids: Vec::new(),
    };
    match (home, principal.school) {
        (Some(_), _) => link(database, principal, &mut profile).await?,
        (None, Some(chosen)) => {
            let school = schools::school(&database.platform(), chosen.0).await?;
            profile.school = Some(school.name);
        }
        (None, None) => {}
    }
    Ok(profile)
}

async fn link(
    database: &Database,
    principal: &Principal,
    profile: &mut Profile,
) -> Result<(), ApiError> {
    let Some(school) = principal.school else {
        return Ok(());
    };
    let scope = database.scope(school, principal.clone());
    let me = || vec![principal.user_id.into()];
    let sql = "SELECT (SELECT id FROM teachers WHERE school_id = $1 AND user_id = $2) AS teacher_id, \
               (SELECT id FROM students WHERE school_id = $1 AND user_id = $2) AS student_id";
    let links: Vec<Links> = scope.query(sql, me()).await?;
    if let Some(links) = links.first() {
        (profile.teacher_id, profile.student_id) = (links.teacher_id, links.student_id);
    }
    if principal.role == Role::Parent {
        let sql = "SELECT student_id FROM guardianships WHERE school_id = $1 AND user_id = $2 ORDER BY student_id";
        let wards: Vec<Ward> = scope.query(sql, me()).await?;
        profile.student_ids = wards.into_iter().map(|ward| ward.student_id).collect();
    }
    Ok(())
}

/// What a role may do: each resource it reaches, to the rows it reads and writes of it.
#[must_use]
pub fn permissions(role: Role) -> BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    let verbs = [("read", Verb::Read), ("write", Verb::Write)];
    let of = |resource: &'static str| {
        let reached = verbs.into_iter().filter_map(move |(name, verb)| {
            let rows = matrix::rows(role, verb, resource);
            rows.some().then(|| (name, rows.as_str()))
        });
        (resource, reached.collect::<BTreeMap<_, _>>())
    };
    matrix::MATRIX
        .iter()
        .map(|rule| of(rule.resource))
        .filter(|(_, verbs)| !verbs.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_name_only_what_the_role_reaches() {
        let student = permissions(Role::Student);
        assert_eq!(student["students"], BTreeMap::from([("read", "own")]));
        assert!(!student.contains_key("schools"));
    }
}
