package engine

/*
#include "aws_masker.h"
*/
import "C"

import (
	"encoding/json"
	"errors"
	"runtime"
	"sync"
)

// ErrClosed reports a call on a closed Masker or Unmasker.
var ErrClosed = errors.New("the engine is closed")

// Masker masks requests and restores responses with one configuration. It is safe for concurrent use.
type Masker struct {
	mu     sync.RWMutex // read-locked during calls, so that Close waits for them
	handle *C.AwsMasker // nil once closed
}

// Masked is the outcome of Mask.
type Masked struct {
	// Body is the body to send instead; nil if nothing was found and the body goes as it is.
	Body []byte
	// Mapping restores the response: give it to Unmask as it is. nil if nothing was found.
	Mapping []byte
	// Report says what was done.
	Report Report
}

// Report says what Mask did, without any value.
type Report struct {
	// Masked counts the masked identifiers by the prefix of their tokens ("AWS_EC2").
	Masked map[string]int `json:"masked"`
	// StoreMicroseconds is the time spent waiting for the store.
	StoreMicroseconds int64 `json:"store_us"`
	// EngineMicroseconds is the rest of the time.
	EngineMicroseconds int64 `json:"engine_us"`
}

// Restored is the outcome of Unmask.
type Restored struct {
	// Body is the restored body; nil if there was no token in it and the body goes as it is.
	Body []byte
	// Count is the number of tokens restored.
	Count uint64
}

// New makes a Masker from the plugin's config JSON. It must be closed.
//
// The error is an *Error with StatusConfigInvalid or StatusConfigMissing for a configuration that cannot be used, and
// another error if the linked library does not fit this package.
func New(config []byte) (*Masker, error) {
	if err := checkABI(); err != nil {
		return nil, err
	}
	data, size := in(config)
	var handle *C.AwsMasker
	var object *C.AwsMaskerError
	status := C.aws_masker_new(data, size, &handle, &object)
	runtime.KeepAlive(config)
	if err := failure(status, object); err != nil {
		return nil, err
	}
	return &Masker{handle: handle}, nil
}

// Close frees the engine and its store connections after running calls have returned. It may be called more than once.
func (m *Masker) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	C.aws_masker_free(m.handle) // NULL is allowed
	m.handle = nil
}

// Mask replaces the identifiers in the body of a request without a consumer.
func (m *Masker) Mask(contentType string, body []byte) (Masked, error) {
	return m.MaskFor("", contentType, body)
}

// MaskFor replaces the identifiers in the body of a consumer's request. consumer is the consumer's id, empty if there is
// none. contentType may be empty: the engine then looks at the body.
//
// It waits for the store, if there is one, within the configured time. The error is an *Error or ErrClosed; the body
// must not be sent then.
func (m *Masker) MaskFor(consumer, contentType string, body []byte) (Masked, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return Masked{}, ErrClosed
	}
	consumerData, consumerSize := inString(consumer)
	typeData, typeSize := inString(contentType)
	data, size := in(body)
	var masked, mapping, report C.AwsMaskerBuffer
	var object *C.AwsMaskerError
	status := C.aws_masker_mask_for(m.handle, consumerData, consumerSize, typeData, typeSize, data, size,
		&masked, &mapping, &report, &object)
	runtime.KeepAlive(consumer)
	runtime.KeepAlive(contentType)
	runtime.KeepAlive(body)
	if err := failure(status, object); err != nil {
		return Masked{}, err
	}
	out := Masked{Body: take(&masked), Mapping: take(&mapping)}
	if text := take(&report); text != nil {
		if err := json.Unmarshal(text, &out.Report); err != nil {
			return Masked{}, &Error{Status: StatusInvalidArgument, HTTPStatus: 503, Details: "the engine's report is not JSON"}
		}
	}
	return out, nil
}

// Unmask puts the originals of a mapping from Mask back into a response body. It needs no store.
//
// The error is an *Error or ErrClosed; the body must not be delivered then.
func (m *Masker) Unmask(contentType string, mapping, body []byte) (Restored, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return Restored{}, ErrClosed
	}
	typeData, typeSize := inString(contentType)
	mappingData, mappingSize := in(mapping)
	data, size := in(body)
	var restored C.AwsMaskerBuffer
	var count C.uint64_t
	var object *C.AwsMaskerError
	status := C.aws_masker_unmask(m.handle, typeData, typeSize, mappingData, mappingSize, data, size,
		&restored, &count, &object)
	runtime.KeepAlive(contentType)
	runtime.KeepAlive(mapping)
	runtime.KeepAlive(body)
	if err := failure(status, object); err != nil {
		return Restored{}, err
	}
	return Restored{Body: take(&restored), Count: uint64(count)}, nil
}

// Health asks the store whether it answers and returns the library's JSON.
func (m *Masker) Health() ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return nil, ErrClosed
	}
	var text C.AwsMaskerBuffer
	var object *C.AwsMaskerError
	status := C.aws_masker_health(m.handle, &text, &object)
	return take(&text), failure(status, object)
}

// Metrics returns the library's counters as Prometheus text.
func (m *Masker) Metrics() ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return nil, ErrClosed
	}
	var text C.AwsMaskerBuffer
	var object *C.AwsMaskerError
	status := C.aws_masker_metrics(m.handle, &text, &object)
	return take(&text), failure(status, object)
}
