// Command aws-masker is the Kong plugin aws-masker as a plugin server.
//
// Kong starts it (pluginserver_aws_masker_start_cmd) and asks it for its schema (pluginserver_aws_masker_query_cmd).
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/plugin"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		o.usage(stdout)
		return 0
	case err != nil:
		o.usage(stderr)
		return 2
	case o.version:
		fmt.Fprintln(stdout, engine.Version())
		return 0
	case o.dump:
		return dump(o.path(), o.mode(), stdout, stderr)
	case o.selftest != "":
		return selftest(o.selftest, o.mode(), stdout, stderr)
	}
	if err := serve(o, log.New(stderr, "", 0)); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// selftest tries the configuration in a file; "-" is stdin.
func selftest(file string, mode plugin.Mode, stdout, stderr io.Writer) int {
	config, err := os.ReadFile(file)
	if file == "-" {
		config, err = io.ReadAll(os.Stdin)
	}
	if err == nil {
		err = plugin.SelfTest(config, mode, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func dump(socketPath string, mode plugin.Mode, stdout, stderr io.Writer) int {
	text, err := plugin.Dump(socketPath, mode)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintf(stdout, "%s\n", text)
	return 0
}
