package kongsim

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a plugin server process that the simulated Kong has started, and keeps alive
// (kong/runloop/plugin_servers/process.lua). Its methods are safe for concurrent use.
type Process struct {
	command []string
	env     []string
	onLine  func(string)

	stop    context.CancelFunc
	stopped chan struct{} // closed when it is not started again

	mu      sync.Mutex
	current *os.Process
	starts  int
}

// respawnPause is the least time between two starts.
const respawnPause = time.Second

// Start starts a plugin server. env is all it gets to see of the environment, which in Kong is nothing but what
// nginx_main_env lets through. onLine gets every line it prints. If it dies it is started again, at most once a second,
// until Stop.
func Start(command []string, env []string, onLine func(string)) *Process {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Process{command: command, env: env, onLine: onLine, stop: cancel, stopped: make(chan struct{})}
	go p.keepAlive(ctx)
	return p
}

func (p *Process) keepAlive(ctx context.Context) {
	defer close(p.stopped)
	for ctx.Err() == nil {
		next := time.After(respawnPause)
		p.runOnce(ctx)
		select {
		case <-next:
		case <-ctx.Done():
		}
	}
}

// runOnce runs the process from start to end.
func (p *Process) runOnce(ctx context.Context) {
	command := exec.Command(p.command[0], p.command[1:]...)
	command.Env = append([]string{}, p.env...) // not nil: that would be our own
	output, input, err := os.Pipe()
	if err != nil {
		p.onLine(err.Error())
		return
	}
	defer output.Close()
	command.Stdout, command.Stderr = input, input

	p.mu.Lock()
	if ctx.Err() != nil {
		p.mu.Unlock()
		input.Close()
		return
	}
	err = command.Start()
	if err == nil {
		p.current = command.Process
		p.starts++
	}
	p.mu.Unlock()
	input.Close()
	if err != nil {
		p.onLine(err.Error())
		return
	}
	for lines := bufio.NewScanner(output); lines.Scan(); {
		p.onLine(fmt.Sprintf("[%d] %s", command.Process.Pid, lines.Text()))
	}
	err = command.Wait()
	p.mu.Lock()
	p.current = nil
	p.mu.Unlock()
	if err != nil {
		p.onLine(fmt.Sprintf("[%d] terminated: %v", command.Process.Pid, err))
	}
}

// Signal sends a signal to the process that runs now.
func (p *Process) Signal(signal syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		return os.ErrProcessDone
	}
	return p.current.Signal(signal)
}

// PID is the id of the process that runs now, or 0.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		return 0
	}
	return p.current.Pid
}

// Starts is how often the process was started.
func (p *Process) Starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
}

// Stop ends the process with SIGTERM, as Kong does, and waits until it is gone; after the given time it is killed.
func (p *Process) Stop(patience time.Duration) error {
	p.stop()
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.stopped:
		return nil
	case <-time.After(patience):
	}
	if err := p.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.stopped
	return fmt.Errorf("%s did not stop within %v", p.command[0], patience)
}

// WaitForSocket returns when something accepts connections on a unix socket.
func WaitForSocket(path string, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("unix", path)
		if err == nil {
			return connection.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("nothing listens on %s after %v: %w", path, patience, err)
		}
	}
}
