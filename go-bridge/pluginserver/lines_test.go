package pluginserver

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"
)

func TestACauseHasOneLineAMinute(t *testing.T) {
	var written bytes.Buffer
	now := time.Now()
	l := newLines(log.New(&written, "", 0))
	l.now = func() time.Time { return now }
	say := func(cause string) string {
		written.Reset()
		l.write(cause, func() string { return ", in detail" })
		return written.String()
	}
	for at, want := range []string{"fire, in detail\n", "", ""} {
		if got := say("fire"); got != want {
			t.Errorf("%d: %q, want %q", at, got, want)
		}
	}
	if got := say("water"); got != "water, in detail\n" {
		t.Errorf("another cause: %q", got)
	}
	now = now.Add(quiet)
	if got := say("fire"); got != "fire, in detail (2 more like it since the last line)\n" {
		t.Errorf("a minute later: %q", got)
	}
}

func TestCausesAreBounded(t *testing.T) {
	var written bytes.Buffer
	now := time.Now()
	l := newLines(log.New(&written, "", 0))
	l.now = func() time.Time { return now }
	for i := range 10 * mostCauses {
		l.write(fmt.Sprintf("cause %d", i), func() string { return "" })
	}
	if lines := strings.Count(written.String(), "\n"); lines != mostCauses+1 || len(l.causes) > mostCauses+1 {
		t.Errorf("%d lines, %d causes kept; want %d", lines, len(l.causes), mostCauses+1)
	}
	now = now.Add(quiet)
	written.Reset()
	l.write("new", func() string { return "" })
	if got := written.String(); got != "new\n" || len(l.causes) != 1 {
		t.Errorf("a minute later: %q, %d causes kept", got, len(l.causes))
	}
}

// refusedWith runs an event that fails, for which Kong answers a question for the request's id.
func (s *served) refusedWith(t *testing.T, id string) (asked int) {
	t.Helper()
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	for {
		var name pb.String
		switch method := l.step(&name); {
		case method == "kong.response.exit":
			l.Close()
			return asked
		case method == "kong.nginx.get_var" && name.V == "kong_request_id":
			asked++
			reply, err := proto.Marshal(&pb.String{V: id})
			if err != nil {
				t.Fatal(err)
			}
			l.send(reply)
		default:
			t.Fatalf("asked for %q with %v", method, &name)
		}
	}
}

func TestALineHasTheRequestsID(t *testing.T) {
	for id, want := range map[string]string{
		"0f3a9c0de1":                     "access refused with 503: on fire (request 0f3a9c0de1)\n",
		"":                               "access refused with 503: on fire\n",
		"x\n[error]":                     "access refused with 503: on fire\n",
		strings.Repeat("a", longestID+1): "access refused with 503: on fire\n",
	} {
		s := serve(t, failing(func(*Event) error { return errors.New("on fire") }), Limits{})
		if asked := s.refusedWith(t, id); asked != 1 {
			t.Errorf("%q: asked %d times for the id", id, asked)
		}
		if got := s.log.String(); got != want {
			t.Errorf("%q: logged %q, want %q", id, got, want)
		}
		// Kong is asked only for what is written.
		if asked := s.refusedWith(t, id); asked != 0 || s.log.String() != want {
			t.Errorf("%q: the second time: asked %d times, logged %q", id, asked, s.log.String())
		}
	}
}
