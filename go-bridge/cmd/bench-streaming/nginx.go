package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"aws-masker/go-bridge/nginxsim"
)

const (
	restoringPath = "/"
	noopPath      = "/noop/"
)

// connections is how many clients read streams at once.
const connections = 16

// throughNginx compares the companion with an empty body_filter on the same stream.
func throughNginx(repository string, rounds int, length time.Duration) error {
	handed, err := handover()
	if err != nil {
		return err
	}
	events := claude()
	for _, way := range []struct {
		name     string
		perPiece int
		pace     pace
	}{
		{"one by one", 1, oneByOne},
		{"as fast as they are taken", 1, asFastAsTaken},
		{"32 in one write", 32, asFastAsTaken},
	} {
		err := withNginx(repository, handed, events, way.perPiece, way.pace, func(n *nginxsim.Nginx) error {
			name := fmt.Sprintf("nginx, stream of %d deltas, %s, %d connections", deltas, way.name, connections)
			return throughput(n, name, rounds, length)
		})
		if err != nil {
			return err
		}
	}
	return withNginx(repository, handed, events[:20], 1, pauseAfterFirst, func(n *nginxsim.Nginx) error {
		if err := timeToFirstByte(n, 400); err != nil {
			return err
		}
		return memory(n)
	})
}

func withNginx(repository string, handed *nginxsim.Handover, events [][]byte, perPiece int, pace pace,
	measure func(*nginxsim.Nginx) error,
) error {
	provider, err := startProvider(events, perPiece, pace)
	if err != nil {
		return err
	}
	defer provider.close()
	n, err := nginxsim.Start(nginxsim.Config{Repository: repository, Upstream: provider.address(), Handover: handed})
	if err != nil {
		return err
	}
	return errors.Join(measure(n), n.Stop())
}

// throughput counts whole streams.
func throughput(n *nginxsim.Nginx, name string, rounds int, length time.Duration) error {
	if _, err := streamsPerSecond(n, restoringPath, length/4); err != nil {
		return err
	}
	var restoring, noop []float64
	for range rounds {
		for path, results := range map[string]*[]float64{restoringPath: &restoring, noopPath: &noop} {
			rate, err := streamsPerSecond(n, path, length)
			if err != nil {
				return err
			}
			*results = append(*results, rate)
		}
	}
	row(name, "streams/s", restoring, noop)
	return nil
}

func streamsPerSecond(n *nginxsim.Nginx, path string, length time.Duration) (float64, error) {
	var streams atomic.Int64
	var failed atomic.Value
	var all sync.WaitGroup
	began := time.Now()
	for lane := range connections {
		all.Add(1)
		go func() {
			defer all.Done()
			r, err := dial(strings.TrimPrefix(n.URL, "http://"), path, lane)
			if err != nil {
				failed.Store(err)
				return
			}
			defer r.Close()
			for time.Since(began) < length {
				if _, _, err := r.get(); err != nil {
					failed.Store(err)
					return
				}
				streams.Add(1)
			}
		}()
	}
	all.Wait()
	err, _ := failed.Load().(error)
	return float64(streams.Load()) / time.Since(began).Seconds(), err
}

// timeToFirstByte takes turns request by request.
func timeToFirstByte(n *nginxsim.Nginx, requests int) error {
	address := strings.TrimPrefix(n.URL, "http://")
	times := map[string][]float64{}
	readers := map[string]*reader{}
	for _, path := range []string{restoringPath, noopPath} {
		r, err := dial(address, path, 0)
		if err != nil {
			return err
		}
		defer r.Close()
		readers[path] = r
	}
	for range requests {
		for path, r := range readers {
			first, _, err := r.get()
			if err != nil {
				return err
			}
			times[path] = append(times[path], first.Seconds()*1e6)
		}
	}
	row("nginx, time to the first byte of the body, 1 connection", "µs", times[restoringPath], times[noopPath])
	return nil
}

// memory tells what the worker has taken after everything before; that it does not grow is a test's business.
func memory(n *nginxsim.Nginx) error {
	resident, err := n.Resident()
	fmt.Printf("| nginx worker, resident | %.1f MB | | |\n", float64(resident)/(1<<20))
	return err
}
