//! Tests that cross the crates of the workspace.

mod age;
mod architecture;
mod attacks;
mod browser;
mod cameras;
mod card;
mod faults;
mod fleet;
mod fuzz;
mod heic;
mod hub;
mod hub_clock;
mod hub_schema;
mod mqtt;
mod onnxruntime;
mod openapi;
mod real_photographs;
mod videodev2;
