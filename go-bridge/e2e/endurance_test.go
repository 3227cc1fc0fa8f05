package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
	"aws-masker/go-bridge/kongsim"
)

// mostGrown is how much more memory a server may have after the second half of its work than after the first. From run to
// run that moves by some hundred kilobytes; four bytes of each event of the million, or eighty of each restored response, are
// more than this.
const mostGrown = 2 << 20

// staysFlat lets a server work until its memory has the size that the work takes, and then as long again: it has no more
// memory afterwards and no more open files.
func (s *server) staysFlat(t *testing.T, half func()) {
	t.Helper()
	fresh := s.resident(t)
	half()
	first, files := s.resident(t), s.filesAtRest(t)
	half()
	second := s.resident(t)
	t.Logf("%d KB when fresh, %d KB after the first half, %d KB after the second", fresh>>10, first>>10, second>>10)
	if grown := second - first; memoryTells && grown > mostGrown {
		t.Errorf("grown by %d KB in the second half", grown>>10)
	}
	eventually(t, "as many open files as after the first half", func() bool { return s.files(t) <= files })
}

// inLanes runs a load on four connections at once.
func inLanes(load func(lane int)) {
	var all sync.WaitGroup
	for lane := range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			load(lane)
		}()
	}
	all.Wait()
}

// TestAMillionEventsThatDoNextToNothingAndTenThousandInstancesLeaveNothingBehind is about what calls, frames and instances
// cost: of the events 950,000 return at once, 50,000 mask a request, and none restores a response.
func TestAMillionEventsThatDoNextToNothingAndTenThousandInstancesLeaveNothingBehind(t *testing.T) {
	const cycles, idleEvents, maskingEvents = 10_000, 950_000, 50_000
	// In the streaming mode a response event is answered without a call to Kong, so that many can be sent at once.
	s := startServerWith(t, []string{"-streaming"})
	s.staysFlat(t, func() {
		inLanes(func(lane int) {
			l := dialRaw(t, s.socket)
			if err := l.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
				t.Error(err)
			}
			l.cycles(cycles/8, lane)
			l.idleEvents(idleEvents / 8)
			l.maskingEvents(maskingEvents / 8)
			l.Close()
		})
	})
}

// TestRestoredResponsesLeaveNothingBehind is about what the work itself costs: 100,000 events mask a request or restore its
// response, each with identifiers that the store has not seen and soon forgets. Between them are clean and refused requests.
// Every answer of the plugin's own costs its connection, as with Kong.
func TestRestoredResponsesLeaveNothingBehind(t *testing.T) {
	const requests = 84_000 // six of ten are masked and restored, which is two events each
	const plugin = `{"use_redis":false,"max_entries":1000}`
	s := startServer(t)
	numbers := atomic.Int64{}
	working := atomic.Int64{}
	s.staysFlat(t, func() {
		inLanes(func(int) {
			w, err := kongsim.Connect(s.socket, plugin)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Close()
			for n := range requests / 8 {
				switch n % 10 {
				case 0:
					err = refuse(w)
				case 1, 2, 3:
					err = pass(w)
				default:
					working.Add(2)
					err = restore(w, numbers.Add(1))
				}
				if err != nil {
					t.Errorf("request %d: %v", n, err)
					return
				}
			}
		})
	})
	if working.Load() < 100_000 {
		t.Errorf("%d events have masked or restored", working.Load())
	}
}

// restore sends a request with two identifiers of its own, which the upstream must not see and the client must get back.
func restore(w *kongsim.Connection, number int64) error {
	text := fmt.Appendf(nil, `{"messages":[{"role":"user","content":"is i-0%016x in vpc-0%016x?"}]}`, number, number)
	exit, err := w.Request(text, "")
	switch {
	case err != nil:
		return err
	case bytes.Contains(w.Sent(), fmt.Appendf(nil, "0%016x", number)):
		return fmt.Errorf("sent %s", w.Sent())
	case exit == nil || exit.Status != 200 || !bytes.Equal(exit.Body, text):
		return fmt.Errorf("the client gets %v for %s", exit, text)
	}
	return nil
}

