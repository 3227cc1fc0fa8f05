// Package tuning sets Go's runtime up for a plugin server, of which little is live at a time.
package tuning

import "runtime"

// floor is how much the heap may grow before it is collected, however little of it is live.
const floor = 4 << 20

// Apply sets the process up until the function it returns is called. A server keeps a megabyte or two, and would collect
// after every few hundred requests. Unlike a higher GOGC, a floor costs no more where bodies are large.
func Apply() (end func()) {
	ballast := make([]byte, floor) // never touched, so that no page of it is in memory
	return func() { runtime.KeepAlive(ballast) }
}
