package pluginserver

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/Kong/go-pdk/bridge"
	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

func nothing(*Event) error { return nil }

func TestKongLearnsWhatThePluginIs(t *testing.T) {
	l := serve(t, handlerFunc(nothing), Limits{}).dial(t)
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdGetPluginNames{CmdGetPluginNames: &pb.CmdGetPluginNames{}}})
	if names := l.result().GetPluginNames().GetNames(); len(names) != 1 || names[0] != "test" {
		t.Errorf("names %v", names)
	}
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdGetPluginInfo{CmdGetPluginInfo: &pb.CmdGetPluginInfo{Name: "test"}}})
	info := l.result().GetPluginInfo()
	if info.GetVersion() != "1.2.3" || info.GetPriority() != 7 || info.GetSchema() != "{}" || len(info.GetPhases()) != 1 {
		t.Errorf("info %v", info)
	}
}

func TestOneConnectionCarriesManyCalls(t *testing.T) {
	l := serve(t, handlerFunc(func(e *Event) error {
		method, err := e.Kong.Request.GetMethod()
		if err != nil {
			return err
		}
		return e.Kong.Ctx.SetShared("method", method)
	}), Limits{}).dial(t)
	id := l.start("{}")
	for range 3 {
		l.event(id, "access")
		if method := l.step(nil); method != "kong.request.get_method" {
			t.Fatalf("asked for %q", method)
		}
		l.send([]byte{0x0a, 3, 'P', 'U', 'T'}) // String{v: "PUT"}
		var kv pb.KV
		if method := l.step(&kv); method != "kong.ctx.shared.set" || kv.GetV().GetStringValue() != "PUT" {
			t.Fatalf("asked for %q with %v", method, &kv)
		}
		l.send(nil)
		if method := l.step(nil); method != "" {
			t.Fatalf("asked for %q", method)
		}
		l.result()
	}
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdCloseInstance{CmdCloseInstance: &pb.CmdCloseInstance{InstanceId: id}}})
	if got := l.result().GetInstanceStatus().GetInstanceId(); got != id {
		t.Errorf("closed instance %d, want %d", got, id)
	}
}

func TestToldCallsAreNotWaitedFor(t *testing.T) {
	s := serve(t, handlerFunc(func(e *Event) error {
		for _, name := range []string{"a", "b"} {
			err := e.Tell(Call{Method: "kong.response.clear_header", Args: bridge.WrapString(name)})
			if err != nil {
				return err
			}
		}
		var first, second pb.Int
		err := e.Ask(Call{Method: "first", Reply: &first}, Call{Method: "second", Reply: &second})
		if err != nil || first.V != 1 || second.V != 2 {
			return errors.New("replies went to the wrong calls")
		}
		return e.Tell(Call{Method: "last"})
	}), Limits{})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	for _, want := range []string{"kong.response.clear_header", "kong.response.clear_header", "first", "second"} {
		if got := l.step(nil); got != want {
			t.Fatalf("asked for %q, want %q", got, want)
		}
	}
	// All four were sent before the first reply.
	l.send(nil)
	l.send(nil)
	l.send([]byte{0x08, 1})
	l.send([]byte{0x08, 2})
	if got := l.step(nil); got != "last" {
		t.Fatalf("asked for %q", got)
	}
	if got := l.step(nil); got != "" {
		t.Fatalf("asked for %q", got)
	}
	l.result()
	l.send(nil) // the reply to "last"
	l.event(l.start("{}"), "log")
	if log := s.log.String(); log != "" {
		t.Errorf("logged %q", log)
	}
}

type borrower func(result []byte) error

func (b borrower) Borrow(result []byte) error { return b(result) }

func TestWhatIsLentStaysUntilTheEventEnds(t *testing.T) {
	sizes := []int{1, 9_000, 9_000, 0, 40_000, 16_000, 5}
	s := serve(t, handlerFunc(func(e *Event) error {
		lent := make([][]byte, len(sizes))
		for i := range sizes {
			err := e.Ask(Call{Method: "one", Lent: borrower(func(result []byte) error { lent[i] = result; return nil })})
			if err != nil {
				return err
			}
		}
		for i, size := range sizes {
			if !bytes.Equal(lent[i], bytes.Repeat([]byte{byte(i)}, size)) {
				return fmt.Errorf("result %d has changed", i)
			}
		}
		return nil
	}), Limits{})
	l := s.dial(t)
	for range 3 {
		l.event(l.start("{}"), "log")
		for i, size := range sizes {
			l.step(nil)
			l.send(bytes.Repeat([]byte{byte(i)}, size))
		}
		l.step(nil)
		l.result()
	}
	if log := s.log.String(); log != "" {
		t.Errorf("logged %q", log)
	}
}

