package engine

/*
#include "aws_masker.h"
*/
import "C"

import "fmt"

// Status is a status code of the C ABI: small ones for misuse and bugs, the AWS_MASKER_nnnn codes otherwise.
type Status uint32

// The status codes that callers tell apart.
const (
	StatusPanic            Status = C.AWS_MASKER_STATUS_PANIC
	StatusInvalidArgument  Status = C.AWS_MASKER_STATUS_INVALID_ARGUMENT
	StatusStoreUnavailable Status = C.AWS_MASKER_STATUS_STORE_UNAVAILABLE
	StatusConfigInvalid    Status = C.AWS_MASKER_STATUS_CONFIG_INVALID
	StatusConfigMissing    Status = C.AWS_MASKER_STATUS_CONFIG_MISSING
)

// Error is a refusal by the engine. It never holds an original value.
type Error struct {
	Status     Status
	HTTPStatus int    // for the client
	Body       []byte // for the client: the complete JSON error body
	Details    string // one sentence for a log line
}

// Error returns the details.
func (e *Error) Error() string {
	return fmt.Sprintf("AWS_MASKER_%04d: %s", e.Status, e.Details)
}

// failure turns a status and its error object into an error, and frees the object. nil for success.
func failure(status C.AwsMaskerStatus, object *C.AwsMaskerError) error {
	if status == C.AWS_MASKER_STATUS_OK {
		return nil
	}
	if object == nil {
		return &Error{Status: Status(status), HTTPStatus: 503, Details: "the engine gave no reason"}
	}
	defer C.aws_masker_error_free(object)
	return &Error{
		Status:     Status(C.aws_masker_error_status(object)),
		HTTPStatus: int(C.aws_masker_error_http_status(object)),
		Body:       copied(C.aws_masker_error_body(object)),
		Details:    string(copied(C.aws_masker_error_details(object))),
	}
}
