//! The library from a bundle's bytes to the answer, and from a photograph's bytes to the picture.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests write files and start threads"
)]

mod activation;
mod adaptation;
mod bundles;
mod common;
mod embedding;
mod int8;
mod int8_operators;
mod learnt;
mod locate;
mod modules;
mod onnx;
mod operators;
mod photos;
mod preprocess;
mod qdq;
mod quantisation;
mod recogniser;
mod region;
mod verdict;
mod vocabulary;
