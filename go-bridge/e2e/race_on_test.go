//go:build race

package e2e

// buildFlags build the plugin server as the tests were built, so that the race detector watches both.
var buildFlags = []string{"-race"}