// pass sends a request with nothing to mask, which passes as it is, and so does its response.
func pass(w *kongsim.Connection) error {
	text := []byte(`{"messages":[{"role":"user","content":"hello"}]}`)
	exit, err := w.Request(text, "")
	if err == nil && (exit != nil || !bytes.Equal(w.Sent(), text)) {
		err = fmt.Errorf("sent %s, the client gets %v", w.Sent(), exit)
	}
	return err
}

// refuse sends a body that cannot be inspected.
func refuse(w *kongsim.Connection) error {
	exit, err := w.Request([]byte("\x1f\x9d"), "compress")
	if err == nil && (exit.GetStatus() != 403 || !bytes.Contains(exit.GetBody(), []byte("AWS_MASKER_5001"))) {
		err = fmt.Errorf("the client gets %v", exit)
	}
	return err
}

// files is the number of open files of the server.
func (s *server) files(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// filesAtRest is the least of several looks: connections that a load has closed are still open for a moment.
func (s *server) filesAtRest(t *testing.T) int {
	t.Helper()
	least := s.files(t)
	for range 20 {
		time.Sleep(10 * time.Millisecond)
		least = min(least, s.files(t))
	}
	return least
}

// start starts an instance and returns its id.
func (l *rawLine) start(config string) int32 {
	l.call(&pb.RpcCall{Sequence: 1, Call: &pb.RpcCall_CmdStartInstance{
		CmdStartInstance: &pb.CmdStartInstance{Name: "aws-masker", Config: []byte(config)},
	}})
	return l.result().GetInstanceStatus().GetInstanceId()
}

// cycles starts and closes instances, each with an engine of its own.
func (l *rawLine) cycles(count, lane int) {
	for i := range count {
		id := l.start(fmt.Sprintf(`{"use_redis":false,"mapping_ttl":%d}`, 1000+lane*count+i))
		l.call(&pb.RpcCall{Sequence: 2, Call: &pb.RpcCall_CmdCloseInstance{CmdCloseInstance: &pb.CmdCloseInstance{InstanceId: id}}})
		l.result()
	}
}

// event is the frame that begins an event.
func event(id int32, phase string) []byte {
	payload, err := proto.Marshal(&pb.RpcCall{Sequence: 3, Call: &pb.RpcCall_CmdHandleEvent{
		CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: id, EventName: phase},
	}})
	if err != nil {
		panic(err) // a number and a word
	}
	return frame.Append(nil, payload)
}

// idleEvents runs events that make no call to Kong, many in one write.
func (l *rawLine) idleEvents(count int) {
	one := event(l.start(`{"use_redis":false}`), "response")
	_, _ = l.Write(one)
	answer := 2*frame.HeaderSize + len(l.receive()) + len(l.receive())
	const batch = 500
	many := make([]byte, 0, batch*len(one))
	for range batch {
		many = append(many, one...)
	}
	for range count / batch {
		if _, err := l.Write(many); err != nil {
			l.t.Error(err)
			return
		}
		if _, err := io.CopyN(io.Discard, l, int64(batch*answer)); err != nil {
			l.t.Error(err)
			return
		}
	}
}

// maskingEvents runs access events whose body has an identifier to mask, as the worker of a Kong.
func (l *rawLine) maskingEvents(count int) {
	id := l.start(`{"use_redis":false}`)
	replies := map[string]proto.Message{
		"kong.request.get_raw_body": &pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: body}},
		"kong.ctx.shared.get":       presence(),
	}
	for range count {
		_, _ = l.Write(event(id, "access"))
		for method := l.receive(); len(method) > 0; method = l.receive() {
			l.receive()
			var reply []byte
			if message := replies[string(method)]; message != nil {
				reply, _ = proto.Marshal(message)
			}
			l.send(reply)
		}
		l.receive()
	}
}
