// Package frame reads and writes the frames of Kong's plugin server protocol: a little-endian uint32 length, then that
// many bytes (Kong: kong/runloop/plugin_servers/rpc/pb_rpc.lua, read_frame and write_frame).
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
)

// HeaderSize is the number of bytes in front of every frame's payload.
const HeaderSize = 4

// firstStep is what Read allocates for a frame before it has seen any of its bytes.
const firstStep = 64 << 10

// ErrTooLarge reports a frame that announces more bytes than the reader accepts.
var ErrTooLarge = errors.New("frame is longer than the limit")

// TooLarge is an ErrTooLarge with its numbers. The payload has not been read.
type TooLarge struct {
	Size  int64
	Limit int
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("%v: %d bytes, limit %d", ErrTooLarge, e.Size, e.Limit)
}

// Is reports ErrTooLarge.
func (e *TooLarge) Is(target error) bool { return target == ErrTooLarge }

// Read returns the payload of the next frame.
//
// Memory follows what arrives, not what the length announces, so that a peer cannot make the process grow by four
// bytes. A length above limit ends with ErrTooLarge before any payload is read. The error is io.EOF only if the stream
// ended between two frames; inside one it is io.ErrUnexpectedEOF.
func Read(r io.Reader, limit int) ([]byte, error) {
	var header [HeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(header[:])
	if uint64(size) > uint64(limit) {
		return nil, &TooLarge{Size: int64(size), Limit: limit}
	}
	total := int(size)
	payload := make([]byte, 0, min(total, firstStep))
	for len(payload) < total {
		if len(payload) == cap(payload) {
			grown := make([]byte, len(payload), min(total, 2*cap(payload)))
			copy(grown, payload)
			payload = grown
		}
		n, err := r.Read(payload[len(payload):cap(payload)])
		payload = payload[:len(payload)+n]
		if err != nil && len(payload) < total {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return payload, nil
}

// Append adds payload to buffer as one frame and returns the longer buffer.
func Append(buffer, payload []byte) []byte {
	buffer = AppendHeader(buffer, len(payload))
	return append(buffer, payload...)
}

// AppendHeader adds the header of a frame of size bytes; the caller sends the payload itself.
func AppendHeader(buffer []byte, size int) []byte {
	return binary.LittleEndian.AppendUint32(buffer, uint32(size))
}

// AppendMessage adds message to buffer as one frame. On an error the buffer is as it was.
func AppendMessage(buffer []byte, message proto.Message) ([]byte, error) {
	start := len(buffer)
	longer, err := proto.MarshalOptions{}.MarshalAppend(AppendHeader(buffer, 0), message)
	if err != nil {
		return buffer, err
	}
	binary.LittleEndian.PutUint32(longer[start:], uint32(len(longer)-start-HeaderSize))
	return longer, nil
}
