//! Tests that cross the crates of the workspace.

mod architecture;
mod browser;
mod heic;
mod onnxruntime;
mod openapi;
mod real_photographs;
mod videodev2;
