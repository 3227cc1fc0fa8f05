package pluginserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// Listen opens the unix socket at path, for its owner only, and takes the path over from whoever has it.
//
// On a reload Kong starts the new server while the old one still finishes its requests, and both have the same path. So
// the socket is made under another name in the same directory and renamed onto path, which no client can observe, and
// closing the listener leaves the path alone: it may be the successor's by then. A file that is not a socket is refused.
func Listen(path string) (*net.UnixListener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != os.ModeSocket {
		return nil, fmt.Errorf("%s exists and is not a socket", path)
	}
	// Shorter than any name Kong uses, because a socket's path has room for about 100 bytes.
	temporary := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%08x", rand.Uint32()))
	config := net.ListenConfig{Control: ownerOnly}
	opened, err := config.Listen(context.Background(), "unix", temporary)
	if err != nil {
		return nil, err
	}
	listener := opened.(*net.UnixListener)
	listener.SetUnlinkOnClose(false)
	if err := os.Rename(temporary, path); err != nil {
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
