package engine

/*
#include "aws_masker.h"
*/
import "C"

import "unsafe"

// Report says what Mask did, without any value.
type Report struct {
	// Masked counts the masked identifiers by the prefix of their tokens ("AWS_EC2").
	Masked map[string]int
	// Path counts the identifiers in the path, where they stay.
	Path map[string]int
	// StoreMicroseconds is the time spent waiting for the store.
	StoreMicroseconds int64
	// EngineMicroseconds is the rest of the time.
	EngineMicroseconds int64
}

// takeReport copies a report that the library has given away and frees it.
func takeReport(given *C.AwsMaskerReport) Report {
	report := Report{StoreMicroseconds: int64(given.store_us), EngineMicroseconds: int64(given.engine_us)}
	if given.counts == nil {
		return report
	}
	defer C.aws_masker_report_free(given)
	report.Masked, report.Path = make(map[string]int, given.len), make(map[string]int)
	for _, count := range unsafe.Slice(given.counts, given.len) {
		// The library keeps its prefixes for as long as it is loaded, which is for as long as this program runs.
		prefix := unsafe.String((*byte)(count.prefix.data), count.prefix.len)
		if count.masked > 0 {
			report.Masked[prefix] = int(count.masked)
		}
		if count.path > 0 {
			report.Path[prefix] = int(count.path)
		}
	}
	return report
}
