//! What whoever runs the server relies on: health, shutdown, headers, CORS, limits and commands.

mod audit;
mod commands;
mod edges;
mod export;
mod lifecycle;
mod limits;
mod process;
mod receipts;
mod removal;
