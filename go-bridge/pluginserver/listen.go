package pluginserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Access says who may connect to the socket: whoever may write to its file. The zero value is its owner alone.
type Access struct {
	// Mode is the file's mode; 0600.
	Mode os.FileMode
	// Group is the file's group, by name or number; the process's own.
	Group string
}

// grant gives access to a socket's file that only its owner may use so far: first the group, then what it may do.
func (a Access) grant(path string) error {
	if a.Group != "" {
		id, err := groupID(a.Group)
		if err != nil {
			return err
		}
		if err := os.Chown(path, -1, id); err != nil {
			return err
		}
	}
	if a.Mode == 0 {
		return nil
	}
	return os.Chmod(path, a.Mode)
}

func groupID(group string) (int, error) {
	if id, err := strconv.Atoi(group); err == nil {
		return id, nil
	}
	found, err := user.LookupGroup(group)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(found.Gid)
}

// Listener is a unix socket at a path that another process may take over.
type Listener struct {
	*net.UnixListener
	path string
	file os.FileInfo
}

// Replaced reports that the path leads to another server's socket.
func (l *Listener) Replaced() bool {
	now, err := os.Lstat(l.path)
	return err == nil && !os.SameFile(l.file, now)
}

// Listen opens the unix socket at path and takes the path over from its predecessor, or from nobody: a stale socket is
// replaced. A socket that another program listens on is left to it, which is an error.
//
// On a reload Kong starts the new server while the old one still finishes its requests, and both have the same path. So
// the socket is made under another name in the same directory and renamed onto path, which no client can observe, and
// closing the listener leaves the path alone: it may be the successor's by then. A file that is not a socket is refused.
func Listen(path string, access Access) (*Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != os.ModeSocket {
		return nil, fmt.Errorf("%s exists and is not a socket", path)
	}
	if err := checkOwner(path); err != nil {
		return nil, err
	}
	// Shorter than any name Kong uses, because a socket's path has room for about 100 bytes.
	temporary := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%08x", rand.Uint32()))
	config := net.ListenConfig{Control: ownerOnly}
	opened, err := config.Listen(context.Background(), "unix", temporary)
	if err != nil {
		return nil, err
	}
	listener := &Listener{UnixListener: opened.(*net.UnixListener), path: path}
	listener.SetUnlinkOnClose(false)
	err = access.grant(temporary)
	if err == nil {
		listener.file, err = os.Lstat(temporary) // at path it may be another's at once
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		listener.Close()
		os.Remove(temporary)
		return nil, err
	}
	return listener, nil
}

// ownerOnly sets the mode the socket file will be made with: bind takes it from the socket, so there is no moment at
// which others may connect.
func ownerOnly(_, _ string, socket syscall.RawConn) error {
	var failed error
	err := socket.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) })
	if err != nil {
		return err
	}
	return failed
}
