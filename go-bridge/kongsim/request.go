package kongsim

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// request is one request on its way through the gateway.
type request struct {
	id       string
	gateway  *Gateway
	http     *http.Request
	header   http.Header // of the request to the upstream
	query    string      // of it, too
	body     []byte
	bodyFile string // set while Kong has the body in a file
	response response

	mu        sync.Mutex // the log phase runs beside the rest
	shared    map[string]any
	serialize []serializeValue
}

// RequestIDHeader tells the client the id that Kong's log lines have of its request.
const RequestIDHeader = "X-Kong-Request-Id"

// response is the answer to the client, as far as it is known.
type response struct {
	status int
	header http.Header
	body   []byte
	stream io.ReadCloser // instead of body, if the response is not buffered
}

// ServeHTTP runs a request through access, upstream, response and log.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, client *http.Request) {
	r, err := g.receive(client)
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	defer r.removeBodyFile()

	worker := g.anyWorker()
	passed := r.run(worker, "access")
	if passed && r.upgrades() {
		r.tunnel(w)
		r.log(worker)
		return
	}
	if passed && r.proxy() {
		r.run(worker, "response")
	}
	r.deliver(w)
	r.log(worker)
}

// receive reads a client's request.
func (g *Gateway) receive(client *http.Request) (*request, error) {
	r := &request{
		id:       fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()),
		gateway:  g,
		http:     client,
		header:   client.Header.Clone(),
		query:    client.URL.RawQuery,
		response: response{header: http.Header{}},
		shared:   map[string]any{},
	}
	maps.Copy(r.shared, g.config.Shared)
	return r, r.readBody()
}

// anyWorker is the worker that gets the next request.
func (g *Gateway) anyWorker() *worker {
	return g.workers[g.next.Add(1)%uint64(len(g.workers))]
}

// run runs a phase at the plugin server, if the plugin has it. false: the answer is complete.
func (r *request) run(w *worker, phase string) bool {
	if !r.gateway.hasPhase(phase) {
		return true
	}
	began := time.Now()
	err := w.handleEvent(r, phase)
	if r.gateway.config.OnPhase != nil {
		r.gateway.config.OnPhase(phase, time.Since(began))
	}
	switch {
	case err == nil:
		return true
	case errors.Is(err, errExit):
		return false
	}
	r.gateway.kongLog("[error] %v", err)
	r.fail(http.StatusInternalServerError, "An unexpected error occurred")
	return false
}

// fail makes one of Kong's own error answers.
func (r *request) fail(status int, message string) {
	r.response.status = status
	r.response.body = []byte(`{"message":` + strconv.Quote(message) + `}`)
	r.response.header.Set("Content-Type", "application/json; charset=utf-8")
	r.response.header.Set("Content-Length", strconv.Itoa(len(r.response.body)))
}

// readBody reads the whole body, as nginx does before access asks for it.
func (r *request) readBody() error {
	body, err := io.ReadAll(r.http.Body)
	if err != nil {
		return err
	}
	r.body = body
	if len(body) > r.gateway.config.BodyBuffer {
		r.bodyFile, err = r.gateway.bodies.put(body)
	}
	return err
}

func (r *request) removeBodyFile() {
	if r.bodyFile == "" {
		return
	}
	if err := os.Remove(r.bodyFile); err != nil {
		r.gateway.kongLog("[error] %v", err)
	}
}

// deliver sends the answer to the client.
func (r *request) deliver(w http.ResponseWriter) {
	for name, values := range r.response.header {
		w.Header()[name] = values
	}
	w.Header().Set(RequestIDHeader, r.id)
	w.WriteHeader(r.response.status)
	if r.response.stream == nil {
		_, _ = w.Write(r.response.body) // a client that has gone away is no news
		return
	}
	defer r.response.stream.Close()
	_, _ = io.Copy(flushing{w}, r.response.stream)
}

// flushing passes every piece of a stream on at once.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	if flusher, ok := f.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	return n, err
}
