package engine

/*
#include "aws_masker.h"
*/
import "C"

import (
	"runtime"
	"sync"
)

// Unmasker restores one response that arrives in pieces. It holds back no more than an unfinished token.
//
// It is used by one goroutine at a time; only Close may be called from another.
type Unmasker struct {
	mu     sync.Mutex
	handle *C.AwsMaskerUnmasker // nil once closed
}

// NewUnmasker starts restoring a response with a mapping from Mask. It must be closed, in any order with the Masker.
func (m *Masker) NewUnmasker(contentType string, mapping string) (*Unmasker, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return nil, ErrClosed
	}
	typeData, typeSize := inString(contentType)
	mappingData, mappingSize := inString(mapping)
	var handle *C.AwsMaskerUnmasker
	var object *C.AwsMaskerError
	status := C.aws_masker_unmasker_new(m.handle, typeData, typeSize, mappingData, mappingSize, &handle, &object)
	runtime.KeepAlive(contentType)
	runtime.KeepAlive(mapping)
	if err := failure(status, object); err != nil {
		return nil, err
	}
	return &Unmasker{handle: handle}, nil
}

// Push takes the next piece and returns what can be delivered, which may be nothing.
func (u *Unmasker) Push(chunk []byte) ([]byte, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.handle == nil {
		return nil, ErrClosed
	}
	data, size := in(chunk)
	var restored C.AwsMaskerBuffer
	var object *C.AwsMaskerError
	status := C.aws_masker_unmasker_push(u.handle, data, size, &restored, &object)
	runtime.KeepAlive(chunk)
	return take(&restored), failure(status, object)
}

// Finish returns what is left after the last piece.
func (u *Unmasker) Finish() ([]byte, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.handle == nil {
		return nil, ErrClosed
	}
	var restored C.AwsMaskerBuffer
	var object *C.AwsMaskerError
	status := C.aws_masker_unmasker_finish(u.handle, &restored, &object)
	return take(&restored), failure(status, object)
}

// Close frees the unmasker. It may be called more than once.
func (u *Unmasker) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	C.aws_masker_unmasker_free(u.handle) // NULL is allowed
	u.handle = nil
}
