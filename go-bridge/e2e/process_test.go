package e2e

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"google.golang.org/protobuf/proto"

	"aws-masker/go-bridge/internal/frame"
	"aws-masker/go-bridge/internal/memory"
	"aws-masker/go-bridge/kongsim"
)

// rawLine is a connection to the plugin server without a simulated Kong.
type rawLine struct {
	net.Conn
	t *testing.T
}

func dialRaw(t *testing.T, socket string) *rawLine {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &rawLine{c, t}
}

func (l *rawLine) send(payload []byte) {
	l.t.Helper()
	if _, err := l.Write(frame.Append(nil, payload)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *rawLine) call(call *pb.RpcCall) {
	l.t.Helper()
	payload, err := proto.Marshal(call)
	if err != nil {
		l.t.Fatal(err)
	}
	l.send(payload)
}

func (l *rawLine) receive() []byte {
	l.t.Helper()
	payload, err := frame.Read(l, 1<<20)
	if err != nil {
		l.t.Fatal(err)
	}
	return payload
}

func (l *rawLine) result() *pb.RpcReturn {
	l.t.Helper()
	var result pb.RpcReturn
	if err := proto.Unmarshal(l.receive(), &result); err != nil {
		l.t.Fatal(err)
	}
	return &result
}

// access starts an instance and an access phase, and returns when the server asks for the body.
func (l *rawLine) access() {
	l.t.Helper()
	l.call(&pb.RpcCall{Sequence: 1, Call: &pb.RpcCall_CmdStartInstance{
		CmdStartInstance: &pb.CmdStartInstance{Name: "aws-masker", Config: []byte(`{"use_redis":false,"mask_query":false}`)},
	}})
	id := l.result().GetInstanceStatus().GetInstanceId()
	l.call(&pb.RpcCall{Sequence: 2, Call: &pb.RpcCall_CmdHandleEvent{
		CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: id, EventName: "access"},
	}})
	if method := string(l.receive()); method != "kong.request.get_raw_body" {
		l.t.Fatalf("asked for %q", method)
	}
	l.receive()
}

// finish answers with a body that holds no identifier, which ends the event.
func (l *rawLine) finish() {
	l.t.Helper()
	reply, err := proto.Marshal(&pb.RawBodyResult{Kind: &pb.RawBodyResult_Content{Content: []byte("{}")}})
	if err != nil {
		l.t.Fatal(err)
	}
	l.send(reply)
	if method := l.receive(); len(method) != 0 {
		l.t.Fatalf("asked for %q", method)
	}
	if result := l.result(); result.Sequence != 2 {
		l.t.Fatalf("answer to call %d", result.Sequence)
	}
}

