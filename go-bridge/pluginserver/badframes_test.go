package pluginserver

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"aws-masker/go-bridge/internal/frame"
)

// eventually waits for a condition.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not happen in time")
		}
	}
}

// receiveLarge reads a frame of any size.
func receiveLarge(t *testing.T, l *line) []byte {
	t.Helper()
	payload, err := frame.Read(l, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestABadFrameEndsItsConnectionOnly(t *testing.T) {
	for name, sent := range map[string][]byte{
		"4 GB length":          {0xff, 0xff, 0xff, 0xff},
		"above the limit":      frame.AppendHeader(nil, 1<<20+1),
		"garbage":              frame.Append(nil, []byte("GET / HTTP/1.1\r\n\r\n")),
		"HTTP without a frame": []byte("GET / HTTP/1.1\r\n\r\n"),
		"empty":                frame.Append(nil, nil),
		"a call of no kind":    frame.Append(nil, []byte{0x08, 1}),
		"zeros":                make([]byte, 64),
		"half a length":        {1, 0},
		"half a frame":         append(frame.AppendHeader(nil, 1000), "half"...),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handlerFunc(nothing), Limits{Frame: 1 << 20, FrameTime: patience})
			other := s.dial(t)
			id := other.start("{}")
			l := s.dial(t)
			if _, err := l.Write(sent); err != nil {
				t.Fatal(err)
			}
			if err := l.Conn.(*net.UnixConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, l); err != nil {
				t.Fatalf("the connection is open: %v", err)
			}
			other.event(id, "access")
			other.step(nil)
			other.result()
		})
	}
}

func TestAFrameThatStallsEndsItsConnection(t *testing.T) {
	s := serve(t, handlerFunc(nothing), Limits{FrameTime: 20 * time.Millisecond})
	for _, sent := range [][]byte{{1}, append(frame.AppendHeader(nil, 1000), "half"...)} {
		l := s.dial(t)
		if _, err := l.Write(sent); err != nil {
			t.Fatal(err)
		}
		l.ended()
	}
	s.works(t)
}

func TestABadReplyRefusesTheRequest(t *testing.T) {
	s := serve(t, failing(func(e *Event) error {
		_, err := e.Kong.Request.GetMethod()
		return err
	}), Limits{Frame: 1 << 20})
	t.Run("garbage", func(t *testing.T) {
		l := s.dial(t)
		l.event(l.start("{}"), "access")
		l.step(nil)
		l.send([]byte{0xff, 0xff, 0xff})
		if args := l.exit(); args.Status != 503 {
			t.Errorf("exit with %d", args.Status)
		}
	})
	t.Run("4 GB length", func(t *testing.T) {
		l := s.dial(t)
		l.event(l.start("{}"), "access")
		l.step(nil)
		if _, err := l.Write(bytes.Repeat([]byte{0xff}, 4)); err != nil {
			t.Fatal(err)
		}
		l.ended()
	})
	s.works(t)
}

func TestMemoryFollowsWhatArrives(t *testing.T) {
	s := serve(t, handlerFunc(func(e *Event) error {
		_, err := e.Kong.Request.GetMethod()
		return err
	}), Limits{})
	s.asks(t)
	before := heap()
	for i := range 100 {
		l := s.dial(t)
		if i%2 == 0 { // in an event, where go-pdk's bridge reads
			l.event(l.start("{}"), "access")
			l.step(nil)
		}
		if _, err := l.Write(append(frame.AppendHeader(nil, 127<<20), "little"...)); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		l := s.dial(t)
		if _, err := l.Write([]byte{0xff, 0xff, 0xff, 0xff}); err != nil {
			t.Fatal(err)
		}
		l.ended()
	}
	s.asks(t)
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("100 connections announced 127 MB each and sent 6 bytes: the heap grew by %d MB", grown>>20)
	}
}

// asks runs one event that asks for the method.
func (s *served) asks(t *testing.T) {
	t.Helper()
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	l.step(nil)
	l.send([]byte{0x0a, 3, 'G', 'E', 'T'})
	l.step(nil)
	l.result()
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func FuzzNoFrameHarmsTheServer(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x08, 1, 0xfa, 1, 0})
	f.Add([]byte{0x08, 1, 0x92, 2, 2, 8, 1})
	s := New(handlerFunc(nothing), nil, Limits{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		ours, kongs := net.Pipe()
		defer ours.Close()
		go func() { _, _ = io.Copy(io.Discard, kongs) }()
		_ = s.call(newConn(ours, 1<<20, patience), payload)
	})
}
