package kongsim

import (
	"net"
	"sync"
	"syscall"
)

// pool is a worker's pool of idle connections (ngx.socket's setkeepalive).
type pool struct {
	path string
	mu   sync.Mutex
	idle []*net.UnixConn
}

// poolSize is lua_socket_pool_size.
const poolSize = 30

// get returns an idle connection, or a new one. Like nginx it does not hand out one that the server has closed.
func (p *pool) get() (connection *net.UnixConn, opened bool, err error) {
	p.mu.Lock()
	for connection == nil && len(p.idle) > 0 {
		last := len(p.idle) - 1
		connection, p.idle = p.idle[last], p.idle[:last]
		if !alive(connection) {
			connection.Close()
			connection = nil
		}
	}
	p.mu.Unlock()
	if connection != nil {
		return connection, false, nil
	}
	connection, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: p.path, Net: "unix"})
	return connection, true, err
}

func (p *pool) put(connection *net.UnixConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= poolSize {
		connection.Close()
		return
	}
	p.idle = append(p.idle, connection)
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, connection := range p.idle {
		connection.Close()
	}
	p.idle = nil
}

// alive reports whether the peer has neither closed the connection nor sent anything on it.
func alive(connection *net.UnixConn) bool {
	raw, err := connection.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		_, _, failed := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = failed == syscall.EAGAIN
		return true
	})
	return err == nil && quiet
}
