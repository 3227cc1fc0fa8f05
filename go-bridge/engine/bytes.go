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

// give lends a part to C for as long as it is pinned.
func give(pinner *runtime.Pinner, part Part) C.AwsMaskerPart {
	given := C.AwsMaskerPart{place: C.uint32_t(part.Place)}
	if len(part.ContentType) > 0 {
		pinner.Pin(unsafe.StringData(part.ContentType))
		given.content_type, given.content_type_len = inString(part.ContentType)
	}
	if len(part.Bytes) > 0 {
		pinner.Pin(unsafe.SliceData(part.Bytes))
		given.data, given.len = in(part.Bytes)
	}
	return given
}

// Lent is bytes of the library's own memory, which Free gives back. They must not be used after that.
type Lent struct{ buffer C.AwsMaskerBuffer }

// Bytes are the bytes; nil if nothing was lent.
func (l Lent) Bytes() []byte {
	if !l.isThere() {
		return nil
	}
	return unsafe.Slice((*byte)(l.buffer.data), l.buffer.len)
}

// Clone copies the bytes; nil if nothing was lent.
func (l Lent) Clone() []byte { return bytes.Clone(l.Bytes()) }

// Free gives the bytes back. It may be called more than once.
func (l *Lent) Free() {
	if l.isThere() {
		C.aws_masker_buffer_free(&l.buffer) // which empties it
	}
}

func (l Lent) isThere() bool { return l.buffer.data != nil }

// buffers are what the library fills of some that nothing was lent to yet.
func buffers(lent []Lent) *C.AwsMaskerBuffer {
	return (*C.AwsMaskerBuffer)(unsafe.Pointer(unsafe.SliceData(lent)))
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
