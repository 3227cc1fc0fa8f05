// Package memory tells what processes have in memory, for tests and benchmarks.
package memory

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Resident is the resident memory of a process in bytes (proc(5), statm).
func Resident(pid int) (int, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	return pages * os.Getpagesize(), err
}
