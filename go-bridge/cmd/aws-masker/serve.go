package main

import (
	"context"
	"fmt"
	"log"
	"os/signal"
	"syscall"
	"time"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/internal/tuning"
	"aws-masker/go-bridge/plugin"
	"aws-masker/go-bridge/pluginserver"
)

// drainTime is how long requests may finish after SIGTERM: as long as Kong lets the old and the new server overlap.
const drainTime = 10 * time.Second

// serve runs the plugin server until it is told to stop.
func serve(o *options, log *log.Logger) error {
	path := o.path()
	// Kong reads our output through a pipe of its worker 0. When that worker goes, a line written to the pipe must not
	// take down the requests of the others.
	signal.Ignore(syscall.SIGPIPE)
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	defer tuning.Apply()()
	served, err := plugin.New(log, o.mode())
	if err != nil {
		return err
	}
	listener, err := pluginserver.Listen(path, o.access)
	if err != nil {
		return err
	}
	server := pluginserver.New(served, log, pluginserver.Limits{})
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Printf("aws-masker %s listens on %s", engine.Version(), path)

	select {
	case err := <-failed:
		return err
	case <-stop.Done():
		log.Print("stopping")
	case <-successor(stop, listener):
		log.Printf("stopping: another server has taken over %s", path)
	}
	cancel() // a second signal ends the process at once
	ctx, done := context.WithTimeout(context.Background(), drainTime)
	defer done()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("stopped with requests unfinished after %v", drainTime)
	}
	return nil
}
