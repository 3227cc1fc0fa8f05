// Command demo shows one Claude request on its way through aws-masker: what the client sends, what the provider sees,
// what the client gets back, and how long each part takes.
//
// It starts the built plugin server with an embedded store, a simulated Kong and a small provider, all on this machine.
// It fails if any identifier of the request reaches the provider, or any token the client.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code: 0 nothing leaked, 1 something did or the demo failed, 2 wrong usage.
func run(args []string, stdout *os.File, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	server := flags.String("aws-masker", "", "`path` of the plugin server (default: beside this program, or in PATH)")
	asJSON := flags.Bool("json", false, "print one JSON object instead of text")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "unexpected argument: %s\n", flags.Arg(0))
		return 2
	}
	path, err := findServer(*server)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	scene, err := play(path)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if *asJSON {
		if err := json.NewEncoder(stdout).Encode(scene); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
	} else {
		show(stdout, isTerminal(stdout), scene)
	}
	if !scene.OK {
		return 1
	}
	return 0
}

// findServer returns the path of the plugin server.
func findServer(given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), "aws-masker")
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	path, err := exec.LookPath("aws-masker")
	if err != nil {
		return "", fmt.Errorf("the plugin server is neither beside this program nor in PATH; use -aws-masker: %w", err)
	}
	return path, nil
}

// isTerminal reports whether colours make sense.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == ""
}
