// Package pluginserver serves one plugin to Kong: Kong's plugin server protocol ("ProtoBuf:1") over a unix socket.
//
// It replaces go-pdk's serve loop, which ends the connection when a handler fails (Kong then retries at once, for ever),
// does not recover panics and forgets instances that are in use. Here a connection ends during an event only where
// Kong's retry succeeds, and every other failure becomes an answer to the client.
package pluginserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of a connection. The zero value of each field stands for its default.
type Limits struct {
	// Frame is the most bytes one frame may have; a little more than 128 MiB. A larger body cannot be received from Kong.
	Frame int
	// FrameTime is how long a frame that has begun may take to arrive, a reply of Kong's to come, and one of ours to leave;
	// 60 s, as long as Kong waits.
	FrameTime time.Duration
	// Connections is how many are served at once; 4,096. Others wait in the kernel's queue until one ends.
	Connections int
}

const (
	defaultFrame     = 128<<20 + 64<<10
	defaultFrameTime = 60 * time.Second
	// defaultConnections is far more than the workers of one Kong have open, and 200 MB of memory.
	defaultConnections = 4096
	// lastAccepts is how long connections are still taken from the kernel's queue when the server is to stop: Kong made
	// them before a successor took over the path, and closing the queue would reset them.
	lastAccepts = 100 * time.Millisecond
	// lastCalls is how long connections without a call are still served when the server is to stop. Kong takes the
	// connection it has used last, so one it still uses is used within this time and ends with its reply. One that ends
	// while Kong takes it from its pool can cost a request: an instance that cannot be started is not tried again.
	lastCalls = 500 * time.Millisecond
)

// Server serves one plugin. Its methods are safe for concurrent use.
type Server struct {
	plugin    Plugin
	log       *log.Logger
	lines     *lines
	limits    Limits
	instances *instances
	places    chan struct{} // one for every connection that is served

	draining  atomic.Bool
	drain     chan struct{} // closed when that is set
	mu        sync.Mutex
	listeners map[net.Listener]struct{} // those that accept
	open      map[*conn]struct{}
	ended     chan struct{} // closed once the server drains and neither of them is left
}

// New makes a server. log gets one line per failure; none holds any part of a body.
func New(plugin Plugin, log *log.Logger, limits Limits) *Server {
	if limits.Frame == 0 {
		limits.Frame = defaultFrame
	}
	if limits.FrameTime == 0 {
		limits.FrameTime = defaultFrameTime
	}
	if limits.Connections == 0 {
		limits.Connections = defaultConnections
	}
	return &Server{
		plugin:    plugin,
		log:       log,
		lines:     newLines(log),
		limits:    limits,
		instances: newInstances(),
		places:    make(chan struct{}, limits.Connections),
		drain:     make(chan struct{}),
		listeners: map[net.Listener]struct{}{},
		open:      map[*conn]struct{}{},
		ended:     make(chan struct{}),
	}
}

// Serve accepts connections until Shutdown. It returns nil then, and otherwise why it cannot go on.
func (s *Server) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listeners[listener] = struct{}{}
	s.mu.Unlock()
	defer s.finished(func() { delete(s.listeners, listener) })
	if s.draining.Load() {
		stopAccepting(listener)
	}
	pause := time.Duration(0)
	for {
		s.awaitPlace()
		socket, err := listener.Accept()
		if err != nil {
			s.leavePlace()
		}
		switch {
		case err == nil:
			pause = 0
			s.accept(socket)
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded): // set by Shutdown
			return listener.Close()
		case pause >= time.Second:
			return err
		default: // out of file descriptors, most likely: connections that end give some back
			pause = max(5*time.Millisecond, 2*pause)
			s.lines.write("accept failed, it is tried again", func() string { return fmt.Sprintf(": %v", err) })
			time.Sleep(pause)
		}
	}
}

// awaitPlace waits until a connection more can be served. When the server is to stop, those that wait in the kernel's queue
// are taken all the same: they would be reset.
func (s *Server) awaitPlace() {
	select {
	case s.places <- struct{}{}:
		return
	default:
	}
	s.lines.write(fmt.Sprintf("%d connections are open, others wait", cap(s.places)), func() string { return "" })
	select {
	case s.places <- struct{}{}:
	case <-s.drain:
	}
}

