package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"aws-masker/go-bridge/engine"
)

// A reverse proxy outside Kong: what goes to the provider is masked, what comes back is restored while it arrives.
func Example() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		fmt.Println("the provider reads:", string(question))
		fmt.Fprint(w, "AWS_E")
		w.(http.Flusher).Flush() // an answer may be cut anywhere
		fmt.Fprint(w, "C2_001 is running.")
	}))
	defer provider.Close()

	masker, err := engine.New([]byte(`{"use_redis":false}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer masker.Close()
	target, _ := url.Parse(provider.URL)
	proxy := httptest.NewServer(masking{masker, httputil.NewSingleHostReverseProxy(target)})
	defer proxy.Close()

	answer, err := http.Post(proxy.URL, "text/plain", strings.NewReader("Is i-0abc1234def567890 running?"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	fmt.Println("the client reads:", string(text))
	// Output:
	// the provider reads: Is AWS_EC2_001 running?
	// the client reads: i-0abc1234def567890 is running.
}

// masking masks what it hands to the next handler, and restores what that answers.
type masking struct {
	masker *engine.Masker
	next   http.Handler
}

func (m masking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	masked, err := m.masker.Mask(r.Header.Get("Content-Type"), body)
	if err != nil { // the body must not be sent
		http.Error(w, "the body cannot be masked", http.StatusServiceUnavailable)
		return
	}
	if masked.Body == nil { // nothing was found: neither the request nor the response changes
		masked.Body = body
	} else {
		restoring := &restoring{ResponseWriter: w, masker: m.masker, mapping: masked.Mapping}
		defer restoring.close()
		w = restoring
		r.Header.Set("Accept-Encoding", "identity") // the response has to be read
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(masked.Body)), int64(len(masked.Body))
	m.next.ServeHTTP(w, r)
}

// restoring is a ResponseWriter that restores what is written to it.
type restoring struct {
	http.ResponseWriter
	masker   *engine.Masker
	mapping  string
	unmasker *engine.Unmasker // nil before the header is written
}

func (r *restoring) WriteHeader(status int) {
	header := r.Header()
	for _, describing := range []string{"Content-Length", "ETag", "Content-MD5", "Digest"} {
		header.Del(describing)
	}
	if r.unmasker == nil {
		var err error
		if r.unmasker, err = r.masker.NewUnmasker(header.Get("Content-Type"), r.mapping); err != nil {
			panic(http.ErrAbortHandler) // rather no response than one that is not restored
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *restoring) Write(p []byte) (int, error) {
	if r.unmasker == nil {
		r.WriteHeader(http.StatusOK)
	}
	restored, err := r.unmasker.Push(p)
	if err == nil {
		_, err = r.ResponseWriter.Write(restored)
	}
	return len(p), err
}

// Flush passes on that what was written shall leave at once.
func (r *restoring) Flush() {
	if flusher, ok := r.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

func (r *restoring) close() {
	if r.unmasker == nil {
		return
	}
	defer r.unmasker.Close()
	if rest, err := r.unmasker.Finish(); err == nil {
		_, _ = r.ResponseWriter.Write(rest)
	}
}
