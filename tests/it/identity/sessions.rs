//! Staying signed in, and signing out.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{bearer, renewed, session};
use crate::harness::App;

async fn signed_out(app: &App, tokens: &Value) {
    let body = json!({"refresh": tokens["refresh"]});
    app.anonymous()
        .post("/api/token/logout/", &body)
        .await
        .expect(204);
}

both! {
    async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_session(app: App) {
        let school = app.school().await;
        let first = session(&app, &school.domain, "bursar").await;
        let other_device = session(&app, &school.domain, "bursar").await;
        let answer = renewed(&app, &first).await;
        let second = answer.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_ne!(first["refresh"], second["refresh"]);
        assert_eq!((&second["role"], &second["school_id"]), (&json!("BURSAR"), &json!(school.id)));
        bearer(&app, &second).get("/api/users/me/").await.expect(200);
        let third = renewed(&app, &second).await.expect(200);
        // Whoever presents a used token is a thief, or was robbed.
        renewed(&app, &first).await.problem(401, "token_not_valid");
        renewed(&app, &third).await.problem(401, "token_not_valid");
        renewed(&app, &other_device).await.expect(200);
    }

    async fn of_refreshes_at_once_one_goes_on_and_the_session_ends(app: App) {
        let school = app.school().await;
        for _ in 0..5 {
            let pair = session(&app, &school.domain, "bursar").await;
            let thief = || {
                let (app, pair) = (app.clone(), pair.clone());
                async move { renewed(&app, &pair).await }
            };
            let all: JoinSet<_> = (0..8).map(|_| thief()).collect();
            let (won, lost): (Vec<_>, Vec<_>) = all.join_all().await.into_iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1);
            for answer in lost {
                answer.problem(401, "token_not_valid");
            }
            renewed(&app, &won[0].json()).await.problem(401, "token_not_valid");
        }
    }

    async fn signing_out_ends_this_session_and_no_other(app: App) {
        let school = app.school().await;
        let one = session(&app, &school.domain, "bursar").await;
        let two = session(&app, &school.domain, "bursar").await;
        let renewed_one = renewed(&app, &one).await.expect(200);
        signed_out(&app, &renewed_one).await;
        renewed(&app, &renewed_one).await.problem(401, "token_not_valid");
        signed_out(&app, &renewed_one).await;
        let two = renewed(&app, &two).await.expect(200);
        // A token used already still names its session.
        let used = two.clone();
        let two = renewed(&app, &two).await.expect(200);
        signed_out(&app, &used).await;
        renewed(&app, &two).await.problem(401, "token_not_valid");
    }

    async fn a_token_does_only_what_it_was_made_for(app: App) {
        let school = app.school().await;
        let pair = session(&app, &school.domain, "bursar").await;
        let swapped = json!({"access": pair["refresh"], "refresh": pair["access"]});
        renewed(&app, &swapped).await.problem(401, "token_not_valid");
        assert_eq!(bearer(&app, &swapped).get("/api/users/me/").await.status, 401);
        for forged in ["", "forged", "a.b.c"] {
            let body = json!({"refresh": forged});
            let answer = app.anonymous().post("/api/token/logout/", &body).await;
            assert_eq!(answer.status, if forged.is_empty() { 400 } else { 401 }, "{forged}");
        }
        let mut signature = pair["refresh"].as_str().unwrap().to_owned();
        let last = if signature.pop() == Some('A') { 'Q' } else { 'A' };
        signature.push(last);
        renewed(&app, &json!({"refresh": signature})).await.problem(401, "token_not_valid");
        // Neither the forgery nor the swap did the session any harm.
        renewed(&app, &pair).await.expect(200);
    }
}
