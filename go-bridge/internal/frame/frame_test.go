package frame

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
)

func TestAFrameSurvivesEveryWayOfArriving(t *testing.T) {
	payload := bytes.Repeat([]byte("kong"), 50_000)
	stream := Append(Append(Append(nil, payload), nil), []byte("x"))
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole":         func(r io.Reader) io.Reader { return r },
		"byte by byte":  iotest.OneByteReader,
		"data with EOF": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			r := wrap(bytes.NewReader(stream))
			for i, want := range [][]byte{payload, {}, []byte("x")} {
				got, err := Read(r, 1<<20)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("frame %d: %d bytes, %v; want %d bytes", i, len(got), err, len(want))
				}
			}
			if _, err := Read(r, 1<<20); err != io.EOF {
				t.Fatalf("after the last frame: %v, want io.EOF", err)
			}
		})
	}
}

func TestAHalfFrameIsNoCleanEnd(t *testing.T) {
	whole := Append(nil, []byte("0123456789"))
	for cut := 1; cut < len(whole); cut++ {
		_, err := Read(bytes.NewReader(whole[:cut]), 100)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d bytes: %v, want io.ErrUnexpectedEOF", cut, err)
		}
	}
}

func TestALengthAboveTheLimitIsRefusedUnread(t *testing.T) {
	r := bytes.NewReader(append([]byte{0xff, 0xff, 0xff, 0xff}, "rest"...))
	if _, err := Read(r, 128<<20); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("4 GB length: %v, want ErrTooLarge", err)
	}
	if r.Len() != len("rest") {
		t.Errorf("payload was read: %d bytes left", r.Len())
	}
}

func TestAnAnnouncedLengthAllocatesNothing(t *testing.T) {
	announced := append(AppendHeader(nil, 100<<20), "little"...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(announced), 128<<20); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("a half frame: %v, want io.ErrUnexpectedEOF", err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4*firstStep {
		t.Errorf("100 MB announced, 6 bytes sent: %d bytes allocated, want at most %d", got, 4*firstStep)
	}
}

func TestAFrameThatHasArrivedIsNotCopied(t *testing.T) {
	stream := Append(Append(nil, []byte("first")), nil)
	for cut := range stream {
		r := bufio.NewReader(bytes.NewReader(stream[:cut]))
		_, _ = r.Peek(1)
		payload, arrived := Buffered(r, 1<<20)
		if want := cut >= HeaderSize+len("first"); arrived != want || want && string(payload) != "first" {
			t.Fatalf("%d bytes: %q, %v", cut, payload, arrived)
		}
	}
	r := bufio.NewReader(bytes.NewReader(stream))
	_, _ = r.Peek(1)
	for _, want := range []string{"first", ""} {
		if payload, arrived := Buffered(r, 1<<20); !arrived || string(payload) != want {
			t.Fatalf("%q, %v; want %q", payload, arrived, want)
		}
	}
	if allocated := testing.AllocsPerRun(100, func() { _, _ = Buffered(r, 1<<20) }); allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestAFrameAboveTheLimitIsLeftForReadToRefuse(t *testing.T) {
	r := bufio.NewReader(bytes.NewReader(Append(nil, []byte("0123456789"))))
	_, _ = r.Peek(1)
	if _, arrived := Buffered(r, 9); arrived {
		t.Error("it was handed out")
	}
	if _, err := Read(r, 9); !errors.Is(err, ErrTooLarge) {
		t.Errorf("reading it: %v, want ErrTooLarge", err)
	}
}
