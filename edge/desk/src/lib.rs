//! The front desk: the web page on which staff see and correct what the kiosk recognised, and the
//! API by which programs do the same.
//!
//! [`Desk`] serves both. It sees the kiosk through the handle [`kiosk::Kiosk`], and knows who may
//! do what by [`access::Access`].
//!
//! Every request passes, from the outside in: `headers` (of the answer), `metrics` (counts),
//! `render` (problems as pages or JSON), `drain` (the rest of refused bodies) and `guard` (host,
//! site, sender, body). Its handler, in `pages` or `api`, asks for what it needs by the extractors
//! `Reader`, `Session`, `Owner`, `Visitor` and `Language`, and reaches the catalogue through `Desk`,
//! which keeps the disk off the threads that serve.
//!
//! | modules | what they do |
//! | --- | --- |
//! | [`access`] | passwords, sessions, login links, tokens, throttling: knows no HTTP |
//! | [`kiosk`] | the kiosk as the desk sees it |
//! | `error`, `problem`, `render` | why a request fails, and how that reads |
//! | `desk`, `decisions`, `press`, `clock`, `login`, `session`, `program` | what handlers may do |
//! | `body`, `guard`, `drain`, `headers` | what every request passes |
//! | `upload`, `transfer`, `restore`, `scratch`, `work` | large files and slow work |
//! | `followers` | how many follow the events |
//! | `webhook` | tells a program what happens to visits |
//! | `api`, `pages`, `metrics`, `counters`, `disk` | the handlers, and what they measure |
//! | `router`, `serve` | routes and connections |

pub mod access;
mod addresses;
mod api;
mod body;
mod clock;
mod cookie;
mod counters;
mod decisions;
mod desk;
mod disk;
mod drain;
mod error;
mod followers;
mod guard;
mod headers;
pub mod kiosk;
mod language;
mod limits;
mod login;
mod metrics;
mod pages;
mod press;
mod problem;
mod program;
mod render;
mod restore;
mod router;
mod scratch;
mod serve;
mod session;
mod transfer;
mod upload;
mod visitor;
mod webhook;
mod work;

pub use api::description;
pub use desk::{Desk, Options};
