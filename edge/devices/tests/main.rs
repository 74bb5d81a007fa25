//! Devices without hardware: cameras, displays and buttons that are played or watched by tests.

mod buttons;
mod camera;
mod controls;
mod display;
mod frame;
mod http;
mod keys;
mod messages;
mod mjpeg;
mod negotiate;
mod picture;
mod pixels;
mod programs;
mod switch;
mod video;
