//! Devices without hardware: cameras, displays and buttons that are played or watched by tests.

mod buttons;
mod camera;
mod display;
mod keys;
mod messages;
mod negotiate;
mod pixels;
mod video;
