//go:build !race

package e2e

var buildFlags []string

// memoryTells says whether a server's memory is that of its work.
const memoryTells = true