// leavePlace gives a place back. After a drain there may be fewer than connections.
func (s *Server) leavePlace() {
	select {
	case <-s.places:
	default:
	}
}

// accept starts serving a connection.
func (s *Server) accept(socket net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := newConn(socket, s.limits.Frame, s.limits.FrameTime)
	s.open[c] = struct{}{}
	go s.serve(c)
}

// serve answers the calls of one connection until Kong ends it or a call does.
func (s *Server) serve(c *conn) {
	defer s.finished(func() { delete(s.open, c) })
	defer s.leavePlace()
	defer c.Close()
	for {
		if !s.wait(c) {
			c.hangUp()
			return
		}
		payload, err := c.readFrame()
		if err == nil {
			err = s.call(c, payload)
		}
		c.in.Reset()
		if err != nil {
			s.logEnd(err)
			return
		}
	}
}

// wait returns whether a call has begun to arrive; false when Kong ended the connection or the server is to stop.
//
// Either this sees that the server is to stop, or Shutdown sees that the connection waits: each says its own first.
func (s *Server) wait(c *conn) bool {
	c.waiting.Store(true)
	if s.draining.Load() && c.in.Buffered() == 0 {
		return false
	}
	err := c.in.Wait()
	for errors.Is(err, os.ErrDeadlineExceeded) && s.unlimit(c) { // the time of the last event was over
		err = c.in.Wait()
	}
	c.waiting.Store(false)
	if s.draining.Load() {
		s.unlimit(c) // Shutdown has set the time limits of those that wait
	}
	return err == nil
}

// unlimit takes the time limit from a connection, and reports that the server is not to stop.
func (s *Server) unlimit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = c.unlimit()
	return !s.draining.Load()
}

// finished forgets a listener or a connection. A connection that a listener still takes would not be waited for if none
// but connections were counted, and the end of the process would reset it.
func (s *Server) finished(forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	forget()
	s.endIfDrained()
}

// endIfDrained is called with mu held.
func (s *Server) endIfDrained() {
	if !s.draining.Load() || len(s.listeners) > 0 || len(s.open) > 0 {
		return
	}
	select {
	case <-s.ended: // before; a listener has come later
	default:
		close(s.ended)
	}
}

// logEnd writes why a connection ended, unless that is how Kong works.
func (s *Server) logEnd(err error) {
	if errors.Is(err, errExited) || errors.Is(err, errUnknownInstance) {
		return
	}
	line := ""
	switch {
	case errors.Is(err, io.EOF):
		line = "connection ended by Kong during a call"
	case errors.Is(err, os.ErrDeadlineExceeded):
		line = fmt.Sprintf("connection closed: a frame took longer than %v", s.limits.FrameTime)
	default:
		line = fmt.Sprintf("connection closed: %v", err)
	}
	s.lines.write(line, func() string { return "" })
}

// Shutdown stops accepting, ends each connection with its next reply or when none is asked for, and lets running calls
// finish; what still runs when ctx ends is cut off. It then closes all instances. The error is ctx's if something was cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	if !s.draining.Swap(true) {
		close(s.drain)
	}
	s.mu.Lock()
	for listener := range s.listeners {
		stopAccepting(listener)
	}
	for c := range s.open {
		if c.waiting.Load() {
			_ = c.SetReadDeadline(time.Now().Add(lastCalls))
		}
	}
	s.endIfDrained()
	s.mu.Unlock()

	select {
	case <-s.ended:
		s.instances.closeAll()
		return nil
	case <-ctx.Done():
		s.cutOff()
		return ctx.Err()
	}
}

// stopAccepting ends Serve once the connections that wait in the listener's queue have been taken.
func stopAccepting(listener net.Listener) {
	timed, ok := listener.(interface{ SetDeadline(time.Time) error })
	if !ok || timed.SetDeadline(time.Now().Add(lastAccepts)) != nil {
		listener.Close()
	}
}

// cutOff closes what is still open. Its handlers may still run, so the instances stay open until the process ends.
func (s *Server) cutOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Conn.Close()
	}
}
