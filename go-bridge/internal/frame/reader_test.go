package frame

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// unsteady gives a stream in pieces of any length.
type unsteady struct {
	source io.Reader
	random *rand.Rand
}

func (u unsteady) Read(p []byte) (int, error) {
	most := 1 << u.random.IntN(16)
	return u.source.Read(p[:min(len(p), 1+u.random.IntN(most))])
}

// payloads are frames of which some fit what is read at once and some do not.
func payloads(random *rand.Rand) [][]byte {
	all := make([][]byte, 1+random.IntN(40))
	for i := range all {
		all[i] = bytes.Repeat([]byte{byte(random.Uint32())}, random.IntN(1<<random.IntN(17)))
	}
	return all
}

func TestWhatAReaderGivesStaysUntilReset(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		all := payloads(random)
		var stream []byte
		for _, payload := range all {
			stream = Append(stream, payload)
		}
		r := NewReader(unsteady{bytes.NewReader(stream), random}, 1<<17)
		first := 0
		given := make([][]byte, 0, len(all))
		for i := range all {
			got, err := r.Next()
			if err != nil {
				t.Fatalf("seed %d, frame %d: %v", seed, i, err)
			}
			given = append(given, got)
			if random.IntN(5) > 0 && i < len(all)-1 {
				continue
			}
			for j := first; j <= i; j++ {
				if !bytes.Equal(given[j], all[j]) {
					t.Fatalf("seed %d: frame %d has changed", seed, j)
				}
			}
			first = i + 1
			r.Reset()
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("seed %d: after the last frame: %v, want io.EOF", seed, err)
		}
	}
}

func TestAppendingToAPayloadLeavesTheNextAlone(t *testing.T) {
	r := NewReader(bytes.NewReader(Append(Append(nil, []byte("first")), []byte("second"))), 100)
	first, _ := r.Next()
	_ = append(first, "XXXXXXXX"...)
	if second, err := r.Next(); string(second) != "second" || err != nil {
		t.Errorf("%q, %v", second, err)
	}
}

func TestAFrameThatHasArrivedIsNotCopied(t *testing.T) {
	stream := Append(Append(nil, []byte("first")), nil)
	for cut := range stream {
		r := NewReader(bytes.NewReader(stream[:cut]), 1<<20)
		if err := r.Wait(); (err == io.EOF) != (cut == 0) {
			t.Fatal(err)
		}
		payload, arrived := r.Arrived()
		if want := cut >= HeaderSize+len("first"); arrived != want || want && string(payload) != "first" {
			t.Fatalf("%d bytes: %q, %v", cut, payload, arrived)
		}
	}
	source := bytes.NewReader(nil)
	r := NewReader(source, 1<<20)
	allocated := testing.AllocsPerRun(100, func() {
		source.Reset(stream)
		for _, want := range []string{"first", ""} {
			if payload, err := r.Next(); err != nil || string(payload) != want {
				t.Fatalf("%q, %v; want %q", payload, err, want)
			}
		}
		r.Reset()
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestAReaderRefusesAFrameAboveTheLimit(t *testing.T) {
	for _, length := range []int{10, readAhead, 4 * readAhead} {
		r := NewReader(bytes.NewReader(Append(Append(nil, make([]byte, length)), []byte("x"))), length-1)
		if err := r.Wait(); err != nil {
			t.Fatal(err)
		}
		if _, arrived := r.Arrived(); arrived {
			t.Errorf("%d bytes were given", length)
		}
		var large *TooLarge
		if _, err := r.Next(); !errors.As(err, &large) || large.Size != int64(length) {
			t.Fatalf("%d bytes: %v, want ErrTooLarge", length, err)
		}
		// It can be passed over.
		if _, err := io.CopyN(io.Discard, r, large.Size); err != nil {
			t.Fatal(err)
		}
		if next, err := r.Next(); string(next) != "x" || err != nil {
			t.Errorf("behind it: %q, %v", next, err)
		}
	}
}

func TestAReaderTellsAHalfFrameFromTheEnd(t *testing.T) {
	for _, length := range []int{10, 2 * readAhead} {
		whole := Append(nil, make([]byte, length))
		for _, cut := range []int{1, HeaderSize, HeaderSize + 1, len(whole) - 1} {
			r := NewReader(iotest.DataErrReader(bytes.NewReader(whole[:cut])), 1<<20)
			if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d of %d bytes: %v, want io.ErrUnexpectedEOF", cut, len(whole), err)
			}
		}
	}
}
