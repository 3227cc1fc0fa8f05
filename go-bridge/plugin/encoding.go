package plugin

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

var (
	errUnknownEncoding = errors.New("unknown content encoding")
	errDecodedTooLarge = errors.New("decoded body is too large")
	errTrailing        = errors.New("bytes behind the compressed body")
)

const (
	// mostRatio is how many times longer than itself a compressed body may become: text becomes 3 to 20 times longer, a bomb
	// a thousand times and more.
	mostRatio = 200
	// harmless is what any body may become.
	harmless = 1 << 20
	// mostEncodings is how often a body may have been compressed.
	mostEncodings = 4
	// window is the most memory that zstd may look back on; RFC 8878 asks every decoder for 8 MB.
	window = 8 << 20
)

// decoders are the content encodings that are undone.
var decoders = map[string]func(body *bytes.Reader) (io.Reader, error){
	"gzip":    func(body *bytes.Reader) (io.Reader, error) { return gzip.NewReader(body) },
	"x-gzip":  func(body *bytes.Reader) (io.Reader, error) { return gzip.NewReader(body) },
	"deflate": inflate,
	"br":      func(body *bytes.Reader) (io.Reader, error) { return brotli.NewReader(body), nil },
	"zstd":    unzstd,
}

// decode undoes a Content-Encoding (RFC 9110, 8.4): any sequence of the decoders' and identity. The last one named is
// undone first. No step may make more than limit bytes, or a bomb.
func decode(encoding string, body []byte, limit int64) ([]byte, error) {
	names := strings.Split(encoding, ",")
	if len(names) > mostEncodings {
		return nil, errUnknownEncoding
	}
	for i := len(names) - 1; i >= 0; i-- {
		var err error
		if body, err = decodeOne(strings.ToLower(strings.TrimSpace(names[i])), body, limit); err != nil {
			return nil, err
		}
	}
	return body, nil
}

func decodeOne(name string, body []byte, limit int64) ([]byte, error) {
	if name == "" || name == "identity" {
		return body, nil
	}
	open := decoders[name]
	if open == nil {
		return nil, errUnknownEncoding
	}
	source := bytes.NewReader(body)
	reader, err := open(source)
	if err != nil {
		return nil, err
	}
	if closer, ok := reader.(interface{ Close() }); ok { // zstd's
		defer closer.Close()
	}
	limit = min(limit, max(harmless, mostRatio*int64(len(body))))
	decoded, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err == nil && int64(len(decoded)) > limit {
		err = errDecodedTooLarge
	}
	if err == nil && source.Len() > 0 {
		err = errTrailing // nobody has looked at it
	}
	return decoded, err
}

// inflate reads what "deflate" means by the standard, and the headerless form that some servers send instead.
func inflate(body *bytes.Reader) (io.Reader, error) {
	reader, err := zlib.NewReader(body)
	if errors.Is(err, zlib.ErrHeader) {
		_, err = body.Seek(0, io.SeekStart)
		return flate.NewReader(body), err
	}
	return reader, err
}

func unzstd(body *bytes.Reader) (io.Reader, error) {
	return zstd.NewReader(body,
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderLowmem(true))
}
