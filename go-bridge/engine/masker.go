package engine

/*
#include "aws_masker.h"
*/
import "C"

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"unsafe"
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
	// Mapping restores the response: give it to Unmask as it is. Empty if nothing was found.
	Mapping string
	// Report says what was done.
	Report Report
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
	masked, err := m.MaskParts(consumer, []Part{{Place: Body, ContentType: contentType, Bytes: body}})
	if err != nil {
		return Masked{}, err
	}
	defer masked.Free()
	return Masked{Body: masked.Part(0).Clone(), Mapping: masked.Mapping, Report: masked.Report}, nil
}

// Place is where in a request a part of it stands.
type Place uint32

const (
	Body   Place = C.AWS_MASKER_PLACE_BODY
	Query  Place = C.AWS_MASKER_PLACE_QUERY  // without its question mark
	Header Place = C.AWS_MASKER_PLACE_HEADER // a value
	Path   Place = C.AWS_MASKER_PLACE_PATH   // never rewritten; the report counts what is in it
)

// Part is a part of a request.
type Part struct {
	Place       Place
	ContentType string // of a body; may be empty
	Bytes       []byte
}

// MaskedParts is the outcome of MaskParts. It must be freed.
type MaskedParts struct {
	// Mapping restores the response: give it to Unmask as it is. Empty if nothing was found.
	Mapping string
	// Report says what was done.
	Report Report

	parts []Lent // nil if no part changes
}

// Part is what to send instead of a part, by its number; Bytes are nil where nothing changes.
func (m *MaskedParts) Part(at int) Lent {
	if m.parts == nil {
		return Lent{}
	}
	return m.parts[at]
}

// Free gives back what the parts have lent. It may be called more than once.
func (m *MaskedParts) Free() {
	for at := range m.parts {
		m.parts[at].Free()
	}
}

// IsEmpty reports that no identifier was found, neither in what is masked nor in the path.
func (m *MaskedParts) IsEmpty() bool {
	return m.parts == nil && m.Mapping == "" && len(m.Report.Masked) == 0 && len(m.Report.Path) == 0
}

// UsualParts is how many parts MaskParts takes without memory from the heap: those of a request without headers to mask.
const UsualParts = 3

// MaskParts replaces the identifiers in the parts of a consumer's request, with one question to the store for all of
// them. Otherwise it is as MaskFor.
func (m *Masker) MaskParts(consumer string, parts []Part) (MaskedParts, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return MaskedParts{}, ErrClosed
	}
	var pinner runtime.Pinner // the parts point to Go's memory
	defer pinner.Unpin()
	given, lent := make([]C.AwsMaskerPart, 0, UsualParts), make([]Lent, 0, UsualParts)
	for _, part := range parts {
		given, lent = append(given, give(&pinner, part)), append(lent, Lent{})
	}
	consumerData, consumerSize := inString(consumer)
	var mapping C.AwsMaskerBuffer
	var report C.AwsMaskerReport
	var object *C.AwsMaskerError
	status := C.aws_masker_mask_parts(m.handle, consumerData, consumerSize, unsafe.SliceData(given), buffers(lent),
		C.size_t(len(parts)), &mapping, &report, &object)
	runtime.KeepAlive(consumer)
	if err := failure(status, object); err != nil {
		return MaskedParts{}, err
	}
	masked := MaskedParts{Mapping: takeString(&mapping), Report: takeReport(&report)}
	if slices.ContainsFunc(lent, Lent.isThere) {
		masked.parts = slices.Clone(lent)
	}
	return masked, nil
}

// Unmask puts the originals of a mapping from Mask back into a response body. It needs no store.
//
// The error is an *Error or ErrClosed; the body must not be delivered then.
func (m *Masker) Unmask(contentType string, mapping string, body []byte) (Restored, error) {
	lent, count, err := m.UnmaskLent(contentType, mapping, body)
	defer lent.Free()
	return Restored{Body: lent.Clone(), Count: count}, err
}

// UnmaskLent is Unmask without a copy: the restored body must be freed. count is the number of tokens restored.
func (m *Masker) UnmaskLent(contentType string, mapping string, body []byte) (restored Lent, count uint64, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.handle == nil {
		return Lent{}, 0, ErrClosed
	}
	typeData, typeSize := inString(contentType)
	mappingData, mappingSize := inString(mapping)
	data, size := in(body)
	var written C.uint64_t
	var object *C.AwsMaskerError
	status := C.aws_masker_unmask(m.handle, typeData, typeSize, mappingData, mappingSize, data, size,
		&restored.buffer, &written, &object)
	runtime.KeepAlive(contentType)
	runtime.KeepAlive(mapping)
	runtime.KeepAlive(body)
	return restored, uint64(written), failure(status, object)
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
