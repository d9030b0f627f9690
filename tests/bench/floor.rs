//! The floor of a list: a bare handler that answers the very same bytes and does nothing else.
//!
//! `floor <address> <file with the body> <workers>`

use actix_web::{App, HttpResponse, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || {
        arguments
            .next()
            .ok_or_else(|| std::io::Error::other("floor <address> <file> <workers>"))
    };
    let (address, file, workers) = (next()?, next()?, next()?);
    let body = web::Bytes::from(std::fs::read(file)?);
    HttpServer::new(move || {
        let body = body.clone();
        let answer = move || {
            let body = body.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("application/json")
                    .body(body)
            }
        };
        App::new().default_service(web::to(answer))
    })
    .workers(workers.parse().map_err(std::io::Error::other)?)
    .bind(address)?
    .run()
    .await
}
