package e2e

import (
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
)

// TestMemoryAndDescriptorsStayFlat runs as many instances and events through one server as a busy Kong does in a day.
func TestMemoryAndDescriptorsStayFlat(t *testing.T) {
	const cycles, idleEvents, workingEvents = 10_000, 950_000, 50_000
	// In the streaming mode a response event is answered without a call to Kong, so that many can be sent at once.
	s := startServerWith(t, []string{"-streaming"})
	load := func(part int) {
		var all sync.WaitGroup
		for lane := range 4 {
			all.Add(1)
			go func() {
				defer all.Done()
				l := dialRaw(t, s.socket)
				if err := l.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
					t.Error(err)
				}
				l.cycles(cycles/4/part, lane)
				l.idleEvents(idleEvents / 4 / part)
				l.workingEvents(workingEvents / 4 / part)
				l.Close()
			}()
		}
		all.Wait()
	}
	load(10)
	memory, files := s.resident(t), s.files(t)
	load(1)
	grown := s.resident(t) - memory
	t.Logf("%d instances and %d events: %d KB more than %d KB", cycles, idleEvents+workingEvents, grown>>10, memory>>10)
	if grown > 16<<20 {
		t.Errorf("grown by %d KB", grown>>10)
	}
	eventually(t, "as many open files as before", func() bool { return s.files(t) <= files })
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

// workingEvents runs access events whose body has an identifier to mask, as the worker of a Kong.
func (l *rawLine) workingEvents(count int) {
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