// resident is the memory of the process that listens on a socket, in bytes.
func (s *server) resident(t *testing.T) int {
	t.Helper()
	bytes, err := memory.Resident(s.PID())
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func TestBadFramesHarmNobodyElse(t *testing.T) {
	s := startServer(t)
	g := startGateway(t, s, embedded, &upstream{})
	for range 20 {
		g.post(t, body)
	}
	before := s.resident(t)
	var held []*rawLine
	for range 100 {
		for _, sent := range [][]byte{
			{0xff, 0xff, 0xff, 0xff}, // 4 GB
			frame.Append(nil, []byte("garbage")),
			frame.Append(nil, nil),
			[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		} {
			l := dialRaw(t, s.socket)
			if _, err := l.Write(sent); err != nil {
				t.Fatal(err)
			}
			if err := l.Conn.(*net.UnixConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, l); err != nil {
				t.Fatalf("%q: the connection is open: %v", sent, err)
			}
		}
		half := dialRaw(t, s.socket) // announces 127 MB, sends a little, and stays
		if _, err := half.Write(append(frame.AppendHeader(nil, 127<<20), "little"...)); err != nil {
			t.Fatal(err)
		}
		held = append(held, half)
	}
	if got := g.post(t, body); !bytes.Equal(got.body, body) {
		t.Errorf("others are affected: %d %s", got.status, got.body)
	}
	if grown := s.resident(t) - before; grown > 64<<20 {
		t.Errorf("%d half frames made the process grow by %d MB", len(held), grown>>20)
	}
	if stats := g.Stats(); stats.Retries != 0 {
		t.Errorf("stats %+v", stats)
	}
	if s.Starts() != 1 {
		t.Errorf("the process was started %d times", s.Starts())
	}
}

func TestSIGTERMFinishesWhatRuns(t *testing.T) {
	s := startServer(t)
	idle, busy := dialRaw(t, s.socket), dialRaw(t, s.socket)
	busy.access()
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(patience) }()
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF { // it stops now
		t.Fatalf("an idle connection: %v", err)
	}
	eventually(t, "new connections are refused", func() bool {
		c, err := net.Dial("unix", s.socket)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	busy.finish()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if log := s.log.String(); strings.Contains(log, "terminated") {
		t.Errorf("the exit code is not 0:\n%s", log)
	}
	if info, err := os.Lstat(s.socket); err != nil || info.Mode().Type() != os.ModeSocket {
		t.Errorf("the socket was taken away, and it may be the successor's by now: %v", err)
	}
}

func TestSIGTERMHasAnEnd(t *testing.T) {
	s := startServer(t)
	stuck := dialRaw(t, s.socket)
	stuck.access()
	began := time.Now()
	if err := s.Stop(patience); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 5*time.Second || took > 15*time.Second {
		t.Errorf("a request that never ends held the process for %v, want about 10 s", took)
	}
}

// start runs a plugin server that nobody starts again.
func start(t *testing.T, socket string) *exec.Cmd {
	t.Helper()
	command := exec.Command(binary, "-socket", socket)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	return command
}

func TestAReloadLosesNoRequest(t *testing.T) {
	s := startServer(t)
	g := startGateway(t, s, embedded, &upstream{})
	var requests, failed atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				requests.Add(1)
				got, err := g.try(http.MethodPost, "application/json", body, nil)
				if err != nil || !bytes.Equal(got.body, body) {
					failed.Add(1)
				}
			}
		}()
	}
	old := s
	for range 3 { // Kong starts the new server before the old one is gone
		successor := &server{socket: old.socket, log: old.log}
		successor.Process = kongsim.Start([]string{binary, "-socket", old.socket}, nil, old.log.add)
		t.Cleanup(func() { _ = successor.Stop(patience) })
		taken := old.inode(t)
		eventually(t, "the successor takes over", func() bool { return old.inode(t) != taken })
		if err := old.Stop(patience); err != nil {
			t.Error(err)
		}
		old = successor
		time.Sleep(50 * time.Millisecond)
	}
	close(stop)
	for range 4 {
		<-done
	}
	t.Logf("%d requests during three reloads, %d failed, %d retries", requests.Load(), failed.Load(), g.Stats().Retries)
	if failed.Load() != 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), requests.Load())
	}
}

// inode tells one socket from the next at the same path.
func (s *server) inode(t *testing.T) uint64 {
	t.Helper()
	var info syscall.Stat_t
	if err := syscall.Lstat(s.socket, &info); err != nil {
		t.Fatal(err)
	}
	return info.Ino
}

func TestAServerThatWasReplacedEnds(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.socket")
	old := start(t, socket)
	if err := kongsim.WaitForSocket(socket, patience); err != nil {
		t.Fatal(err)
	}
	start(t, socket)
	ended := make(chan error, 1)
	go func() { ended <- old.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("nobody can reach it, and it runs on")
	}
	if err := kongsim.WaitForSocket(socket, patience); err != nil {
		t.Errorf("the successor is gone as well: %v", err)
	}
}

