package frame

import (
	"encoding/binary"
	"io"
)

// readAhead is what is read at once: several replies, or one with a body of ordinary size.
const readAhead = 16 << 10

// mostEmptyReads is how often a source may give nothing without an error, which io.Reader discourages.
const mostEmptyReads = 100

// Reader reads the frames of a stream without copying those that fit what is read at once.
//
// Every payload it gives is the caller's until Reset, and must not be used after it. It is used by one goroutine at a time.
type Reader struct {
	source io.Reader
	limit  int
	buffer []byte
	next   int // buffer[next:end] has arrived and has not been given out
	end    int
}

// NewReader makes a reader of frames of at most limit bytes.
func NewReader(source io.Reader, limit int) *Reader {
	return &Reader{source: source, limit: limit, buffer: make([]byte, readAhead)}
}

// Buffered is the number of bytes that have arrived and have not been given out.
func (r *Reader) Buffered() int { return r.end - r.next }

// Wait waits for the first byte of a frame.
func (r *Reader) Wait() error {
	if r.Buffered() > 0 {
		return nil
	}
	return r.fill()
}

// Arrived gives the next frame's payload if all of it is here, so that nothing is waited for. What is longer than the limit
// is left for Next to refuse.
func (r *Reader) Arrived() (payload []byte, arrived bool) {
	size, known := r.size()
	if !known || r.Buffered() < size || size > HeaderSize+r.limit {
		return nil, false
	}
	payload = r.buffer[r.next+HeaderSize : r.next+size : r.next+size]
	r.next += size
	return payload, true
}

// Next waits for the next frame and gives its payload. Errors are those of Read.
func (r *Reader) Next() ([]byte, error) {
	for {
		if payload, arrived := r.Arrived(); arrived {
			return payload, nil
		}
		if size, known := r.size(); known && (size > HeaderSize+r.limit || r.next+size > len(r.buffer)) {
			return Read(r, r.limit) // refuses it, or takes memory of its own
		}
		if err := r.fill(); err != nil {
			if err == io.EOF && r.Buffered() > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// Read reads the stream itself, as io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.Buffered() == 0 {
		return r.source.Read(p)
	}
	n := copy(p, r.buffer[r.next:r.end])
	r.next += n
	return n, nil
}

// Reset takes back every payload that was given.
func (r *Reader) Reset() {
	r.end = copy(r.buffer, r.buffer[r.next:r.end])
	r.next = 0
}

// size is that of the next frame, header included, if so much of it has arrived that it is known.
func (r *Reader) size() (size int, known bool) {
	if r.Buffered() < HeaderSize {
		return 0, false
	}
	return HeaderSize + int(binary.LittleEndian.Uint32(r.buffer[r.next:])), true
}

// fill waits for more of the stream. Where the buffer has no room for a header, the bytes of it go to a new one: what was
// given out stays where it is.
func (r *Reader) fill() error {
	if len(r.buffer)-r.next < HeaderSize {
		fresh := make([]byte, readAhead)
		r.end = copy(fresh, r.buffer[r.next:r.end])
		r.buffer, r.next = fresh, 0
	}
	for range mostEmptyReads {
		n, err := r.source.Read(r.buffer[r.end:])
		r.end += n
		switch {
		case n > 0: // an error that came with bytes comes again
			return nil
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}
