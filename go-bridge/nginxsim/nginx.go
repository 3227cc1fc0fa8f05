// Package nginxsim runs a REAL nginx with the Lua module and the real Lua plugin aws-masker-stream in it, behind a
// SIMULATED Kong: the few functions of Kong's PDK that the plugin uses, the order of the phases, and the access phase of
// the external plugin, which kongsim plays. For tests and benchmarks; no gateway for real traffic.
//
// It needs nginx with ngx_http_lua_module and lua-cjson, from Debian's packages (scripts/install-tools), and the engine's
// shared library (cargo build --release).
package nginxsim

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"

	"aws-masker/go-bridge/internal/memory"
)

// modules is where Debian's packages put nginx's modules.
const modules = "/usr/lib/nginx/modules"

// patience bounds the wait for a start and a stop.
const patience = 20 * time.Second

//go:embed nginx.conf
var configuration string

//go:embed kong.lua
var shim []byte

// Config says what to run. Repository and Upstream are required.
type Config struct {
	// Repository is the root of the repository: the plugin's Lua files and the engine's library are taken from there.
	Repository string
	// Library replaces the engine's shared library.
	Library string
	// Upstream is the host and port of the service behind.
	Upstream string
	// Access is the URL of a handler that plays the external plugin's access phase (kongsim's Gateway.Access).
	Access string
	// Handover is what an access phase would leave for the Lua plugin, where there is no Access.
	Handover *Handover
	// WithoutCompanion leaves the Lua plugin's access phase out, as on a route where it is not enabled.
	WithoutCompanion bool
	// Entries keeps what the Lua plugin puts on Kong's log entry; see Nginx.Entries.
	Entries bool
}

// Handover is what the external plugin leaves in kong.ctx.shared for the Lua plugin.
type Handover struct {
	Mapping string
	Config  string
}

// Nginx is a running nginx with one worker.
type Nginx struct {
	// URL is where it listens.
	URL string

	prefix  string
	process *exec.Cmd
	ended   chan struct{}
}

// Start starts nginx and waits until it answers. It must be stopped. The error has what nginx printed.
func Start(config Config) (*Nginx, error) {
	prefix, err := os.MkdirTemp("", "aws-masker-nginx")
	if err != nil {
		return nil, err
	}
	n := &Nginx{prefix: prefix, ended: make(chan struct{})}
	if err := n.start(config); err != nil {
		os.RemoveAll(prefix)
		return nil, err
	}
	return n, nil
}

func (n *Nginx) start(config Config) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	if err := n.write(config, address); err != nil {
		return err
	}
	var output bytes.Buffer
	n.process = exec.Command("nginx", "-p", n.prefix, "-c", filepath.Join(n.prefix, "nginx.conf"), "-e", n.errorLog())
	n.process.Env = append(os.Environ(), "LD_LIBRARY_PATH="+n.prefix)
	n.process.Stdout, n.process.Stderr = &output, &output
	if err := n.process.Start(); err != nil {
		return err
	}
	go func() {
		_ = n.process.Wait()
		close(n.ended)
	}()
	n.URL = "http://" + address
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if _, err := n.Alive(); err == nil {
			return nil
		}
		select {
		case <-n.ended:
			log, _ := n.Log()
			return errors.New(strings.TrimSpace(output.String() + log))
		default:
		}
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("nginx does not answer on %s", address), n.Stop())
		}
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// write fills the prefix directory.
func (n *Nginx) write(config Config, address string) error {
	if config.Library == "" {
		config.Library = filepath.Join(config.Repository, "target/release/libaws_masker.so")
	}
	var conf bytes.Buffer
	err := template.Must(template.New("nginx.conf").Parse(configuration)).Execute(&conf, struct {
		Config
		Prefix, Address, Modules string
		Root                     bool
	}{config, n.prefix, address, modules, os.Geteuid() == 0})
	if err != nil {
		return err
	}
	settings, err := settings(config)
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"nginx.conf": conf.Bytes(), "shim.lua": shim, "settings.lua": settings} {
		if err := os.WriteFile(filepath.Join(n.prefix, name), text, 0o600); err != nil {
			return err
		}
	}
	library, err := filepath.Abs(config.Library)
	if err != nil {
		return err
	}
	return os.Symlink(library, filepath.Join(n.prefix, "libaws_masker.so.2"))
}

// settings is the shim's part of the configuration as a Lua module.
func settings(config Config) ([]byte, error) {
	table := map[string]any{
		"companion": !config.WithoutCompanion,
		"external":  config.Access != "",
		"entries":   config.Entries,
	}
	if config.Handover != nil {
		table["handover"] = map[string]string{"mapping": config.Handover.Mapping, "config": config.Handover.Config}
	}
	text, err := json.Marshal(table)
	return fmt.Appendf(nil, "return require('cjson').decode([==[%s]==])\n", text), err
}

// Stop ends nginx and removes its files.
func (n *Nginx) Stop() error {
	defer os.RemoveAll(n.prefix)
	if err := n.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-n.ended:
		return nil
	case <-time.After(patience):
		return errors.Join(errors.New("nginx does not stop"), n.process.Process.Kill())
	}
}

// Alive is the number of unmaskers that the worker has made and not freed.
func (n *Nginx) Alive() (int, error) {
	answer, err := http.Get(n.URL + "/_alive")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// Log is nginx's error log.
func (n *Nginx) Log() (string, error) {
	text, err := os.ReadFile(n.errorLog())
	return string(text), err
}

// Entries is what the Lua plugin has put on the log entries, one JSON object per line.
func (n *Nginx) Entries() (string, error) {
	text, err := os.ReadFile(filepath.Join(n.prefix, "entries.log"))
	return string(text), err
}

// Resident is the worker's resident memory in bytes.
func (n *Nginx) Resident() (int, error) {
	master := n.process.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", master, master))
	if err != nil {
		return 0, err
	}
	worker := strings.Fields(string(children))
	if len(worker) != 1 {
		return 0, fmt.Errorf("nginx has %d workers", len(worker))
	}
	pid, err := strconv.Atoi(worker[0])
	if err != nil {
		return 0, err
	}
	return memory.Resident(pid)
}

func (n *Nginx) errorLog() string { return filepath.Join(n.prefix, "error.log") }
