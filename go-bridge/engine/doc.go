// Package engine is the Go side of libaws_masker's C ABI (include/aws_masker.h), and the only package with unsafe code.
//
// Bytes go in without a copy and come out with one. No Go pointer outlives the call it is given to. The library is
// linked statically, so that the plugin server is one file to install.
package engine
