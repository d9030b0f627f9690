//! The curl lines of the README work as printed.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"));
const BASE: &str = "BASE=http://127.0.0.1:8000";

/// The ten lines, the first of which names the server.
fn lines() -> Vec<&'static str> {
    let (_, section) = README.split_once("## Ten lines of curl").unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block.lines().collect()
}

/// What each line printed, run as one script against the server at `base`.
async fn printed(base: &str) -> Vec<String> {
    let lines = lines();
    assert_eq!((lines.len(), lines[0]), (10, BASE));
    let ended = lines[1..]
        .iter()
        .map(|line| format!("{line}\nprintf '\\036'\n"));
    let script: String = std::iter::once(format!("BASE={base}\n"))
        .chain(ended)
        .collect();
    termbook_tests::find("curl", "curl").unwrap();
    let run = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .stderr(Stdio::piped())
        .output()
        .await
        .unwrap();
    let (out, said) = (
        String::from_utf8(run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{said}");
    out.unwrap()
        .split_terminator('\u{1e}')
        .map(str::to_owned)
        .collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

both! {
    async fn the_ten_lines_of_curl_work_as_printed(app: App) {
        let app = app.alone().await;
        assert!(app.load_demo().await);
        let [ready, _, _, me, pupils, cards, physics, refused, headers] = printed(&app.base()).await.try_into().unwrap();
        assert_eq!(json(&ready)["status"], "ready");
        let me = json(&me);
        assert_eq!((&me["role"], &me["school"]), (&"SCHOOL_ADMIN".into(), &"GP".into()));
        let pupils = json(&pupils);
        assert_eq!(pupils["results"].as_array().unwrap().len(), 2);
        assert!(pupils["count"].as_u64() > Some(2));
        for pupil in pupils["results"].as_array().unwrap() {
            assert!(pupil["names"].as_str().unwrap().to_lowercase().contains("costa"), "{pupil}");
        }
        let cards = json(&cards);
        assert_eq!((&cards["count"], &cards["results"][0]["term"]), (&441.into(), &"Third Term".into()));
        assert_eq!(json(&physics)["name"], "Physics");
        let refused = json(&refused);
        assert_eq!(refused["status"], 400);
        for field in ["student_no", "names", "gender", "class_id"] {
            assert!(refused["errors"][field].is_array(), "{field}: {refused}");
        }
        let headers = headers.to_lowercase();
        assert!(headers.starts_with("http/1.1 200") && headers.contains("\netag: "), "{headers}");
        assert!(headers.contains("\nserver-timing: ") && headers.contains("cache;desc=miss"), "{headers}");
        // Asked twice, the last line shows a cached answer; the idempotent one answers as before.
        let again = printed(&app.base()).await;
        assert_eq!(json(&again[6]), json(&physics));
        let headers = again[8].to_lowercase();
        assert!(headers.contains("0 queries") && headers.contains("cache;desc=hit"), "{headers}");
    }
}
