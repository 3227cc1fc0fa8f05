package plugin

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
)

// decodedLimit is the most bytes a compressed body may become.
const decodedLimit = 128 << 20

var (
	errUnknownEncoding = errors.New("unknown content encoding")
	errDecodedTooLarge = errors.New("decoded body is too large")
)

// decode undoes a Content-Encoding (RFC 9110, 8.4): any sequence of gzip, deflate and identity. The last one named is
// undone first. No step may make more than limit bytes.
func decode(encoding string, body []byte, limit int64) ([]byte, error) {
	names := strings.Split(encoding, ",")
	for i := len(names) - 1; i >= 0; i-- {
		var err error
		if body, err = decodeOne(strings.ToLower(strings.TrimSpace(names[i])), body, limit); err != nil {
			return nil, err
		}
	}
	return body, nil
}

func decodeOne(name string, body []byte, limit int64) ([]byte, error) {
	var reader io.Reader
	var err error
	switch name {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		reader, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		reader, err = inflate(body)
	default:
		return nil, errUnknownEncoding
	}
	if err != nil {
		return nil, err
	}
	decoded, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err == nil && int64(len(decoded)) > limit {
		err = errDecodedTooLarge
	}
	return decoded, err
}

// inflate reads what "deflate" means by the standard, and the headerless form that some servers send instead.
func inflate(body []byte) (io.Reader, error) {
	reader, err := zlib.NewReader(bytes.NewReader(body))
	if errors.Is(err, zlib.ErrHeader) {
		return flate.NewReader(bytes.NewReader(body)), nil
	}
	return reader, err
}
