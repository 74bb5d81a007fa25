//! Tests that cross the crates of the workspace.

mod architecture;
mod attack;
mod browser;
mod faults;
mod fuzz;
mod heic;
mod onnxruntime;
mod openapi;
mod real_photographs;
mod videodev2;
