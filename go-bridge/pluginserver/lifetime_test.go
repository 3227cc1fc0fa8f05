package pluginserver

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

func TestListenTakesThePathOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kong.socket")
	old, err := Listen(path, Access{})
	if err != nil {
		t.Fatal(err)
	}
	successor, err := Listen(path, Access{})
	if err != nil {
		t.Fatalf("the path of a living server: %v", err)
	}
	if !old.Replaced() || successor.Replaced() {
		t.Errorf("replaced: %v and %v", old.Replaced(), successor.Replaced())
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	go func() {
		if socket, err := successor.Accept(); err == nil {
			socket.Close()
		}
	}()
	socket, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("the old server took the successor's socket away: %v", err)
	}
	socket.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	successor.Close()

	third, err := Listen(path, Access{})
	if err != nil {
		t.Fatalf("a stale socket: %v", err)
	}
	third.Close()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestListenLeavesAPathToAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kong.socket")
	other := exec.Command("redis-server", "--port", "0", "--unixsocket", path, "--save", "")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	answers := func() bool {
		socket, err := net.Dial("unix", path)
		if err != nil {
			return false
		}
		defer socket.Close()
		_, err = socket.Write([]byte("PING\r\n"))
		reply := make([]byte, 5)
		_, failed := io.ReadFull(socket, reply)
		return err == nil && failed == nil && string(reply) == "+PONG"
	}
	eventually(t, answers)
	_, err := Listen(path, Access{})
	if err == nil || !strings.Contains(err.Error(), "redis-") || !answers() {
		t.Errorf("%v; the other program answers: %v", err, answers())
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	listener, err := Listen(path, Access{})
	if err != nil {
		t.Fatalf("the socket that it left behind: %v", err)
	}
	listener.Close()
}

func TestListenRefusesAFileThatIsNoSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, Access{}); err == nil {
		t.Fatal("a regular file was replaced")
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "precious" {
		t.Errorf("the file is now %q, %v", content, err)
	}
	if _, err := Listen(filepath.Join(t.TempDir(), "missing", "kong.socket"), Access{}); err == nil {
		t.Error("a missing directory is no error")
	}
}