func TestAServerKilledBetweenAccessAndResponse(t *testing.T) {
	s := startServer(t)
	kill := func() {
		before := s.Starts()
		if err := s.Signal(syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(patience); s.Starts() == before && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if err := kongsim.WaitForSocket(s.socket, patience); err != nil {
			t.Error(err)
		}
	}
	g := startGateway(t, s, embedded, &upstream{then: kill})
	for range 2 {
		if got := g.post(t, body); got.status != 200 || !bytes.Equal(got.body, body) {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if stats := g.Stats(); stats.Storms != 0 || stats.Retries == 0 {
		t.Errorf("stats %+v", stats)
	}
}

func TestWhileTheServerIsDownNothingPasses(t *testing.T) {
	provider := &upstream{}
	s := &server{socket: filepath.Join(t.TempDir(), "none.socket"), log: &lines{}}
	g := startGateway(t, s, embedded, provider)
	if got := g.post(t, body); got.status != 500 {
		t.Errorf("%d", got.status)
	}
	if len(provider.sightings()) != 0 {
		t.Error("the request passed")
	}
}

// TestTheSocketsFileHasTheModeAndTheGroupThatAreAskedFor, for a Kong that runs as another user. The last flags are those of
// kong/README.md.
func TestTheSocketsFileHasTheModeAndTheGroupThatAreAskedFor(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join(repository, "kong/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^ {4}aws-masker -socket \S+ (.* -socket-group )\S+$`).FindSubmatch(manual)
	if command == nil {
		t.Fatal("kong/README.md has no such command")
	}
	own := os.Getegid()
	other := own
	if os.Geteuid() == 0 { // others may not give files away
		other++
	}
	for _, test := range []struct {
		flags string
		mode  os.FileMode
		group int
	}{
		{"", 0o600, own},
		{"-socket-mode 0660", 0o660, own},
		{"-socket-mode 600", 0o600, own},
		{string(command[1]) + strconv.Itoa(other), 0o660, other},
	} {
		s := startServerWith(t, strings.Fields(test.flags))
		info, err := os.Stat(s.socket)
		if err != nil {
			t.Fatal(err)
		}
		if group := int(info.Sys().(*syscall.Stat_t).Gid); info.Mode() != os.ModeSocket|test.mode || group != test.group {
			t.Errorf("%q: %v of group %d", test.flags, info.Mode(), group)
		}
	}
}

func TestTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		code int
		out  string
		err  string
	}{
		{"-version", 0, ".", ""},
		{"-help", 0, "-kong-prefix", ""},
		{"-dump -kong-prefix /x", 0, `"SocketPath":"/x/aws-masker.socket"`, ""},
		{"-dump", 0, `"Phases":["access","response"]`, ""},
		{"-streaming -dump", 0, `"Phases":["access"],`, ""},
		{"-selftest /dev/null", 1, "configuration: refused", "self-test failed"},
		{"-selftest " + dir + "/missing", 1, "", "no such file"},
		{"-socket-mode 0999", 2, "", "not an octal mode"},
		{"-socket-group nobodys-group -socket " + dir + "/s", 1, "", "unknown group"},
		{"-unknown", 2, "", "usage:"},
		{"-dump extra", 2, "", "unexpected argument"},
		{"-kong-prefix", 2, "", "needs an argument"},
		{"-kong-prefix " + dir + "/missing", 1, "", "no such file"},
		{"-socket " + file, 1, "", "is not a socket"},
	} {
		command := exec.Command(binary, strings.Fields(test.args)...)
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		_ = command.Run()
		if code := command.ProcessState.ExitCode(); code != test.code {
			t.Errorf("%s: exit code %d, want %d", test.args, code, test.code)
		}
		if !strings.Contains(stdout.String(), test.out) || (test.out == "") != (stdout.Len() == 0) {
			t.Errorf("%s: printed %q", test.args, stdout.String())
		}
		if !strings.Contains(stderr.String(), test.err) || (test.err == "") != (stderr.Len() == 0) {
			t.Errorf("%s: printed on stderr %q", test.args, stderr.String())
		}
	}
}