func TestAResultThatIsNotUnderstoodRefusesTheRequest(t *testing.T) {
	s := serve(t, failing(func(e *Event) error {
		return e.Ask(Call{Method: "one", Lent: borrower(func([]byte) error { return errors.New("not understood") })}, Call{Method: "other"})
	}), Limits{})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	if args := l.exit(); args.Status != 503 {
		t.Errorf("exit with %d", args.Status)
	}
	if log := s.log.String(); !strings.Contains(log, "one: reply cannot be decoded: not understood") {
		t.Errorf("logged %q", log)
	}
}

func TestAnUnknownInstanceClosesTheConnection(t *testing.T) {
	s := serve(t, handlerFunc(nothing), Limits{})
	l := s.dial(t)
	l.event(4711, "access")
	l.ended()
	s.works(t)
	if log := s.log.String(); log != "" {
		t.Errorf("logged %q: Kong's retry settles it", log)
	}
}

func TestClosingOrAskingForAnUnknownInstanceIsAnswered(t *testing.T) {
	l := serve(t, handlerFunc(nothing), Limits{}).dial(t)
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdCloseInstance{CmdCloseInstance: &pb.CmdCloseInstance{InstanceId: 1}}})
	if l.result().GetInstanceStatus() != nil {
		t.Error("an unknown instance has a status")
	}
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdGetInstanceStatus{
		CmdGetInstanceStatus: &pb.CmdGetInstanceStatus{InstanceId: 1},
	}})
	if l.result().GetInstanceStatus() != nil {
		t.Error("an unknown instance has a status")
	}
}

func TestExitIsSuccess(t *testing.T) {
	for name, exit := range map[string]func(*Event) error{
		"ours":     func(e *Event) error { return e.Exit(418, []byte("tea"), map[string][]string{"X-Pot": {"1"}}) },
		"go-pdk's": func(e *Event) error { e.Kong.Response.Exit(418, []byte("tea"), nil); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handlerFunc(func(e *Event) error {
				if e.Phase == "log" {
					return nil
				}
				return exit(e)
			}), Limits{})
			l := s.dial(t)
			l.event(l.start("{}"), "access")
			if args := l.exit(); args.Status != 418 || string(args.Body) != "tea" {
				t.Errorf("exit with %v", args)
			}
			s.works(t)
			if log := s.log.String(); log != "" {
				t.Errorf("logged %q", log)
			}
		})
	}
}

func TestOneWriteCarriesOneExchange(t *testing.T) {
	ours, kongs := net.Pipe()
	counted := &countedConn{Conn: ours}
	c := newConn(counted, 1<<20, patience)
	l := &line{Conn: kongs, t: t}
	done := make(chan error, 1)
	go func() {
		_, err := newEvent("access", c, nil).Kong.Request.GetMethod()
		done <- err
	}()
	if method := l.step(nil); method != "kong.request.get_method" {
		t.Fatalf("asked for %q", method)
	}
	l.send(nil)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if counted.writes != 1 {
		t.Errorf("%d writes for one call, want 1", counted.writes)
	}
}

type countedConn struct {
	net.Conn
	writes int
}

func (c *countedConn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.writes++
	return c.Conn.Write(p)
}

func TestALargeBodyGoesThroughWhole(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 100_000)
	l := serve(t, handlerFunc(func(e *Event) error {
		return e.Tell(
			Call{Method: "kong.service.request.set_raw_body", Args: bridge.WrapByteString([]byte(body))},
			Call{Method: "after"},
		)
	}), Limits{}).dial(t)
	l.event(l.start("{}"), "access")
	if method := string(l.receive()); method != "kong.service.request.set_raw_body" {
		t.Fatalf("asked for %q", method)
	}
	if got := len(receiveLarge(t, l)); got <= len(body) {
		t.Fatalf("%d bytes of arguments for a body of %d", got, len(body))
	}
	l.send(nil)
	if method := l.step(nil); method != "after" {
		t.Fatalf("asked for %q", method)
	}
	l.send(nil)
	l.step(nil)
	l.result()
}
