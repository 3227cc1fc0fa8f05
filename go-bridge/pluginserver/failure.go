package pluginserver

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
)

// panicked is the error a panic in a handler becomes.
type panicked struct {
	value any
	where string
}

// Panicked is the error that a panic becomes. It is called from the function that recovered, with what that gave.
func Panicked(value any) error {
	return &panicked{value: value, where: panicSite()}
}

// Error names the place. It shows the runtime's own sentences (index out of range …) and hides other values: they can
// hold parts of a body.
func (p *panicked) Error() string {
	if err, ok := p.value.(runtime.Error); ok {
		return fmt.Sprintf("panic at %s: %v", p.where, err)
	}
	return fmt.Sprintf("panic at %s: a %T", p.where, p.value)
}

// panicSite returns function, file and line of the code that panicked: the first frame below the runtime's.
func panicSite() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
			panicking = panicking || f.Function == "runtime.gopanic"
		case panicking:
			return fmt.Sprintf("%s (%s:%d)", f.Function, filepath.Base(f.File), f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// unexpected is the answer to every failure that has none of its own: the request is refused, whatever happened.
func unexpected(cause error) *Refusal {
	return &Refusal{
		Status: http.StatusServiceUnavailable,
		Body: []byte(`{"error":"AWS_MASKER_2001","message":"Service Unavailable",` +
			`"details":"The plugin failed, so the request was stopped. The plugin server's log says where."}`),
		Reason: cause.Error(),
	}
}

// AsRefusal returns the answer for the client that an error carries, or the one for the unexpected.
func AsRefusal(err error) *Refusal {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return unexpected(err)
}

// staleHeaders describe a body that an answer of the plugin's own replaces. Upstream headers survive
// kong.response.exit.
var staleHeaders = []string{"Content-Encoding", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "ETag"}

// refuse answers the client with a refusal. What is left undone is: Kong has gone away, or will, and there is no one to
// tell.
func (e *Event) refuse(r *Refusal) {
	_ = e.Tell(r.Before...)
	headers := map[string][]string{"Content-Type": {"application/json"}}
	if e.Phase == "response" {
		for _, name := range staleHeaders {
			headers[name] = nil
		}
	}
	_ = e.Exit(r.Status, r.Body, headers)
}
