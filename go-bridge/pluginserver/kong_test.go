package pluginserver

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
)

// patience bounds every wait of the tests.
const patience = 10 * time.Second

// handlerFunc is a Plugin whose every instance is the function.
type handlerFunc func(*Event) error

func (f handlerFunc) Info() Info {
	return Info{Name: "test", Version: "1.2.3", Priority: 7, Phases: []string{"access"}, Schema: []byte(`{}`)}
}
func (f handlerFunc) Start([]byte) Instance     { return f }
func (f handlerFunc) Handle(event *Event) error { return f(event) }
func (f handlerFunc) Close()                    {}

// logLines collects what a server logs.
type logLines struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// served is a running server and its log.
type served struct {
	*Server
	path string
	log  *logLines
}

// serve runs a server on a socket of its own until the test ends.
func serve(t *testing.T, plugin Plugin, limits Limits) *served {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kong.socket")
	listener, err := Listen(path, Access{})
	if err != nil {
		t.Fatal(err)
	}
	lines := &logLines{}
	s := New(plugin, log.New(lines, "", 0), limits)
	stopped := make(chan error, 1)
	go func() { stopped <- s.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-stopped; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return &served{s, path, lines}
}

// line is Kong's end of one connection.
type line struct {
	net.Conn
	t        *testing.T
	sequence int64
}

func (s *served) dial(t *testing.T) *line {
	t.Helper()
	socket, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return &line{Conn: socket, t: t}
}

func (l *line) send(payload []byte) {
	l.t.Helper()
	if _, err := l.Write(frame.Append(nil, payload)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) receive() []byte {
	l.t.Helper()
	payload, err := frame.Read(l, 1<<20)
	if err != nil {
		l.t.Fatal(err)
	}
	return payload
}

// call sends an RpcCall.
func (l *line) call(call *pb.RpcCall) {
	l.t.Helper()
	l.sequence++
	call.Sequence = l.sequence
	payload, err := proto.Marshal(call)
	if err != nil {
		l.t.Fatal(err)
	}
	l.send(payload)
}

// result reads the RpcReturn of the last call.
func (l *line) result() *pb.RpcReturn {
	l.t.Helper()
	var result pb.RpcReturn
	if err := proto.Unmarshal(l.receive(), &result); err != nil {
		l.t.Fatal(err)
	}
	if result.Sequence != l.sequence {
		l.t.Fatalf("answer to call %d, want %d", result.Sequence, l.sequence)
	}
	return &result
}

func (l *line) start(config string) int32 {
	l.t.Helper()
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdStartInstance{
		CmdStartInstance: &pb.CmdStartInstance{Name: "test", Config: []byte(config)},
	}})
	return l.result().GetInstanceStatus().GetInstanceId()
}

func (l *line) event(instance int32, phase string) {
	l.t.Helper()
	l.call(&pb.RpcCall{Call: &pb.RpcCall_CmdHandleEvent{
		CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: instance, EventName: phase},
	}})
}

// step reads one PDK call; an empty method is the end of the event.
func (l *line) step(args proto.Message) (method string) {
	l.t.Helper()
	method = string(l.receive())
	if method == "" {
		return ""
	}
	encoded := l.receive()
	if args == nil {
		return method
	}
	if err := proto.Unmarshal(encoded, args); err != nil {
		l.t.Fatalf("%s: %v", method, err)
	}
	return method
}

// exit reads up to the exit and drops the connection as Kong does.
func (l *line) exit() *pb.ExitArgs {
	l.t.Helper()
	for {
		method := string(l.receive())
		encoded := l.receive()
		if method != "kong.response.exit" {
			l.send(nil)
			continue
		}
		var args pb.ExitArgs
		if err := proto.Unmarshal(encoded, &args); err != nil {
			l.t.Fatal(err)
		}
		l.Close()
		return &args
	}
}

// ended waits until the server has closed the connection.
func (l *line) ended() {
	l.t.Helper()
	if _, err := l.Read(make([]byte, 1)); err != io.EOF {
		l.t.Fatalf("the connection is open: %v, want io.EOF", err)
	}
}

// works runs one event on a connection of its own, with no PDK call but for a log line's.
func (s *served) works(t *testing.T) {
	t.Helper()
	l := s.dial(t)
	id := l.start("{}")
	l.event(id, "log")
	method := l.step(nil)
	if method == "kong.nginx.get_var" {
		l.send(nil)
		method = l.step(nil)
	}
	if method != "" {
		t.Fatalf("the event asked for %q", method)
	}
	l.result()
}
