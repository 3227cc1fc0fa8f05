package pluginserver

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Kong/go-pdk/bridge"
)

func TestConnectionsAreBounded(t *testing.T) {
	s := serve(t, handlerFunc(nothing), Limits{Connections: 2})
	first, second := s.dial(t), s.dial(t)
	first.start("{}")
	second.start("{}")
	third := s.dial(t) // waits in the kernel's queue
	answered := make(chan int32, 1)
	go func() { answered <- third.start("{}") }()
	select {
	case <-answered:
		t.Fatal("a third connection is served")
	case <-time.After(50 * time.Millisecond):
	}
	second.Close()
	select {
	case <-answered:
	case <-time.After(patience):
		t.Fatal("the third connection is not served when another has ended")
	}
	if log := s.log.String(); strings.Count(log, "2 connections are open, others wait\n") != 1 {
		t.Errorf("logged %q", log)
	}
}

func TestAFullServerShutsDown(t *testing.T) {
	s := serve(t, handlerFunc(nothing), Limits{Connections: 1})
	s.dial(t).start("{}")
	waiting := s.dial(t)
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	waiting.ended() // and not reset
}

func TestASilentKongDoesNotHoldAnEvent(t *testing.T) {
	s := serve(t, failing(func(e *Event) error {
		_, err := e.Kong.Request.GetMethod()
		return err
	}), Limits{FrameTime: 50 * time.Millisecond})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	l.step(nil)
	l.ended()
	if log := s.log.String(); log != "connection closed: a frame took longer than 50ms\n" {
		t.Errorf("logged %q", log)
	}
	s.works(t)
}

func TestAKongThatDoesNotReadDoesNotHoldAnEvent(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 16<<20)
	s := serve(t, handlerFunc(func(e *Event) error {
		if e.Phase == "log" {
			return nil
		}
		return e.Ask(Call{Method: "kong.service.request.set_raw_body", Args: bridge.WrapByteString(large)})
	}), Limits{FrameTime: 50 * time.Millisecond})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	eventually(t, func() bool { return strings.Contains(s.log.String(), "a frame took longer than 50ms") })
	s.works(t)
}

func TestAConnectionMayBeIdleForLonger(t *testing.T) {
	s := serve(t, handlerFunc(func(e *Event) error {
		_, err := e.Kong.Request.GetMethod()
		return err
	}), Limits{FrameTime: 20 * time.Millisecond})
	l := s.dial(t)
	id := l.start("{}")
	for range 3 {
		time.Sleep(100 * time.Millisecond)
		l.event(id, "access")
		l.step(nil)
		l.send([]byte{0x0a, 3, 'G', 'E', 'T'})
		l.step(nil)
		l.result()
	}
	if log := s.log.String(); log != "" {
		t.Errorf("logged %q", log)
	}
}