func TestTheSocketIsForItsOwnerUnlessAskedOtherwise(t *testing.T) {
	own := os.Getgid()
	for name, test := range map[string]struct {
		access Access
		mode   os.FileMode
	}{
		"nothing asked": {Access{}, 0o600},
		"mode":          {Access{Mode: 0o660}, 0o660},
	} {
		if mode, group := socketFile(t, test.access); mode != test.mode || group != own {
			t.Errorf("%s: %v of group %d", name, mode, group)
		}
	}
	path := filepath.Join(t.TempDir(), "kong.socket")
	if _, err := Listen(path, Access{Group: "no such group"}); err == nil {
		t.Error("a group that does not exist is accepted")
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTheSocketIsForAGroupThatIsAskedFor(t *testing.T) {
	id, name := otherGroup(t)
	for _, group := range []string{strconv.Itoa(id), name} {
		// The group alone opens nothing: what it may do is the mode's business.
		for mode, asked := range map[os.FileMode]os.FileMode{0o660: 0o660, 0o600: 0} {
			got, owner := socketFile(t, Access{Mode: asked, Group: group})
			if got != mode || owner != id {
				t.Errorf("group %s, mode %o: %v of group %d", group, asked, got, owner)
			}
		}
	}
}

// socketFile is the mode and the group of a socket's file.
func socketFile(t *testing.T, access Access) (mode os.FileMode, group int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kong.socket")
	listener, err := Listen(path, access)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm(), int(info.Sys().(*syscall.Stat_t).Gid)
}

// otherGroup is a group that files get only if somebody gives it to them: root may give any, others only those they are
// in.
func otherGroup(t *testing.T) (id int, name string) {
	t.Helper()
	candidates, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		for id := 1; id < 100; id++ { // the system's groups have low numbers
			candidates = append(candidates, id)
		}
	}
	for _, id := range candidates {
		if found, err := user.LookupGroupId(strconv.Itoa(id)); err == nil && id != os.Getegid() {
			return id, found.Name
		}
	}
	t.Skip("this user is in one group only, and only root may give a file to another")
	return 0, ""
}

func TestInstanceIDsDoNotRepeat(t *testing.T) {
	seen := map[int32]bool{}
	for range 20 { // servers
		table := newInstances()
		for range 20 {
			id := table.add(handlerFunc(nothing)).id
			if id <= 0 || seen[id] {
				t.Fatalf("id %d given twice or not positive", id)
			}
			seen[id] = true
		}
	}
	table := newInstances()
	table.last = 1<<31 - 2
	table.byID[1] = &running{}
	if first, second := table.add(nil).id, table.add(nil).id; first != 1<<31-1 || second != 2 {
		t.Errorf("after the largest id: %d, %d", first, second)
	}
}

// counted is a plugin that counts what is open.
type counted struct {
	handlerFunc
	open atomic.Int32
}

func (c *counted) Start([]byte) Instance {
	c.open.Add(1)
	return c
}
func (c *counted) Close() { c.open.Add(-1) }

func TestAnInstanceClosesAfterItsLastEvent(t *testing.T) {
	plugin := &counted{handlerFunc: func(e *Event) error {
		_, err := e.Kong.Request.GetMethod()
		return err
	}}
	s := serve(t, plugin, Limits{})
	event, control := s.dial(t), s.dial(t)
	id := event.start("{}")
	event.event(id, "access")
	event.step(nil) // it runs now, and waits for us
	control.call(&pb.RpcCall{Call: &pb.RpcCall_CmdCloseInstance{CmdCloseInstance: &pb.CmdCloseInstance{InstanceId: id}}})
	control.result()
	if plugin.open.Load() != 1 {
		t.Fatal("the instance was closed under a running event")
	}
	control.event(id, "access")
	control.ended() // closed for new events
	event.send([]byte{0x0a, 3, 'G', 'E', 'T'})
	event.step(nil)
	event.result()
	eventually(t, func() bool { return plugin.open.Load() == 0 })
}

func TestShutdownFinishesWhatRuns(t *testing.T) {
	plugin := &counted{handlerFunc: func(e *Event) error {
		_, err := e.Kong.Request.GetMethod()
		return err
	}}
	s := serve(t, plugin, Limits{})
	idle, busy := s.dial(t), s.dial(t)
	idle.start("{}")
	busy.event(busy.start("{}"), "access")
	busy.step(nil)

	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	idle.ended()
	eventually(t, func() bool { // a queue that was not empty would be reset
		late, err := net.Dial("unix", s.path)
		if err == nil {
			late.Close()
		}
		return err != nil
	})
	select {
	case err := <-stopped:
		t.Fatalf("shutdown did not wait for the event: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	busy.send([]byte{0x0a, 3, 'G', 'E', 'T'})
	busy.step(nil)
	busy.result()
	busy.ended()
	if err := <-stopped; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if open := plugin.open.Load(); open != 0 {
		t.Errorf("%d instances are open", open)
	}
}

func TestShutdownResetsNoConnection(t *testing.T) {
	for range 50 {
		s := serve(t, handlerFunc(func(*Event) error { return nil }), Limits{})
		old := s.dial(t)
		old.start("{}")
		var clients sync.WaitGroup
		for _, socket := range []func() (net.Conn, error){
			func() (net.Conn, error) { return old.Conn, nil },
			func() (net.Conn, error) { return net.Dial("unix", s.path) },
		} {
			clients.Add(1)
			go func() {
				defer clients.Done()
				connection, err := socket()
				if err != nil {
					return // refused: there is nobody any more
				}
				defer connection.Close()
				if _, err := connection.Write([]byte{2, 0, 0, 0, 1, 1}); errors.Is(err, syscall.EPIPE) {
					return
				}
				if _, err := io.Copy(io.Discard, connection); err != nil {
					t.Errorf("a call that came too late: %v", err)
				}
			}()
		}
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		clients.Wait()
	}
}

func TestShutdownEndsWhenNobodyAcceptsAnyMore(t *testing.T) {
	for range 5 {
		s := serve(t, handlerFunc(nothing), Limits{})
		l := s.dial(t)
		l.start("{}")
		l.Close()
		eventually(t, func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.open) == 0
		})
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if late, err := net.Dial("unix", s.path); err == nil {
			late.Close()
			t.Fatal("a connection is accepted that the end of the process would reset")
		}
	}
}

func TestShutdownHasAnEnd(t *testing.T) {
	reached, release := make(chan struct{}), make(chan struct{})
	plugin := handlerFunc(func(*Event) error {
		close(reached)
		<-release
		return nil
	})
	s := serve(t, plugin, Limits{})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	<-reached
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	l.ended()
	close(release)
}
