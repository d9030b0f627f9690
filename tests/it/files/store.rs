//! Where files are kept: a folder, or a bucket.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::{Mutex, OnceLock, mpsc},
    thread,
};

use actix_web::{
    App as Actix, HttpRequest, HttpResponse, HttpServer, http::Method, rt::System, web,
};
use files::Place;
use resource::tenant_guard::{Clock, Role};

use super::{path_of, picture, upload};
use crate::harness::{App, Engine};

/// A stand-in for an S3-compatible service, which this process's gateways ask: objects by their path.
#[derive(Default)]
struct Bucket {
    address: OnceLock<SocketAddr>,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Bucket {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Bucket> = OnceLock::new();
        let shared = SHARED.get_or_init(Self::default);
        shared.address.get_or_init(serve);
        shared
    }

    fn url(&self) -> String {
        format!("http://{}", self.address.get().unwrap())
    }
}

async fn answer(request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let signed = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if !signed.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=of-tests/")) {
        return HttpResponse::Forbidden().finish();
    }
    if request.query_string().contains("list-type=2") {
        return HttpResponse::Ok()
            .content_type("application/xml")
            .body("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
    }
    let mut objects = Bucket::shared().objects.lock().unwrap();
    let path = request.path().to_owned();
    match *request.method() {
        Method::PUT => {
            objects.insert(path, body.to_vec());
            HttpResponse::Ok().insert_header(("ETag", "\"1\"")).finish()
        }
        Method::DELETE => {
            objects.remove(&path);
            HttpResponse::NoContent().finish()
        }
        _ => match objects.get(&path) {
            Some(content) => HttpResponse::Ok()
                .insert_header(("ETag", "\"1\""))
                .insert_header(("Last-Modified", "Mon, 05 Jan 2026 08:00:00 GMT"))
                .body(content.clone()),
            None => HttpResponse::NotFound().finish(),
        },
    }
}

/// On a thread of its own: a test's runtime ends with the test.
fn serve() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        System::new().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let limit = web::PayloadConfig::new(8 << 20);
            let app = move || {
                Actix::new()
                    .app_data(limit.clone())
                    .default_service(web::to(answer))
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            server.listen(listener).unwrap().run().await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// A gateway that keeps its files in a bucket of a service.
fn of_a_bucket(app: &App, service: &str) -> App {
    let settings = [
        ("TERMBOOK_FILES_URL", "s3://letters/of/schools/"),
        ("TERMBOOK_S3_ENDPOINT", service),
        ("TERMBOOK_S3_ACCESS_KEY", "of-tests"),
        ("TERMBOOK_S3_SECRET_KEY", "and-of-nothing-else"),
    ];
    app.another(&settings, Clock::system())
}

both! {
    async fn a_bucket_keeps_files_as_a_folder_does(app: App) {
        let app = of_a_bucket(&app, &Bucket::shared().url());
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let path = path_of(&upload(&admin, &picture(21, 21)).await.expect(201)["url"]);
        let digest = path.split('/').nth(4).unwrap();
        let key = format!("/letters/of/schools/{}/{digest}", school.id);
        let kept = Bucket::shared().objects.lock().unwrap()[&key].clone();
        let read = app.anonymous().get(&path).await;
        assert_eq!((read.status, read.body), (200, kept));
        assert_eq!(app.anonymous().get("/health/ready").await.expect(200)["status"], "ready");
        Bucket::shared().objects.lock().unwrap().remove(&key);
        app.anonymous().get(&path).await.problem(404, "not_found");
        upload(&admin, &picture(21, 21)).await.expect(200);
        app.anonymous().get(&path).await.expect(200);
    }

    async fn without_its_store_a_server_is_degraded_and_still_serves(app: App) {
        let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let app = of_a_bucket(&app, &format!("http://{nowhere}"));
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let ready = app.anonymous().get("/health/ready").await.expect(200);
        assert_eq!((&ready["status"], &ready["files"]), (&"degraded".into(), &"away".into()));
        upload(&admin, &picture(22, 22)).await.problem(503, "unavailable");
        let trail = admin.get("/api/activity-logs/?resource=files").await.expect(200);
        assert_eq!(trail["count"], 0, "nothing is written down that was not kept");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_of_files_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let app = App::on(Engine::Embedded).alone().await;
    let school = app.school().await;
    upload(&school.as_(Role::SchoolAdmin), &picture(23, 23))
        .await
        .expect(201);
    let Place::Folder(folder) = app.config().files_place() else {
        panic!("no folder")
    };
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let school = std::fs::read_dir(folder.join(school.id.to_string())).unwrap();
    assert_eq!(school.count(), 1);
}
