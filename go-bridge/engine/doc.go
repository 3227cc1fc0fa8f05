// Package engine is the Go side of libaws_masker's C ABI (include/aws_masker.h), and the only package with unsafe code.
//
// Bytes go in without a copy, and no Go pointer outlives the call it is given to. They come out with a copy, but for what is Lent. The library is
// linked statically, so that the plugin server is one file to install.
package engine
