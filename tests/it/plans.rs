//! Every list is served by an index of PostgreSQL: what the planner says of the product's own
//! statements over twenty schools of rows.

mod rows;

use gateway::State;
use resource::{
    Resource,
    pagination::Viewer,
    tenant_guard::{Principal, Role, Rows, SchoolId, Scope, Verb, matrix},
};
use sea_orm::{ConnectionTrait, EntityName, QueryFilter, Select, Statement};
use serde_json::Value;

use self::rows::key;
use crate::harness::{App, Engine};

/// The school that is asked for: neither the first nor the last of the table.
const SCHOOL: i64 = 10;

/// What asks for plans, and what it finds wrong.
struct Planner {
    state: State,
    scope: Scope,
    wrong: Vec<String>,
    asked: usize,
}

#[tokio::test]
async fn every_list_is_served_by_an_index() {
    let app = App::on(Engine::Production).alone().await;
    let (asked, wrong) = app
        .beside(|state| async move {
            rows::fill(&state).await;
            let mut planner = Planner::of(state);
            planner.every_collection().await;
            (planner.asked, planner.wrong)
        })
        .await;
    assert!(asked > 150, "only {asked} plans");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Planner {
    fn of(state: State) -> Self {
        let school = SchoolId(SCHOOL);
        // A parent, so that rows of one's own are asked for as they are in life.
        let principal = Principal {
            user_id: key(SCHOOL, 5),
            role: Role::Parent,
            ..Principal::system(school)
        };
        Self {
            scope: state.database.scope(school, principal),
            state,
            wrong: Vec::new(),
            asked: 0,
        }
    }

    async fn every_collection(&mut self) {
        use academic::resources::{
            attendance, attendance_records, attendance_sessions, classes, events, grading_scales,
            reports, scores, students, subject_teachers, subjects, teachers,
        };
        use bursary::services::assigned_fees::AssignedFees;
        self.collection::<subjects::Subjects>().await;
        self.collection::<teachers::Teachers>().await;
        self.collection::<classes::Classes>().await;
        self.collection::<students::Students<AssignedFees>>().await;
        self.collection::<reports::Reports>().await;
        self.collection::<scores::Scores>().await;
        self.collection::<events::Events>().await;
        self.collection::<grading_scales::GradingScales>().await;
        self.collection::<subject_teachers::SubjectTeachers>().await;
        self.collection::<attendance_sessions::AttendanceSessions>()
            .await;
        self.collection::<attendance_records::AttendanceRecords>()
            .await;
        self.collection::<attendance::Attendance>().await;
        self.collection::<identity::resources::users::Users>().await;
        self.collection::<identity::resources::guardianships::Guardianships>()
            .await;
        self.collection::<identity::resources::activity_logs::ActivityLogs>()
            .await;
        self.collection::<bursary::resources::fee_categories::FeeCategories>()
            .await;
        self.collection::<bursary::resources::fee_items::FeeItems>()
            .await;
        self.collection::<bursary::resources::scholarships::Scholarships>()
            .await;
        self.collection::<bursary::resources::student_fees::StudentFees>()
            .await;
        self.collection::<bursary::resources::ledger_entries::LedgerEntries>()
            .await;
        self.collection::<bursary::resources::payment_plans::PaymentPlans>()
            .await;
        self.collection::<bursary::resources::billing_runs::BillingRuns>()
            .await;
        self.collection::<bursary::resources::expenses::Expenses>()
            .await;
        self.collection::<core_messaging::resources::announcements::Announcements>()
            .await;
        self.collection::<core_messaging::resources::newsletters::Newsletters>()
            .await;
        self.collection::<core_messaging::resources::outbox::Outbox>()
            .await;
        self.collection::<core_messaging::resources::webhook_endpoints::WebhookEndpoints>()
            .await;
        self.collection::<bursary::resources::payments::Payments>()
            .await;
        self.collection::<core_messaging::resources::messages::Messages>()
            .await;
        // Both boxes at once come by two indexes; each alone by one, in its order.
        for letters in ["box=inbox", "box=sent", "box=inbox&ordering=created_at"] {
            self.list::<core_messaging::resources::messages::Messages>(letters, Rows::Own, true)
                .await;
        }
    }

    async fn collection<R: Resource>(&mut self) {
        for parameter in R::listing().parameters() {
            let parameter = serde_json::to_value(parameter).unwrap();
            let name = parameter["name"].as_str().unwrap();
            if ["page", "page_size", "cursor"].contains(&name) {
                continue;
            }
            for value in values(name, &parameter["schema"]) {
                let query = format!("{name}={value}");
                self.list::<R>(&query, Rows::All, name == "ordering").await;
                self.list::<R>(&query, Rows::Own, false).await;
            }
        }
        self.list::<R>("", Rows::All, true).await;
        self.list::<R>("", Rows::Own, false).await;
        self.list::<R>("cursor=", Rows::All, true).await;
    }

    /// The page and the count of a list, where any role reaches such rows; an `ordered` page takes its
    /// order from an index.
    async fn list<R: Resource>(&mut self, query: &str, rows: Rows, ordered: bool) {
        let reached = |role: &Role| matrix::rows(*role, Verb::Read, R::PATH) == rows;
        if !Role::ALL.iter().any(reached) {
            return;
        }
        let viewer = Viewer {
            user_id: self.scope.principal().user_id,
            school_id: SCHOOL,
            now: self.scope.now(),
        };
        let listing = R::listing();
        let query_of = listing.parse(query, viewer).unwrap();
        let matching = listing.filtered(R::select(self.reachable::<R>(rows)), &query_of);
        let page = self
            .scope
            .explainable(&listing.paged(matching.clone(), &query_of));
        let count = format!(
            "SELECT count(*) FROM ({}) AS counted",
            self.scope.explainable(&matching)
        );
        let table = R::Entity::default().table_name().to_owned();
        for (what, sql) in [("page", page), ("count", count)] {
            let plan = self.plan(&sql).await;
            let said = format!("{table}?{query} {rows:?} {what}");
            let scanned = any(&plan, &|node| {
                node["Node Type"] == "Seq Scan" && node["Relation Name"] == table
            });
            if scanned {
                self.wrong
                    .push(format!("{said}: the whole table is read\n  {sql}"));
            }
            if ordered && what == "page" && any(&plan, &|node| node["Node Type"] == "Sort") {
                self.wrong
                    .push(format!("{said}: every row is sorted\n  {sql}"));
            }
        }
    }

    fn reachable<R: Resource>(&self, rows: Rows) -> Select<R::Entity> {
        let all = self.scope.find::<R::Entity>();
        match rows {
            Rows::All => all,
            _ => all.filter(R::visible(&self.scope, rows)),
        }
    }

    async fn plan(&mut self, sql: &str) -> Value {
        self.asked += 1;
        let database = self.state.database.for_migrations();
        let explain = format!("EXPLAIN (FORMAT JSON) {sql}");
        let statement = Statement::from_string(database.get_database_backend(), explain);
        let row = database.query_one_raw(statement).await;
        let plans: Value = row.unwrap().unwrap().try_get_by_index(0).unwrap();
        plans[0]["Plan"].clone()
    }
}

/// Whether a plan has such a node anywhere.
fn any(plan: &Value, wanted: &dyn Fn(&Value) -> bool) -> bool {
    let below = plan["Plans"].as_array().into_iter().flatten();
    wanted(plan) || below.into_iter().any(|one| any(one, wanted))
}

/// Values a parameter may take: every word of a choice, else what the rows hold.
fn values(name: &str, schema: &Value) -> Vec<String> {
    let listed = schema["type"] == "array";
    let schema = if listed { &schema["items"] } else { schema };
    if let Some(words) = schema["enum"].as_array() {
        return words
            .iter()
            .map(|word| word.as_str().unwrap().to_owned())
            .collect();
    }
    let (one, other) = match (schema["type"].as_str(), name.trim_end_matches("__in")) {
        (Some("integer"), _) => (key(SCHOOL, 5).to_string(), key(SCHOOL, 6).to_string()),
        (Some("boolean"), _) => return vec!["true".into(), "false".into()],
        (_, "from" | "to") => return vec!["2026-03-10".into()],
        (_, "effective_date" | "effective_date__gte" | "effective_date__lte") => {
            return vec!["2025-09-15".into()];
        }
        (_, "at" | "at__gte" | "at__lte") => return vec!["2026-01-03T00:00:00Z".into()],
        (_, "created_at" | "created_at__gte" | "created_at__lte") => {
            return vec!["2026-01-03T00:00:00Z".into()];
        }
        (_, "kind") => ("message".into(), "result".into()),
        (_, "action") => ("update".into(), "delete".into()),
        (_, "resource") => ("scores".into(), "students".into()),
        (_, "date" | "date__gte" | "date__lte") => return vec!["2025-09-15".into()],
        (_, "session") => ("2025%2F2026".into(), "2024%2F2025".into()),
        (_, "term") => ("First%20Term".into(), "Second%20Term".into()),
        (_, "student_no") => ("P5".into(), "P6".into()),
        (_, "search") => ("7".into(), String::new()),
        (kind, _) => panic!("{name}: no value of {kind:?} is known"),
    };
    vec![if listed {
        format!("{one},{other}")
    } else {
        one
    }]
}
