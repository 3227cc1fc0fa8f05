package frame

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
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

func TestAMessageIsAFrame(t *testing.T) {
	message := wrapperspb.String(strings.Repeat("kong", 1000))
	payload, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	framed, err := AppendMessage([]byte("before"), message)
	if want := Append([]byte("before"), payload); err != nil || !bytes.Equal(framed, want) {
		t.Errorf("%d bytes, %v; want %d", len(framed), err, len(want))
	}
	broken, err := AppendMessage([]byte("before"), wrapperspb.String("\xff"))
	if err == nil || string(broken) != "before" {
		t.Errorf("a message that cannot be encoded leaves %q, %v", broken, err)
	}
}
