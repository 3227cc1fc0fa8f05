// Command bench-streaming measures what restoring a response costs on its way through nginx and through the plugin
// server, each as a ratio to a peer that does the same without restoring, in the same run.
//
// It runs in the repository after `make build`, and needs what scripts/install-tools installs.
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"time"
)

func main() {
	repository := flag.String("repository", ".", "root `directory` of the repository")
	rounds := flag.Int("rounds", 7, "rounds of each comparison; the median is told")
	pause := flag.Duration("round", 2*time.Second, "length of a throughput round")
	flag.Parse()
	if err := run(*repository, *rounds, *pause); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(repository string, rounds int, length time.Duration) error {
	fmt.Println("| | restoring | peer | ratio |")
	fmt.Println("|---|---|---|---|")
	if err := throughNginx(repository, rounds, length); err != nil {
		return err
	}
	return buffered(rounds)
}

// row prints one comparison of rounds that alternated: the medians, and the median of the ratios within each round.
func row(name, unit string, restoring, peer []float64) {
	ratios := make([]float64, len(peer))
	for i := range peer {
		ratios[i] = restoring[i] / peer[i]
	}
	fmt.Printf("| %s | %.1f %s | %.1f %s | %.2f |\n", name, median(restoring), unit, median(peer), unit, median(ratios))
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}
