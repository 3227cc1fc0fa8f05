// Command bench-server measures what a request costs in the plugin server, over the socket that Kong speaks to: against plugins
// that do less on the same server, against go-pdk's own server, and with a slow store.
//
// The other side of the socket is kongsim.Connection, which does next to nothing, so that little hides the servers' cost. Each server is a process of its own. It needs redis-server in the path.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"aws-masker/go-bridge/internal/tuning"
)

func main() {
	if role := os.Getenv(roleVariable); role != "" {
		fail(serve(role))
		return
	}
	defer tuning.Apply()() // Kong's side is not what is measured
	flags := flag.NewFlagSet("bench-server", flag.ExitOnError)
	rounds := flags.Int("rounds", 7, "rounds of each comparison; the median is told")
	length := flags.Duration("round", 2*time.Second, "length of a round")
	clients := flags.Int("clients", 64, "clients of the run with a slow store")
	long := flags.Duration("long", time.Minute, "length of the run with a slow store")
	only := flags.String("only", "", "run only the comparisons whose name holds this, and not the one with a slow store")
	_ = flags.Parse(os.Args[1:]) // exits
	fail(run(os.Stdout, *only, *rounds, *length, *clients, *long))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(w io.Writer, only string, rounds int, length time.Duration, clients int, long time.Duration) error {
	if err := throughput(w, only, rounds, length); err != nil {
		return err
	}
	if strings.Contains(engineRow, only) {
		if err := engineTime(w, length); err != nil {
			return err
		}
	}
	if only != "" {
		return nil
	}
	return slowStore(w, clients, long)
}

// throughput compares servers in rounds that alternate.
func throughput(w io.Writer, only string, rounds int, length time.Duration) error {
	clean, dense := cleanBody(), denseBody()
	for _, c := range []struct {
		name       string
		ours, peer string
		config     string
		body       []byte
	}{
		{"clean 8 KB, body only; null plugin that makes no calls", "ours", "null", bodyOnly, clean},
		{"the same; null plugin that asks for the body", "ours", "asking", bodyOnly, clean},
		{"the same; null plugin on go-pdk's loop", "ours", "gopdk", bodyOnly, clean},
		{"the same; null plugin on go-pdk's loop that asks for the body", "ours", "gopdk asking", bodyOnly, clean},
		{"clean 8 KB, query and path too; null plugin that makes no calls", "ours", "null", embedded, clean},
		{"the same; null plugin that makes the same three calls", "ours", "asking all", embedded, clean},
		{"the same; null plugin on go-pdk's loop", "ours", "gopdk", embedded, clean},
		{"the same; null plugin on go-pdk's loop that makes the three calls", "ours", "gopdk asking all", embedded, clean},
		{"dense 8 KB; the same calls with constant bodies", "ours", "constant", embedded, dense},
	} {
		if !strings.Contains(c.name, only) {
			continue
		}
		ours, peer, err := alternate(c.ours, c.peer, c.config, c.body, rounds, length)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		row(w, c.name, ours, peer)
	}
	return nil
}

func alternate(ours, peer, config string, body []byte, rounds int, length time.Duration) (a, b []float64, err error) {
	first, err := start(ours)
	if err != nil {
		return nil, nil, err
	}
	defer first.stop()
	second, err := start(peer)
	if err != nil {
		return nil, nil, err
	}
	defer second.stop()
	for range rounds + 1 {
		for server, rates := range map[*process]*[]float64{first: &a, second: &b} {
			rate, err := server.rate(config, body, length)
			if err != nil {
				return nil, nil, err
			}
			*rates = append(*rates, rate)
		}
	}
	return a[1:], b[1:], nil // the first round warms up
}

// row prints one comparison: the medians, and the median of the ratios within each round.
func row(w io.Writer, name string, ours, peer []float64) {
	ratios := make([]float64, len(peer))
	for i := range peer {
		ratios[i] = ours[i] / peer[i]
	}
	fmt.Fprintf(w, "| %s | %.0f requests/s | %.0f requests/s | %.2f |\n", name, median(ours), median(peer), median(ratios))
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func quantile(values []float64, q float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
