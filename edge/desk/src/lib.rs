//! The front desk: the web page on which staff see and correct what the kiosk recognised, and the
//! API by which programs do the same.
//!
//! [`Desk`] serves both. It sees the kiosk through the handle [`kiosk::Kiosk`], and knows who may
//! do what by [`access::Access`].
//!
//! Every request passes, from the outside in: `headers` (of the answer), `metrics` (counts),
//! `render` (problems as pages or JSON), `drain` (the rest of refused bodies), `guard` (host, site,
//! whether the kiosk is set up, sender, body) and `audit` (the record of what people did). Its handler,
//! in `pages` or `api`, asks for what it needs by the extractors `Reader`, `Session`, `Person`, `Owner`,
//! `Client`, `Visitor` and `Language`, and reaches the catalogue through `Desk`, which keeps the disk off
//! the threads that serve.
//!
//! | modules | what they do |
//! | --- | --- |
//! | [`access`] | accounts, sessions, tokens, throttling, the record of what people did: knows no HTTP |
//! | [`kiosk`] | the kiosk as the desk sees it |
//! | `error`, `problem`, `render` | why a request fails, and how that reads |
//! | `desk`, `decisions`, `press`, `clock`, `login`, `session`, `program` | what handlers may do |
//! | [`setup`] | the wizard that sets the kiosk up from a phone |
//! | `audit` | records what people do |
//! | `body`, `guard`, `drain`, `headers` | what every request passes |
//! | `breeds` | the breeds that people and programs name |
//! | `upload`, `transfer`, `restore`, `scratch`, `work` | large files and slow work |
//! | `limits`, `quota`, `connections`, `pace` | how much there may be at a time, and how slowly |
//! | `webhook` | tells a program what happens to visits |
//! | `api`, `pages`, `health`, `metrics`, `counters`, `disk` | the handlers, and what they measure |
//! | `router`, `serve` | routes and connections |
//! | [`tls`] | the certificate, and what happens to plain HTTP |

pub mod access;
mod addresses;
mod api;
mod audit;
mod body;
mod breeds;
mod camera;
mod clock;
mod connections;
mod contacts;
mod cookie;
mod counters;
mod decisions;
mod desk;
mod disk;
mod drain;
mod error;
mod guard;
mod headers;
mod health;
pub mod kiosk;
mod language;
mod learnt;
mod limits;
mod login;
mod metrics;
mod pace;
mod pages;
mod press;
mod problem;
mod program;
mod quota;
mod render;
mod restore;
mod router;
mod scratch;
mod serve;
mod session;
pub mod setup;
pub mod tls;
mod transfer;
mod upload;
mod visitor;
mod webhook;
mod work;

pub use api::description;
pub use desk::{Desk, Options};
pub use health::{ELSEWHERE, UNREADY};
