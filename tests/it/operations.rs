//! What whoever runs the server relies on: health, shutdown, headers, CORS, limits and commands.

mod audit;
mod commands;
mod edges;
mod lifecycle;
mod process;
mod receipts;
