package main

import (
	"context"
	"time"

	"aws-masker/go-bridge/pluginserver"
)

// successorCheck is how often a server looks whether its socket is still its own.
const successorCheck = 2 * time.Second

// successor tells when another server has taken the path over. Kong stops the old server on a reload but not when its
// worker 0 has died: without this, each such death would leave a server behind that nobody can reach.
func successor(stop context.Context, listener *pluginserver.Listener) <-chan struct{} {
	taken := make(chan struct{})
	go func() {
		ticker := time.NewTicker(successorCheck)
		defer ticker.Stop()
		for !listener.Replaced() {
			select {
			case <-stop.Done():
				return
			case <-ticker.C:
			}
		}
		close(taken)
	}()
	return taken
}
