package kongsim

import (
	"errors"
	"io"
	"math/rand/v2"
	"time"
)

// Chaos is what goes wrong on the plugin server socket. The zero value is nothing.
type Chaos struct {
	// Split writes every frame byte by byte.
	Split bool
	// Delay is waited before every frame.
	Delay time.Duration
	// Drop is the probability, for every frame, that the connection is cut in the middle of it instead, as by a worker
	// that crashes. The request fails then, like every request of such a worker.
	Drop float64
}

// errDropped is what the worker would have died of.
var errDropped = errors.New("chaos has cut the connection")

// write writes a frame the way of the chaos.
func (c Chaos) write(w io.Writer, frame []byte) error {
	time.Sleep(c.Delay)
	if c.Drop > 0 && rand.Float64() < c.Drop {
		_, _ = w.Write(frame[:len(frame)/2])
		return errDropped
	}
	size := len(frame)
	if c.Split {
		size = 1
	}
	for len(frame) > 0 {
		n := min(size, len(frame))
		if _, err := w.Write(frame[:n]); err != nil {
			return err
		}
		frame = frame[n:]
	}
	return nil
}
