package engine

/*
#include "aws_masker.h"
*/
import "C"

import (
	"bytes"
	"runtime"
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

// lend lends a part for as long as it is pinned.
func lend(pinner *runtime.Pinner, part Part) C.AwsMaskerPart {
	lent := C.AwsMaskerPart{place: C.uint32_t(part.Place)}
	if len(part.ContentType) > 0 {
		pinner.Pin(unsafe.StringData(part.ContentType))
		lent.content_type, lent.content_type_len = inString(part.ContentType)
	}
	if len(part.Bytes) > 0 {
		pinner.Pin(unsafe.SliceData(part.Bytes))
		lent.data, lent.len = in(part.Bytes)
	}
	return lent
}

// take copies a buffer the library has given away and frees it. nil if it holds no data.
func take(buffer *C.AwsMaskerBuffer) []byte {
	if buffer.data == nil {
		return nil
	}
	defer C.aws_masker_buffer_free(buffer)
	return copyOut(buffer.data, buffer.len)
}

// takeString takes a buffer of text. Empty if it holds none.
func takeString(buffer *C.AwsMaskerBuffer) string {
	text := take(buffer) // which nobody else has
	return unsafe.String(unsafe.SliceData(text), len(text))
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
