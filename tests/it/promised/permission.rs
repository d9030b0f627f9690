//! Promised of permissions.

use resource::tenant_guard::Role;

/// A list of each part of the system.
const LISTS: [&str; 6] = [
    "/api/students/",
    "/api/events/",
    "/api/fee-categories/",
    "/api/messages/",
    "/api/announcements/",
    "/api/users/",
];

both! {
    async fn unauthenticated_access_denied(app: App) {
        let school = app.school().await;
        let nobody = app.anonymous().with("X-Tenant-ID", &school.domain);
        for path in LISTS {
            nobody.get(path).await.problem(401, "not_authenticated");
            nobody.with("Authorization", "Bearer not.a.token").get(path).await.problem(401, "not_authenticated");
        }
    }

    async fn authenticated_access_allowed(app: App) {
        let school = app.school().await;
        for path in LISTS {
            let page = school.as_(Role::SchoolAdmin).get(path).await.expect(200);
            assert!(page["results"].is_array(), "{path}");
        }
    }
}
