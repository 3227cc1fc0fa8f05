package main

import (
	"context"
	"os"
	"time"
)

// successorCheck is how often a server looks whether its socket is still its own.
const successorCheck = 2 * time.Second

// successor tells when another server has taken the path over. Kong stops the old server on a reload but not when its
// worker 0 has died: without this, each such death would leave a server behind that nobody can reach.
func successor(stop context.Context, path string) <-chan struct{} {
	taken := make(chan struct{})
	ours, err := os.Lstat(path)
	if err != nil {
		return taken
	}
	go func() {
		ticker := time.NewTicker(successorCheck)
		defer ticker.Stop()
		for {
			select {
			case <-stop.Done():
				return
			case <-ticker.C:
			}
			if now, err := os.Lstat(path); err == nil && !os.SameFile(ours, now) {
				close(taken)
				return
			}
		}
	}()
	return taken
}
