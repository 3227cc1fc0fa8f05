package kongsim

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	pb "github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

// worker is one worker process of Kong: it has instances and connections of its own (kong/runloop/plugin_servers).
type worker struct {
	gateway *Gateway
	pool    *pool

	mu       sync.Mutex
	instance *instance // nil until the first request
	sequence int64
}

// instance is what a worker knows of its running instance.
type instance struct {
	id  int32
	seq int64
}

func newWorker(g *Gateway) *worker {
	return &worker{gateway: g, pool: &pool{path: g.config.Socket}}
}

// handleEvent runs one phase of a request at the plugin server. A closed connection resets the instances of all
// workers and is retried at once.
func (w *worker) handleEvent(r *request, phase string) error {
	w.gateway.stats.count(func(s *Stats) { s.Events[phase]++ })
	for retries := 0; ; retries++ {
		err := w.tryEvent(r, phase)
		if !errors.Is(err, errClosed) {
			return err
		}
		w.gateway.resetInstances()
		w.gateway.kongLog("[warn] %v", err)
		if retries == w.gateway.config.MaxRetries {
			w.gateway.stats.count(func(s *Stats) { s.Storms++ })
			return fmt.Errorf("gave up after %d retries; Kong would not", retries)
		}
		w.gateway.stats.count(func(s *Stats) { s.Retries++ })
	}
}

func (w *worker) tryEvent(r *request, phase string) error {
	id, err := w.instanceID()
	if err != nil {
		return err
	}
	_, err = w.call("handle_event", &pb.RpcCall{Call: &pb.RpcCall_CmdHandleEvent{
		CmdHandleEvent: &pb.CmdHandleEvent{InstanceId: id, EventName: phase},
	}}, func(method string, args []byte) ([]byte, error) {
		w.gateway.stats.count(func(s *Stats) { s.PDK[phase+" "+method]++ })
		return r.callPDK(phase, method, args)
	}, phase)
	return err
}

// instanceID returns the worker's instance of the current configuration and starts it if need be. The new instance
// starts before the old one is closed.
func (w *worker) instanceID() (int32, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	plugin := w.gateway.plugin.Load()
	if w.instance != nil && w.instance.seq == plugin.seq {
		return w.instance.id, nil
	}
	result, err := w.callLocked("start_instance", &pb.RpcCall{Call: &pb.RpcCall_CmdStartInstance{
		CmdStartInstance: &pb.CmdStartInstance{Name: w.gateway.config.Plugin, Config: plugin.json},
	}})
	if err != nil {
		// A Lua error in Kong: the request fails, and even "closed" is not retried.
		return 0, fmt.Errorf("starting instance: %s", err)
	}
	before := w.instance
	w.instance = &instance{id: result.GetInstanceStatus().GetInstanceId(), seq: plugin.seq}
	if before != nil {
		_, err := w.callLocked("close_instance", &pb.RpcCall{Call: &pb.RpcCall_CmdCloseInstance{
			CmdCloseInstance: &pb.CmdCloseInstance{InstanceId: before.id},
		}})
		if err != nil {
			w.gateway.kongLog("[debug] closing instance: %v", err)
		}
	}
	return w.instance.id, nil
}

// resetInstances forgets the instances of all workers.
func (g *Gateway) resetInstances() {
	for _, w := range g.workers {
		w.mu.Lock()
		w.instance = nil
		w.mu.Unlock()
	}
}

func (w *worker) callLocked(name string, call *pb.RpcCall) (*pb.RpcReturn, error) {
	return w.exchange(name, call, w.nextSequence(), nil, "")
}

func (w *worker) call(name string, call *pb.RpcCall, pdk pdkFunc, phase string) (*pb.RpcReturn, error) {
	w.mu.Lock()
	sequence := w.nextSequence()
	w.mu.Unlock()
	return w.exchange(name, call, sequence, pdk, phase)
}

func (w *worker) nextSequence() int64 {
	w.sequence++
	return w.sequence
}

// errClosed is the cosocket's "closed", the one error that Kong retries.
var errClosed = errors.New("closed")

// socketError gives an error the meaning it has for Kong.
func socketError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errClosed
	}
	return fmt.Errorf("pluginserver error: %s", strings.ToLower(err.Error()))
}
