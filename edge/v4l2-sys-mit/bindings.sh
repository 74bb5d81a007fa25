#!/usr/bin/env bash
# Prints bindings of the kernel's videodev2.h: those structures and constants that the crates `v4l` and
# `nokhwa` use, with checks of sizes and offsets at compile time.
#
# Needs `bindgen` 0.73 (cargo install bindgen-cli), libclang and the kernel's headers (linux-libc-dev).
set -euo pipefail
export LC_ALL=C

types='v4l2_(audio|audioout|buffer|capability|control|crop|cropcap|edid|enc_idx|encoder_cmd|exportbuffer
  |ext_control|ext_controls|fmtdesc|format|framebuffer|frequency|frmivalenum|frmsizeenum|input
  |jpegcompression|modulator|output|query_ext_ctrl|queryctrl|querymenu|requestbuffers|sliced_vbi_cap
  |standard|std_id|streamparm|tuner)'
constants='V4L2_CID_(BACKLIGHT_COMPENSATION|BRIGHTNESS|CONTRAST|EXPOSURE|FOCUS_RELATIVE|GAIN|GAMMA|HUE
  |IRIS_RELATIVE|PAN_RELATIVE|SATURATION|SHARPNESS|TILT_RELATIVE|WHITE_BALANCE_TEMPERATURE|ZOOM_RELATIVE)
  |V4L2_CTRL_FLAG_NEXT_(COMPOUND|CTRL)|V4L2_FRM(SIZE|IVAL)_TYPE_.*'

bindgen --no-doc-comments --disable-header-comment \
  --allowlist-type "${types//[$'\n ']/}" --allowlist-type 'time_t|v4l2_frm(size|ival)types' \
  --allowlist-var "${constants//[$'\n ']/}" \
  <(echo '#include <linux/videodev2.h>') -- -x c
