package pluginserver

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/Kong/go-pdk"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
)

// mostKept is the memory for writing that a connection keeps for its next event; most events need less.
const mostKept = 64 << 10

// mostPassedOver is the longest reply that is read and dropped; a longer one is no reply of Kong's.
const mostPassedOver = 1 << 30

// farewell is how long Kong may take to close a connection that we have hung up. nginx does at once.
const farewell = time.Second

// conn is one connection from Kong: a net.Conn that go-pdk's bridge can run on, with three differences.
//
//   - Writes are collected and leave with the next read. The bridge writes one PDK call in four pieces; Kong would be
//     woken for each.
//   - A call can be told: its reply is not waited for but dropped when it arrives (see tell).
//   - A frame is read whole, within a size limit and a time limit, before the bridge sees its length, because the bridge
//     allocates whatever length it is told. What was read is kept until the event ends.
//
// It is used by one goroutine at a time.
type conn struct {
	net.Conn
	in           *frame.Reader
	kong         *pdk.PDK // go-pdk's interface to the event that runs
	event        Event    // the one that runs, or ran last
	frameTimeout time.Duration

	out   []byte // written, not yet sent
	whole int    // how much of out is complete calls
	owed  int    // replies to told calls that have not been read
	reply []byte // what the bridge has not read yet of the current reply

	waiting atomic.Bool // between two calls
	until   time.Time   // the time limit of reads and writes; none between calls

	broken error // why the stream can no longer be used
	closed bool  // the event has ended the connection, with kong.response.exit
}

func newConn(socket net.Conn, frameLimit int, frameTimeout time.Duration) *conn {
	c := &conn{Conn: socket, in: frame.NewReader(socket, frameLimit), frameTimeout: frameTimeout}
	c.kong = pdk.Init(c)
	return c
}

// Write collects p; see flush.
func (c *conn) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	return len(p), c.broken
}

// Read sends what was written and hands out the reply to it, header included, as the bridge expects it.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.reply) == 0 {
		payload, err := c.readReply()
		if err != nil {
			return 0, err
		}
		c.reply = frame.Append(make([]byte, 0, frame.HeaderSize+len(payload)), payload)
	}
	n := copy(p, c.reply)
	c.reply = c.reply[n:]
	return n, nil
}

// Close ends the connection.
func (c *conn) Close() error {
	c.closed = true
	return c.Conn.Close()
}

// hangUp ends a connection between two calls. Closing it while a call is arriving would reset it, and Kong answers a
// reset with a 500; an end of file makes it try again elsewhere. So our side is closed first, and what still arrives is
// left unread until Kong has closed its side.
func (c *conn) hangUp() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if ok && half.CloseWrite() == nil && c.SetReadDeadline(time.Now().Add(farewell)) == nil {
		_, _ = io.Copy(io.Discard, c.in)
	}
}

// end sends what was written and waits, within the time limit, until Kong drops the connection. Closing at once would
// break Kong's replies to the calls that were told before.
func (c *conn) end() error {
	err := c.flush()
	if err == nil && c.SetReadDeadline(time.Now().Add(c.frameTimeout)) == nil {
		_, _ = io.Copy(io.Discard, c.in)
	}
	c.Close()
	return err
}

// tell collects a call whose reply does not matter: Kong executes calls in the order they arrive, so a caller that
// needs no result need not wait for one. args may be nil. An error means that they cannot be encoded; nothing is collected
// then.
func (c *conn) tell(method string, args proto.Message) error {
	collected := frame.Append(c.out, []byte(method))
	var err error
	if args == nil {
		collected = frame.AppendHeader(collected, 0)
	} else if collected, err = frame.AppendMessage(collected, args); err != nil {
		return err
	}
	c.out, c.whole = collected, len(collected)
	c.owed++
	return nil
}

// endEvent answers the call that began an event.
func (c *conn) endEvent(sequence int64) error {
	c.out = frame.AppendHeader(c.out, 0) // instead of a method's name
	c.out = appendAnswer(c.out, sequence)
	return c.finish()
}

// answer answers a call that is no event.
func (c *conn) answer(answer proto.Message) error {
	out, err := frame.AppendMessage(c.out, answer)
	if err != nil {
		return err
	}
	c.out = out
	return c.finish()
}

// finish sends all that was collected. The replies to what was told follow.
func (c *conn) finish() error {
	if err := c.flush(); err != nil {
		return err
	}
	return c.dropOwed()
}

// readReply sends what was written and returns the reply to the last call of it, good until the event ends.
func (c *conn) readReply() ([]byte, error) {
	if err := c.flush(); err != nil {
		return nil, err
	}
	if err := c.dropOwed(); err != nil {
		return nil, err
	}
	reply, err := c.readFrame()
	if err == nil {
		return reply, nil
	}
	var large *frame.TooLarge
	if errors.As(err, &large) {
		return nil, c.passOver(large)
	}
	return nil, err
}

// dropOwed reads the replies to the calls that were told.
func (c *conn) dropOwed() error {
	for ; c.owed > 0; c.owed-- {
		if _, err := c.readFrame(); err != nil {
			return err
		}
	}
	return nil
}

// readFrame waits for a frame. One that has begun must be complete within the time limit, and a reply must come within it.
func (c *conn) readFrame() ([]byte, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	payload, err := c.nextFrame()
	if err != nil {
		c.broken = err
	}
	return payload, err
}

func (c *conn) nextFrame() ([]byte, error) {
	if err := c.in.Wait(); err != nil {
		return nil, err
	}
	if payload, arrived := c.in.Arrived(); arrived { // most have, and need no time limit
		return payload, nil
	}
	if err := c.limit(); err != nil {
		return nil, err
	}
	return c.in.Next()
}

// passOver reads a reply that is too large without keeping it, so that the request can still be answered: closing the
// connection would make Kong try again, for ever. The time limit of the frame still runs.
func (c *conn) passOver(large *frame.TooLarge) error {
	if large.Size > mostPassedOver {
		return large
	}
	if _, err := io.CopyN(io.Discard, c.in, large.Size); err != nil {
		return err
	}
	c.broken = nil
	return large
}

// flush sends what was written.
func (c *conn) flush() error {
	if len(c.out) == 0 || c.broken != nil {
		return c.broken
	}
	err := c.limit()
	if err == nil {
		_, err = c.Conn.Write(c.out)
	}
	c.broken = err
	c.out, c.whole = c.out[:0], 0
	if cap(c.out) > mostKept {
		c.out = nil
	}
	return err
}

// limit gives what is read and written next its time, and some more, so that not every frame needs a limit of its own.
func (c *conn) limit() error {
	if time.Until(c.until) >= c.frameTimeout { // which reads one clock, where time.Now reads two
		return nil
	}
	c.until = time.Now().Add(c.frameTimeout + c.frameTimeout/4)
	return c.SetDeadline(c.until)
}

// unlimit takes the limit away.
func (c *conn) unlimit() error {
	c.until = time.Time{}
	return c.SetDeadline(c.until)
}

// discard forgets the half of a call that a failing handler left behind: go-pdk's bridge writes the method's name before
// it finds that the arguments cannot be encoded.
func (c *conn) discard() {
	c.out = c.out[:c.whole]
	c.reply = nil
}
