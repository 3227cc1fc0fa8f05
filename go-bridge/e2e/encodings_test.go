package e2e

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// packed is a body in every content encoding that is decoded.
func packed(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	packers := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd":    func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	}
	all := map[string][]byte{}
	for name, pack := range packers {
		var out bytes.Buffer
		w := pack(&out)
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		all[name] = out.Bytes()
	}
	return all
}

// TestACompressedAnswerIsRestored: the client may ask for any of them, and the upstream may choose.
func TestACompressedAnswerIsRestored(t *testing.T) {
	s := startServer(t)
	for encoding := range packed(t, nil) {
		g := startGateway(t, s, embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "br, zstd, gzip" {
				http.Error(w, "the client's wish was changed", http.StatusTeapot)
				return
			}
			masked, _ := io.ReadAll(r.Body)
			w.Header().Set("Content-Encoding", encoding)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(packed(t, masked)[encoding])
		}))
		got := g.send(t, http.MethodPost, "application/json", body, http.Header{"Accept-Encoding": {"br, zstd, gzip"}})
		if got.status != 200 || !bytes.Equal(got.body, body) || got.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %q %v", encoding, got.status, got.body, got.header)
		}
	}
}

// TestABombInAnAnswerIsRefused: it is neither unpacked nor delivered with tokens in it.
func TestABombInAnAnswerIsRefused(t *testing.T) {
	bombs := packed(t, make([]byte, 8<<20))
	for encoding, bomb := range bombs {
		g := startGateway(t, startServer(t), embedded, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			_, _ = w.Write(bomb)
		}))
		refused(t, g.post(t, body), 500, "AWS_MASKER_3001")
		got := g.send(t, http.MethodPost, "", bomb, http.Header{"Content-Encoding": {encoding}})
		refused(t, got, 403, "AWS_MASKER_5001")
	}
}
