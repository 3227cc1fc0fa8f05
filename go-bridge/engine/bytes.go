package engine

/*
#include "aws_masker.h"
*/
import "C"

import (
	"bytes"
	"unsafe"
)

// in lends a Go slice to C for the duration of one call. cgo pins it; an empty one is (NULL, 0).
func in(p []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.SliceData(p)), C.size_t(len(p))
}

// inString lends a string like in does.
func inString(s string) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.StringData(s)), C.size_t(len(s))
}

// take copies a buffer the library has given away and frees it. nil if it holds no data.
func take(buffer *C.AwsMaskerBuffer) []byte {
	if buffer.data == nil {
		return nil
	}
	defer C.aws_masker_buffer_free(buffer)
	return copyOut(buffer.data, buffer.len)
}

// copied copies a slice that the library keeps.
func copied(slice C.AwsMaskerSlice) []byte {
	if slice.data == nil {
		return nil
	}
	return copyOut(slice.data, slice.len)
}

// copyOut is C.GoBytes without its limit of 2 GB.
func copyOut(data *C.uint8_t, size C.size_t) []byte {
	return bytes.Clone(unsafe.Slice((*byte)(data), size)) // which does not clear what it will overwrite
}
