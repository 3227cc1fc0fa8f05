//go:build race

package e2e

// buildFlags build the plugin server as the tests were built, so that the race detector watches both.
var buildFlags = []string{"-race"}

// The race detector keeps notes of its own on what runs, and does not give them back.
const memoryTells = false
