package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/Kong/go-pdk"
	pdkserver "github.com/Kong/go-pdk/server"

	"aws-masker/go-bridge/internal/memory"
	"aws-masker/go-bridge/internal/tuning"
	"aws-masker/go-bridge/kongsim"
	"aws-masker/go-bridge/plugin"
	"aws-masker/go-bridge/pluginserver"
)

// roleVariable tells the command that it is a server, and which.
const roleVariable = "AWS_MASKER_BENCH_ROLE"

// serve is the process of a server. It ends with SIGTERM.
func serve(role string) error {
	prefix := os.Args[len(os.Args)-1]
	quiet := log.New(io.Discard, "", 0)
	log.SetOutput(io.Discard) // go-pdk logs every connection's end
	switch role {
	case "gopdk":
		return pdkserver.StartServer(func() any { return &pdkNull{} }, "1.0.0", 700)
	case "gopdk asking":
		return pdkserver.StartServer(func() any { return &pdkAsking{} }, "1.0.0", 700)
	case "gopdk asking all":
		return pdkserver.StartServer(func() any { return &pdkAskingAll{} }, "1.0.0", 700)
	}
	defer tuning.Apply()()
	ours, err := plugin.New(quiet, plugin.Buffered)
	if err != nil {
		return err
	}
	served := map[string]pluginserver.Plugin{
		"ours": ours, "null": null{}, "asking": bodyAlone, "asking all": bodyAndURI, "constant": &constant{},
	}[role]
	if served == nil {
		return fmt.Errorf("no server %q", role)
	}
	listener, err := pluginserver.Listen(filepath.Join(prefix, filepath.Base(os.Args[0])+".socket"), pluginserver.Access{})
	if err != nil {
		return err
	}
	server := pluginserver.New(served, quiet, pluginserver.Limits{})
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		_ = server.Shutdown(context.Background())
	}()
	return server.Serve(listener)
}

// pdkNull, pdkAsking and pdkAskingAll are the null plugins in the form that go-pdk wants. Its interface has one call after the
// other, each with a wait.
type pdkNull struct{}

func (*pdkNull) Access(*pdk.PDK)   {}
func (*pdkNull) Response(*pdk.PDK) {}

type pdkAsking struct{}

func (*pdkAsking) Access(kong *pdk.PDK)   { _, _ = kong.Request.GetRawBody() }
func (*pdkAsking) Response(kong *pdk.PDK) { _, _ = kong.Ctx.GetSharedAny("aws_masker") }

type pdkAskingAll struct{ pdkAsking }

func (*pdkAskingAll) Access(kong *pdk.PDK) {
	_, _ = kong.Request.GetRawBody()
	_, _ = kong.Request.GetRawQuery()
	_, _ = kong.Nginx.GetVar("request")
}

// process is a server in a process of its own.
type process struct {
	command *exec.Cmd
	socket  string
	dir     string
}

func start(role string) (*process, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "aws-masker-bench")
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(executable, "-kong-prefix", dir), dir: dir}
	p.socket = filepath.Join(dir, filepath.Base(executable)+".socket")
	p.command.Env = append(os.Environ(), roleVariable+"="+role)
	p.command.Stderr = os.Stderr
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	if err := kongsim.WaitForSocket(p.socket, 5*time.Second); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w", role, err)
	}
	return p, nil
}

func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = p.command.Process.Kill() })
	_ = p.command.Wait()
	kill.Stop()
	os.RemoveAll(p.dir)
}

// resident is the memory that the process has, in MB.
func (p *process) resident() (float64, error) {
	bytes, err := memory.Resident(p.command.Process.Pid)
	return float64(bytes) / (1 << 20), err
}

// connections is how many a round uses at once; a loaded Kong was seen with about as many.
const connections = 16

// rate is the number of requests in a second.
func (p *process) rate(config string, body []byte, length time.Duration) (float64, error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed error
	total := 0
	began := time.Now()
	for range connections {
		all.Add(1)
		go func() {
			defer all.Done()
			n, err := p.repeat(config, body, began.Add(length))
			mu.Lock()
			defer mu.Unlock()
			total += n
			failed = errors.Join(failed, err)
		}()
	}
	all.Wait()
	return float64(total) / time.Since(began).Seconds(), failed
}

func (p *process) repeat(config string, body []byte, end time.Time) (int, error) {
	k, err := kongsim.Connect(p.socket, config)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	n := 0
	for ; time.Now().Before(end); n++ {
		if err := echo(k, body); err != nil {
			return n, err
		}
	}
	return n, nil
}

// echo runs a request whose client must get its body back.
func echo(k *kongsim.Connection, body []byte) error {
	exit, err := k.Request(body, "")
	got := k.Sent()
	if exit != nil {
		got = exit.Body
	}
	if err == nil && !bytes.Equal(got, body) {
		err = fmt.Errorf("the client got %d bytes for %d: %.200s", len(got), len(body), got)
	}
	return err
}
