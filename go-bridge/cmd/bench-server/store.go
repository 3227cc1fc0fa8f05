package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/kongsim"
)

// engineRow is the name of what engineTime tells.
const engineRow = "engine and cgo, dense 8 KB, one call after the other"

// engineTime tells how long masking and restoring the dense body take, from Go and back, with a warm store.
func engineTime(w io.Writer, length time.Duration) error {
	masker, err := engine.New([]byte(embedded))
	if err != nil {
		return err
	}
	defer masker.Close()
	body := denseBody()
	var masking, restoring, both []float64
	for end := time.Now().Add(length); time.Now().Before(end); {
		began := time.Now()
		masked, err := masker.MaskParts("", []engine.Part{
			{Place: engine.Body, Bytes: body}, {Place: engine.Query, Bytes: []byte("beta=true")},
			{Place: engine.Path, Bytes: []byte("/v1/messages")},
		})
		if err != nil {
			return err
		}
		between := time.Now()
		restored, _, err := masker.UnmaskLent("", masked.Mapping, masked.Part(0).Bytes())
		if err != nil {
			return err
		}
		restored.Free()
		masked.Free()
		ended := time.Now()
		masking = append(masking, between.Sub(began).Seconds()*1e6)
		restoring = append(restoring, ended.Sub(between).Seconds()*1e6)
		both = append(both, ended.Sub(began).Seconds()*1e6)
	}
	fmt.Fprintf(w, "| %s: median | %.0f µs | mask %.0f µs, restore %.0f µs | |\n", engineRow,
		median(both), median(masking), median(restoring))
	return nil
}

// delay is how much later an answer of the store arrives.
const delay = time.Millisecond

// think is how long a client waits between two requests.
const think = 50 * time.Millisecond

// slowStore runs clients whose every request has identifiers that the store has never seen, which is the most it can cost.
func slowStore(w io.Writer, clients int, length time.Duration) error {
	port, stop, err := redis()
	if err != nil {
		return err
	}
	defer stop()
	far, err := distant(port)
	if err != nil {
		return err
	}
	defer far.Close()
	server, err := start("ours")
	if err != nil {
		return err
	}
	defer server.stop()
	config := fmt.Sprintf(`{"redis_host":"127.0.0.1","redis_port":%d}`, far.Addr().(*net.TCPAddr).Port)

	var mu sync.Mutex
	var all sync.WaitGroup
	var whole, waited, added []float64
	var failed error
	var numbers atomic.Int64
	end := time.Now().Add(length)
	for range clients {
		all.Add(1)
		go func() {
			defer all.Done()
			err := visit(server, config, end, &numbers, func(took, store time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				whole = append(whole, took.Seconds()*1000)
				waited = append(waited, store.Seconds()*1000)
				added = append(added, (took-store).Seconds()*1000)
			})
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		}()
	}
	all.Wait()
	if failed != nil {
		return failed
	}
	resident, err := server.resident()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "| %d clients, %v, store 1 ms away, new identifiers in each of %d requests: p99 | %.2f ms | store %.2f ms | %.2f |\n",
		clients, length, len(whole), quantile(whole, 0.99), quantile(waited, 0.99), quantile(whole, 0.99)/quantile(waited, 0.99))
	fmt.Fprintf(w, "| the same: median | %.2f ms | store %.2f ms | |\n", median(whole), median(waited))
	fmt.Fprintf(w, "| the same: what is not the store, p99 | %.2f ms | | |\n", quantile(added, 0.99))
	fmt.Fprintf(w, "| the same: errors | 0 | | |\n| the same: resident | %.0f MB | | |\n", resident)
	return nil
}

// visit is one client.
func visit(server *process, config string, end time.Time, numbers *atomic.Int64, tell func(took, store time.Duration)) error {
	k, err := kongsim.Connect(server.socket, config)
	if err != nil {
		return err
	}
	defer k.Close()
	for time.Now().Before(end) {
		body := freshBody(int(numbers.Add(1)))
		began := time.Now()
		if err := echo(k, body); err != nil {
			return err
		}
		took := time.Since(began)
		entry := k.Shared().GetFields()["entry"].GetStructValue().GetFields()
		tell(took, time.Duration(entry["store_ms"].GetNumberValue()*float64(time.Millisecond)))
		time.Sleep(think)
	}
	return nil
}

// redis starts a real redis-server on a free port.
func redis() (port int, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, nil, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	dir, err := os.MkdirTemp("", "aws-masker-bench")
	if err != nil {
		return 0, nil, err
	}
	command := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--appendonly", "no", "--loglevel", "warning")
	if err := command.Start(); err != nil {
		return 0, nil, err
	}
	stop = func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		os.RemoveAll(dir)
	}
	for range 500 {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return port, stop, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	return 0, nil, errors.New("redis-server does not listen")
}

// distant is a way to the store on which every answer arrives later.
func distant(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				near.Close()
				continue
			}
			go relay(far, near, 0)
			go relay(near, far, delay)
		}
	}()
	return listener, nil
}

// relay passes bytes on, each piece as long after it has arrived as it must.
func relay(to, from net.Conn, later time.Duration) {
	type piece struct {
		due   time.Time
		bytes []byte
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer to.Close()
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.bytes); err != nil {
				from.Close() // ends the reader
			}
		}
	}()
	defer close(pieces)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			pieces <- piece{time.Now().Add(later), append([]byte(nil), buffer[:n]...)}
		}
		if err != nil {
			return
		}
	}
}
