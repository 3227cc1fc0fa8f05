package pluginserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// checkOwner reports a socket that another program listens on. Nobody is asked to answer: a predecessor that hangs must
// not keep its successor out.
func checkOwner(path string) error {
	socket, err := net.Dial("unix", path)
	if err != nil {
		return nil // there is none, or nobody listens any more
	}
	defer socket.Close()
	pid, err := peer(socket.(*net.UnixConn))
	if err != nil {
		return fmt.Errorf("%s is in use and by whom cannot be found out: %w", path, err)
	}
	theirs, err := programOf(pid)
	if err != nil {
		return fmt.Errorf("%s is in use by process %d and what that is cannot be found out: %w", path, pid, err)
	}
	ours, err := programOf(os.Getpid())
	if err != nil {
		return err
	}
	if theirs != ours {
		return fmt.Errorf("%s is in use by process %d, %s; end it, or choose another path with -socket", path, pid, theirs)
	}
	return nil
}

// peer is the process that listens at the other end (unix(7), SO_PEERCRED).
func peer(socket *net.UnixConn) (pid int, err error) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, err
	}
	var credentials *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		credentials, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, err
	}
	return int(credentials.Pid), nil
}

// programOf is the name of a process's program, also where its file has been replaced by another version (proc(5), exe).
func programOf(pid int) (string, error) {
	file, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return filepath.Base(strings.TrimSuffix(file, " (deleted)")), err
}
