package engine

/*
#cgo CFLAGS: -I${SRCDIR}/../../include
#cgo LDFLAGS: ${SRCDIR}/../../target/release/libaws_masker.a -lm -ldl -lpthread -static-libgcc
#include "aws_masker.h"

// What a request calls keeps no pointer to Go's memory and calls nothing of Go's, so that what it reads and writes may be on
// the stack.
#cgo noescape aws_masker_mask_parts
#cgo noescape aws_masker_unmask
#cgo noescape aws_masker_buffer_free
#cgo noescape aws_masker_report_free
#cgo nocallback aws_masker_mask_parts
#cgo nocallback aws_masker_unmask
#cgo nocallback aws_masker_buffer_free
#cgo nocallback aws_masker_report_free
*/
import "C"

import "fmt"

// headerABI is the version of the header this package was compiled with.
const headerABI = uint32(C.AWS_MASKER_ABI_VERSION)

// Version returns the library's version, "x.y.z".
func Version() string {
	return C.GoString(C.aws_masker_version())
}

// ABIVersion returns the version of the C ABI that the linked library has.
func ABIVersion() uint32 {
	return uint32(C.aws_masker_abi_version())
}

// checkABI reports a library that does not fit the header: every call into it would be undefined.
func checkABI() error {
	if linked := ABIVersion(); linked != headerABI {
		return fmt.Errorf("libaws_masker has ABI version %d, this program was compiled for %d", linked, headerABI)
	}
	return nil
}
